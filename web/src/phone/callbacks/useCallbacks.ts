import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { CALLBACKS, type CallbackRow, type CallbackUnmade } from '~/api/callbacks';
import { get } from '~/api/client';
import { serverNow } from '~/lib/clock';
import { useDesk, useHeard } from '~/live/hooks';

const SELDOM_MS = 300_000;
const MINUTE_MS = 60_000;

/** An agent's own arranged calls and those of his queues. They are asked for again when the feed says that they
 *  changed and when one of them is the agent's own call now, or ended; else only seldom. */
export function useOwnCallbacks() {
  const queries = useQueryClient();
  const one = useDesk()?.interaction;
  const doing = one?.is_callback ? `${one.id} ${one.phase}` : '';
  const before = useRef(doing);
  const again = () => void queries.invalidateQueries({ queryKey: [CALLBACKS] });
  useHeard('callbacks', again);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change asks again
  useEffect(() => {
    if (doing !== before.current) again();
    before.current = doing;
  }, [doing]);
  return useQuery({
    queryKey: [CALLBACKS, 'own'],
    queryFn: ({ signal }) => get<CallbackRow[]>('/api/v1/desk/callbacks', {}, signal),
    refetchInterval: SELDOM_MS,
  });
}

/** Calls that the agent arranged and that came to nothing lately. */
export function useUnmade() {
  return useQuery({
    queryKey: [CALLBACKS, 'unmade'],
    queryFn: ({ signal }) => get<CallbackUnmade[]>('/api/v1/desk/callbacks/unmade', {}, signal),
    refetchInterval: SELDOM_MS,
  });
}

/** Draws anew at the moment when the next of them is due, and each minute while some are late. */
export function useDueCount(rows: readonly CallbackRow[] | undefined): number {
  const [, draw] = useState(0);
  const free = rows?.filter((it) => it.is_free) ?? [];
  const late = free.filter((it) => lateSeconds(it) >= 0).length;
  const next = Math.min(...free.map((it) => -lateSeconds(it) * 1000).filter((ms) => ms > 0));
  const wait = Math.min(Number.isFinite(next) ? next + 50 : MINUTE_MS, MINUTE_MS);
  const isNeeded = free.length > 0;
  // A new timer after each drawing.
  useEffect(() => {
    if (!isNeeded) return undefined;
    const timer = setTimeout(() => draw((it) => it + 1), wait);
    return () => clearTimeout(timer);
  });
  return late;
}

/** Seconds since it was due; negative before. What is tried again later is due then. */
export const lateSeconds = (row: CallbackRow): number => (serverNow() - Date.parse(row.next_at)) / 1000;

/** Who waits for it after this while has been forgotten. */
export const OVERDUE_SECONDS = 300;
