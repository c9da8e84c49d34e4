import { NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QueueRow, QueueSave } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, duration, share } from '~/lib/format';
import { prettyNumber } from '~/lib/number';
import type { Column } from '~/ui/DataGrid';
import { Loading } from '~/ui/Notice';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { RelaxationSteps, type StepValue, stepsBody, stepsOf } from './RelaxationSteps';
import { SettingsProblems } from './SettingsProblems';
import { type NeedValue, SkillLevels } from './SkillLevels';
import { choices, idText, textId, useThings } from './things';
import { WaysOut, type WayValue, waysBody, waysOf } from './WaysOut';

const ServiceLevels = lazy(() => import('./ServiceLevels'));

interface Values extends Record<string, unknown> {
  name: string;
  project_id: string | null;
  channel: NonNullable<QueueSave['channel']>;
  skills: NeedValue[];
  priority: number | string;
  ageing: number | string;
  strategy: QueueRow['strategy'];
  ring_timeout_seconds: number | string;
  wrap_up_seconds: number | string;
  wrap_up_limit_seconds: number | string;
  service_threshold_seconds: number | string;
  /** Per cent, as people say it. */
  service_target: number | string;
  short_abandon_seconds: number | string;
  maximum_waiting: number | string;
  caller_number_id: string | null;
  trunk_id: string | null;
  relaxation: StepValue[];
  weight: number | string;
  after_missed: QueueRow['after_missed'];
  missed_rest_seconds: number | string;
  missed_limit: number | string;
  preferred_wait_seconds: number | string;
  preferred_waits_for_pause: boolean;
  kind: NonNullable<QueueSave['kind']>;
  overflow: WayValue[];
  callbacks: {
    priority: number | string;
    /** Per cent. */
    share: number | string;
    attempts: number | string;
    retry_after_minutes: number | string;
    expires_after_hours: number | string;
    delay_seconds: number | string;
    personal_for_minutes: number | string;
  };
  tier: number | string;
  next_tier_id: string | null;
  greeting: string;
}

const SECONDS = [
  'ring_timeout_seconds',
  'wrap_up_seconds',
  'wrap_up_limit_seconds',
  'service_threshold_seconds',
  'short_abandon_seconds',
  'missed_rest_seconds',
  'preferred_wait_seconds',
] as const;
const COUNTS = ['service_target', 'maximum_waiting', 'missed_limit', 'weight', 'tier'] as const;
const CHANNELS = ['voice', 'chat', 'email'] as const;
const KINDS = ['inbound', 'callbacks', 'outbound'] as const;
/** Where the server's places stand in this form: minutes, hours and per cent as people say them. */
const PLACES: Record<string, string> = {
  'callbacks.retry_after_seconds': 'callbacks.retry_after_minutes',
  'callbacks.expires_after_seconds': 'callbacks.expires_after_hours',
  'callbacks.personal_for_seconds': 'callbacks.personal_for_minutes',
};
const STRATEGIES = [
  'longest_idle',
  'most_skilled',
  'least_occupied',
  'fewest_handled_today',
  'round_robin',
] as const;

const valuesOf = (row: QueueRow | null, project: string | null): Values => ({
  name: row?.name ?? '',
  project_id: row ? String(row.project_id) : project,
  channel: row?.channel ?? 'voice',
  skills:
    row?.skills.map((it) => ({
      skill_id: String(it.skill_id),
      minimum: it.minimum,
      is_firm: it.is_firm ?? false,
    })) ?? [],
  priority: row?.priority ?? 0,
  ageing: row?.ageing ?? 0,
  strategy: row?.strategy ?? 'longest_idle',
  ring_timeout_seconds: row?.ring_timeout_seconds ?? 20,
  wrap_up_seconds: row?.wrap_up_seconds ?? 30,
  wrap_up_limit_seconds: row?.wrap_up_limit_seconds ?? 300,
  service_threshold_seconds: row?.service_threshold_seconds ?? 20,
  service_target: Math.round((row?.service_target ?? 0.8) * 1000) / 10,
  short_abandon_seconds: row?.short_abandon_seconds ?? 5,
  maximum_waiting: row?.maximum_waiting ?? 1000,
  caller_number_id: idText(row?.caller_number_id),
  trunk_id: idText(row?.trunk_id),
  relaxation: stepsOf(row),
  weight: row?.weight ?? 1,
  after_missed: row?.after_missed ?? 'not_ready',
  missed_rest_seconds: row?.missed_rest_seconds ?? 15,
  missed_limit: row?.missed_limit ?? 3,
  preferred_wait_seconds: row?.preferred_wait_seconds ?? 30,
  preferred_waits_for_pause: row?.preferred_waits_for_pause ?? false,
  kind: row?.kind ?? 'inbound',
  overflow: waysOf(row),
  callbacks: {
    priority: row?.callbacks.priority ?? 0,
    share: Math.round((row?.callbacks.share ?? 0.25) * 100),
    attempts: row?.callbacks.attempts ?? 3,
    retry_after_minutes: (row?.callbacks.retry_after_seconds ?? 900) / 60,
    expires_after_hours: (row?.callbacks.expires_after_seconds ?? 86_400) / 3600,
    delay_seconds: row?.callbacks.delay_seconds ?? 15,
    personal_for_minutes: (row?.callbacks.personal_for_seconds ?? 600) / 60,
  },
  tier: row?.tier ?? 1,
  next_tier_id: idText(row?.next_tier_id),
  greeting: row?.greeting ?? '',
});

