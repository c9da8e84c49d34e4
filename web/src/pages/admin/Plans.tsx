import { ActionIcon, Button, MultiSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanRow, PlanSave, Weekly } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { Spans } from './Spans';
import { choices, useThings } from './things';
import { DAYS, type Day, type Span, type WeekWords, weekText } from './week';

type Mode = PlanRow['mode'];

interface SpanValue {
  mode: Mode;
  weekly: Record<Day, Span[]>;
}

interface Values extends Record<string, unknown> {
  name: string;
  agent_ids: string[];
  spans: SpanValue[];
  otherwise: Mode;
  has_load: boolean;
  load: {
    queue_ids: string[];
    busy: number | string;
    calm: number | string;
    calm_for_seconds: number | string;
    keeps: number | string;
  };
}

const MODES: readonly Mode[] = ['inbound', 'outbound', 'blended'];
const WORK_DAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri'];
const newWeek = (): Record<Day, Span[]> =>
  Object.fromEntries(
    DAYS.map((day) => [day, WORK_DAYS.includes(day) ? [['09:00', '12:00']] : []]),
  ) as unknown as Record<Day, Span[]>;

const valuesOf = (row: PlanRow | null): Values => ({
  name: row?.name ?? '',
  agent_ids: row?.agent_ids.map(String) ?? [],
  spans: row?.spans.map((it) => ({ mode: it.mode, weekly: it.weekly as Record<Day, Span[]> })) ?? [],
  otherwise: row?.otherwise ?? 'blended',
  has_load: Boolean(row?.load),
  load: {
    queue_ids: row?.load?.queue_ids.map(String) ?? [],
    busy: row?.load?.busy ?? 5,
    calm: row?.load?.calm ?? 0,
    calm_for_seconds: row?.load?.calm_for_seconds ?? 120,
    keeps: row?.load?.keeps ?? 0,
  },
});

const bodyOf = (it: Values): PlanSave => ({
  name: it.name,
  agent_ids: it.agent_ids.map(Number),
  spans: it.spans.map(({ mode, weekly }) => ({ mode, weekly: weekly as Weekly })),
  otherwise: it.otherwise,
  load: it.has_load
    ? {
        queue_ids: it.load.queue_ids.map(Number),
        busy: Number(it.load.busy),
        calm: Number(it.load.calm),
        calm_for_seconds: Number(it.load.calm_for_seconds),
        keeps: Number(it.load.keeps),
      }
    : null,
});

