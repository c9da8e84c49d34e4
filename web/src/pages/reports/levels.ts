import type { QueueReportRow } from '~/api/gen/types.gen';
import { addDays, type Period } from '~/lib/period';

export interface LevelDay {
  day: string;
  to: string;
  offered: number;
  level: number | null;
  /** What the queues of that day promised together: their targets by what each of them had to answer. */
  target: number | null;
  queues: { queue: string; level: number | null; target: number | null }[];
}

/** Days by date; the level is counted anew from the sums of all queues, never as a mean of levels. */
export function levelDays(rows: readonly QueueReportRow[]): Map<string, LevelDay> {
  const days = new Map<string, QueueReportRow[]>();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return new Map(
    [...days].map(([day, of]) => {
      const whole = (row: QueueReportRow) => row.level_whole;
      const all = of.reduce((sum, row) => sum + whole(row), 0);
      const inTime = of.reduce((sum, row) => sum + row.level_part, 0);
      // A queue that is gone has no target any more: it says nothing about the others'.
      const promised = of.filter((row) => typeof row.target === 'number' && whole(row) > 0);
      const weight = promised.reduce((sum, row) => sum + whole(row), 0);
      const target = promised.reduce((sum, row) => sum + (row.target ?? 0) * whole(row), 0);
      return [
        day,
        {
          day,
          to: of[0]?.to ?? '',
          offered: of.reduce((sum, row) => sum + row.offered, 0),
          level: all > 0 ? inTime / all : null,
          target: weight > 0 ? target / weight : null,
          queues: of.map((row) => ({
            queue: row.queue,
            level: row.service_level,
            target: row.target ?? null,
          })),
        },
      ];
    }),
  );
}

export interface Month {
  /** "2026-11". */
  key: string;
  /** Monday to Sunday; null: a day of another month, or not of the period. */
  weeks: (string | null)[][];
}

/** The months of a period as grids of weeks. */
export function monthsOf({ from, to }: Period): Month[] {
  const months: Month[] = [];
  for (let day = from; day < to; day = addDays(day, 1)) {
    const key = day.slice(0, 7);
    const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
    let month = months[months.length - 1];
    if (!month || month.key !== key) {
      month = { key, weeks: [] };
      months.push(month);
    }
    let week = month.weeks[month.weeks.length - 1];
    if (!week || weekday === 0) {
      week = [null, null, null, null, null, null, null];
      month.weeks.push(week);
    }
    week[weekday] = day;
  }
  return months;
}
