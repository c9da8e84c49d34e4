import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get } from '~/api/client';
import type { FlowTrafficRow } from '~/api/gen/types.gen';
import { type Draft, type Forms, nodeOf } from './model';
import { takenExit } from './path';
import { type Traffic, wayOf } from './picture';

const LOOK_MS = 4000;
const CATCH_UP_MS = 400;

/** Calls in a flow by nodes and ways of the published version, which they follow whatever is being edited. */
export function useTraffic(flow: number | null, published: Draft, forms: Forms): Traffic | null {
  const read = useQuery({
    queryKey: ['flow-traffic', flow],
    queryFn: ({ signal }) => get<FlowTrafficRow>(`/api/v1/flows/${flow}/traffic`, {}, signal),
    enabled: flow !== null,
    refetchInterval: ({ state }) => (state.data && !state.data.is_whole ? CATCH_UP_MS : LOOK_MS),
    retry: false,
  });
  const row = read.data;
  return useMemo(() => {
    // Half a day would be read as a whole one.
    if (!row) return null;
    const today = new Map<string, number>();
    for (const way of row.is_whole ? row.ways : []) {
      const exit = takenExit(nodeOf(published, way.node), forms, way.outcome, way.target);
      if (!exit) continue;
      const name = wayOf(way.node, exit.name);
      today.set(name, (today.get(name) ?? 0) + way.count);
    }
    return { now: new Map(Object.entries(row.is_whole ? row.now : {})), today };
  }, [row, published, forms]);
}
