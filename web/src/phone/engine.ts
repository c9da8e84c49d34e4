/* The audio leg of the agent. One engine per browser: Web Locks elect the tab that owns it, the others see its
   state over a BroadcastChannel and send it commands. It registers, answers, hangs up, mutes and presses keys;
   everything else (hold, dial, wrap-up) is asked of the server, which alone knows the truth. */

import type { MicrophoneState } from './devices';

export type Line =
  /** Not wanted: nobody signed in, or the person has no browser phone. */
  | 'off'
  | 'connecting'
  | 'registered'
  /** The socket is gone; it comes back by itself, a talk goes on. */
  | 'lost'
  /** The server does not know this sign-in's secret; asked for anew. */
  | 'refused';

export interface PhoneCall {
  id: string;
  interactionId: string | null;
  /** What the INVITE says; the screen shows the server's customer where it knows one. */
  number: string;
  phase: 'ringing' | 'answering' | 'active';
  muted: boolean;
  /** Answered by itself: the leg of a dial from the desk, or the way back after a lost leg. */
  automatic: boolean;
  /** Epoch milliseconds of this browser. */
  since: number;
  media: 'ok' | 'lost';
  /** The call may have a picture. */
  video: boolean;
  /** Grows with each picture that comes or goes; the pictures themselves stay in the owning tab. */
  pictures: number;
}

export type PhoneKind =
  /** Not asked yet. */
  | 'unknown'
  | 'browser'
  /** A device of its own: it rings and answers by itself. */
  | 'sip'
  /** No telephony: answered by a request. */
  | 'simulated'
  /** The person may take calls, but the centre knows no phone of his. */
  | 'none';

export interface PhoneState {
  kind: PhoneKind;
  line: Line;
  /** This tab owns the phone. */
  here: boolean;
  call: PhoneCall | null;
  microphone: MicrophoneState;
  /** Sound of the owning tab is unlocked. */
  sound: boolean;
}

export type PhoneCommand =
  | { command: 'answer' }
  | { command: 'decline' }
  | { command: 'hang_up' }
  | { command: 'mute'; muted: boolean }
  | { command: 'press'; digit: string }
  | { command: 'open_microphone' };

type Message = { state: PhoneState } | { command: PhoneCommand } | { who: true };

export interface PhoneCredentials {
  uri: string;
  user: string;
  secret: string;
  /** Absolute address of the relay. */
  socket: string;
  iceServers: RTCIceServer[];
}

/** What of JsSIP is used, so that tests can stand in for it. */
export interface Session {
  readonly id: string;
  readonly connection: RTCPeerConnection | undefined;
  readonly remote_identity: { uri: { user: string } };
  answer(options: object): void;
  terminate(options?: object): void;
  mute(options: { audio: boolean }): void;
  unmute(options: { audio: boolean }): void;
  sendDTMF(tone: string, options: object): void;
  on(event: string, listener: (event: never) => void): unknown;
}
export interface IncomingSession {
  session: Session;
  originator: string;
  request: { getHeader(name: string): string | undefined; body?: string | null };
}
export interface Ua {
  start(): void;
  stop(): void;
  isConnected(): boolean;
  isRegistered(): boolean;
  on(event: string, listener: (event: never) => void): unknown;
}

export interface PhonePorts {
  /** Asked for by the tab that holds the phone, and by no other: the server takes it as a new phone of the agent. */
  credentials(): Promise<
    { kind: 'browser'; credentials: PhoneCredentials } | { kind: Exclude<PhoneKind, 'browser'> }
  >;
  /** The agent's leg lost its audio: the server puts the customer on music and calls back. */
  reportLost(): void;
  openMicrophone(): Promise<MediaStream>;
  microphoneFault(error: unknown): MicrophoneState;
  makeUa(credentials: PhoneCredentials): Promise<Ua>;
  beep(): void;
  soundUnlocked(): boolean;
  /** Where the customer is heard. */
  playRemote(stream: MediaStream | null): void;
}

const LOCK = 'otklik-phone-leader';
const BUS = 'otklik-phone';
const DISCONNECTED_LIMIT_MS = 3000;
const GATHER_LIMIT_MS = 250;
const REFUSED_RETRY_MS = 2000;

const IDLE: PhoneState = {
  kind: 'unknown',
  line: 'off',
  here: false,
  call: null,
  microphone: 'prompt',
  sound: false,
};

