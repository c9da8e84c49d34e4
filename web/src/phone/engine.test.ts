import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type IncomingSession, PhoneEngine, type PhonePorts, type Session, type Ua } from './engine';

type Listener = (event?: unknown) => void;
class Emitter {
  private listeners = new Map<string, Listener[]>();
  on(name: string, listener: (event: never) => void) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener as Listener]);
  }
  emit(name: string, event?: unknown) {
    for (const listener of this.listeners.get(name) ?? []) listener(event);
  }
}
class FakePeer extends EventTarget {
  iceConnectionState = 'connected';
  getSenders = () => [];
  become(state: string) {
    this.iceConnectionState = state;
    this.dispatchEvent(new Event('iceconnectionstatechange'));
  }
}
class FakeSession extends Emitter implements Session {
  connection: RTCPeerConnection | undefined = undefined;
  remote_identity = { uri: { user: '+79161234567' } };
  answer = vi.fn((_options: object) => {
    const peer = new FakePeer();
    this.connection = peer as unknown as RTCPeerConnection;
    this.emit('peerconnection', { peerconnection: peer });
    this.emit('accepted');
  });
  terminate = vi.fn((_options?: object) => this.emit('failed'));
  mute = vi.fn(() => this.emit('muted'));
  unmute = vi.fn(() => this.emit('unmuted'));
  sendDTMF = vi.fn();
  constructor(readonly id: string) {
    super();
  }
  get peer() {
    return this.connection as unknown as FakePeer;
  }
}
class FakeUa extends Emitter implements Ua {
  start = vi.fn();
  stop = vi.fn();
  isConnected = () => true;
  isRegistered = () => true;
  ring(session: FakeSession, headers: Record<string, string> = {}) {
    const event: IncomingSession = {
      session: session as unknown as Session,
      originator: 'remote',
      request: { getHeader: (name) => headers[name] },
    };
    this.emit('newRTCSession', event);
  }
}

/** Locks and channels of one browser: the first who asks holds the lock until he lets go. */
class Browser {
  private queue: (() => void)[] = [];
  private held = false;
  locks = {
    request: (_name: string, options: { signal?: AbortSignal }, run: () => Promise<void> | undefined) =>
      new Promise<void>((done) => {
        const take = () => {
          this.held = true;
          void Promise.resolve(run()).then(() => {
            this.held = false;
            done();
            this.queue.shift()?.();
          });
        };
        options.signal?.addEventListener('abort', () => {
          this.queue = this.queue.filter((it) => it !== take);
        });
        if (this.held) this.queue.push(take);
        else take();
      }),
  };
}

const stream = () => {
  const track = {
    readyState: 'live',
    kind: 'audio',
    enabled: true,
    stop: vi.fn(),
    addEventListener: vi.fn(),
  };
  const it = { getAudioTracks: () => [track], getTracks: () => [track], clone: () => stream(), track };
  return it as unknown as MediaStream & { track: typeof track };
};

let engines: PhoneEngine[] = [];
function make(part: Partial<PhonePorts> = {}) {
  const ua = new FakeUa();
  const ports: PhonePorts = {
    credentials: vi.fn(async () => ({
      kind: 'browser' as const,
      credentials: { uri: 'sip:a7@otklik', user: 'a7', secret: 's', socket: 'ws://x', iceServers: [] },
    })),
    reportLost: vi.fn(),
    openMicrophone: vi.fn(async () => stream()),
    microphoneFault: () => 'denied',
    makeUa: vi.fn(async () => ua as unknown as Ua),
    beep: vi.fn(),
    soundUnlocked: () => true,
    playRemote: vi.fn(),
    ...part,
  };
  const engine = new PhoneEngine(ports);
  engines.push(engine);
  return { engine, ua, ports };
}
const settle = () => new Promise((done) => setTimeout(done, 5));
async function registered(part: Partial<PhonePorts> = {}) {
  const it = make(part);
  it.engine.start();
  await settle();
  it.ua.emit('registered');
  return it;
}