const bodyOf = (it: Values): QueueSave => ({
  name: it.name,
  project_id: Number(it.project_id),
  channel: it.channel,
  skills: it.skills
    .filter((one) => one.skill_id)
    .map((one) => ({
      skill_id: Number(one.skill_id),
      minimum: Number(one.minimum),
      is_firm: one.is_firm ?? false,
    })),
  priority: Number(it.priority),
  ageing: Number(it.ageing),
  strategy: it.strategy,
  ring_timeout_seconds: Number(it.ring_timeout_seconds),
  wrap_up_seconds: Number(it.wrap_up_seconds),
  wrap_up_limit_seconds: Number(it.wrap_up_limit_seconds),
  service_threshold_seconds: Number(it.service_threshold_seconds),
  service_target: Number(it.service_target) / 100,
  short_abandon_seconds: Number(it.short_abandon_seconds),
  maximum_waiting: Number(it.maximum_waiting),
  caller_number_id: textId(it.caller_number_id),
  trunk_id: textId(it.trunk_id),
  relaxation: stepsBody(it.relaxation),
  weight: Number(it.weight),
  after_missed: it.after_missed,
  missed_rest_seconds: Number(it.missed_rest_seconds),
  missed_limit: Number(it.missed_limit),
  preferred_wait_seconds: Number(it.preferred_wait_seconds),
  preferred_waits_for_pause: it.preferred_waits_for_pause,
  kind: it.kind,
  overflow: waysBody(it.overflow),
  callbacks: {
    priority: Number(it.callbacks.priority),
    share: Number(it.callbacks.share) / 100,
    attempts: Number(it.callbacks.attempts),
    retry_after_seconds: Number(it.callbacks.retry_after_minutes) * 60,
    expires_after_seconds: Number(it.callbacks.expires_after_hours) * 3600,
    delay_seconds: Number(it.callbacks.delay_seconds),
    personal_for_seconds: Number(it.callbacks.personal_for_minutes) * 60,
  },
  tier: Number(it.tier),
  next_tier_id: textId(it.next_tier_id),
  greeting: it.greeting,
});

