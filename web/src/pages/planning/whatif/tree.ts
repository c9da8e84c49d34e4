/* A scenario as `otklik simulate` reads it, and the few numbers of it that a planner moves. Pure. */

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Tree = { readonly [name: string]: Value };

export interface Named {
  name: string;
  tree: Tree;
}

const QUARTERS = 96;
const HOURS = 24;

const isTree = (value: Value | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const numberOf = (value: Value | undefined, otherwise = 0): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
const numbersOf = (value: Value | undefined): number[] =>
  Array.isArray(value) ? value.map((one) => numberOf(one)) : [];
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export const tablesOf = (tree: Tree, name: 'queue' | 'agents'): readonly Tree[] => {
  const found = tree[name];
  return Array.isArray(found) ? found.filter(isTree) : [];
};
export const nameOf = (table: Tree, number: number): string =>
  typeof table.name === 'string' && table.name ? table.name : String(number + 1);

function changed(tree: Tree, name: 'queue' | 'agents', place: number, change: (table: Tree) => Tree): Tree {
  return {
    ...tree,
    [name]: tablesOf(tree, name).map((table, index) => (index === place ? change(table) : table)),
  };
}

/** Calls of a day: the sum of a profile, or 24 times the calls per hour. */
export function callsOf(queue: Tree): number {
  const arrivals = isTree(queue.arrivals) ? queue.arrivals : {};
  if (Array.isArray(arrivals.profile)) {
    return rounded(
      numbersOf(arrivals.profile).reduce((sum, one) => sum + one, 0),
      1,
    );
  }
  return rounded(numberOf(arrivals.per_hour) * HOURS, 1);
}

/** The same shape of the day with another total; a profile without calls becomes even. */
export function withCalls(tree: Tree, place: number, calls: number): Tree {
  return changed(tree, 'queue', place, (queue) => {
    const arrivals = isTree(queue.arrivals) ? queue.arrivals : {};
    const before = callsOf(queue);
    if (!Array.isArray(arrivals.profile)) {
      return { ...queue, arrivals: { ...arrivals, per_hour: rounded(calls / HOURS, 4) } };
    }
    const profile = numbersOf(arrivals.profile);
    const next = profile.map((one) =>
      rounded(before > 0 ? (one * calls) / before : calls / Math.max(profile.length, 1), 4),
    );
    return { ...queue, arrivals: { ...arrivals, profile: next } };
  });
}

export type Length = 'handle' | 'patience';
/** Mean seconds of talks or of patience; null where there is none. */
export function meanOf(queue: Tree, name: Length): number | null {
  const found = queue[name];
  return isTree(found) && typeof found.mean_seconds === 'number' ? found.mean_seconds : null;
}
export const withMean = (tree: Tree, place: number, name: Length, seconds: number): Tree =>
  changed(tree, 'queue', place, (queue) => {
    const found = queue[name];
    const before = isTree(found) ? found : { distribution: 'exponential' };
    return { ...queue, [name]: { ...before, mean_seconds: seconds } };
  });

export type Setting = 'threshold_seconds' | 'wrap_up_seconds';
export const settingOf = (queue: Tree, name: Setting): number =>
  numberOf(queue[name], name === 'threshold_seconds' ? 20 : 0);
export const withSetting = (tree: Tree, place: number, name: Setting, value: number): Tree =>
  changed(tree, 'queue', place, (queue) => ({ ...queue, [name]: value }));

/** Agents of a group: its count, or the most at once. */
export function agentsOf(group: Tree): number {
  return Array.isArray(group.present) ? Math.max(0, ...numbersOf(group.present)) : numberOf(group.count);
}
/** So many at the peak; who comes and goes by the hour keeps the proportions, and nobody's hour becomes empty. */
export function withAgents(tree: Tree, place: number, agents: number): Tree {
  return changed(tree, 'agents', place, (group) => {
    if (!Array.isArray(group.present)) return { ...group, count: agents };
    const before = agentsOf(group);
    const present = numbersOf(group.present).map((one) =>
      one > 0 && before > 0 ? Math.max(1, Math.round((one * agents) / before)) : one,
    );
    return { ...group, present };
  });
}

/** How long a profile may be, for those who type one. */
export const PROFILE_LENGTH = QUARTERS;

export const EXAMPLE: Tree = {
  service_level_formula: 'answered_in_time/offered_without_short_abandons',
  queue: [
    {
      name: 'sales',
      threshold_seconds: 20,
      short_abandon_seconds: 5,
      wrap_up_seconds: 15,
      ring_seconds: 3,
      arrivals: {
        starts_at: '09:00',
        profile: [
          20, 26, 32, 38, 44, 48, 52, 54, 55, 54, 52, 50, 46, 44, 44, 46, 48, 50, 50, 48, 46, 44, 42, 40, 36,
          34, 30, 28, 26, 22, 18, 14, 12, 10, 8, 6,
        ],
        day_cv: 0.05,
      },
      handle: { distribution: 'lognormal', mean_seconds: 180, cv: 1.1 },
      patience: { distribution: 'exponential', mean_seconds: 180, early_share: 0.03, early_seconds: 15 },
    },
  ],
  agents: [
    {
      name: 'day',
      count: 14,
      skills: { sales: 5 },
      shifts: [{ from: '09:00', to: '18:00', breaks: [{ at: '12:00', until: '14:30', minutes: 30 }] }],
    },
  ],
};