beforeEach(() => {
  engines = [];
  Object.defineProperty(navigator, 'locks', { value: new Browser().locks, configurable: true });
});
afterEach(() => {
  for (const engine of engines) engine.stop();
  vi.useRealTimers();
});

describe('a ringing phone', () => {
  it('answers with the microphone that was opened before, and ends clean', async () => {
    const { engine, ua, ports } = await registered();
    engine.send({ command: 'open_microphone' });
    await settle();
    const session = new FakeSession('1');
    ua.ring(session, { 'X-Interaction': '1794837265014784000' });
    expect(engine.snapshot().call).toMatchObject({ phase: 'ringing', interactionId: '1794837265014784000' });
    engine.send({ command: 'answer' });
    await settle();
    expect(ports.openMicrophone).toHaveBeenCalledTimes(1);
    expect(session.answer.mock.calls[0]![0]).toHaveProperty('mediaStream');
    expect(engine.snapshot().call?.phase).toBe('active');
    session.emit('ended');
    expect(engine.snapshot().call).toBeNull();
    expect(ports.playRemote).toHaveBeenLastCalledWith(null);
  });

  it('never answers without a microphone, and says why', async () => {
    const { engine, ua } = await registered({ openMicrophone: () => Promise.reject(new Error('no')) });
    const session = new FakeSession('1');
    ua.ring(session);
    engine.send({ command: 'answer' });
    await settle();
    expect(session.answer).not.toHaveBeenCalled();
    expect(engine.snapshot()).toMatchObject({ microphone: 'denied', call: { phase: 'ringing' } });
  });

  it('declines with busy', async () => {
    const { engine, ua } = await registered();
    const session = new FakeSession('1');
    ua.ring(session);
    engine.send({ command: 'decline' });
    expect(session.terminate).toHaveBeenCalledWith({ status_code: 486 });
    expect(engine.snapshot().call).toBeNull();
  });

  it('answers by itself, after a beep, what the server says is the way back', async () => {
    const { engine, ua, ports } = await registered();
    const session = new FakeSession('2');
    ua.ring(session, { 'X-Auto-Answer': '1' });
    await settle();
    expect(ports.beep).toHaveBeenCalledTimes(1);
    expect(session.answer).toHaveBeenCalledTimes(1);
    expect(engine.snapshot().call).toMatchObject({ phase: 'active', automatic: true });
  });
});

describe('a second call', () => {
  it('finds the phone busy', async () => {
    const { engine, ua } = await registered();
    ua.ring(new FakeSession('1'));
    const second = new FakeSession('2');
    ua.ring(second);
    expect(second.terminate).toHaveBeenCalledWith(expect.objectContaining({ status_code: 486 }));
    expect(engine.snapshot().call?.id).toBe('1');
  });

  it('takes the place of a dead leg when it is the way back', async () => {
    const { engine, ua } = await registered();
    const dead = new FakeSession('1');
    ua.ring(dead);
    engine.send({ command: 'answer' });
    await settle();
    const back = new FakeSession('2');
    ua.ring(back, { 'X-Auto-Answer': '1', 'X-Interaction': '5' });
    await settle();
    expect(dead.terminate).toHaveBeenCalled();
    expect(engine.snapshot().call).toMatchObject({ id: '2', phase: 'active', interactionId: '5' });
  });
});