export default function Queues() {
  const { t } = useTranslation();
  const looks = useCan('watch.board');
  const queues = useThings('queues');
  const mayProjects = useCan('manage.projects');
  const projects = useThings('projects', { may: mayProjects || looks });
  const maySkills = useCan('manage.skills');
  const skills = useThings('skills', { may: maySkills || looks });
  const mayNumbers = useCan('manage.numbers');
  const numbers = useThings('numbers', { may: mayNumbers || looks });
  const trunks = useThings('trunks');
  const { open, close, set } = useOpen();
  const [heir, setHeir] = useState<string | null>(null);
  const columns = useMemo<Column<QueueRow>[]>(() => {
    const projectOf = new Map(projects.data?.map((it) => [it.id, it]));
    const skillOf = new Map(skills.data?.map((it) => [it.id, it.name]));
    return [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(130px, 1.4fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'project',
        title: t('admin.queues.project'),
        width: 'minmax(120px, 1.2fr)',
        sort: (row) => projectOf.get(row.project_id)?.name,
        cell: (row) => {
          const project = projectOf.get(row.project_id);
          return project ? (
            <>
              <span className={css.swatch} style={{ background: project.color }} aria-hidden />
              {project.name}
            </>
          ) : (
            '—'
          );
        },
      },
      {
        key: 'skills',
        title: t('admin.queues.skills'),
        width: 'minmax(130px, 1.4fr)',
        cell: (row) =>
          row.skills.map((it) => `${skillOf.get(it.skill_id) ?? '…'} ≥ ${it.minimum}`).join(', ') || '—',
      },
      {
        key: 'target',
        title: t('admin.queues.target_short'),
        numeric: true,
        width: '130px',
        sort: (row) => row.service_target,
        cell: (row) =>
          t('admin.queues.target_value', {
            share: share(row.service_target),
            time: duration(row.service_threshold_seconds),
          }),
      },
      {
        key: 'ring',
        title: t('admin.queues.ring_short'),
        numeric: true,
        width: '90px',
        sort: (row) => row.ring_timeout_seconds,
        cell: (row) => duration(row.ring_timeout_seconds),
      },
      {
        key: 'wrap_up',
        title: t('admin.queues.wrap_up_short'),
        numeric: true,
        width: '126px',
        sort: (row) => row.wrap_up_seconds,
        cell: (row) => duration(row.wrap_up_seconds),
      },
      {
        key: 'priority',
        title: t('admin.queues.priority'),
        numeric: true,
        width: '96px',
        sort: (row) => row.priority,
        cell: (row) => count(row.priority),
      },
    ];
  }, [t, projects.data, skills.data]);
  return (
    <>
      <Area
        area="queues"
        notice={<SettingsProblems onOpen={set} />}
        rows={queues.data}
        error={queues.error}
        onRetry={() => void queues.refetch()}
        columns={columns}
        textOfRow={nameOf}
        sort={BY_NAME}
        minWidth={960}
      />
      <OpenEditor
        open={open}
        rows={open === 'new' && mayProjects && !projects.data ? undefined : queues.data}
        onClose={close}
      >
        {(row) => (
          <Editor<QueueRow, Values>
            area="queues"
            row={row}
            title={row?.name ?? t('admin.queues.new')}
            values={valuesOf(row, idText(projects.data?.[0]?.id))}
            bodyOf={bodyOf}
            validate={(it) => ({
              project_id: it.project_id ? null : t('common.required'),
              ...Object.fromEntries(
                [...SECONDS, ...COUNTS]
                  .filter((name) => it[name] === '')
                  .map((name) => [name, t('common.required')]),
              ),
            })}
            placeOf={(place) => PLACES[place] ?? place}
            onClose={close}
            removeText={t('admin.queues.remove')}
            removeQuery={{ to_queue_id: heir }}
            entity="queue"
            wide
            after={
              row ? (
                <Fieldset title={t('admin.queues.removal.title')} hint={t('admin.queues.removal.help')}>
                  <Select
                    label={t('admin.queues.removal.to')}
                    clearable
                    allowDeselect
                    placeholder={t('admin.queues.removal.usual')}
                    data={choices(queues.data?.filter((it) => it.id !== row.id))}
                    value={heir}
                    onChange={setHeir}
                  />
                </Fieldset>
              ) : null
            }
          >
            {({ form, isNew }) => {
              const seconds = (name: (typeof SECONDS)[number]) => (
                <NumberInput
                  label={t(`admin.queues.field.${name}`)}
                  description={t(`admin.queues.help.${name}`)}
                  inputWrapperOrder={ORDER}
                  suffix={` ${t('admin.unit.seconds')}`}
                  min={0}
                  {...form.getInputProps(name)}
                />
              );
              const others = choices(queues.data?.filter((it) => it.id !== row?.id));
              const promised = (
                name: keyof Values['callbacks'],
                words: string,
                limits: { min: number; max: number; suffix?: string; whole?: boolean; help?: boolean },
              ) => (
                <NumberInput
                  label={t(`admin.queues.field.callbacks.${words as 'share'}`)}
                  description={limits.help ? t(`admin.queues.help.callbacks.${words as 'share'}`) : undefined}
                  inputWrapperOrder={ORDER}
                  min={limits.min}
                  max={limits.max}
                  allowDecimal={!limits.whole}
                  suffix={limits.suffix ? ` ${limits.suffix}` : ''}
                  {...form.getInputProps(`callbacks.${name}`)}
                />
              );
              return (
                <>
                  <Pair>
                    <TextInput
                      label={t('admin.name')}
                      required
                      data-autofocus
                      {...form.getInputProps('name')}
                    />
                    <Select
                      label={t('admin.queues.project')}
                      required
                      data={choices(projects.data)}
                      {...form.getInputProps('project_id')}
                    />
                  </Pair>
                  <Pair>
                    <Select
                      label={t('admin.channel.label')}
                      description={t('admin.channel.help')}
                      inputWrapperOrder={ORDER}
                      disabled={row !== null}
                      data={CHANNELS.map((value) => ({ value, label: t(`admin.channel.${value}`) }))}
                      {...form.getInputProps('channel')}
                    />
                    <Select
                      label={t('admin.queues.kind.label')}
                      description={t('admin.queues.kind.help')}
                      inputWrapperOrder={ORDER}
                      data={KINDS.map((value) => ({ value, label: t(`admin.queues.kind.${value}`) }))}
                      {...form.getInputProps('kind')}
                    />
                    <TextInput
                      label={t('admin.queues.field.greeting')}
                      description={t('admin.queues.help.greeting')}
                      inputWrapperOrder={ORDER}
                      maxLength={200}
                      {...form.getInputProps('greeting')}
                    />
                  </Pair>
                  <Fieldset
                    title={t('admin.queues.who')}
                    hint={t(isNew ? 'admin.queues.who_help_new' : 'admin.queues.who_help')}
                  >
                    <SkillLevels
                      form={form}
                      field="skills"
                      levelLabel={t('admin.queues.minimum')}
                      firmLabel={t('admin.queues.firm')}
                    />
                    <Select
                      label={t('admin.queues.field.strategy')}
                      description={t(`admin.queues.strategy_help.${form.getValues().strategy}`)}
                      inputWrapperOrder={ORDER}
                      data={STRATEGIES.map((value) => ({
                        value,
                        label: t(`admin.queues.strategy.${value}`),
                      }))}
                      {...form.getInputProps('strategy')}
                    />
                    <Pair>
                      <NumberInput
                        label={t('admin.queues.priority')}
                        description={t('admin.queues.help.priority')}
                        inputWrapperOrder={ORDER}
                        min={0}
                        max={100}
                        allowDecimal={false}
                        {...form.getInputProps('priority')}
                      />
                      <NumberInput
                        label={t('admin.queues.field.ageing')}
                        description={t('admin.queues.help.ageing')}
                        inputWrapperOrder={ORDER}
                        suffix={` ${t('admin.unit.per_minute')}`}
                        min={0}
                        max={100}
                        {...form.getInputProps('ageing')}
                      />
                      <NumberInput
                        label={t('admin.queues.field.weight')}
                        description={t('admin.queues.help.weight')}
                        inputWrapperOrder={ORDER}
                        min={0.01}
                        max={100}
                        {...form.getInputProps('weight')}
                      />
                    </Pair>
                  </Fieldset>
                  <Fieldset
                    title={t('admin.queues.relaxation.title')}
                    hint={t('admin.queues.relaxation.help')}
                  >
                    <RelaxationSteps form={form} field="relaxation" skills={choices(skills.data)} />
                  </Fieldset>
                  <Fieldset title={t('admin.queues.ways.title')} hint={t('admin.queues.ways.help')}>
                    <WaysOut form={form} field="overflow" queues={others} />
                  </Fieldset>
                  <Fieldset title={t('admin.queues.tier.title')} hint={t('admin.queues.tier.help')}>
                    <Pair>
                      <NumberInput
                        label={t('admin.queues.field.tier')}
                        min={1}
                        max={9}
                        allowDecimal={false}
                        {...form.getInputProps('tier')}
                      />
                      <Select
                        label={t('admin.queues.field.next_tier_id')}
                        clearable
                        allowDeselect
                        placeholder={t('admin.queues.tier.none')}
                        data={others}
                        {...form.getInputProps('next_tier_id')}
                      />
                    </Pair>
                  </Fieldset>
                  <Fieldset title={t('admin.queues.promised.title')} hint={t('admin.queues.promised.help')}>
                    <Pair>
                      {promised('share', 'share', { min: 1, max: 90, suffix: '%', help: true })}
                      {promised('priority', 'priority', { min: -100, max: 100, whole: true })}
                      {promised('delay_seconds', 'delay_seconds', {
                        min: 0,
                        max: 3600,
                        suffix: t('admin.unit.seconds'),
                      })}
                    </Pair>
                    <Pair>
                      {promised('attempts', 'attempts', { min: 1, max: 20, whole: true })}
                      {promised('retry_after_minutes', 'retry_after', {
                        min: 0.5,
                        max: 10080,
                        suffix: t('admin.unit.minutes'),
                      })}
                      {promised('expires_after_hours', 'expires_after', {
                        min: 0.1,
                        max: 720,
                        suffix: t('admin.unit.hours'),
                      })}
                    </Pair>
                    {promised('personal_for_minutes', 'personal_for', {
                      min: 0,
                      max: 10080,
                      suffix: t('admin.unit.minutes'),
                      help: true,
                    })}
                  </Fieldset>
                  <Fieldset title={t('admin.queues.preferred.title')} hint={t('admin.queues.preferred.help')}>
                    {seconds('preferred_wait_seconds')}
                    <Switch
                      label={t('admin.queues.field.preferred_waits_for_pause')}
                      {...form.getInputProps('preferred_waits_for_pause', { type: 'checkbox' })}
                    />
                  </Fieldset>
                  <Fieldset title={t('admin.queues.missed.title')}>
                    <Select
                      label={t('admin.queues.field.after_missed')}
                      data={(['not_ready', 'cool_down'] as const).map((value) => ({
                        value,
                        label: t(`admin.queues.missed.${value}`),
                      }))}
                      {...form.getInputProps('after_missed')}
                    />
                    {form.getValues().after_missed === 'cool_down' ? (
                      <Pair>
                        {seconds('missed_rest_seconds')}
                        <NumberInput
                          label={t('admin.queues.field.missed_limit')}
                          description={t('admin.queues.help.missed_limit')}
                          inputWrapperOrder={ORDER}
                          min={1}
                          max={100}
                          allowDecimal={false}
                          {...form.getInputProps('missed_limit')}
                        />
                      </Pair>
                    ) : null}
                  </Fieldset>
                  <Fieldset title={t('admin.queues.times')}>
                    <Pair>
                      {seconds('ring_timeout_seconds')}
                      <NumberInput
                        label={t('admin.queues.field.maximum_waiting')}
                        description={t('admin.queues.help.maximum_waiting')}
                        inputWrapperOrder={ORDER}
                        min={1}
                        allowDecimal={false}
                        {...form.getInputProps('maximum_waiting')}
                      />
                    </Pair>
                    <Pair>
                      {seconds('wrap_up_seconds')}
                      {seconds('wrap_up_limit_seconds')}
                    </Pair>
                  </Fieldset>
                  <Fieldset title={t('admin.queues.service')} hint={t('admin.queues.service_help')}>
                    <Pair>
                      <NumberInput
                        label={t('admin.queues.field.service_target')}
                        suffix=" %"
                        min={0}
                        max={100}
                        {...form.getInputProps('service_target')}
                      />
                      {seconds('service_threshold_seconds')}
                      {seconds('short_abandon_seconds')}
                    </Pair>
                    {row ? (
                      <Suspense fallback={<Loading rows={2} />}>
                        <ServiceLevels queueId={row.id} />
                      </Suspense>
                    ) : null}
                  </Fieldset>
                  <Fieldset title={t('admin.queues.outbound')}>
                    <Pair>
                      <Select
                        label={t('admin.queues.field.caller_number_id')}
                        description={t('admin.queues.help.caller_number_id')}
                        inputWrapperOrder={ORDER}
                        clearable
                        allowDeselect
                        placeholder={t('admin.queues.of_trunk')}
                        data={(numbers.data ?? []).map((it) => ({
                          value: String(it.id),
                          label: [prettyNumber(it.number), it.name].filter(Boolean).join(' · '),
                        }))}
                        {...form.getInputProps('caller_number_id')}
                      />
                      <Select
                        label={t('admin.queues.field.trunk_id')}
                        description={t('admin.queues.help.trunk_id')}
                        inputWrapperOrder={ORDER}
                        clearable
                        allowDeselect
                        placeholder={t('admin.queues.default_trunk')}
                        data={choices(trunks.data)}
                        {...form.getInputProps('trunk_id')}
                      />
                    </Pair>
                  </Fieldset>
                </>
              );
            }}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

const BY_NAME = { key: 'name', descending: false };
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
const nameOf = (row: QueueRow) => row.name;
