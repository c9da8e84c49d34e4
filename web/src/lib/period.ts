/* Periods of reports and lists: local days of the site, half-open, as YYYY-MM-DD. Days are counted as dates, so no
   change of the clock moves them; moments are made only where the server asks for moments. */

export interface Period {
  from: string;
  /** The day after the last. */
  to: string;
}
export const PRESETS = [
  'today',
  'yesterday',
  'this_week',
  'last_week',
  'last_7',
  'last_30',
  'this_month',
  'last_month',
] as const;
export type Preset = (typeof PRESETS)[number];

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const LONGEST_DAYS = 400;

const ms = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const text = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const isDay = (day: unknown): day is string =>
  typeof day === 'string' && DAY.test(day) && !Number.isNaN(ms(day)) && text(ms(day)) === day;
export const addDays = (day: string, count: number): string => text(ms(day) + count * DAY_MS);
export const daysOf = ({ from, to }: Period): number => Math.round((ms(to) - ms(from)) / DAY_MS);

const monthStart = (day: string, months = 0): string =>
  text(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + months, 1));
/** Weeks begin on Monday. */
const weekStart = (day: string): string => addDays(day, -((new Date(ms(day)).getUTCDay() + 6) % 7));

export function presetPeriod(preset: Preset, today: string): Period {
  const tomorrow = addDays(today, 1);
  switch (preset) {
    case 'today':
      return { from: today, to: tomorrow };
    case 'yesterday':
      return { from: addDays(today, -1), to: today };
    case 'this_week':
      return { from: weekStart(today), to: tomorrow };
    case 'last_week':
      return { from: addDays(weekStart(today), -7), to: weekStart(today) };
    case 'last_7':
      return { from: addDays(today, -6), to: tomorrow };
    case 'last_30':
      return { from: addDays(today, -29), to: tomorrow };
    case 'this_month':
      return { from: monthStart(today), to: tomorrow };
    case 'last_month':
      return { from: monthStart(today, -1), to: monthStart(today) };
  }
}

export interface Chosen extends Period {
  preset: Preset | null;
}

/** What an address asks for: a named period, which moves with the days, or two dates. */
export function readPeriod(
  address: { period?: string | undefined; from?: string | undefined; to?: string | undefined },
  today: string,
  otherwise: Preset,
): Chosen {
  const { period, from, to } = address;
  if (PRESETS.includes(period as Preset)) {
    return { preset: period as Preset, ...presetPeriod(period as Preset, today) };
  }
  if (isDay(from) && isDay(to) && from < to && daysOf({ from, to }) <= LONGEST_DAYS) {
    return { preset: null, from, to };
  }
  return { preset: otherwise, ...presetPeriod(otherwise, today) };
}

/** The period of the same length just before; of one day, the same weekday a week before. */
export function periodBefore(period: Period): Period {
  const days = daysOf(period);
  const back = Math.max(days, 7);
  return { from: addDays(period.from, -back), to: addDays(period.to, -back) };
}

function offsetMs(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((it) => it.type === type)?.value);
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(at / 1000) * 1000;
}

/** The moment at which a local day begins. Where midnight is left out by a change of the clock, the first one after. */
export function startOfDay(day: string, zone: string): string {
  const wall = ms(day);
  const first = wall - offsetMs(wall, zone);
  const second = wall - offsetMs(first, zone);
  return new Date(offsetMs(second, zone) === wall - second ? second : Math.max(first, second)).toISOString();
}
