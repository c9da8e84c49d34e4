import { formatLanguage } from '~/lib/format';

/* Times of day in a zone that need not be the site's: a timesheet may stand in an agent's own one. */

const cache = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = formatLanguage() === 'en' ? 'en-GB' : 'ru';
  const key = JSON.stringify([locale, zone, options]);
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: 'h23', ...options });
    cache.set(key, found);
  }
  return found;
}

export const clockIn = (zone: string, at: string | number): string =>
  formatOf(zone, { hour: '2-digit', minute: '2-digit' }).format(new Date(at));

export const clockSecondsIn = (zone: string, at: string | number): string =>
  formatOf(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at));

/** To the millisecond, as it was journalled. */
export const clockExactIn = (zone: string, at: string | number): string =>
  formatOf(zone, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(new Date(at));

const HOUR_MS = 3_600_000;

export interface Tick {
  at: number;
  label: string;
}

/** Every hour that a day really has: 23 or 25 of them where clocks change, one of which is then there twice. */
export function hoursOf(start: string, stop: string, zone: string): Tick[] {
  const ticks: Tick[] = [];
  for (let at = Date.parse(start); at < Date.parse(stop); at += HOUR_MS) {
    ticks.push({ at, label: clockIn(zone, at).slice(0, 2) });
  }
  return ticks;
}
