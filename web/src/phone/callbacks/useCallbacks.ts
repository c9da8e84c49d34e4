import { useQuery } from '@tanstack/react-query';
import { CALLBACKS, type CallbackRow } from '~/api/callbacks';
import { get } from '~/api/client';
import { serverNow } from '~/lib/clock';

const OPEN_MS = 15_000;
const CLOSED_MS = 60_000;

/** An agent's own arranged calls and those of his queues; asked for more seldom while nobody looks at them. */
export function useOwnCallbacks(isShown: boolean) {
  return useQuery({
    queryKey: [CALLBACKS, 'own'],
    queryFn: ({ signal }) => get<CallbackRow[]>('/api/v1/desk/callbacks', {}, signal),
    refetchInterval: isShown ? OPEN_MS : CLOSED_MS,
  });
}

/** Seconds since it was due; negative before. What is tried again later is due then. */
export const lateSeconds = (row: CallbackRow): number => (serverNow() - Date.parse(row.next_at)) / 1000;

/** Who waits for it after this while has been forgotten. */
export const OVERDUE_SECONDS = 300;
