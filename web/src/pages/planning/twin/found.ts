/* What `otklik staff --json` says of a scenario. */

import type { StaffedInterval } from '~/api/gen/types.gen';

interface Of<Row> {
  name: string;
  intervals: readonly Row[];
}
export interface OfGroup {
  agents: number;
  agents_gross: number;
}
export interface OfQueue {
  agents_by_formula: number;
  service_level: number | null;
  /** Of the median day: what is promised. */
  service_level_p50: number | null;
  abandonment_rate: number | null;
}
export interface Found {
  name: string;
  seed: number;
  replications: number;
  rules: { target: number; service_level_formula: string };
  /** All promises are kept by the days on which the search was made. */
  is_kept: boolean;
  broken_on_other_days: number;
  promises: number;
  rounds: readonly { agent_hours: number; broken_promises: number }[];
  intervals: readonly StaffedInterval[];
  queues: readonly Of<OfQueue>[];
  groups: readonly Of<OfGroup>[];
}

const HOURS = 0.25;

/** The day in sum. */
export function totalsOf(found: Found) {
  const sum = (value: (row: StaffedInterval) => number) =>
    found.intervals.reduce((whole, row) => whole + value(row), 0);
  return {
    calls: sum((row) => row.calls),
    most: Math.max(0, ...found.intervals.map((row) => row.agents)),
    hours: HOURS * sum((row) => row.agents),
    gross: HOURS * sum((row) => row.agents_gross),
    /** What the formula alone would ask for. */
    byFormula: found.rounds[0]?.agent_hours ?? 0,
  };
}
