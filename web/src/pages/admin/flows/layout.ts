/* Where the nodes of a flow stand: columns from the left to the right by how far they are from the beginning,
   each node beside what leads to it. A flow is nearly a tree, so this is enough; nothing of it is stored. */

import type { Draft, Forms } from './model';
import { exitsOf, nodeOf, walked } from './model';

export const WIDTH = 212;
export const HEAD = 52;
export const ROW = 24;
const FOOT = 8;
const COLUMN = WIDTH + 76;
const GAP = 24;

export interface Place {
  key: string;
  x: number;
  y: number;
  height: number;
  column: number;
}

export const heightOf = (exits: number): number => HEAD + exits * ROW + (exits ? FOOT : 0);

export function laidOut(draft: Draft, forms: Forms): Map<string, Place> {
  const order = walked(draft, forms);
  const exits = new Map(order.map(({ key }) => [key, exitsOf(nodeOf(draft, key), forms)]));
  const columns = columnsOf(
    order.map((it) => it.key),
    (key) => (exits.get(key) ?? []).map((it) => it.target).filter((it) => exits.has(it)),
  );
  const reached = new Set(order.filter((it) => it.isReached).map((it) => it.key));
  const places = new Map<string, Place>();
  let bottom = 0;
  for (const isReached of [true, false]) {
    const here = order.map((it) => it.key).filter((key) => reached.has(key) === isReached);
    if (!here.length) continue;
    const top = bottom ? bottom + 2 * GAP : 0;
    const last = Math.max(...here.map((key) => columns.get(key) ?? 0));
    for (let column = 0; column <= last; column++) {
      const inside = here.filter((key) => columns.get(key) === column);
      const wanted = new Map(inside.map((key) => [key, wantedHeight(key, places, exits, top)]));
      // Equal wishes keep the order of the walk, which is that of the ways out.
      inside.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      const heights = inside.map((key) => heightOf((exits.get(key) ?? []).length));
      const tops = spread(
        inside.map((key) => wanted.get(key) ?? top),
        heights,
        top,
      );
      inside.forEach((key, at) => {
        const [y, height] = [tops[at] ?? top, heights[at] ?? HEAD];
        places.set(key, { key, column, x: column * COLUMN, y, height });
        bottom = Math.max(bottom, y + height);
      });
    }
  }
  return places;
}

/** The longest way from a beginning, leaving out what leads back. */
function columnsOf(order: readonly string[], targets: (key: string) => readonly string[]) {
  const open = new Set<string>();
  const done: string[] = [];
  const back = new Set<string>();
  const seen = new Set<string>();
  const visit = (key: string) => {
    seen.add(key);
    open.add(key);
    for (const target of targets(key)) {
      if (open.has(target)) back.add(`${key}\n${target}`);
      else if (!seen.has(target)) visit(target);
    }
    open.delete(key);
    done.push(key);
  };
  for (const key of order) if (!seen.has(key)) visit(key);
  const columns = new Map(order.map((key) => [key, 0]));
  for (const key of done.reverse()) {
    for (const target of targets(key)) {
      if (back.has(`${key}\n${target}`)) continue;
      columns.set(target, Math.max(columns.get(target) ?? 0, (columns.get(key) ?? 0) + 1));
    }
  }
  return columns;
}

/** Beside the ways that lead here: the mean height of those that stand already. */
function wantedHeight(
  key: string,
  places: ReadonlyMap<string, Place>,
  exits: ReadonlyMap<string, { target: string }[]>,
  top: number,
): number {
  const heights: number[] = [];
  for (const [from, place] of places) {
    exits.get(from)?.forEach((exit, at) => {
      if (exit.target === key) heights.push(place.y + at * ROW + (ROW + HEAD) / 2 - HEAD / 4);
    });
  }
  return heights.length ? heights.reduce((sum, one) => sum + one, 0) / heights.length : top;
}

/** Tops as near to the wishes as they can be without two standing on each other. */
function spread(wanted: readonly number[], heights: readonly number[], top: number): number[] {
  // Neighbours that would touch are moved as one block around the mean of their wishes.
  const blocks: { from: number; size: number; sum: number; count: number }[] = [];
  const startOf = (block: (typeof blocks)[number]) => Math.max(top, block.sum / block.count);
  wanted.forEach((wish, at) => {
    let block = { from: at, size: (heights[at] ?? 0) + GAP, sum: wish, count: 1 };
    for (;;) {
      const before = blocks.at(-1);
      if (!before || startOf(before) + before.size <= startOf(block)) break;
      blocks.pop();
      block = {
        from: before.from,
        size: before.size + block.size,
        sum: before.sum + block.sum - block.count * before.size,
        count: before.count + block.count,
      };
    }
    blocks.push(block);
  });
  const tops: number[] = [];
  for (const block of blocks) {
    let y = startOf(block);
    for (let at = block.from; at < block.from + block.count; at++) {
      tops[at] = Math.round(y);
      y += (heights[at] ?? 0) + GAP;
    }
  }
  return tops;
}
