import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { del, get, Problem, put } from '~/api/client';
import type { DraftKept, FlowDraftRow } from '~/api/gen/types.gen';
import type { Draft } from './model';

const PAUSE_MS = 1200;
const LOOK_MS = 10_000;

export const draftAddress = (flow: number): string => `/api/v1/flow-drafts/${flow}`;
export const draftKey = (flow: number) => ['flow-draft', flow];

/** What is being edited of a flow and kept by the server; null when nothing is. 0: a new flow. */
export function useKept(flow: number) {
  return useQuery({
    queryKey: draftKey(flow),
    queryFn: ({ signal }) => get<FlowDraftRow | null>(draftAddress(flow), {}, signal),
    gcTime: 0,
    staleTime: 0,
    refetchInterval: LOOK_MS,
    retry: false,
  });
}

export interface Keeping {
  state: 'none' | 'keeping' | 'kept' | 'lost' | 'other';
  at: string;
  error: unknown;
  /** What somebody else has kept since. */
  other: FlowDraftRow | null;
  isUnsaved: (draft: Draft) => boolean;
  /** Keeps this one although somebody else has kept another. */
  insist: () => void;
  /** The other one is taken: what follows it may be kept. */
  follow: (row: FlowDraftRow) => void;
  /** Nothing is kept any more: it is published, or given up. */
  settle: (draft: Draft) => void;
  drop: () => Promise<void>;
}

/** Keeps each change of a draft on the server shortly after it was made, and sees who else does. */
export function useDraftKept(
  flow: number,
  version: number,
  draft: Draft,
  first: Draft,
  found: FlowDraftRow | null,
): Keeping {
  const queries = useQueryClient();
  const kept = useKept(flow).data ?? null;
  const [saved, setSaved] = useState<{ draft: Draft; revision: number; at: string }>({
    draft: first,
    revision: found?.revision ?? 0,
    at: found?.saved_at ?? '',
  });
  const [paused] = useDebouncedValue(draft, PAUSE_MS);
  const isOther = kept !== null && kept.revision > saved.revision;
  const keep = useMutation({
    mutationFn: (sent: { draft: Draft; revision: number }) =>
      put<DraftKept>(draftAddress(flow), { ...sent, version }),
    onSuccess: (done, sent) => {
      setSaved({ draft: sent.draft, revision: done.revision, at: done.saved_at });
      const row = {
        draft: sent.draft,
        version,
        revision: done.revision,
        saved_at: done.saved_at,
        saved_by: 0,
      };
      queries.setQueryData(draftKey(flow), row);
    },
    onError: (error) => {
      if (error instanceof Problem && error.code === 'draft_changed')
        void queries.invalidateQueries({ queryKey: draftKey(flow) });
    },
  });
  const { mutate, isPending, error } = keep;
  const refused = useRef<Draft | null>(null);
  useEffect(() => {
    if (paused !== draft || paused === saved.draft || isPending || isOther) return;
    // One that was refused is not sent again by itself.
    if (refused.current === paused) return;
    refused.current = paused;
    mutate({ draft: paused, revision: saved.revision });
  }, [paused, draft, saved, isPending, isOther, mutate]);

  const settle = (published: Draft) => {
    setSaved({ draft: published, revision: 0, at: '' });
    keep.reset();
    queries.setQueryData(draftKey(flow), null);
  };
  return {
    state: isOther
      ? 'other'
      : isPending || (draft !== saved.draft && !error)
        ? 'keeping'
        : error
          ? 'lost'
          : saved.at
            ? 'kept'
            : 'none',
    at: saved.at,
    error,
    other: isOther ? kept : null,
    isUnsaved: (now) => now !== saved.draft,
    insist: () => mutate({ draft, revision: kept?.revision ?? 0 }),
    follow: (row) => setSaved({ draft: row.draft, revision: row.revision, at: row.saved_at }),
    settle,
    drop: async () => {
      await del(draftAddress(flow));
    },
  };
}