export class PhoneEngine {
  private state: PhoneState = IDLE;
  private readonly watchers = new Set<() => void>();
  private bus: BroadcastChannel | undefined;
  private leader = false;
  private release: (() => void) | undefined;
  private abort: AbortController | undefined;
  private ua: Ua | undefined;
  private session: Session | undefined;
  private microphone: MediaStream | undefined;
  private callStream: MediaStream | undefined;
  private opening: Promise<MediaStream | undefined> | undefined;
  private iceServers: RTCIceServer[] = [];
  private generation = 0;
  private retry = 0;
  private iceTimer = 0;

  constructor(private readonly ports: PhonePorts) {}

  /* ---- for React ---- */
  subscribe = (watch: () => void): (() => void) => {
    this.watchers.add(watch);
    return () => {
      this.watchers.delete(watch);
    };
  };
  snapshot = (): PhoneState => this.state;

  /* ---- life ---- */
  start(): void {
    if (this.bus) return;
    this.bus = new BroadcastChannel(BUS);
    this.bus.onmessage = (event: MessageEvent<Message>) => this.receive(event.data);
    this.set({ line: 'connecting' });
    this.bus.postMessage({ who: true } satisfies Message);
    this.abort = new AbortController();
    addEventListener('online', this.revive);
    document.addEventListener('visibilitychange', this.revive);
    addEventListener('pagehide', this.leave);
    addEventListener('beforeunload', this.warn);
    if (!navigator.locks) {
      // Not a secure page: neither locks nor a microphone; the list of checks says so in words.
      this.leader = true;
      this.set({ here: true, microphone: 'insecure' });
      void this.connect();
      return;
    }
    navigator.locks
      .request(LOCK, { signal: this.abort.signal }, () => {
        if (!this.bus) return undefined;
        return new Promise<void>((done) => {
          this.release = done;
          this.leader = true;
          this.set({ here: true });
          void this.connect();
        });
      })
      .catch(() => undefined);
  }

  /** Signed out: the line is given back, a call in this tab ends. */
  stop(): void {
    this.generation++;
    clearTimeout(this.retry);
    clearTimeout(this.iceTimer);
    this.abort?.abort();
    removeEventListener('online', this.revive);
    document.removeEventListener('visibilitychange', this.revive);
    removeEventListener('pagehide', this.leave);
    removeEventListener('beforeunload', this.warn);
    this.ua?.stop();
    this.ua = undefined;
    this.session = undefined;
    this.closeMicrophone();
    this.ports.playRemote(null);
    this.bus?.close();
    this.bus = undefined;
    this.leader = false;
    this.release?.();
    this.release = undefined;
    this.state = IDLE;
    this.wake();
  }

  send(command: PhoneCommand): void {
    if (this.leader) this.obey(command);
    else this.bus?.postMessage({ command } satisfies Message);
  }

  /** The sound of the owning tab was locked or unlocked. */
  soundChanged(): void {
    if (this.leader) this.set({ sound: this.ports.soundUnlocked() });
  }

  /** Another microphone was chosen: taken at once, also in a talk. */
  async changeMicrophone(): Promise<void> {
    if (!this.leader || !this.microphone) return;
    this.closeMicrophone(false);
    const stream = await this.ensureMicrophone();
    const [track] = stream?.getAudioTracks() ?? [];
    const sender = this.session?.connection?.getSenders().find((it) => it.track?.kind === 'audio');
    if (!track || !sender) return;
    const copy = track.clone();
    copy.enabled = !this.state.call?.muted;
    await sender.replaceTrack(copy).catch(() => undefined);
    stopTracks(this.callStream);
    this.callStream = new MediaStream([copy]);
  }

  /** What the other side shows, newest last; in the owning tab. */
  readonly pictures: MediaStreamTrack[] = [];

  /** The peer connection of the call, for the quality display and for tests. */
  connection(): RTCPeerConnection | undefined {
    return this.session?.connection;
  }

