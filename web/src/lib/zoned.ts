/* Wall clocks of other zones: what a customer's clock shows, and the moment that his wall time means. */

import { formatLanguage, formatZone } from './format';

const MINUTE_MS = 60_000;
const parts = new Map<string, Intl.DateTimeFormat>();

function wall(zone: string): Intl.DateTimeFormat {
  let it = parts.get(zone);
  if (!it) {
    it = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    parts.set(zone, it);
  }
  return it;
}

export interface Wall {
  /** YYYY-MM-DD and HH:MM. */
  day: string;
  time: string;
}

/** What a clock in this zone shows. */
export function wallAt(moment: number | string, zone: string): Wall {
  const found = Object.fromEntries(
    wall(zone)
      .formatToParts(new Date(moment))
      .map((it) => [it.type, it.value]),
  );
  return { day: `${found.year}-${found.month}-${found.day}`, time: `${found.hour}:${found.minute}` };
}

const asUtc = ({ day, time }: Wall): number => Date.parse(`${day}T${time}:00.000Z`);

/** Minutes by which the zone is ahead of UTC at a moment. */
export function offsetAt(moment: number, zone: string): number {
  const whole = Math.floor(moment / MINUTE_MS) * MINUTE_MS;
  return (asUtc(wallAt(whole, zone)) - whole) / MINUTE_MS;
}

/** The moment of a wall time; the first of two, and of one that is skipped the moment as far after the jump.
 *  null when it is no day and time. */
export function momentOf(at: Wall, zone: string): number | null {
  const utc = asUtc(at);
  if (Number.isNaN(utc)) return null;
  const found = [-1440, 1440]
    .map((shift) => utc - offsetAt(utc + shift * MINUTE_MS, zone) * MINUTE_MS)
    .filter((it) => asUtc(wallAt(it, zone)) === utc);
  return found.length ? Math.min(...found) : utc - offsetAt(utc - 1440 * MINUTE_MS, zone) * MINUTE_MS;
}

const locale = (): string => (formatLanguage() === 'en' ? 'en-GB' : formatLanguage());

function shown(moment: number | string, zone: string | undefined, options: Intl.DateTimeFormatOptions) {
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }).format(new Date(moment));
}

/** Weekday, day and time by the clock of a zone, without one by the reader's. */
export const dayTimeIn = (moment: number | string, zone: string | undefined = formatZone()): string =>
  shown(moment, zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });

export const clockIn = (moment: number | string, zone: string): string =>
  shown(moment, zone, { hour: '2-digit', minute: '2-digit' });

/** Whether two zones show the same clock at a moment. */
export const isSameClock = (moment: number, one: string, other: string): boolean =>
  offsetAt(moment, one) === offsetAt(moment, other);

/** The name of a zone in the reader's language, with its distance from UTC. */
export function zoneName(zone: string, moment: number): string {
  const minutes = offsetAt(moment, zone);
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  const offset = `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
  if (zone === 'UTC' || zone.startsWith('Etc/')) return offset;
  const name = new Intl.DateTimeFormat(locale(), { timeZone: zone, timeZoneName: 'long' })
    .formatToParts(new Date(moment))
    .find((it) => it.type === 'timeZoneName')?.value;
  // Without a word for it the browser only says GMT+5 once more.
  return name && !/[0-9]/.test(name) ? `${name}, ${offset}` : `${zone.split('/').pop()}, ${offset}`;
}
