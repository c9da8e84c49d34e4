import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serverNow, setServerNow } from '~/lib/clock';
import { caughtUp, hasReached } from './hooks';
import { connectLive, type SocketPorts } from './socket';
import { LiveStore, live } from './store';
import type { LiveAgent, ServerMessage } from './types';

const agent = (id: number, more: Partial<LiveAgent> = {}): LiveAgent => ({
  id,
  name: `Agent ${id}`,
  team_id: 1,
  state: 'ready',
  reason_id: null,
  cause: null,
  since_ms: 1,
  queue_id: null,
  interaction_id: null,
  direction: null,
  intent: null,
  intent_reason_id: null,
  deadline_ms: null,
  reachable: true,
  handled: 0,
  aht_ms: null,
  occupancy: null,
  missed: 0,
  mode: 'blended',
  mode_rule: 'default',
  ...more,
});
const board = (seq: string, agents: LiveAgent[]): ServerMessage => ({
  k: 's',
  topic: 'board',
  seq,
  now: 1000,
  agents,
  queues: [],
  interactions: [],
});
const change = (prev: string, seq: string, agents: object[], more: object = {}): ServerMessage =>
  ({ k: 'd', topic: 'board', prev, seq, now: 1000, agents, ...more }) as ServerMessage;

let frames: (() => void)[] = [];
beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
});
afterEach(() => {
  vi.unstubAllGlobals();
  setServerNow(Date.now());
});

describe('the store', () => {
  it('wakes only the rows that changed, once per frame', () => {
    const store = new LiveStore();
    store.apply(board('1', [agent(1), agent(2)]));
    store.flush();
    const one = vi.fn();
    const two = vi.fn();
    store.onAgent(1, one);
    store.onAgent(2, two);
    for (let i = 1; i <= 20; i++) store.apply(change(String(i), String(i + 1), [{ id: 1, handled: i }]));
    store.flush();
    expect(one).toHaveBeenCalledTimes(1);
    expect(two).not.toHaveBeenCalled();
    expect(store.agents.get(1)).toMatchObject({ handled: 20, name: 'Agent 1' });
    expect(frames).toHaveLength(2);
  });

  it('asks for a snapshot after a gap and takes no change until it came', () => {
    const store = new LiveStore();
    store.apply(board('1', [agent(1)]));
    expect(store.apply(change('1', '2', [{ id: 1, handled: 2 }]))).toBeNull();
    expect(store.apply(change('5', '6', [{ id: 1, handled: 99 }]))).toBe('board');
    expect(store.apply(change('6', '7', [{ id: 1, handled: 99 }]))).toBeNull();
    expect(store.agents.get(1)?.handled).toBe(2);
    store.apply(board('7', [agent(1, { handled: 50 })]));
    expect(store.apply(change('7', '8', [{ id: 1, handled: 51 }]))).toBeNull();
    expect(store.agents.get(1)?.handled).toBe(51);
  });

  it('forgets who is gone, and wakes the row that showed him', () => {
    const store = new LiveStore();
    store.apply(board('1', [agent(1), agent(2)]));
    store.flush();
    const row = vi.fn();
    store.onAgent(2, row);
    store.apply(change('1', '2', [], { gone: { agents: [2] } }));
    store.flush();
    expect(row).toHaveBeenCalledTimes(1);
    expect([...store.agents.keys()]).toEqual([1]);
  });

  it('merges a change of the desk, and keeps what was not said', () => {
    const store = new LiveStore();
    store.apply({
      k: 's',
      topic: 'desk',
      seq: '1',
      now: 1000,
      agent: agent(7),
      interaction: null,
      wrap_up: null,
      actions: ['ready'],
      missed_count: 2,
      waiting: [],
    });
    store.apply({ k: 'd', topic: 'desk', prev: '1', seq: '4', now: 1000, actions: ['not_ready'] });
    expect(store.desk).toMatchObject({ missed_count: 2, actions: ['not_ready'], agent: { id: 7 } });
    expect(store.sequence('desk')).toBe('4');
    expect(Object.keys(store.desk!)).not.toContain('prev');
  });

  it('takes the clock of the server', () => {
    const store = new LiveStore();
    store.apply({ k: 'k', now: Date.now() + 60_000 });
    expect(serverNow() - Date.now()).toBeGreaterThan(59_000);
  });

  it('flushes a hidden tab without frames, and the desk of it at once', async () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const store = new LiveStore();
    const woken = vi.fn();
    store.on('desk', woken);
    store.apply({
      k: 's',
      topic: 'desk',
      seq: '1',
      now: 1,
      agent: null,
      interaction: null,
      wrap_up: null,
      actions: [],
      missed_count: 0,
      waiting: [],
    });
    await Promise.resolve();
    expect(woken).toHaveBeenCalledTimes(1);
    expect(frames).toHaveLength(0);
    vi.restoreAllMocks();
  });

  it('compares sequences that are longer than a number can be', () => {
    expect(hasReached('1794837265014784001', '1794837265014784000')).toBe(true);
    expect(hasReached('999', '1000')).toBe(false);
    expect(hasReached('1000', '999')).toBe(true);
  });

  it('says when a screen has caught up with a command', async () => {
    live.apply({
      k: 's',
      topic: 'desk',
      seq: '10',
      now: 1,
      agent: null,
      interaction: null,
      wrap_up: null,
      actions: [],
      missed_count: 0,
      waiting: [],
    });
    live.flush();
    const done = vi.fn();
    const waiting = caughtUp('12').then(done);
    await Promise.resolve();
    expect(done).not.toHaveBeenCalled();
    live.apply({ k: 'd', topic: 'desk', prev: '10', seq: '13', now: 1, missed_count: 1 });
    live.flush();
    await waiting;
    expect(done).toHaveBeenCalledTimes(1);
    live.clear();
  });
});

