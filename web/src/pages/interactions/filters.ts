import { isoDay } from '~/lib/format';
import { type Chosen, readPeriod } from '~/lib/period';
import { idsOf } from '~/ui/PickMany';

/** Ends that can be asked for, in the order of how often one does. */
export const OUTCOMES = [
  'answered',
  'abandoned',
  'short_abandoned',
  'closed',
  'overflowed',
  'callback_promised',
  'voicemail',
  'self_served',
  'diverted',
  'busy',
  'no_answer',
  'invalid_number',
  'congested',
  'cancelled',
  'blocked',
  'opted_out',
  'media_failed',
  'agent_failed',
  'adopted_lost',
] as const;
export const WAITS = ['10', '20', '60', '180', '300'] as const;

export interface Filters {
  period: Chosen;
  queue: string[];
  agent: string[];
  disposition: string[];
  outcome: string[];
  direction: string | null;
  recorded: string | null;
  minWait: string | null;
  number: string;
  party: string | null;
}

/** Whose interactions: an imported source's, or (null) the own centre's. */
export const readSource = (address: Record<string, string>): string | null =>
  idsOf(address.source)[0] ?? null;

const one = (value: string | undefined, of: readonly string[]): string | null =>
  value && of.includes(value) ? value : null;

export function readFilters(address: Record<string, string>, today: string): Filters {
  const outcomes: readonly string[] = OUTCOMES;
  return {
    period: readPeriod(address, today, 'today'),
    queue: idsOf(address.queue),
    agent: idsOf(address.agent),
    disposition: idsOf(address.disposition),
    outcome: (address.outcome ?? '').split(',').filter((it) => outcomes.includes(it)),
    direction: one(address.direction, ['inbound', 'outbound']),
    recorded: one(address.recorded, ['true', 'false']),
    minWait: /^\d{1,5}$/.test(address.min_wait ?? '') ? address.min_wait! : null,
    number: (address.number ?? '').replace(/[^\d+]/g, '').slice(0, 20),
    party: idsOf(address.party)[0] ?? null,
  };
}

export const areAny = (filters: Filters): boolean =>
  filters.queue.length > 0 ||
  filters.agent.length > 0 ||
  filters.disposition.length > 0 ||
  filters.outcome.length > 0 ||
  [filters.direction, filters.recorded, filters.minWait, filters.number, filters.party].some(Boolean);

/** Takes all filters away and keeps the period. */
export const NO_FILTERS = {
  queue: null,
  agent: null,
  disposition: null,
  outcome: null,
  direction: null,
  recorded: null,
  min_wait: null,
  number: null,
  party: null,
} as const;

export const asked = (filters: Filters) => ({
  from: filters.period.from,
  to: filters.period.to,
  queue: filters.queue,
  agent: filters.agent,
  disposition: filters.disposition,
  outcome: filters.outcome,
  direction: filters.direction,
  recorded: filters.recorded,
  min_wait_seconds: filters.minWait,
  number: filters.number,
  party: filters.party,
});

/** The number of a report that one came from. */
export interface Behind {
  drill: string;
  measure: string;
  start: string;
  stop: string;
  queue: string[];
  agent: string[];
  /** Numbers that were called. */
  called: string[];
  /** What a part of a chart is narrowed to, by the server's names: digits only. */
  narrowed: Partial<Record<(typeof NARROWED)[number], string>>;
}
export const NARROWED = [
  'weekday',
  'hour',
  'over_seconds',
  'up_to_seconds',
  'within_days',
  'same_queue',
] as const;

export function readBehind(address: Record<string, string>): Behind | null {
  const { drill, start, stop } = address;
  if (!drill || !/^[a-z0-9_]{1,40}$/.test(drill)) return null;
  if (!start || !stop || Number.isNaN(Date.parse(start)) || Number.isNaN(Date.parse(stop))) return null;
  return {
    drill,
    measure: address.measure ?? drill,
    start,
    stop,
    queue: idsOf(address.queue),
    agent: idsOf(address.agent),
    called: idsOf(address.called),
    narrowed: Object.fromEntries(
      NARROWED.flatMap((name) => {
        const value = address[name] ?? '';
        return /^(\d{1,5}(\.\d{1,3})?|true)$/.test(value) ? [[name, value]] : [];
      }),
    ),
  };
}

/** True when both moments are midnights: the period is told in days, not in minutes. */
export const areDays = (start: string, stop: string, clock: (moment: string) => string): boolean =>
  clock(start) === clock(stop) && isoDay(start) !== isoDay(stop);