describe('a lost leg', () => {
  it('is reported when its audio is gone for three seconds, and forgiven when it returns', async () => {
    const { engine, ua, ports } = await registered();
    const session = new FakeSession('1');
    ua.ring(session);
    engine.send({ command: 'answer' });
    await settle();
    vi.useFakeTimers();
    session.peer.become('disconnected');
    vi.advanceTimersByTime(2900);
    expect(ports.reportLost).not.toHaveBeenCalled();
    session.peer.become('connected');
    vi.advanceTimersByTime(5000);
    expect(ports.reportLost).not.toHaveBeenCalled();
    session.peer.become('disconnected');
    vi.advanceTimersByTime(3100);
    expect(ports.reportLost).toHaveBeenCalledTimes(1);
    expect(engine.snapshot().call?.media).toBe('lost');
  });

  it('is reported by the page that goes away in a talk, and by no other', async () => {
    const { engine, ua, ports } = await registered();
    dispatchEvent(new Event('pagehide'));
    expect(ports.reportLost).not.toHaveBeenCalled();
    const session = new FakeSession('1');
    ua.ring(session);
    dispatchEvent(new Event('pagehide'));
    expect(ports.reportLost).not.toHaveBeenCalled();
    engine.send({ command: 'answer' });
    await settle();
    const leaving = new Event('beforeunload', { cancelable: true });
    dispatchEvent(leaving);
    expect(leaving.defaultPrevented).toBe(true);
    dispatchEvent(new Event('pagehide'));
    expect(ports.reportLost).toHaveBeenCalledTimes(1);
  });

  it('of signalling only keeps the talk', async () => {
    const { engine, ua } = await registered();
    ua.ring(new FakeSession('1'));
    engine.send({ command: 'answer' });
    await settle();
    ua.emit('disconnected');
    expect(engine.snapshot()).toMatchObject({ line: 'lost', call: { phase: 'active' } });
    ua.emit('registered');
    expect(engine.snapshot().line).toBe('registered');
  });
});

describe('registration', () => {
  it('asks for new credentials when the server refuses the old ones', async () => {
    const { engine, ua, ports } = await registered();
    vi.useFakeTimers();
    ua.emit('registrationFailed', { response: { status_code: 403 } });
    expect(engine.snapshot().line).toBe('refused');
    await vi.advanceTimersByTimeAsync(2100);
    expect(ports.credentials).toHaveBeenCalledTimes(2);
  });

  it('leaves a dead transport to the library, which dials again by itself', async () => {
    const { engine, ua, ports } = await registered();
    vi.useFakeTimers();
    ua.emit('registrationFailed', {});
    expect(engine.snapshot().line).toBe('lost');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ports.credentials).toHaveBeenCalledTimes(1);
  });
});

describe('a phone that is no browser phone', () => {
  it('is known to every tab and registers nothing', async () => {
    const first = make({ credentials: async () => ({ kind: 'simulated' }) });
    first.engine.start();
    await settle();
    expect(first.engine.snapshot()).toMatchObject({ kind: 'simulated', line: 'off', here: true });
    expect(first.ports.makeUa).not.toHaveBeenCalled();
    const second = make();
    second.engine.start();
    await settle();
    expect(second.engine.snapshot().kind).toBe('simulated');
  });
});

describe('two tabs', () => {
  it('share one phone: the second sees the call and answers through the first', async () => {
    const first = await registered();
    const second = make();
    second.engine.start();
    await settle();
    expect(second.ports.credentials).not.toHaveBeenCalled();
    expect(second.engine.snapshot()).toMatchObject({ kind: 'browser', line: 'registered', here: false });
    const session = new FakeSession('1');
    first.ua.ring(session);
    await settle();
    expect(second.engine.snapshot().call?.phase).toBe('ringing');
    second.engine.send({ command: 'answer' });
    await settle();
    expect(session.answer).toHaveBeenCalledTimes(1);
    await settle();
    expect(second.engine.snapshot().call?.phase).toBe('active');
  });

  it('hand the line over when the first one closes', async () => {
    const first = await registered();
    const second = make();
    second.engine.start();
    await settle();
    first.engine.stop();
    await settle();
    expect(second.ports.makeUa).toHaveBeenCalledTimes(1);
    expect(second.engine.snapshot().here).toBe(true);
  });
});

it('mutes and presses keys in the phone itself', async () => {
  const { engine, ua } = await registered();
  const session = new FakeSession('1');
  ua.ring(session);
  engine.send({ command: 'answer' });
  await settle();
  engine.send({ command: 'mute', muted: true });
  expect(engine.snapshot().call?.muted).toBe(true);
  engine.send({ command: 'mute', muted: false });
  expect(engine.snapshot().call?.muted).toBe(false);
  engine.send({ command: 'press', digit: '5' });
  engine.send({ command: 'press', digit: 'x' });
  expect(session.sendDTMF).toHaveBeenCalledTimes(1);
  expect(session.sendDTMF.mock.calls[0]![0]).toBe('5');
});
