import type { PhoneCredentials, Ua } from './engine';

let library: Promise<typeof import('jssip')> | undefined;

/** Starts the download (52 KB) early: after a reload in a talk every tenth of a second is music in an ear. */
export function preloadPhone(): Promise<typeof import('jssip')> {
  library ??= import('jssip');
  return library;
}

/** A user agent that dials its socket again by itself, at most 4 s apart. */
export async function makeUa(credentials: PhoneCredentials): Promise<Ua> {
  const loaded = await preloadPhone();
  // A CommonJS package: its exports stand under `default` after bundling.
  const JsSIP = (loaded as unknown as { default?: typeof loaded }).default ?? loaded;
  const ua = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(credentials.socket)],
    uri: credentials.uri,
    authorization_user: credentials.user,
    password: credentials.secret,
    register: true,
    register_expires: 120,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
    session_timers: false,
    no_answer_timeout: 120,
    user_agent: 'otklik',
  });
  return ua as unknown as Ua;
}
