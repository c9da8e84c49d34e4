/* Half-ready is worse than not ready: most "it did not ring" tickets are one of these. */

import type { AudioDevices, MicrophoneState } from './devices';
import type { Line, PhoneKind } from './engine';

export type CheckKey =
  | 'secure'
  | 'microphone'
  | 'headset'
  | 'ringer'
  | 'feed'
  | 'registration'
  | 'sound'
  | 'notifications'
  | 'device'
  | 'link';

export interface Check {
  key: CheckKey;
  /** 'bad' refuses Ready; 'warn' is told and lets pass. */
  result: 'ok' | 'warn' | 'bad';
  /** Names the text: `phone.health.<key>.<cause>`. */
  cause: string;
}

export interface HealthInput {
  kind: PhoneKind;
  isSecure: boolean;
  microphone: MicrophoneState;
  line: Line;
  feedOpen: boolean;
  soundUnlocked: boolean;
  notifications: NotificationPermission | 'unsupported';
  wantsNotifications: boolean;
  devices: AudioDevices;
  chosen: { microphone: string | null; headset: string | null; ringer: string | null };
  /** What the server says of a SIP phone. */
  reachable: boolean;
  /** How good his own link was in the last talk, while that is fresh. */
  link: { grade: 'good' | 'fair' | 'bad'; cause: string } | null;
}

const check = (key: CheckKey, result: Check['result'], cause: string): Check => ({ key, result, cause });

/** The checklist in the order in which a person would mend things. */
export function healthOf(input: HealthInput): Check[] {
  const feed = check('feed', input.feedOpen ? 'ok' : 'bad', input.feedOpen ? 'ok' : 'lost');
  if (input.kind === 'simulated') return [feed];
  if (input.kind === 'none') return [feed, check('device', 'bad', 'none')];
  if (input.kind === 'sip') {
    return [feed, check('device', input.reachable ? 'ok' : 'bad', input.reachable ? 'ok' : 'unreachable')];
  }
  if (!input.isSecure) return [check('secure', 'bad', 'insecure')];
  const has = (id: string | null, list: MediaDeviceInfo[]) =>
    id === null || list.some((device) => device.deviceId === id);
  const { devices, chosen } = input;
  const checks: Check[] = [];
  if (input.microphone !== 'ready') checks.push(check('microphone', 'bad', input.microphone));
  else if (!has(chosen.microphone, devices.microphones)) checks.push(check('microphone', 'warn', 'replaced'));
  else checks.push(check('microphone', 'ok', 'ready'));
  const knowsOutputs = devices.canChooseOutput && devices.outputs.length > 0;
  checks.push(
    knowsOutputs && !has(chosen.headset, devices.outputs)
      ? check('headset', 'warn', 'replaced')
      : check('headset', 'ok', 'ok'),
  );
  if (chosen.ringer) {
    checks.push(
      knowsOutputs && !has(chosen.ringer, devices.outputs)
        ? check('ringer', 'warn', 'replaced')
        : check('ringer', 'ok', 'ok'),
    );
  }
  checks.push(feed);
  checks.push(
    input.line === 'registered'
      ? check('registration', 'ok', 'ok')
      : check('registration', 'bad', input.line === 'refused' ? 'refused' : 'lost'),
  );
  checks.push(check('sound', input.soundUnlocked ? 'ok' : 'bad', input.soundUnlocked ? 'ok' : 'locked'));
  if (input.link && input.link.grade !== 'good') {
    checks.push(check('link', input.link.grade === 'bad' ? 'bad' : 'warn', input.link.cause));
  }
  if (input.wantsNotifications && input.notifications !== 'unsupported') {
    checks.push(
      input.notifications === 'granted'
        ? check('notifications', 'ok', 'ok')
        : check('notifications', 'warn', input.notifications),
    );
  }
  return checks;
}
