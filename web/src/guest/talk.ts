/* One call of the customer's browser, sound and picture. */

import JsSIP from 'jssip';

export interface Access {
  uri: string;
  login: string;
  password: string;
  target: string;
}
export type State = 'calling' | 'connected' | 'over' | 'failed';

export interface Talk {
  readonly mine: MediaStream;
  readonly theirs: MediaStream;
  onChange: (state: State) => void;
  enable(kind: 'audio' | 'video', isOn: boolean): void;
  /** A key of the telephone. */
  press(key: string): void;
  hangUp(): void;
}

/** The centre may hear of the login a moment after the page does. */
const TRIES = 6;
const AGAIN_MS = 400;
const GATHER_MS = 300;

interface Session {
  connection: RTCPeerConnection;
  sendDTMF(tones: string, options: object): void;
  terminate(): void;
  on(event: string, listener: (event: never) => void): void;
}

/** path: the relay to the media server; that of guests, or of whoever is signed in. */
export async function call(access: Access, mine: MediaStream, path?: string): Promise<Talk> {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new JsSIP.WebSocketInterface(
    `${scheme}://${location.host}${path ?? `/ws/guest?login=${encodeURIComponent(access.login)}`}`,
  );
  const ua = new JsSIP.UA({
    sockets: [socket],
    uri: access.uri,
    authorization_user: access.login,
    password: access.password,
    register: false,
    session_timers: false,
    user_agent: 'otklik-guest',
  });
  await new Promise<void>((done, failed) => {
    const timer = setTimeout(() => failed(new Error('no socket')), 10_000);
    ua.on('connected', () => {
      clearTimeout(timer);
      done();
    });
    ua.start();
  });
  const theirs = new MediaStream();
  let state: State = 'calling';
  let session: Session | undefined;
  const talk: Talk = {
    mine,
    theirs,
    onChange: () => undefined,
    enable: (kind, isOn) => {
      for (const track of mine.getTracks()) if (track.kind === kind) track.enabled = isOn;
    },
    press: (key) => session?.sendDTMF(key, { duration: 120, transportType: 'RFC2833' }),
    hangUp: () => {
      try {
        session?.terminate();
      } catch {
        become('over');
      }
    },
  };
  const become = (next: State) => {
    if (state === 'over' || state === 'failed') return;
    state = next;
    if (next === 'over' || next === 'failed') setTimeout(() => ua.stop(), 200);
    talk.onChange(next);
  };
  const listen = (peer: RTCPeerConnection) => {
    Object.assign(window, { otklikPeer: peer });
    peer.addEventListener('track', ({ track }) => {
      for (const old of theirs.getTracks()) {
        if (old.kind === track.kind && (track.kind === 'audio' || old.muted)) theirs.removeTrack(old);
      }
      theirs.addTrack(track);
      track.addEventListener('unmute', () => talk.onChange(state));
      track.addEventListener('mute', () => talk.onChange(state));
      talk.onChange(state);
    });
  };
  const dial = (left: number) => {
    const made = ua.call(access.target, {
      mediaStream: mine,
      pcConfig: { iceServers: [], bundlePolicy: 'max-bundle' },
      eventHandlers: {},
    } as object) as unknown as Session;
    session = made;
    if (made.connection) listen(made.connection);
    else
      made.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) =>
        listen(peerconnection),
      );
    let gathering = 0;
    made.on('icecandidate', ({ ready }: { ready: () => void }) => {
      if (!gathering) gathering = window.setTimeout(ready, GATHER_MS);
    });
    made.on('accepted', () => become('connected'));
    made.on('ended', () => become('over'));
    made.on('failed', ({ message }: { message?: { status_code?: number } }) => {
      const isUnknown = [401, 403, 407].includes(message?.status_code ?? 0);
      if (isUnknown && left > 0) setTimeout(() => dial(left - 1), AGAIN_MS);
      else become(state === 'connected' ? 'over' : 'failed');
    });
  };
  dial(TRIES);
  return talk;
}
