/* Names of what an id stands for, for everyone who may look at work; an agent reads those of the desk. */

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get } from './client';
import type { DispositionRow, PersonRow, ProjectRow, QueueRow, TeamRow } from './gen/types.gen';
import { holds, useMe } from './session';
import type { Disposition, Me } from './types';

const LOOKING = ['watch.board', 'view.reports', 'view.interactions', 'direct.agents'];
const looks = (me: Me, right: string) => [right, ...LOOKING].some((it) => holds(me, it));

function useRows<Row>(path: string, may: boolean) {
  const { data } = useQuery({
    queryKey: ['names', path],
    queryFn: ({ signal }) => get<Row[]>(`/api/v1/${path}`, {}, signal),
    staleTime: 60_000,
    enabled: may,
  });
  return data;
}

export interface QueueLabel {
  id: number;
  name: string;
  project_id?: number;
  color: string | null;
}

/** Queues by name; with the colour of their project where one may see it. */
export function useQueues(): {
  all: QueueLabel[];
  of: (id: number | null | undefined) => QueueLabel | undefined;
} {
  const me = useMe();
  const may = looks(me, 'manage.queues');
  const rows = useRows<QueueRow>('queues', may);
  const projects = useRows<ProjectRow>('projects', may && looks(me, 'manage.projects'));
  const desk = useDeskSettings(!may && me.agent);
  return useMemo(() => {
    const colors = new Map(projects?.map((it) => [it.id, it.color]));
    const all: QueueLabel[] = rows
      ? rows.map(({ id, name, project_id }) => ({
          id,
          name,
          project_id,
          color: colors.get(project_id) ?? null,
        }))
      : (desk?.queues ?? []);
    const byId = new Map(all.map((it) => [it.id, it]));
    return {
      all: [...all].sort((a, b) => a.name.localeCompare(b.name)),
      of: (id) => (id ? byId.get(id) : undefined),
    };
  }, [rows, projects, desk]);
}

/** Dispositions, those out of use too: old interactions have them. */
export function useDispositions(): {
  all: DispositionRow[];
  of: (id: number | null | undefined) => DispositionRow | undefined;
} {
  const me = useMe();
  const may = looks(me, 'manage.dispositions') || me.agent;
  const rows = useRows<DispositionRow>('dispositions', may);
  return useMemo(() => {
    const byId = new Map(rows?.map((it) => [it.id, it]));
    return { all: rows ?? [], of: (id) => (id ? byId.get(id) : undefined) };
  }, [rows]);
}

export function useTeams(): TeamRow[] {
  const me = useMe();
  return useRows<TeamRow>('teams', looks(me, 'manage.teams')) ?? [];
}

/** People whose work may be looked at: those with a team or a skill, else everybody. */
export function useAgents(): PersonRow[] {
  const me = useMe();
  const rows = useRows<PersonRow>('people', looks(me, 'manage.people'));
  return useMemo(() => {
    const agents = rows?.filter((it) => it.team_ids.length || Object.keys(it.skills).length) ?? [];
    return [...(agents.length ? agents : (rows ?? []))].sort((a, b) => a.name.localeCompare(b.name));
  }, [rows]);
}

function useDeskSettings(may: boolean) {
  const { data } = useQuery({
    queryKey: ['desk', 'settings'],
    queryFn: ({ signal }) =>
      get<{ queues: QueueLabel[]; dispositions: Disposition[] }>('/api/v1/desk/settings', {}, signal),
    staleTime: 60_000,
    enabled: may,
  });
  return data;
}
