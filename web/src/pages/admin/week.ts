import type { Weekly } from '~/api/gen/types.gen';
import { formatLanguage } from '~/lib/format';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];
export type Span = [string, string];

const MINUTES = 24 * 60;

export function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** Start and width of a span as parts of its day; an end not after its beginning is on the next day. */
export function drawn([opens, closes]: Span): { left: number; width: number } {
  const from = minutesOf(opens);
  const to = minutesOf(closes);
  return { left: from / MINUTES, width: ((to > from ? to : MINUTES) - from) / MINUTES };
}

/** What of the day's last span reaches into the next day. */
export function reaching(spans: readonly Span[]): number {
  return Math.max(
    0,
    ...spans
      .filter(([opens, closes]) => minutesOf(closes) <= minutesOf(opens))
      .map(([, closes]) => minutesOf(closes) / MINUTES),
  );
}

/** A next span for a day: after its last one, else the usual office hours. */
export function nextSpan(spans: readonly Span[]): Span {
  const last = spans[spans.length - 1];
  if (!last || minutesOf(last[1]) <= minutesOf(last[0])) return ['09:00', '18:00'];
  const from = Math.min(minutesOf(last[1]) + 60, MINUTES - 60);
  const text = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return [text(from), text(Math.min(from + 240, MINUTES - 1))];
}

export interface WeekWords {
  day: (day: Day) => string;
  closed: string;
  around: string;
}

/** Hours of a week, short: "Mon–Fri 09:00–18:00, Sat closed". Days with the same hours stand together. */
export function weekText(weekly: Weekly, words: WeekWords): string {
  const spansText = (day: Day) => {
    const spans = weekly[day];
    if (!spans.length) return words.closed;
    return spans
      .map(([opens, closes]) =>
        opens === '00:00' && closes === '00:00' ? words.around : `${opens}–${closes}`,
      )
      .join(', ');
  };
  const runs: { first: Day; last: Day; text: string }[] = [];
  for (const day of DAYS) {
    const text = spansText(day);
    const run = runs[runs.length - 1];
    if (run?.text === text) run.last = day;
    else runs.push({ first: day, last: day, text });
  }
  if (runs.length === 1 && runs[0]) return runs[0].text;
  return runs
    .map(({ first, last, text }) =>
      first === last ? `${words.day(first)} ${text}` : `${words.day(first)}–${words.day(last)} ${text}`,
    )
    .join('; ');
}

/** Opening hours as the history of changes keeps them. */
export interface Opening {
  week?: { opens: string; closes: string }[][];
  dates?: { day: string; spans: { opens: string; closes: string }[] }[];
  time_zone?: string;
}

export const dateText = (day: string): string => {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  return new Intl.DateTimeFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }).format(at);
};

/** The week, the special days and the zone in one line; null when it is none of ours. */
export function openingText(opening: Opening, words: WeekWords): string | null {
  const { week } = opening;
  if (!Array.isArray(week) || week.length !== DAYS.length) return null;
  const short = (spans: { opens: string; closes: string }[]): Span[] =>
    spans.map(({ opens, closes }) => [opens.slice(0, 5), closes.slice(0, 5)]);
  const weekly = Object.fromEntries(DAYS.map((day, i) => [day, short(week[i] ?? [])])) as unknown as Weekly;
  const dates = (opening.dates ?? []).map(({ day, spans }) => {
    const hours = short(spans).map(([opens, closes]) => `${opens}–${closes}`);
    return `${dateText(day)} ${hours.join(', ') || words.closed}`;
  });
  return [weekText(weekly, words), ...dates, opening.time_zone].filter(Boolean).join('; ');
}
