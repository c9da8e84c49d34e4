import { expect, it } from 'vitest';
import type { LiveAgent, LiveInteraction } from '~/live/types';
import { type BoardFilter, orderedAgents, waitingList } from './order';

const agent = (id: number, name: string, more: Partial<LiveAgent> = {}) =>
  ({
    id,
    name,
    state: 'ready',
    since_ms: 0,
    handled: 0,
    aht_ms: null,
    occupancy: null,
    missed: 0,
    team_id: 1,
    queue_id: null,
    ...more,
  }) as LiveAgent;
const filter: BoardFilter = {
  find: '',
  state: null,
  queue: null,
  team: null,
  sort: 'state',
  descending: false,
};

it('puts first whom one pinned, in the chosen order among themselves', () => {
  const agents = [
    agent(1, 'А', { handled: 9 }),
    agent(2, 'Б', { handled: 1 }),
    agent(3, 'В', { handled: 5 }),
    agent(4, 'Г', { handled: 7 }),
  ];
  const byWork = { ...filter, sort: 'handled' } as const;
  expect(orderedAgents(agents, byWork, new Set([2, 3]))).toEqual([3, 2, 1, 4]);
  expect(orderedAgents(agents, { ...byWork, find: 'г' }, new Set([2]))).toEqual([4]);
});

it('puts first what may need a supervisor first, the longest in it before the others', () => {
  const agents = [
    agent(1, 'А', { state: 'signed_out' }),
    agent(2, 'Б', { state: 'connected', since_ms: 50 }),
    agent(3, 'В', { state: 'connected', since_ms: 10 }),
    agent(4, 'Г', { state: 'reconnecting' }),
    agent(5, 'Д', { state: 'offered' }),
  ];
  expect(orderedAgents(agents, filter)).toEqual([4, 5, 3, 2, 1]);
  expect(orderedAgents(agents, { ...filter, state: 'connected' })).toEqual([3, 2]);
});

it('keeps equal rows in the order of names, so that nothing jumps', () => {
  const agents = [agent(1, 'Яна'), agent(2, 'Ёлкина'), agent(3, 'Анна')];
  expect(orderedAgents(agents, { ...filter, sort: 'handled' })).toEqual([3, 2, 1]);
  expect(orderedAgents(agents, { ...filter, find: 'ёЛК' })).toEqual([2]);
});

it('shows an agent without figures after those with them', () => {
  const agents = [agent(1, 'А'), agent(2, 'Б', { aht_ms: 10 }), agent(3, 'В', { aht_ms: 20 })];
  expect(orderedAgents(agents, { ...filter, sort: 'aht' })).toEqual([3, 2, 1]);
});

it('lists who waits, the longest first, and nobody who talks', () => {
  const one = (id: string, phase: string, queued_ms: number, queue_id = 1) =>
    ({ id, phase, queued_ms, queue_id, since_ms: 999 }) as LiveInteraction;
  const all = [
    one('a', 'waiting', 30),
    one('b', 'connected', 1),
    one('c', 'offered', 20),
    one('d', 'waiting', 5, 2),
  ];
  expect(waitingList(all, null).map((it) => it.id)).toEqual(['d', 'c', 'a']);
  expect(waitingList(all, 1).map((it) => it.id)).toEqual(['c', 'a']);
});
