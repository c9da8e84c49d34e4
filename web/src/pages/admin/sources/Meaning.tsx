import { Button, NumberInput, Select, TagsInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText, put } from '~/api/client';
import type {
  ImportRunRow,
  MappingFields,
  MeasuredFields,
  SourceDetail,
  SourceMapping,
} from '~/api/gen/types.gen';
import { dayTime } from '~/lib/format';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from '../Admin.module.css';
import own from '../Sources.module.css';
import { Running } from './Running';
import { useRun } from './run';

const EVENTS = {
  EXITWITHTIMEOUT: ['overflow', 'abandoned'],
  EXITWITHKEY: ['overflow', 'abandoned'],
  EXITEMPTY: ['overflow', 'abandoned'],
  TRANSFER: ['transferred', 'completed'],
} as const;

/** Who is who in the log, what is in time and what counts as what; figures follow when they are counted anew. */
export function Meaning({ source }: { source: SourceDetail }) {
  const mapping = useQuery({
    queryKey: ['source', source.id, 'mapping'],
    queryFn: ({ signal }) => get<SourceMapping>(`/api/v1/sources/${source.id}/mapping`, {}, signal),
  });
  if (mapping.error && !mapping.data) {
    return <ErrorState text={problemText(mapping.error)} onRetry={() => void mapping.refetch()} />;
  }
  if (!mapping.data) return <Loading rows={8} />;
  return <Form key={mapping.data.version} source={source} saved={mapping.data} />;
}

