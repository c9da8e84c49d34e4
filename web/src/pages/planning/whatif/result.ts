/* What a run says: the JSON of `otklik simulate` for several scenarios. */

export interface Spread {
  p10: number;
  p50: number;
  p90: number;
}
export const MEASURES = [
  'service_level',
  'average_wait_seconds',
  'abandonment_rate',
  'occupancy',
  'average_queue_length',
  'offered',
] as const;
export type Measure = (typeof MEASURES)[number];

export interface Row extends Record<Measure, number | null> {
  calls: number;
  agents_at_work: number;
  answered: number;
  abandoned: number;
  percentiles?: Partial<Record<Measure, Spread | null>>;
}
export interface Interval extends Row {
  day: number;
  from: string;
  to: string;
}
export interface Told {
  name: string;
  seed: number;
  days: number;
  replications: number;
  calls: number;
  cpu_seconds: number;
  service_level_formula: string;
  totals: Row & { half_width_95?: Partial<Record<Measure, number>> };
  intervals: readonly Interval[];
}
export interface Difference {
  first: number | null;
  second: number | null;
  difference: number | null;
  half_width_95?: number | null;
  is_certain?: boolean | null;
}
export interface Comparison {
  first: string;
  second: string;
  measures: Record<string, Difference>;
}
export interface Result {
  scenarios: readonly Told[];
  comparisons: readonly Comparison[];
}

export const SHARES: ReadonlySet<string> = new Set(['service_level', 'abandonment_rate', 'occupancy']);
/** Whether more of it is better; null: neither. */
export const BETTER: Partial<Record<string, 'more' | 'less'>> = {
  service_level: 'more',
  average_wait_seconds: 'less',
  abandonment_rate: 'less',
  abandoned: 'less',
  answered: 'more',
  average_queue_length: 'less',
};

/** The intervals in which somebody calls or works in any scenario. */
export function busy(told: readonly Told[]): Interval[] {
  const first = told[0];
  if (!first) return [];
  return first.intervals.filter((_, place) =>
    told.some(
      (one) => (one.intervals[place]?.calls ?? 0) > 0 || (one.intervals[place]?.agents_at_work ?? 0) > 0,
    ),
  );
}
