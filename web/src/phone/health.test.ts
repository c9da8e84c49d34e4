import { describe, expect, it } from 'vitest';
import { type HealthInput, healthOf } from './health';

const device = (deviceId: string, kind: MediaDeviceKind) =>
  ({ deviceId, kind, label: deviceId }) as MediaDeviceInfo;
const good: HealthInput = {
  kind: 'browser',
  isSecure: true,
  microphone: 'ready',
  line: 'registered',
  feedOpen: true,
  soundUnlocked: true,
  notifications: 'granted',
  wantsNotifications: true,
  devices: {
    microphones: [device('mic', 'audioinput')],
    outputs: [device('head', 'audiooutput')],
    cameras: [],
    canChooseOutput: true,
  },
  chosen: { microphone: null, headset: null, ringer: null },
  reachable: true,
  link: null,
};
const bad = (change: Partial<HealthInput>) =>
  healthOf({ ...good, ...change })
    .filter((check) => check.result === 'bad')
    .map((check) => `${check.key}.${check.cause}`);

describe('Ready', () => {
  it('passes when everything is in order', () => {
    expect(healthOf(good).every((check) => check.result === 'ok')).toBe(true);
  });
  it.each<[Partial<HealthInput>, string]>([
    [{ microphone: 'denied' }, 'microphone.denied'],
    [{ microphone: 'missing' }, 'microphone.missing'],
    [{ microphone: 'prompt' }, 'microphone.prompt'],
    [{ line: 'lost' }, 'registration.lost'],
    [{ line: 'refused' }, 'registration.refused'],
    [{ feedOpen: false }, 'feed.lost'],
    [{ soundUnlocked: false }, 'sound.locked'],
    [{ isSecure: false }, 'secure.insecure'],
    [{ kind: 'sip', reachable: false }, 'device.unreachable'],
    [{ link: { grade: 'bad', cause: 'loss' } }, 'link.loss'],
  ])('is refused for %o', (change, cause) => {
    expect(bad(change)).toContain(cause);
  });
  it('is not refused for what is only a pity', () => {
    const chosen = { microphone: 'gone', headset: 'gone', ringer: 'gone' };
    const checks = healthOf({ ...good, chosen, notifications: 'denied' });
    expect(checks.filter((check) => check.result === 'warn').map((check) => check.key)).toEqual([
      'microphone',
      'headset',
      'ringer',
      'notifications',
    ]);
    expect(bad({ chosen, notifications: 'denied' })).toEqual([]);
  });
  it('warns of a middling link and says nothing of a good one', () => {
    const checks = healthOf({ ...good, link: { grade: 'fair', cause: 'delay' } });
    expect(checks.find((check) => check.key === 'link')?.result).toBe('warn');
    expect(
      healthOf({ ...good, link: { grade: 'good', cause: 'delay' } }).find((check) => check.key === 'link'),
    ).toBeUndefined();
  });
  it('asks of a SIP phone nothing that belongs to a browser', () => {
    expect(bad({ kind: 'sip', microphone: 'denied', line: 'off', soundUnlocked: false })).toEqual([]);
  });
});
