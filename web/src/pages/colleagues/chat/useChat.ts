import { type InfiniteData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { get } from '~/api/client';
import type { MessageRow, Threads } from '~/api/gen';
import { useMe } from '~/api/session';
import { useHeard } from '~/live/hooks';
import { Outbox } from './outbox';

const AGAIN_MS = 5000;
export type Pages = InfiniteData<MessageRow[], number>;
export const messagesKey = (threadId: number) => ['chat', 'messages', threadId] as const;

/** One of them in a page, however many places show the chat. */
let box: { me: number; outbox: Outbox } | null = null;

export function outboxOf(me: number, queries: QueryClient): Outbox {
  if (box?.me !== me) {
    box = { me, outbox: new Outbox(me, (message) => showMessage(queries, message)) };
  }
  return box.outbox;
}

/** The message joins what is shown of its thread; what is there already stays once. */
export function showMessage(queries: QueryClient, message: MessageRow): void {
  queries.setQueryData<Pages>(messagesKey(message.thread_id), (old) => {
    if (!old || old.pages.some((page) => page.some((it) => it.id === message.id))) return old;
    const [first = [], ...rest] = old.pages;
    const newest = [message, ...first].sort((a, b) => b.id - a.id);
    return { ...old, pages: [newest, ...rest] };
  });
  // An answer that is on its way may be older than this message: it is asked for anew.
  const queryKey = messagesKey(message.thread_id);
  if (queries.isFetching({ queryKey })) void queries.invalidateQueries({ queryKey });
  void queries.invalidateQueries({ queryKey: ['chat', 'threads'] });
}

export function useThreads() {
  return useQuery({
    queryKey: ['chat', 'threads'],
    queryFn: ({ signal }) => get<Threads>('/api/v1/chat/threads', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Listens for the whole page; `onMessage`: somebody else wrote. Stands once in the shell. */
export function useChatNews(onMessage: (message: MessageRow) => void): void {
  const queries = useQueryClient();
  const me = useMe();
  const outbox = outboxOf(me.person_id, queries);
  useHeard('chat', (news) => {
    const message = news?.message as MessageRow | undefined;
    if (!message) {
      void outbox.flush().then(() => queries.invalidateQueries({ queryKey: ['chat'] }));
      return;
    }
    showMessage(queries, { ...message, is_own: message.by_id === me.person_id });
    if (message.by_id !== me.person_id) onMessage(message);
  });
  useEffect(() => {
    void outbox.flush();
    const timer = setInterval(() => void outbox.flush(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [outbox]);
}

export function useUnsent(): Outbox {
  const queries = useQueryClient();
  const outbox = outboxOf(useMe().person_id, queries);
  useSyncExternalStore(outbox.watch, () => outbox.unsent);
  return outbox;
}
