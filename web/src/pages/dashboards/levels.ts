/* On which side of its limits a tile's number stands. Pure. */

import { type Level, serviceLevel } from '~/lib/state';
import type { Tile } from './layout';

type Limits = Pick<Tile, 'side' | 'warn' | 'bad'>;

/** From a limit on the number has its colour; without data or without limits it has none. */
export function levelOf(value: number | null | undefined, tile: Limits): Level | undefined {
  if (value === null || value === undefined) return undefined;
  const { side, warn, bad } = tile;
  const isWrong = (limit: number | null) =>
    limit !== null && (side === 'above' ? value >= limit : value <= limit);
  if (isWrong(bad)) return 'bad';
  if (isWrong(warn)) return 'warn';
  return warn === null && bad === null ? undefined : 'ok';
}

/** Of a gauge: by its own limits if it has any, else by the distance to its target. */
export function gaugeLevel(
  value: number | null | undefined,
  target: number | undefined,
  tile: Limits,
): Level | undefined {
  if (tile.warn !== null || tile.bad !== null) return levelOf(value, tile);
  return target === undefined ? undefined : serviceLevel(value, target);
}
