import type { Weekly } from '~/api/gen/types.gen';

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

/** Hours of a week, short: "Mon–Fri 09:00–18:00, Sat closed". Days with the same hours stand together. */
export function weekText(
  weekly: Weekly,
  words: { day: (day: Day) => string; closed: string; around: string },
): string {
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