function Form({ source, saved }: { source: SourceDetail; saved: SourceMapping }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<MappingFields>(saved.mapping);
  const [runId, setRunId] = useState<number | null>(null);
  const run = useRun(runId);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(saved.mapping);
  const isBehind = saved.version !== saved.applied_version || !saved.is_told;
  const busy = run?.state === 'running';
  const names = (kind: string) => source.names.filter((it) => it.kind === kind).map((it) => it.name);
  const agents = names('agent');
  const queues = names('queue');

  const save = useMutation({
    mutationFn: () =>
      put<SourceMapping>(`/api/v1/sources/${source.id}/mapping`, { version: saved.version, mapping: draft }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['source', source.id, 'mapping'] });
      toast(t('common.saved'));
    },
  });
  const apply = useMutation({
    mutationFn: () => post<ImportRunRow>(`/api/v1/sources/${source.id}/apply`),
    onSuccess: (it) => setRunId(it.run_id),
  });
  const failed = save.error ?? apply.error;

  const merge = (kind: 'same_agents' | 'same_queues', name: string, target: string | null) => {
    const { [name]: _, ...others } = draft[kind] ?? {};
    setDraft({ ...draft, [kind]: target ? { ...others, [name]: target } : others });
  };
  const measure = (name: string, field: keyof MeasuredFields, value: number | string) => {
    const next = { ...draft.queues?.[name], [field]: value === '' ? null : Number(value) };
    const { [name]: _, ...others } = draft.queues ?? {};
    const isEmpty = Object.values(next).every((it) => it === null || it === undefined);
    setDraft({ ...draft, queues: isEmpty ? others : { ...others, [name]: next } });
  };
  const measureAll = (field: keyof MeasuredFields, value: number | string) =>
    setDraft({ ...draft, measured: { ...draft.measured, [field]: value === '' ? null : Number(value) } });

  return (
    <div className={own.form}>
      <p className={css.hint}>{t('admin.sources.meaning.about')}</p>
      {saved.can_apply ? null : <p role="note">{t('admin.sources.meaning.not_kept')}</p>}

      <h4>{t('admin.sources.meaning.all_queues')}</h4>
      <div className={css.pair}>
        <Seconds
          label={t('admin.sources.threshold')}
          usual="20"
          least={1}
          value={draft.measured?.service_threshold_seconds}
          onChange={(value) => measureAll('service_threshold_seconds', value)}
        />
        <Seconds
          label={t('admin.sources.short')}
          usual="5"
          least={0}
          value={draft.measured?.short_abandon_seconds}
          onChange={(value) => measureAll('short_abandon_seconds', value)}
        />
      </div>

      {source.kind === 'queue_log' ? null : (
        <>
          <h4>{t('admin.sources.meaning.directions')}</h4>
          <div className={css.pair}>
            <TagsInput
              label={t('admin.sources.import.inbound')}
              description={t('admin.sources.import.inbound_help')}
              placeholder={draft.inbound?.length ? '' : 'from-provider, PJSIP/trunk*'}
              maxTags={200}
              value={draft.inbound ?? []}
              onChange={(inbound) => setDraft({ ...draft, inbound })}
            />
            <TagsInput
              label={t('admin.sources.import.internal')}
              description={t('admin.sources.import.internal_help')}
              placeholder={draft.internal?.length ? '' : 'office, 6*'}
              maxTags={200}
              value={draft.internal ?? []}
              onChange={(internal) => setDraft({ ...draft, internal })}
            />
          </div>
        </>
      )}

      <h4>{t('admin.sources.meaning.outcomes')}</h4>
      <div className={css.pair}>
        {(Object.keys(EVENTS) as (keyof typeof EVENTS)[]).map((event) => (
          <Select
            key={event}
            label={t(`admin.sources.meaning.event.${event}`)}
            allowDeselect={false}
            value={draft.outcomes?.[event] ?? EVENTS[event][0]}
            data={EVENTS[event].map((value) => ({
              value,
              label: t(`admin.sources.meaning.counts.${value}`),
            }))}
            onChange={(value) => {
              const { [event]: _, ...others } = draft.outcomes ?? {};
              const outcomes = value && value !== EVENTS[event][0] ? { ...others, [event]: value } : others;
              setDraft({ ...draft, outcomes: outcomes as NonNullable<MappingFields['outcomes']> });
            }}
          />
        ))}
      </div>

      <h4>{t('admin.sources.kinds.queue')}</h4>
      <div className={own.meaningHead} aria-hidden>
        <span />
        <span>{t('admin.sources.meaning.counts_as')}</span>
        <span>{t('admin.sources.threshold')}</span>
        <span>{t('admin.sources.short')}</span>
      </div>
      <ul className={own.meanings}>
        {queues.map((name) => (
          <li key={name}>
            <code title={name}>{name}</code>
            <Merge
              name={name}
              names={queues}
              same={draft.same_queues ?? {}}
              onChange={(target) => merge('same_queues', name, target)}
            />
            <Seconds
              aria={t('admin.sources.meaning.threshold_of', { name })}
              usual={String(draft.measured?.service_threshold_seconds ?? 20)}
              least={1}
              value={draft.queues?.[name]?.service_threshold_seconds}
              onChange={(value) => measure(name, 'service_threshold_seconds', value)}
            />
            <Seconds
              aria={t('admin.sources.meaning.short_of', { name })}
              usual={String(draft.measured?.short_abandon_seconds ?? 5)}
              least={0}
              value={draft.queues?.[name]?.short_abandon_seconds}
              onChange={(value) => measure(name, 'short_abandon_seconds', value)}
            />
          </li>
        ))}
      </ul>

      <h4>{t('admin.sources.kinds.agent')}</h4>
      <ul className={own.meanings}>
        {agents.map((name) => (
          <li key={name}>
            <code title={name}>{name}</code>
            <Merge
              name={name}
              names={agents}
              same={draft.same_agents ?? {}}
              onChange={(target) => merge('same_agents', name, target)}
            />
          </li>
        ))}
      </ul>

      {saved.versions.length ? (
        <>
          <h4>{t('admin.sources.meaning.versions')}</h4>
          <ul className={own.versions}>
            {saved.versions.map((one) => (
              <li key={one.version}>
                <span>
                  {t('admin.sources.meaning.version', { version: one.version })} · {dayTime(one.saved_at)}
                  {one.saved_by_name ? ` · ${one.saved_by_name}` : ''}
                  {one.version === saved.applied_version ? ` · ${t('admin.sources.meaning.applied')}` : ''}
                </span>
                <Button size="compact-xs" variant="subtle" onClick={() => setDraft(one.mapping)}>
                  {t('admin.sources.meaning.take')}
                </Button>
              </li>
            ))}
          </ul>
        </>
      ) : null}

      <footer className={own.foot}>
        {failed ? <p role="alert">{problemText(failed)}</p> : null}
        {run ? <Running run={run} /> : null}
        {isBehind && !isChanged && !busy ? (
          <p className="muted">{t('admin.sources.meaning.behind')}</p>
        ) : null}
        <div className={css.result}>
          <Button disabled={!isChanged || busy} loading={save.isPending} onClick={() => save.mutate()}>
            {t('common.save')}
          </Button>
          <Button
            variant="default"
            disabled={isChanged || busy || !saved.can_apply}
            loading={apply.isPending}
            onClick={() => apply.mutate()}
          >
            {t('admin.sources.meaning.apply')}
          </Button>
        </div>
      </footer>
    </div>
  );
}

function Merge({
  name,
  names,
  same,
  onChange,
}: {
  name: string;
  names: readonly string[];
  same: Readonly<Record<string, string>>;
  onChange: (target: string | null) => void;
}) {
  const { t } = useTranslation();
  // Into one that is merged itself, or one that others are merged into: nobody could say what comes out.
  const isTarget = Object.values(same).includes(name);
  return (
    <Select
      searchable
      clearable
      disabled={isTarget}
      aria-label={t('admin.sources.meaning.same_as', { name })}
      placeholder={t(isTarget ? 'admin.sources.meaning.is_target' : 'admin.sources.meaning.itself')}
      value={same[name] ?? null}
      data={names.filter((it) => it !== name && !(it in same))}
      onChange={onChange}
    />
  );
}

function Seconds({
  label,
  aria,
  usual,
  least,
  value,
  onChange,
}: {
  label?: string;
  aria?: string;
  usual: string;
  least: number;
  value: number | null | undefined;
  onChange: (value: number | string) => void;
}) {
  const { t } = useTranslation();
  return (
    <NumberInput
      {...(label ? { label } : { 'aria-label': aria ?? '' })}
      suffix={` ${t('admin.sources.seconds')}`}
      placeholder={`${usual} ${t('admin.sources.seconds')}`}
      min={least}
      max={3600}
      value={value ?? ''}
      onChange={onChange}
    />
  );
}
