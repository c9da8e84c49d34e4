import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get } from '~/api/client';
import type { SourceName, SourceRow } from '~/api/gen/types.gen';
import { useAgents, useQueues } from '~/api/names';

export interface Label {
  id: number;
  name: string;
}

/** Imported sources; none for those who do not see everybody's work. */
export function useSources(): readonly SourceRow[] {
  const { data } = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => get<SourceRow[]>('/api/v1/sources', {}, signal),
    staleTime: 60_000,
  });
  return data ?? NONE;
}
const NONE: readonly SourceRow[] = [];

/** Queues and agents to choose from: the own centre's, or those that the log of a source names. */
export function useLabels(source: string | null): { queues: readonly Label[]; agents: readonly Label[] } {
  const queues = useQueues();
  const agents = useAgents();
  const { data } = useQuery({
    queryKey: ['source', source, 'names'],
    queryFn: ({ signal }) => get<SourceName[]>(`/api/v1/sources/${source}/names`, {}, signal),
    staleTime: 60_000,
    enabled: source !== null,
  });
  return useMemo(() => {
    if (source === null) return { queues: queues.all, agents };
    const of = (kind: SourceName['kind']) =>
      (data ?? [])
        .filter((it) => it.kind === kind)
        .map((it) => ({ id: it.id, name: it.title ?? it.name }))
        .sort((a, b) => a.name.localeCompare(b.name));
    return { queues: of('queue'), agents: of('agent') };
  }, [source, data, queues, agents]);
}
