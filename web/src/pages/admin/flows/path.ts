/* The way of a call through a flow: which exit was taken where only nodes and what came of them are told. */

import { type Draft, type Exit, exitsOf, type Forms, nodeOf } from './model';
import { type Lit, wayOf } from './picture';

/** What comes of a node and the way out that follows from it, where the words differ. */
const BY_PLACE: Record<string, string> = { case: 'cases', share: 'shares', item: 'items' };
const OTHERWISE = new Set(['timeout', 'invalid', 'unspeakable', 'nothing']);

/** The way by which a node was left. outcome: as the server tells it, of several the last one counts; target:
    where the call came to, '' when it ended. */
export function takenExit(
  node: Record<string, unknown>,
  forms: Forms,
  outcome: string,
  target: string,
): Exit | undefined {
  const leading = exitsOf(node, forms).filter((it) => it.target === target);
  if (leading.length < 2) return leading[0];
  const last = outcome.split(', ').at(-1) ?? '';
  const [word = '', place] = last.split(' ');
  const named =
    BY_PLACE[word] && place
      ? leading.find((it) => it.name === `${BY_PLACE[word]}.${Number(place) - 1}.next`)
      : leading.find((it) => it.name === last || it.name === `choices.${last}`);
  if (named) return named;
  if (OTHERWISE.has(last)) return leading.find((it) => it.name === 'otherwise') ?? leading[0];
  return leading.find((it) => it.name === 'next') ?? leading[0];
}

interface Step {
  node: string;
  outcome: string;
}

/** What a picture shows of a rehearsal up to one of its steps. */
export function litOf(draft: Draft, forms: Forms, steps: readonly Step[], shown: number): Lit {
  const places = new Map<string, number[]>();
  const ways = new Set<string>();
  steps.slice(0, shown).forEach((step, at) => {
    places.set(step.node, [...(places.get(step.node) ?? []), at + 1]);
    const before = steps[at - 1];
    if (!before) return;
    const exit = takenExit(nodeOf(draft, before.node), forms, before.outcome, step.node);
    if (exit) ways.add(wayOf(before.node, exit.name));
  });
  const last = steps.at(-1);
  if (last && shown >= steps.length) {
    const exit = takenExit(nodeOf(draft, last.node), forms, last.outcome, '');
    if (exit && last.outcome.includes('self_served')) ways.add(wayOf(last.node, exit.name));
  }
  return { steps: places, ways };
}
