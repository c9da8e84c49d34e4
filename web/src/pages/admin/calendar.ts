import type { CalendarDayRow } from '~/api/gen/types.gen';
import { DAYS, type Day, minutesOf, type Span } from './week';

export interface SpecialDay {
  date: string;
  spans: Span[];
  note: string;
}

/** Monday is 0. */
export const weekdayOf = (date: string): Day => DAYS[(new Date(`${date}T12:00Z`).getUTCDay() + 6) % 7]!;

const ordered = (spans: readonly Span[]): Span[] =>
  [...spans].sort(([a], [b]) => minutesOf(a) - minutesOf(b));

/** The day ends an hour earlier; one that is over by then is left out, and a night stays as it is. */
export function shortened(spans: readonly Span[]): Span[] {
  const found = ordered(spans);
  const last = found.pop();
  if (!last) return [];
  const [opens, closes] = last;
  const from = minutesOf(opens);
  const until = closes === '00:00' ? 24 * 60 : minutesOf(closes);
  if (until <= from) return [...found, last];
  const end = until - 60;
  if (end <= from) return found;
  const text = `${String(Math.floor(end / 60)).padStart(2, '0')}:${String(end % 60).padStart(2, '0')}`;
  return [...found, [opens, text]];
}

/**
 * What a calendar changes in a week, from `today` on. A day off that is closed anyway changes nothing. A
 * weekend day that is worked gets the hours of `like`. Days that stand in `taken` stay as they are.
 */
export function specialDays(
  days: readonly CalendarDayRow[],
  weekly: Record<Day, Span[]>,
  {
    today,
    like,
    shortens,
    taken,
  }: { today: string; like: Day; shortens: boolean; taken: ReadonlySet<string> },
): SpecialDay[] {
  return days.flatMap(({ date, kind, note }) => {
    if (date < today || taken.has(date)) return [];
    const usual = weekly[weekdayOf(date)];
    if (kind === 'off') return usual.length ? [{ date, spans: [], note }] : [];
    const isMoved = !usual.length;
    if (!isMoved && (kind === 'working' || !shortens)) return [];
    const worked = isMoved ? weekly[like] : usual;
    if (!worked.length) return [];
    const spans = kind === 'short' && shortens ? shortened(worked) : ordered(worked);
    return [{ date, spans, note }];
  });
}