  /* ---- registration ---- */
  private async connect(): Promise<void> {
    const generation = ++this.generation;
    this.set({ line: this.state.line === 'lost' ? 'lost' : 'connecting' });
    let ua: Ua;
    try {
      const access = await this.ports.credentials();
      if (generation !== this.generation) return;
      this.set({ kind: access.kind });
      if (access.kind !== 'browser' || this.state.microphone === 'insecure') {
        this.set({ line: 'off' });
        return;
      }
      const { credentials } = access;
      this.iceServers = credentials.iceServers;
      ua = await this.ports.makeUa(credentials);
    } catch {
      if (generation === this.generation) this.again('lost');
      return;
    }
    if (generation !== this.generation) return;
    const mine = () => generation === this.generation;
    ua.on('registered', () => mine() && this.set({ line: 'registered' }));
    ua.on('registrationFailed', (event: { response?: { status_code?: number } }) => {
      if (!mine()) return;
      const code = event?.response?.status_code ?? 0;
      // Without an answer the transport is down: the library dials again by itself.
      if (code >= 400) this.again('refused');
      else this.set({ line: 'lost' });
    });
    ua.on('unregistered', () => mine() && this.state.line === 'registered' && this.set({ line: 'lost' }));
    ua.on('disconnected', () => mine() && this.set({ line: 'lost' }));
    ua.on('newRTCSession', (event: IncomingSession) => mine() && this.attach(event));
    this.ua?.stop();
    this.ua = ua;
    ua.start();
    if (this.state.microphone === 'prompt') void this.openIfAllowed();
  }

