import { expect, it } from 'vitest';
import board from '../../../tests/fixtures/live/board.json';
import desk from '../../../tests/fixtures/live/desk.json';
import { LiveStore } from './store';
import type { ServerMessage } from './types';

/* The same feeds are folded by the server's tests: both sides must reach the same picture after every step. */
const byId = (rows: Iterable<{ id: number | string }>) =>
  Object.fromEntries([...rows].map((row) => [String(row.id), row]));

function picture(store: LiveStore, topic: string): unknown {
  if (topic === 'desk') return store.desk;
  return {
    agents: byId(store.agents.values()),
    queues: byId(store.queues.values()),
    interactions: byId(store.interactions.values()),
  };
}
function expected(after: Record<string, unknown>, topic: string): unknown {
  if (topic === 'desk') return after;
  return Object.fromEntries(
    ['agents', 'queues', 'interactions'].map((name) => {
      const rows = after[name] as { id: number }[] | Record<string, { id: number }>;
      return [name, byId(Array.isArray(rows) ? rows : Object.values(rows))];
    }),
  );
}

it.each([
  ['board', board],
  ['desk', desk],
] as const)('folds the golden feed of the %s as the server does', (topic, feed) => {
  expect(feed.steps.length).toBeGreaterThan(3);
  const store = new LiveStore();
  for (const [index, { message, after }] of feed.steps.entries()) {
    expect(store.apply(message as unknown as ServerMessage), `step ${index}`).toBeNull();
    expect(picture(store, topic), `step ${index}`).toEqual(expected(after as never, topic));
  }
});
