import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { del, get, post } from '~/api/client';
import type { ListedRun, ScenarioRun } from '~/api/gen/types.gen';

const LOOK_EVERY_MS = 500;

/** A run in the server's child: begun at `path`, looked at until it is over, cancelled. It goes on without the
 * page: one that is opened again shows its last run. */
export function useRun<Form, Result>(path: string, kind: ListedRun['kind']) {
  const client = useQueryClient();
  const [begunId, setRunId] = useState<number | null>(null);
  const earlier = useQuery({
    queryKey: ['planning', 'runs'],
    queryFn: ({ signal }) => get<ListedRun[]>('/api/v1/planning/runs', {}, signal),
    enabled: begunId === null,
    staleTime: 0,
    retry: false,
  });
  const last = earlier.data?.find((one) => one.kind === kind);
  const runId = begunId ?? (last?.state === 'running' || last?.state === 'done' ? last.run_id : null);
  const begin = useMutation({
    mutationFn: (form: Form) => post<ScenarioRun>(path, form),
    onSuccess: (run) => {
      client.setQueryData(['planning', 'run', run.run_id], run);
      setRunId(run.run_id);
    },
  });
  const run = useQuery({
    queryKey: ['planning', 'run', runId],
    queryFn: ({ signal }) => get<ScenarioRun>(`/api/v1/planning/runs/${runId}`, {}, signal),
    enabled: runId !== null,
    refetchInterval: (query) => (query.state.data?.state === 'running' ? LOOK_EVERY_MS : false),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const cancel = useMutation({
    mutationFn: () => del<ScenarioRun>(`/api/v1/planning/runs/${runId}`),
    onSuccess: (told) => client.setQueryData(['planning', 'run', runId], told),
  });
  const state = runId === null ? null : (run.data?.state ?? 'running');
  return {
    begin,
    cancel,
    error: begin.error ?? run.error,
    state,
    done: run.data?.done ?? 0,
    of: run.data?.of ?? 0,
    round: run.data?.round ?? 0,
    brokenPromises: run.data?.broken_promises ?? null,
    agentHours: run.data?.agent_hours ?? null,
    result: (run.data?.result as Result | null | undefined) ?? null,
  };
}
