/* Dashboards of the live feed: the layout comes with a snapshot, then only tiles that show something else. */

import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { useTopic } from '~/live/LiveProvider';
import { live } from '~/live/store';
import type { DashboardTopic, OtherMessage } from '~/live/types';
import type { Tile } from './layout';

/** When a quarter of an hour began, offered, answered, abandoned, service level. */
export type DayPoint = [number, number, number, number, number | null];

export interface QueueLine {
  id: number;
  name: string;
  waiting?: number;
  since_ms?: number;
  offered?: number;
  abandoned?: number;
  service_level?: number;
  target?: number;
  ready?: number;
  is_closed?: boolean;
  value?: number;
}
export interface WaitingLine {
  id: string;
  number_masked: string;
  queue_name: string;
  since_ms: number;
  is_callback: boolean;
}
export interface AlertLine {
  id: number;
  name: string;
  place: string;
  severity: 'notice' | 'warning' | 'critical';
  since_ms: number;
  figure: string;
  unit: 'count' | 'seconds' | 'share' | 'score' | 'milliseconds';
  value: number;
}
/** What a tile shows now; what is absent is 0, nothing, or no data. */
export interface TileNow {
  id: number;
  value?: number;
  since_ms?: number;
  until_ms?: number;
  basis?: number;
  target?: number;
  count?: number;
  points?: DayPoint[];
  queues?: QueueLine[];
  states?: [string, number][];
  waiting?: WaitingLine[];
  alerts?: AlertLine[];
  unit?: string;
  places?: string[];
  code?: string;
}
export interface DashboardNow {
  name: string;
  version: number;
  layout: Tile[];
  tiles: ReadonlyMap<number, TileNow>;
}

const shown = new Map<number, DashboardNow>();
const refused = new Set<number>();
const wakes = new Map<number, Set<() => void>>();
const topicOf = (id: number): DashboardTopic => `dashboard.${id}`;

/** Folds one message; gives what is shown then. */
export function folded(before: DashboardNow | undefined, message: OtherMessage): DashboardNow | undefined {
  const tiles = message.tiles as TileNow[];
  if (message.k === 's') {
    const { name, version, layout } = message as unknown as Omit<DashboardNow, 'tiles'>;
    return { name, version, layout, tiles: new Map(tiles.map((tile) => [tile.id, tile])) };
  }
  if (!before) return undefined;
  const next = new Map(before.tiles);
  for (const tile of tiles) next.set(tile.id, tile);
  return { ...before, tiles: next };
}

function hear(id: number): () => void {
  const off = live.bring(topicOf(id), (message) => {
    const next = folded(shown.get(id), message);
    if (!next) return;
    shown.set(id, next);
    refused.delete(id);
    for (const wake of wakes.get(id) ?? []) wake();
  });
  const offNews = live.onNews((news) => {
    if (news.k !== 'no' || news.topic !== topicOf(id)) return;
    refused.add(id);
    shown.delete(id);
    for (const wake of wakes.get(id) ?? []) wake();
  });
  return () => {
    off();
    offNews();
    shown.delete(id);
    refused.delete(id);
  };
}

/** What a dashboard shows; undefined before the first snapshot, null when it may not be seen (any more). */
export function useDashboard(id: number, wanted = true): DashboardNow | undefined | null {
  // Before the topic is asked for, or its first snapshot would find nobody.
  useEffect(() => (wanted ? hear(id) : undefined), [id, wanted]);
  useTopic(topicOf(id), wanted);
  const subscribe = useCallback(
    (wake: () => void) => {
      const set = wakes.get(id) ?? new Set();
      wakes.set(id, set.add(wake));
      return () => {
        set.delete(wake);
        if (!set.size) wakes.delete(id);
      };
    },
    [id],
  );
  return useSyncExternalStore(subscribe, () => (refused.has(id) ? null : shown.get(id)));
}
