/* One web socket per tab. Opened with a one-time ticket; after a loss again with full jitter, 0.5 to 15 s; a hidden
   tab is woken by the socket's own events, an awakened or reconnected machine tries at once. */

import { Problem, post, tellSignedOut } from '~/api/client';
import type { LiveStore } from './store';
import type { ServerMessage, Topic } from './types';

/** The server speaks at least every 5 s. */
const SILENCE_MS = 12_000;
const FIRST_MS = 500;
const LONGEST_MS = 15_000;

export interface LiveSocket {
  /** Wants a topic until the returned function is called; several may want the same. */
  want(topic: Topic): () => void;
  /** Says something that needs no answer; nothing while the link is away. */
  tell(message: object): void;
  close(): void;
}

export interface SocketPorts {
  ticket(): Promise<string>;
  open(ticket: string): WebSocket;
  jitter(): number;
}

export const realPorts = (wallToken?: string): SocketPorts => ({
  ticket: async () => {
    const { ticket } = await post<{ ticket: string }>('/api/v1/live/ticket', undefined, {
      query: { wall: wallToken },
      retry: false,
      anonymous: wallToken !== undefined,
    });
    return ticket;
  },
  open: (ticket) => {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return new WebSocket(`${scheme}://${location.host}/ws/live?ticket=${encodeURIComponent(ticket)}`);
  },
  jitter: Math.random,
});

export function connectLive(
  store: LiveStore,
  ports: SocketPorts,
  onBye: (code: string) => void = () => undefined,
): LiveSocket {
  const wanted = new Map<Topic, number>();
  let socket: WebSocket | undefined;
  let opening = false;
  let closed = false;
  let tries = 0;
  let retry = 0;
  let silence = 0;

  const send = (message: object) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const tellTopics = () => send({ k: 'topic', topics: [...wanted.keys()] });

  const lost = () => {
    clearTimeout(silence);
    if (closed) return;
    store.setLink('lost');
    clearTimeout(retry);
    const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++);
    retry = window.setTimeout(open, FIRST_MS + ports.jitter() * (bound - FIRST_MS));
  };
  const heard = () => {
    clearTimeout(silence);
    silence = window.setTimeout(() => {
      const dead = socket;
      socket = undefined;
      dead?.close();
      lost();
    }, SILENCE_MS);
  };

  async function open(): Promise<void> {
    if (closed || opening || (socket && socket.readyState <= WebSocket.OPEN)) return;
    opening = true;
    clearTimeout(retry);
    if (store.link === 'off') store.setLink('connecting');
    try {
      const ticket = await ports.ticket();
      if (closed) return;
      const mine = ports.open(ticket);
      socket = mine;
      heard();
      mine.onopen = () => {
        if (socket !== mine) return;
        tries = 0;
        store.setLink('open');
        tellTopics();
        heard();
      };
      mine.onmessage = (event: MessageEvent<string>) => {
        if (socket !== mine) return;
        heard();
        const message = JSON.parse(event.data) as ServerMessage;
        if (message.k === 'bye') {
          onBye(message.code);
          return;
        }
        const gap = store.apply(message);
        if (gap) send({ k: 'resync', topic: gap });
      };
      mine.onclose = () => {
        if (socket !== mine) return;
        socket = undefined;
        lost();
      };
    } catch (error) {
      if (error instanceof Problem && error.status === 401) tellSignedOut();
      lost();
    } finally {
      opening = false;
    }
  }

  const now = () => {
    if (document.hidden || socket) return;
    tries = 0;
    void open();
  };
  addEventListener('online', now);
  document.addEventListener('visibilitychange', now);
  void open();

  return {
    want(topic) {
      const count = wanted.get(topic) ?? 0;
      wanted.set(topic, count + 1);
      if (!count) tellTopics();
      return () => {
        const left = (wanted.get(topic) ?? 1) - 1;
        if (left) wanted.set(topic, left);
        else {
          wanted.delete(topic);
          tellTopics();
        }
      };
    },
    tell: send,
    close() {
      closed = true;
      clearTimeout(retry);
      clearTimeout(silence);
      removeEventListener('online', now);
      document.removeEventListener('visibilitychange', now);
      const last = socket;
      socket = undefined;
      last?.close();
      store.clear();
    },
  };
}
