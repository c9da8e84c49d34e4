import type { AgentReportRow, QueueReportRow } from '~/api/gen/types.gen';

export interface Bucket {
  /** Start of the interval, or the day: rows of the table with the same key belong to this bar. */
  key: string;
  from: string;
  to: string;
  offered: number;
  answered: number;
  abandoned: number;
  overflows: number;
  service_level: number | null;
}

const QUARTER_MS = 15 * 60_000;
const LONGEST_FILL = 400;

/** One bar for each day or interval, over all queues shown; the level is counted anew of the sums of its part and whole. */
export function queueBuckets(rows: readonly QueueReportRow[], by: 'days' | 'intervals'): Bucket[] {
  const sums = new Map<string, Bucket & { inTime: number; whole: number }>();
  for (const row of rows) {
    const key = by === 'days' ? row.day : row.from;
    const sum = sums.get(key) ?? {
      key,
      from: row.from,
      to: row.to,
      offered: 0,
      answered: 0,
      abandoned: 0,
      overflows: 0,
      service_level: null,
      inTime: 0,
      whole: 0,
    };
    sum.offered += row.offered;
    sum.answered += row.answered;
    sum.abandoned += row.abandoned;
    sum.overflows += row.overflows;
    sum.inTime += row.level_part;
    sum.whole += row.level_whole;
    sum.service_level = sum.whole > 0 ? sum.inTime / sum.whole : null;
    sums.set(key, sum);
  }
  const found = [...sums.values()].sort((a, b) => a.from.localeCompare(b.from));
  return by === 'intervals' ? withGaps(found) : found;
}

/** A quarter of an hour in which nothing came is a gap in the chart, not a neighbour's bar moved closer. */
function withGaps(found: readonly Bucket[]): Bucket[] {
  const first = found[0];
  const last = found[found.length - 1];
  if (!first || !last) return [];
  const steps = (Date.parse(last.from) - Date.parse(first.from)) / QUARTER_MS;
  if (steps > LONGEST_FILL) return [...found];
  const byStart = new Map(found.map((it) => [Date.parse(it.from), it]));
  return Array.from({ length: steps + 1 }, (_, i) => {
    const at = Date.parse(first.from) + i * QUARTER_MS;
    const from = new Date(at).toISOString();
    return (
      byStart.get(at) ?? {
        key: from,
        from,
        to: new Date(at + QUARTER_MS).toISOString(),
        offered: 0,
        answered: 0,
        abandoned: 0,
        overflows: 0,
        service_level: null,
      }
    );
  });
}

/** The target that all rows share; none when queues differ. */
export function commonTarget(rows: readonly QueueReportRow[]): number | null {
  const targets = new Set(rows.map((row) => row.target ?? null));
  return targets.size === 1 ? ([...targets][0] ?? null) : null;
}

export const STATE_SECONDS = [
  ['connected', 'connected_seconds'],
  ['held', 'held_seconds'],
  ['wrap_up', 'wrap_up_seconds'],
  ['offered', 'offered_seconds'],
  ['connecting', 'connecting_seconds'],
  ['ready', 'ready_seconds'],
  ['not_ready', 'not_ready_seconds'],
] as const satisfies readonly (readonly [string, keyof AgentReportRow])[];
export type StateSeconds = (typeof STATE_SECONDS)[number][1];

export interface AgentBar {
  key: string;
  label: string;
  seconds: Record<StateSeconds, number>;
}

const MOST_BARS = 40;

/** Time by state: one bar for each day, or of a single day one for each agent (those at work longest). */
export function agentBars(rows: readonly AgentReportRow[]): { by: 'day' | 'agent'; bars: AgentBar[] } {
  const days = new Set(rows.map((row) => row.day));
  const by = days.size > 1 ? 'day' : 'agent';
  const bars = new Map<string, AgentBar>();
  for (const row of rows) {
    const key = by === 'day' ? row.day : String(row.agent_id);
    const bar = bars.get(key) ?? {
      key,
      label: by === 'day' ? row.day : row.agent,
      seconds: Object.fromEntries(STATE_SECONDS.map(([, name]) => [name, 0])) as AgentBar['seconds'],
    };
    for (const [, name] of STATE_SECONDS) bar.seconds[name] += row[name];
    bars.set(key, bar);
  }
  const whole = (bar: AgentBar) => STATE_SECONDS.reduce((sum, [, name]) => sum + bar.seconds[name], 0);
  const found = [...bars.values()];
  return by === 'day'
    ? { by, bars: found.sort((a, b) => a.key.localeCompare(b.key)) }
    : { by, bars: found.sort((a, b) => whole(b) - whole(a)).slice(0, MOST_BARS) };
}