class FakeSocket {
  static all: FakeSocket[] = [];
  readyState: number = WebSocket.CONNECTING;
  sent: unknown[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  open() {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }
  say(message: ServerMessage) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close() {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.onclose?.();
  }
}

describe('the socket', () => {
  const ports = (): SocketPorts => ({
    ticket: vi.fn(async () => 'ticket'),
    open: () => new FakeSocket() as unknown as WebSocket,
    jitter: () => 0.5,
  });
  const last = () => FakeSocket.all.at(-1)!;
  beforeEach(() => {
    FakeSocket.all = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells its topics, asks anew after a gap, and starts over after a loss', async () => {
    const store = new LiveStore();
    const its = ports();
    const socket = connectLive(store, its);
    const leave = socket.want('board');
    socket.want('desk');
    await vi.advanceTimersByTimeAsync(1);
    last().open();
    expect(last().sent).toEqual([{ k: 'topic', topics: ['board', 'desk'] }]);
    last().say(board('1', [agent(1)]));
    last().say(change('4', '5', []));
    expect(last().sent.at(-1)).toEqual({ k: 'resync', topic: 'board' });
    leave();
    expect(last().sent.at(-1)).toEqual({ k: 'topic', topics: ['desk'] });

    last().close();
    expect(store.link).toBe('lost');
    expect(store.sequence('board')).toBe('0');
    await vi.advanceTimersByTimeAsync(600);
    expect(its.ticket).toHaveBeenCalledTimes(2);
    last().open();
    expect(store.link).toBe('open');
    expect(last().sent).toEqual([{ k: 'topic', topics: ['desk'] }]);
    socket.close();
  });

  it('takes a long silence for a loss', async () => {
    const store = new LiveStore();
    const socket = connectLive(store, ports());
    await vi.advanceTimersByTimeAsync(1);
    last().open();
    await vi.advanceTimersByTimeAsync(11_000);
    last().say({ k: 'k', now: 1 });
    await vi.advanceTimersByTimeAsync(11_000);
    expect(store.link).toBe('open');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(store.link).toBe('lost');
    socket.close();
  });

  it('waits longer after each failure, and never longer than fifteen seconds', async () => {
    const store = new LiveStore();
    const its = { ...ports(), ticket: vi.fn(async () => Promise.reject(new Error('away'))), jitter: () => 1 };
    const socket = connectLive(store, its);
    const pauses: number[] = [];
    let calls = 0;
    for (let ms = 0; ms < 80_000 && pauses.length < 8; ms += 100) {
      await vi.advanceTimersByTimeAsync(100);
      if (its.ticket.mock.calls.length !== calls) {
        calls = its.ticket.mock.calls.length;
        pauses.push(ms);
      }
    }
    const gaps = pauses.slice(1).map((at, i) => at - pauses[i]!);
    expect(gaps[0]).toBeLessThanOrEqual(600);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15_100);
    expect(Math.max(...gaps)).toBeGreaterThan(10_000);
    socket.close();
  });

  it('passes on why the server ended it', async () => {
    const bye = vi.fn();
    const socket = connectLive(new LiveStore(), ports(), bye);
    await vi.advanceTimersByTimeAsync(1);
    last().open();
    last().say({ k: 'bye', code: 'blocked' });
    expect(bye).toHaveBeenCalledWith('blocked');
    socket.close();
  });
});