  private again(line: Line): void {
    this.set({ line });
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => {
      // A talk lives without registration, but not without its user agent.
      if (this.session) this.again(line);
      else void this.connect();
    }, REFUSED_RETRY_MS);
  }

  private revive = (): void => {
    if (!this.leader || document.hidden || this.session) return;
    if (this.ua && !this.ua.isConnected() && this.state.line === 'lost') void this.connect();
  };

  /* ---- microphone ---- */
  private async openIfAllowed(): Promise<void> {
    try {
      const status = await navigator.permissions.query({ name: 'microphone' as PermissionName });
      if (status.state === 'granted') await this.ensureMicrophone();
      else if (status.state === 'denied') this.set({ microphone: 'denied' });
    } catch {
      /* the browser cannot tell: asked at Ready */
    }
  }

  /** Opened once and kept, so that Answer needs no waiting for the device. */
  private ensureMicrophone(): Promise<MediaStream | undefined> {
    const live = this.microphone?.getAudioTracks().some((track) => track.readyState === 'live');
    if (live) return Promise.resolve(this.microphone);
    this.opening ??= this.ports
      .openMicrophone()
      .then((stream) => {
        this.microphone = stream;
        for (const track of stream.getAudioTracks()) {
          track.addEventListener('ended', () => {
            if (this.microphone !== stream) return;
            this.microphone = undefined;
            this.set({ microphone: 'missing' });
            void this.ensureMicrophone().then((next) => next && this.session && this.changeMicrophone());
          });
        }
        this.set({ microphone: 'ready' });
        return stream;
      })
      .catch((error: unknown) => {
        this.set({ microphone: this.ports.microphoneFault(error) });
        return undefined;
      })
      .finally(() => {
        this.opening = undefined;
      });
    return this.opening;
  }

  private closeMicrophone(withCall = true): void {
    stopTracks(this.microphone);
    this.microphone = undefined;
    if (withCall) {
      stopTracks(this.callStream);
      this.callStream = undefined;
    }
  }

  /* ---- a call ---- */
  private attach({ session, originator, request }: IncomingSession): void {
    if (originator !== 'remote') return;
    const interactionId = request.getHeader('X-Interaction') ?? null;
    const automatic = request.getHeader('X-Auto-Answer') === '1';
    if (this.session) {
      if (!automatic) {
        session.terminate({ status_code: 486, reason_phrase: 'Busy Here' });
        return;
      }
      // The way back: the server knows that the old leg is dead, whatever this side still believes.
      const old = this.session;
      this.session = undefined;
      try {
        old.terminate();
      } catch {
        /* it was over already */
      }
    }
    this.session = session;
    const ours = () => this.session === session;
    this.set({
      call: {
        id: session.id,
        interactionId,
        number: session.remote_identity.uri.user,
        phase: 'ringing',
        muted: false,
        automatic,
        since: Date.now(),
        media: 'ok',
        video: /^m=video [1-9]/m.test(request.body ?? ''),
        pictures: 0,
      },
    });
    this.pictures.length = 0;
    const over = () => {
      if (!ours()) return;
      this.session = undefined;
      clearTimeout(this.iceTimer);
      stopTracks(this.callStream);
      this.callStream = undefined;
      this.ports.playRemote(null);
      this.set({ call: null });
    };
    session.on('accepted', () => ours() && this.change({ phase: 'active', since: Date.now() }));
    session.on('muted', () => ours() && this.change({ muted: true }));
    session.on('unmuted', () => ours() && this.change({ muted: false }));
    session.on('ended', over);
    session.on('failed', over);
    session.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) => {
      if (ours()) this.listen(peerconnection);
    });
    // Candidates of a far network may take seconds; those at hand are enough for the relay beside us.
    let gathering = 0;
    session.on('icecandidate', ({ ready }: { ready: () => void }) => {
      if (gathering) return;
      gathering = window.setTimeout(ready, GATHER_LIMIT_MS);
    });
    if (automatic) {
      this.ports.beep();
      void this.answer();
    }
  }

  private listen(peer: RTCPeerConnection): void {
    peer.addEventListener('track', (event) => {
      if (event.track.kind === 'video') {
        this.show(event);
        return;
      }
      this.ports.playRemote(event.streams[0] ?? new MediaStream([event.track]));
    });
    const lost = () => {
      if (this.session?.connection !== peer) return;
      this.change({ media: 'lost' });
      this.ports.reportLost();
    };
    peer.addEventListener('iceconnectionstatechange', () => {
      clearTimeout(this.iceTimer);
      if (peer.iceConnectionState === 'failed') lost();
      else if (peer.iceConnectionState === 'disconnected') {
        this.iceTimer = window.setTimeout(lost, DISCONNECTED_LIMIT_MS);
      } else if (this.state.call?.media === 'lost') this.change({ media: 'ok' });
    });
  }

  /** A picture has a way now. Ours may go the same way later without asking again: what is sent is chosen then. */
  private show({ track, transceiver }: RTCTrackEvent): void {
    if (!this.pictures.length) transceiver.direction = 'sendrecv';
    this.pictures.push(track);
    const wake = () => this.change({ pictures: (this.state.call?.pictures ?? 0) + 1, video: true });
    track.addEventListener('unmute', wake);
    track.addEventListener('mute', wake);
    wake();
  }

  private async answer(): Promise<void> {
    const session = this.session;
    if (!session || this.state.call?.phase !== 'ringing') return;
    this.change({ phase: 'answering' });
    const microphone = await this.ensureMicrophone();
    if (this.session !== session) return;
    if (!microphone) {
      // Without a microphone the customer would hear nobody: the offer goes on to someone who can talk.
      this.change({ phase: 'ringing' });
      if (this.state.call?.automatic) session.terminate({ status_code: 480 });
      return;
    }
    this.callStream = microphone.clone();
    try {
      session.answer({
        mediaStream: this.callStream,
        mediaConstraints: { audio: true, video: false },
        pcConfig: { iceServers: this.iceServers, bundlePolicy: 'max-bundle' },
        sessionTimersExpires: 1800,
      });
    } catch {
      /* the customer left in this very moment: 'failed' follows or has come */
    }
  }

  private obey(command: PhoneCommand): void {
    const session = this.session;
    switch (command.command) {
      case 'answer':
        void this.answer();
        break;
      case 'decline':
        if (session && this.state.call?.phase === 'ringing') session.terminate({ status_code: 486 });
        break;
      case 'hang_up':
        if (session) attempt(() => session.terminate());
        break;
      case 'mute':
        if (!session) break;
        if (command.muted) session.mute({ audio: true });
        else session.unmute({ audio: true });
        break;
      case 'press':
        if (session && /^[0-9*#A-D]$/.test(command.digit)) {
          session.sendDTMF(command.digit, { transportType: 'RFC2833', duration: 160, interToneGap: 80 });
        }
        break;
      case 'open_microphone':
        void this.ensureMicrophone();
        break;
    }
  }

  /* ---- the tab goes away ---- */
  private leave = (): void => {
    if (this.leader && this.session && this.state.call?.phase !== 'ringing') {
      this.ports.reportLost();
    }
  };
  private warn = (event: BeforeUnloadEvent): void => {
    if (this.leader && this.session) event.preventDefault();
  };

  /* ---- state ---- */
  private receive(message: Message): void {
    if ('state' in message) {
      if (!this.leader) {
        this.state = { ...message.state, here: false };
        this.wake();
      }
    } else if ('command' in message) {
      if (this.leader) this.obey(message.command);
    } else if (this.leader) {
      this.bus?.postMessage({ state: this.state } satisfies Message);
    }
  }
  private change(part: Partial<PhoneCall>): void {
    if (this.state.call) this.set({ call: { ...this.state.call, ...part } });
  }
  private set(part: Partial<PhoneState>): void {
    this.state = { ...this.state, ...part };
    this.wake();
    if (this.leader) this.bus?.postMessage({ state: this.state } satisfies Message);
  }
  private wake(): void {
    for (const watch of this.watchers) watch();
  }
}

function attempt(run: () => void): void {
  try {
    run();
  } catch {
    /* the session ended in this very moment */
  }
}

function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
