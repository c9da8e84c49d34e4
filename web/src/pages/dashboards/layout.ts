/* Tiles on a grid of twelve columns: moved, made larger, put down; the others give way downwards. Pure. */

import type { TileForm } from '~/api/gen/types.gen';

export const COLUMNS = 12;
export const MOST_ROWS = 48;
export const MOST_TILES = 40;

export type Kind = TileForm['kind'];
/** A tile as the editor holds it: everything is there. */
export type Tile = Required<TileForm>;
export type Cells = Pick<Tile, 'x' | 'y' | 'width' | 'height'>;

/** What a kind needs to be read, and how large it is when it is new. */
export const SIZES: Record<Kind, { least: [number, number]; first: [number, number] }> = {
  figure: { least: [1, 1], first: [3, 2] },
  gauge: { least: [2, 2], first: [3, 2] },
  day: { least: [3, 2], first: [6, 3] },
  queues: { least: [3, 1], first: [6, 3] },
  states: { least: [2, 1], first: [4, 2] },
  waiting: { least: [2, 1], first: [4, 3] },
  bars: { least: [2, 2], first: [4, 3] },
  alerts: { least: [2, 1], first: [4, 3] },
  text: { least: [1, 1], first: [6, 1] },
  clock: { least: [1, 1], first: [2, 1] },
};

export const overlaps = (a: Cells, b: Cells): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

export const rowsOf = (tiles: readonly Cells[]): number =>
  Math.max(1, ...tiles.map((tile) => tile.y + tile.height));

const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Within the grid, and not smaller than it can be read. */
export function fitted(tile: Tile, cells: Partial<Cells>): Tile {
  const [leastWidth, leastHeight] = SIZES[tile.kind].least;
  const width = between(cells.width ?? tile.width, leastWidth, COLUMNS);
  const height = between(cells.height ?? tile.height, leastHeight, MOST_ROWS);
  return {
    ...tile,
    width,
    height,
    x: between(cells.x ?? tile.x, 0, COLUMNS - width),
    y: between(cells.y ?? tile.y, 0, MOST_ROWS - height),
  };
}

/** One tile takes these cells; whoever stands there moves down, and so on. Null when that would leave the grid. */
export function placed(tiles: readonly Tile[], id: number, cells: Partial<Cells>): Tile[] | null {
  const mover = tiles.find((tile) => tile.tile_id === id);
  if (!mover) return null;
  const first = fitted(mover, cells);
  const settled: Tile[] = [first];
  // From the top on, so that each one is pushed by those above it only.
  const others = tiles.filter((tile) => tile.tile_id !== id).sort((a, b) => a.y - b.y || a.x - b.x);
  for (const other of others) {
    let here = other;
    for (let blocker = blocking(settled, here); blocker; blocker = blocking(settled, here)) {
      here = { ...here, y: blocker.y + blocker.height };
    }
    if (here.y + here.height > MOST_ROWS) return null;
    settled.push(here);
  }
  const byId = new Map(settled.map((tile) => [tile.tile_id, tile]));
  return tiles.map((tile) => byId.get(tile.tile_id)!);
}

const blocking = (settled: readonly Tile[], tile: Tile) => settled.find((one) => overlaps(one, tile));

/** Whether each tile stands where it stood; the same tiles in the same order. */
export const isSame = (one: readonly Tile[], other: readonly Tile[]): boolean =>
  one.every((tile, index) =>
    (['x', 'y', 'width', 'height'] as const).every((name) => tile[name] === other[index]?.[name]),
  );

/** Whether it shows something else than the other, wherever they stand. */
export function hasOtherContent(tile: Tile, saved: Tile | undefined): boolean {
  if (!saved) return true;
  const at = { x: 0, y: 0, width: 0, height: 0 };
  return JSON.stringify({ ...tile, ...at }) !== JSON.stringify({ ...saved, ...at });
}

/** Rows in which nothing stands are taken out: what was pushed down may come up again. */
export function withoutEmptyRows(tiles: readonly Tile[]): Tile[] {
  const rows = rowsOf(tiles);
  const isTaken = (row: number) => tiles.some((tile) => tile.y <= row && row < tile.y + tile.height);
  const empty = Array.from({ length: rows }, (_, row) => row).filter((row) => !isTaken(row));
  return tiles.map((tile) => ({ ...tile, y: tile.y - empty.filter((row) => row < tile.y).length }));
}

/** The first place, from the top left, where such a tile disturbs nobody. */
export function freePlace(tiles: readonly Cells[], width: number, height: number): Cells | null {
  for (let y = 0; y + height <= MOST_ROWS; y++) {
    for (let x = 0; x + width <= COLUMNS; x++) {
      const cells = { x, y, width, height };
      if (!tiles.some((tile) => overlaps(tile, cells))) return cells;
    }
  }
  return null;
}

const NEW_FIGURE: Partial<Record<Kind, string>> = {
  figure: 'waiting',
  gauge: 'service_level',
  bars: 'waiting',
};

/** A tile of this kind with what most want of it; null when there is no room. */
export function newTile(tiles: readonly Tile[], kind: Kind): Tile | null {
  const [width, height] = SIZES[kind].first;
  const cells = freePlace(tiles, width, height);
  if (!cells || tiles.length >= MOST_TILES) return null;
  const isOfQueues = ['gauge', 'day', 'queues', 'waiting', 'bars'].includes(kind);
  return {
    tile_id: Math.max(0, ...tiles.map((tile) => tile.tile_id)) + 1,
    kind,
    ...cells,
    title: '',
    figure: NEW_FIGURE[kind] ?? '',
    scope: isOfQueues ? 'queue' : 'centre',
    place_ids: [],
    side: kind === 'gauge' ? 'below' : 'above',
    warn: null,
    bad: null,
    target: null,
    series: kind === 'day' ? ['offered', 'answered', 'abandoned', 'service_level'] : [],
    most: 8,
    text: '',
    zone: '',
  };
}

/** From left to right, from top to bottom: the order in which they are read and reached by Tab. */
export const inOrder = <One extends Cells>(tiles: readonly One[]): One[] =>
  [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What an arrow does: it moves the tile, with Shift it changes its size. Null: no such key, or no such place. */
export function stepped(tiles: readonly Tile[], id: number, key: string, isSizing: boolean): Tile[] | null {
  const step = STEPS[key];
  const tile = tiles.find((one) => one.tile_id === id);
  if (!step || !tile) return null;
  const [dx, dy] = step;
  const cells = isSizing
    ? { width: tile.width + dx, height: tile.height + dy }
    : { x: tile.x + dx, y: tile.y + dy };
  const next = fitted(tile, cells);
  const isSame = (['x', 'y', 'width', 'height'] as const).every((name) => next[name] === tile[name]);
  return isSame ? null : placed(tiles, id, cells);
}

/* What was done can be undone: the layouts before, the one now, and those that were undone. */

export interface History<One> {
  past: readonly One[];
  now: One;
  future: readonly One[];
}
const REMEMBERED = 100;
export const started = <One>(now: One): History<One> => ({ past: [], now, future: [] });
export const did = <One>(history: History<One>, next: One): History<One> => ({
  past: [...history.past, history.now].slice(-REMEMBERED),
  now: next,
  future: [],
});
export function undone<One>(history: History<One>): History<One> {
  const last = history.past.at(-1);
  if (last === undefined) return history;
  return { past: history.past.slice(0, -1), now: last, future: [history.now, ...history.future] };
}
export function redone<One>(history: History<One>): History<One> {
  const [next, ...rest] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.now], now: next, future: rest };
}
