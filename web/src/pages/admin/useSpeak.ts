import { useMemo } from 'react';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { duration } from '~/lib/format';
import { secondsOf } from '~/lib/spans';
import type { Speak } from './differences';
import { useThings } from './things';
import { dateText, type Opening, openingText, type WeekWords } from './week';

/** A step of relaxation as the history holds it: a duration is text by ISO 8601 (PT20S). */
interface Step {
  after: string;
  minimum: number;
}

interface Way {
  name: string;
  when?: 'waited' | 'length' | 'nobody';
  to?: 'queue' | 'callback' | 'message' | 'node';
  queue_id?: number;
  target?: string;
}
interface ModeSpan {
  mode: string;
}

type Names = ReadonlyMap<number, string>;

const named = (rows: readonly { id: number; name: string }[] | undefined): Names =>
  new Map(rows?.map((it) => [it.id, it.name]));

/** Ids and codes of the history in words: "Sales" and not 1. What is deleted since keeps its number. */
export function useSpeak(): { people: Names; speak: (entity: string) => Speak } {
  const looks = useCan('watch.board');
  const may = {
    people: useCan('manage.people'),
    queues: useCan('manage.queues'),
    projects: useCan('manage.projects'),
    teams: useCan('manage.teams'),
    skills: useCan('manage.skills'),
    hours: useCan('manage.hours'),
    numbers: useCan('manage.numbers'),
    trunks: useCan('manage.trunks'),
  };
  const people = useThings('people', { may: may.people || looks }).data;
  const queues = useThings('queues', { may: may.queues || looks }).data;
  const projects = useThings('projects', { may: may.projects || looks }).data;
  const teams = useThings('teams', { may: may.teams || looks }).data;
  const skills = useThings('skills', { may: may.skills || looks }).data;
  const hours = useThings('hours', { may: may.hours || looks }).data;
  const numbers = useThings('numbers', { may: may.numbers || looks }).data;
  const trunks = useThings('trunks', { may: may.trunks }).data;
  return useMemo(() => {
    const peopleNames = named(people);
    const skillNames = named(skills);
    const queueNames = named(queues);
    const of: Record<string, Names> = {
      agent_id: peopleNames,
      supervisor_ids: peopleNames,
      queue_id: queueNames,
      queue_ids: queueNames,
      project_id: named(projects),
      team_ids: named(teams),
      hours_id: named(hours),
      trunk_id: named(trunks),
      next_tier: queueNames,
      agent_ids: peopleNames,
      caller_number_id: new Map(numbers?.map((it) => [it.id, it.number])),
    };
    const name = (names: Names, id: unknown) => names.get(Number(id)) ?? `№ ${id}`;
    const weekWords: WeekWords = {
      day: (day) => textOf(`admin.hours.short.${day}`) ?? day,
      closed: textOf('admin.hours.day_closed') ?? '',
      around: textOf('admin.hours.around') ?? '',
    };
    const need = (id: unknown, level: unknown) => `${name(skillNames, id)} ≥ ${level}`;
    const steps = (value: readonly Step[]) =>
      value.map((it) => `${duration(secondsOf(it.after))}: ≥ ${it.minimum}`).join(', ') || null;
    const ways = (value: readonly Way[]) =>
      value
        .map((it) => {
          const to = textOf(`admin.queues.ways.tos.${it.to ?? 'queue'}`) ?? '';
          const where = it.queue_id ? name(queueNames, it.queue_id) : (it.target ?? '');
          return `${it.name}: ${textOf(`admin.queues.ways.whens.${it.when ?? 'waited'}`) ?? ''} → ${to} ${where}`;
        })
        .join('; ')
        .trim() || null;
    const speak =
      (entity: string): Speak =>
      (field, value) => {
        if (field === 'skills' && typeof value === 'object') {
          return (
            (Array.isArray(value)
              ? value.map((it: { skill_id: number; minimum: number }) => need(it.skill_id, it.minimum))
              : Object.entries(value as object).map(([id, level]) => need(id, level))
            ).join(', ') || null
          );
        }
        if (field === 'opening') return openingText(value as Opening, weekWords);
        if (field === 'notes' && typeof value === 'object') {
          return (
            Object.entries(value as object)
              .map(([date, note]) => `${dateText(date)}: ${note}`)
              .join(', ') || null
          );
        }
        if (field === 'relaxation' && Array.isArray(value)) return steps(value as Step[]);
        if (field === 'overflow' && Array.isArray(value)) return ways(value as Way[]);
        if (field === 'kind' && entity === 'queue') return textOf(`admin.queues.kind.${value}`);
        if (field === 'otherwise') return textOf(`admin.plans.mode.${value}`);
        if (field === 'spans' && Array.isArray(value)) {
          const modes = (value as ModeSpan[]).map((it) => textOf(`admin.plans.mode.${it.mode}`) ?? it.mode);
          return modes.join(', ') || null;
        }
        if (field === 'after_missed') return textOf(`admin.queues.missed.${value}`);
        if (field === 'preferences' && typeof value === 'object') {
          const places = Object.entries(value as object);
          return places.map(([id, place]) => `${name(queueNames, id)}: ${place}`).join(', ') || null;
        }
        if (field === 'strategy') return textOf(`admin.queues.strategy.${value}`);
        if (field === 'kind') {
          return textOf(`common.disposition_kind.${value}`) ?? textOf(`admin.trunks.kinds.${value}`);
        }
        if (field.startsWith('number_format_')) return textOf(`admin.trunks.format.${value}`);
        const names = of[field];
        // The thing's own id stands in its first column already.
        if (!names || field === `${entity}_id`) return null;
        if (Array.isArray(value)) return value.map((id) => name(names, id)).join(', ') || null;
        return value === 0 ? '—' : name(names, value);
      };
    return { people: peopleNames, speak };
  }, [people, queues, projects, teams, skills, hours, numbers, trunks]);
}
