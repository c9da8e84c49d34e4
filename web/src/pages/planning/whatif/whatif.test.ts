import { describe, expect, it } from 'vitest';
import { busy, type Interval, type Told } from './result';
import {
  agentsOf,
  callsOf,
  EXAMPLE,
  meanOf,
  type Tree,
  tablesOf,
  withAgents,
  withCalls,
  withMean,
} from './tree';

const queueOf = (tree: Tree) => tablesOf(tree, 'queue')[0]!;
const groupOf = (tree: Tree) => tablesOf(tree, 'agents')[0]!;

describe('the numbers of a scenario', () => {
  it('keeps the shape of the day when its calls are changed', () => {
    const before = queueOf(EXAMPLE).arrivals as { profile: number[] };

    const tree = withCalls(EXAMPLE, 0, callsOf(queueOf(EXAMPLE)) * 2);

    const after = queueOf(tree).arrivals as { profile: number[] };
    expect(after.profile).toEqual(before.profile.map((one) => one * 2));
    expect(callsOf(queueOf(tree))).toBe(callsOf(queueOf(EXAMPLE)) * 2);
  });

  it('changes calls per hour by calls of a day', () => {
    const tree = withCalls({ queue: [{ arrivals: { per_hour: 10 } }] }, 0, 480);

    expect(queueOf(tree).arrivals).toEqual({ per_hour: 20 });
  });

  it('spreads calls over a profile that had none', () => {
    const tree = withCalls({ queue: [{ arrivals: { profile: [0, 0] } }] }, 0, 10);

    expect(callsOf(queueOf(tree))).toBe(10);
  });

  it('changes means and nothing else', () => {
    const tree = withMean(EXAMPLE, 0, 'handle', 200);

    expect(meanOf(queueOf(tree), 'handle')).toBe(200);
    expect(queueOf(tree).handle).toMatchObject({ distribution: 'lognormal', cv: 1.1 });
    expect(meanOf(queueOf(EXAMPLE), 'handle')).toBe(180);
  });

  it('changes agents by count, or by hour in proportion without emptying an hour', () => {
    expect(agentsOf(groupOf(withAgents(EXAMPLE, 0, 17)))).toBe(17);

    const tree = withAgents({ agents: [{ present: [1, 10, 0, 4] }] }, 0, 5);

    expect(groupOf(tree).present).toEqual([1, 5, 0, 2]);
  });
});

describe('the intervals of a result', () => {
  it('leaves out those in which nobody calls or works in any scenario', () => {
    const interval = (from: string, calls: number, agents: number) =>
      ({ day: 1, from, calls, agents_at_work: agents }) as Interval;
    const told = [
      { intervals: [interval('08:45', 0, 0), interval('09:00', 3, 1), interval('09:15', 0, 0)] },
      { intervals: [interval('08:45', 0, 0), interval('09:00', 3, 1), interval('09:15', 0, 2)] },
    ] as unknown as Told[];

    expect(busy(told).map((one) => one.from)).toEqual(['09:00', '09:15']);
    expect(busy([])).toEqual([]);
  });
});
