import { formatLanguage } from '~/lib/format';
import { type AgentState, ATTENTION } from '~/lib/state';
import type { LiveAgent, LiveInteraction } from '~/live/types';

export const SORTS = ['name', 'state', 'since', 'handled', 'aht', 'occupancy', 'missed'] as const;
export type SortKey = (typeof SORTS)[number];
export interface BoardFilter {
  find: string;
  state: AgentState | null;
  queue: number | null;
  team: number | null;
  sort: SortKey;
  descending: boolean;
}

const compare: Record<SortKey, (a: LiveAgent, b: LiveAgent) => number> = {
  name: () => 0,
  state: (a, b) => ATTENTION[a.state] - ATTENTION[b.state] || a.since_ms - b.since_ms,
  since: (a, b) => a.since_ms - b.since_ms,
  handled: (a, b) => b.handled - a.handled,
  aht: (a, b) => (b.aht_ms ?? -1) - (a.aht_ms ?? -1),
  occupancy: (a, b) => (b.occupancy ?? -1) - (a.occupancy ?? -1),
  missed: (a, b) => b.missed - a.missed,
};

let collator: Intl.Collator | undefined;
let collatorLanguage = '';
const byName = (a: LiveAgent, b: LiveAgent) => {
  if (!collator || collatorLanguage !== formatLanguage()) {
    collatorLanguage = formatLanguage();
    collator = new Intl.Collator(collatorLanguage);
  }
  return collator.compare(a.name, b.name) || a.id - b.id;
};

/** Ids of the agents to show, in order; equal ones stand by name, so that rows do not change places for nothing. */
export function orderedAgents(
  agents: Iterable<LiveAgent>,
  filter: BoardFilter,
  pinned: ReadonlySet<number> = new Set(),
): number[] {
  const text = filter.find.trim().toLocaleLowerCase();
  const fitting: LiveAgent[] = [];
  for (const agent of agents) {
    if (filter.state && agent.state !== filter.state) continue;
    if (filter.queue && agent.queue_id !== filter.queue) continue;
    if (filter.team && agent.team_id !== filter.team) continue;
    if (text && !agent.name.toLocaleLowerCase().includes(text)) continue;
    fitting.push(agent);
  }
  const by = compare[filter.sort];
  fitting.sort((a, b) => by(a, b) || byName(a, b));
  if (filter.descending) fitting.reverse();
  const ids = fitting.map((agent) => agent.id);
  if (!pinned.size) return ids;
  // Those whom this person pinned stand first, in the same order among themselves.
  return [...ids.filter((id) => pinned.has(id)), ...ids.filter((id) => !pinned.has(id))];
}

/** Customers whom the centre sent outside and who talk there, the longest first. */
export function outsideList(
  interactions: Iterable<LiveInteraction>,
  queue: number | null,
): LiveInteraction[] {
  const outside = [...interactions].filter(
    (one) => one.phase === 'outside' && (!queue || one.queue_id === queue),
  );
  return outside.sort((a, b) => a.since_ms - b.since_ms);
}

/** Who waits, the longest first. */
export function waitingList(
  interactions: Iterable<LiveInteraction>,
  queue: number | null,
): LiveInteraction[] {
  const waiting: LiveInteraction[] = [];
  for (const one of interactions) {
    if (one.phase !== 'waiting' && one.phase !== 'offered') continue;
    // A colleague who is asked or called is no customer.
    if (one.direction === 'internal') continue;
    if (queue && one.queue_id !== queue) continue;
    waiting.push(one);
  }
  const since = (one: LiveInteraction) => one.queued_ms ?? one.since_ms;
  return waiting.sort((a, b) => since(a) - since(b));
}