/** Who does inbound and who outbound work: by the clock and by load. */
export default function Plans() {
  const { t } = useTranslation();
  const looks = useCan('watch.board');
  const plans = useThings('plans', { refetchInterval: 60_000 });
  const mayPeople = useCan('manage.people');
  const people = useThings('people', { may: mayPeople || looks });
  const queues = useThings('queues');
  const { open, close } = useOpen();
  const words = useMemo<WeekWords>(
    () => ({
      day: (day) => t(`admin.hours.short.${day as Day}`),
      closed: t('admin.hours.day_closed'),
      around: t('admin.hours.around'),
    }),
    [t],
  );
  const columns = useMemo<Column<PlanRow>[]>(() => {
    const nameOfPerson = new Map(people.data?.map((it) => [it.id, it.name]));
    return [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(130px, 1fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'now',
        title: t('admin.plans.now'),
        width: '130px',
        cell: (row) => <Chip tone="info">{t(`admin.plans.mode.${row.mode}`)}</Chip>,
      },
      {
        key: 'agents',
        title: t('admin.plans.agents'),
        width: 'minmax(150px, 1.4fr)',
        cell: (row) => row.agent_ids.map((id) => nameOfPerson.get(id) ?? `№ ${id}`).join(', ') || '—',
      },
      {
        key: 'spans',
        title: t('admin.plans.spans'),
        width: 'minmax(220px, 2fr)',
        cell: (row) =>
          [
            ...row.spans.map((it) => `${t(`admin.plans.mode.${it.mode}`)}: ${weekText(it.weekly, words)}`),
            `${t('admin.plans.otherwise')}: ${t(`admin.plans.mode.${row.otherwise}`)}`,
            ...(row.load ? [t('admin.plans.by_load')] : []),
          ].join('; '),
      },
    ];
  }, [t, people.data, words]);
  return (
    <>
      <Area
        area="plans"
        rows={plans.data}
        error={plans.error}
        onRetry={() => void plans.refetch()}
        columns={columns}
        textOfRow={nameOf}
        minWidth={800}
      />
      <OpenEditor open={open} rows={plans.data} onClose={close}>
        {(row) => (
          <Editor<PlanRow, Values>
            area="plans"
            row={row}
            title={row?.name ?? t('admin.plans.new')}
            values={valuesOf(row)}
            bodyOf={bodyOf}
            placeOf={(place) => place.replace(/\.weekly\.([a-z]{3})\.(\d+)\..*$/, '.weekly.$1.$2')}
            validate={(it) => ({
              ...(it.has_load && !it.load.queue_ids.length ? { 'load.queue_ids': t('common.required') } : {}),
              ...Object.fromEntries(
                it.spans.flatMap((one, index) =>
                  DAYS.flatMap((day) =>
                    one.weekly[day].flatMap(([opens, closes], i) =>
                      opens && closes ? [] : [[`spans.${index}.weekly.${day}.${i}`, t('common.required')]],
                    ),
                  ),
                ),
              ),
            })}
            onClose={close}
            removeText={t('admin.plans.remove')}
            entity="plan"
            wide
          >
            {({ form }) => {
              const { spans, has_load } = form.getValues();
              const setSpans = (next: SpanValue[]) => form.setFieldValue('spans', next);
              const modes = MODES.map((value) => ({ value, label: t(`admin.plans.mode.${value}`) }));
              const size = (name: 'busy' | 'calm' | 'keeps', min: number) => (
                <NumberInput
                  label={t(`admin.plans.${name}`)}
                  min={min}
                  max={name === 'keeps' ? 1000 : 10000}
                  allowDecimal={false}
                  {...form.getInputProps(`load.${name}`)}
                />
              );
              return (
                <>
                  <TextInput
                    label={t('admin.name')}
                    required
                    data-autofocus
                    {...form.getInputProps('name')}
                  />
                  <MultiSelect
                    label={t('admin.plans.agents')}
                    description={t('admin.plans.agents_help')}
                    inputWrapperOrder={ORDER}
                    searchable
                    data={choices(people.data?.filter((it) => !it.is_robot))}
                    nothingFoundMessage={t('lists.pick.nothing')}
                    {...form.getInputProps('agent_ids')}
                  />
                  <Fieldset title={t('admin.plans.spans')} hint={t('admin.plans.spans_help')}>
                    {spans.map((span, index) => (
                      <div key={index} className={css.way}>
                        <div className={css.rowLine}>
                          <Select
                            aria-label={t('admin.plans.span_mode')}
                            data={modes}
                            {...form.getInputProps(`spans.${index}.mode`)}
                          />
                          <ActionIcon
                            size={34}
                            aria-label={`${t('common.delete')}: ${t(`admin.plans.mode.${span.mode}`)}`}
                            onClick={() => setSpans(spans.filter((_, at) => at !== index))}
                          >
                            <X size={16} />
                          </ActionIcon>
                        </div>
                        {DAYS.map((day) => (
                          <div key={day} className={css.weekDay}>
                            <b>{t(`admin.hours.day.${day}`)}</b>
                            <Spans
                              label={`${t(`admin.plans.mode.${span.mode}`)}, ${t(`admin.hours.day.${day}`)}`}
                              field={`spans.${index}.weekly.${day}`}
                              value={span.weekly[day]}
                              onChange={(next) =>
                                setSpans(
                                  spans.map((one, at) =>
                                    at === index ? { ...one, weekly: { ...one.weekly, [day]: next } } : one,
                                  ),
                                )
                              }
                              errorOf={(path) => form.errors[path]}
                            />
                          </div>
                        ))}
                      </div>
                    ))}
                    <div>
                      <Button
                        size="compact-sm"
                        variant="default"
                        leftSection={<Plus size={14} aria-hidden />}
                        onClick={() => setSpans([...spans, { mode: 'inbound', weekly: newWeek() }])}
                      >
                        {t('admin.plans.add_span')}
                      </Button>
                    </div>
                    <Select
                      label={t('admin.plans.otherwise')}
                      data={modes}
                      {...form.getInputProps('otherwise')}
                    />
                  </Fieldset>
                  <Fieldset title={t('admin.plans.load')} hint={t('admin.plans.load_help')}>
                    <Switch
                      label={t('admin.plans.has_load')}
                      {...form.getInputProps('has_load', { type: 'checkbox' })}
                    />
                    {has_load ? (
                      <>
                        <MultiSelect
                          label={t('admin.plans.load_queues')}
                          required
                          data={choices(queues.data)}
                          {...form.getInputProps('load.queue_ids')}
                        />
                        <Pair>
                          {size('busy', 1)}
                          {size('calm', 0)}
                        </Pair>
                        <Pair>
                          <NumberInput
                            label={t('admin.plans.calm_for_seconds')}
                            suffix={` ${t('admin.unit.seconds')}`}
                            min={0}
                            max={14400}
                            {...form.getInputProps('load.calm_for_seconds')}
                          />
                          {size('keeps', 0)}
                        </Pair>
                      </>
                    ) : null}
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

const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];
const nameOf = (row: PlanRow) => row.name;
