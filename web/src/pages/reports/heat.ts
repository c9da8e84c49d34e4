import type { HeatCell, HeatReport } from '~/api/gen/types.gen';
import { count, duration, share } from '~/lib/format';
import { decimal } from '~/ui/decimal';

export const HEAT = [
  'offered',
  'answered',
  'abandoned',
  'abandonment_rate',
  'service_level',
  'average_wait_seconds',
  'aht_seconds',
] as const;
export type HeatName = (typeof HEAT)[number];

const COUNTS: ReadonlySet<HeatName> = new Set(['offered', 'answered', 'abandoned']);

/** What a cell shows; of counts the mean of an hour, since a period has more Mondays than Sundays at times. */
export function shownOf(cell: HeatCell, name: HeatName, isSum: boolean): number | null {
  const value = cell[name];
  if (!COUNTS.has(name) || isSum || value === null) return value;
  return cell.hours > 0 ? value / cell.hours : null;
}

/** How much colour, 0-1. More of what is bad is darker: a low service level, a high share of lost. */
export function levelOf(name: HeatName, value: number, least: number, most: number): number {
  if (name === 'service_level') return round(1 - value);
  if (name === 'aht_seconds') return most > least ? round((value - least) / (most - least)) : 0.5;
  if (name === 'abandonment_rate') return round(Math.min(1, value / Math.max(0.2, most)));
  return most > 0 ? round(value / most) : 0;
}
const round = (level: number): number => Math.round(level * 100) / 100;

/** A value as it stands in a cell; nothing without data. */
export function heatText(name: HeatName, value: number | null, isSum: boolean): string {
  if (value === null) return '';
  if (name === 'service_level' || name === 'abandonment_rate') return share(value);
  if (!COUNTS.has(name)) return duration(value);
  if (isSum || value >= 100 || Number.isInteger(value)) return count(value);
  // A little is not nothing.
  return value < 0.05 ? `<${decimal(0.1, 1)}` : decimal(value, 1);
}

export interface HeatRow {
  key: string;
  weekday: number | null;
  day: string | null;
}

const keyOf = (cell: HeatCell): string => (cell.day ? cell.day : String(cell.weekday));
export const cellAt = (cell: HeatCell): string => `${keyOf(cell)}/${cell.hour}`;

/** In the server's order: Monday first, or the earliest day first. */
export const rowsOf = (report: HeatReport): HeatRow[] =>
  report.by_row.map((cell) => ({
    key: keyOf(cell),
    weekday: cell.weekday ?? null,
    day: cell.day ?? null,
  }));

/** From the first hour in which anything came to the last one: nights of a centre that sleeps take no room. */
export function hoursShown(report: HeatReport): number[] {
  const busy = report.by_hour.flatMap((it) => (it.offered && typeof it.hour === 'number' ? [it.hour] : []));
  if (!busy.length) return [];
  const first = Math.min(...busy);
  return Array.from({ length: Math.max(...busy) - first + 1 }, (_, i) => first + i);
}

/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);

export function rowName(row: HeatRow, language: string): string {
  const words = (options: Intl.DateTimeFormatOptions, at: number) =>
    new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ru', { timeZone: 'UTC', ...options }).format(at);
  return row.day
    ? words({ day: 'numeric', month: 'short', weekday: 'short' }, Date.parse(`${row.day}T00:00:00Z`))
    : words({ weekday: 'long' }, MONDAY + ((row.weekday ?? 1) - 1) * 86_400_000);
}
