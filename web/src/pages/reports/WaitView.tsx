import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { WaitFigures, WaitReport, WaitRow, WaitStepRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, duration, share } from '~/lib/format';
import { startOfDay } from '~/lib/period';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import { type Bar, Bars, type Mark } from './Bars';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { Behind, Foot } from './Foot';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import { useChartHeight } from './useChartHeight';

const REFRESH_MS = 60_000;
const STEPS = ['5', '10', '20', '30', '60'] as const;
const SECONDS = [
  'wait_median_seconds',
  'wait_p90_seconds',
  'wait_longest_seconds',
  'abandoned_median_seconds',
  'abandoned_p90_seconds',
  'abandoned_longest_seconds',
  'patience_seconds',
] as const;

/** Where the line of a threshold stands: after so many steps; between two edges it goes as far into the step. */
export function markOf(steps: readonly WaitStepRow[], threshold: number): number | null {
  const place = steps.findIndex((it) => it.up_to_seconds !== null && threshold <= it.up_to_seconds);
  const step = steps[place];
  if (!step || step.up_to_seconds === null) return null;
  return place + (threshold - step.over_seconds) / (step.up_to_seconds - step.over_seconds);
}

/** How many customers waited how long, and how long those wait who give up. */
export default function WaitView({ period, today, path, ask }: ReportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition, source } = useMeasures();
  const mayOpen = useCan('view.interactions');
  const height = useChartHeight();
  const table = address.table === 'steps' ? 'steps' : 'queues';
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'waits', ask],
    queryFn: ({ signal }) => get<WaitReport>(path, ask, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
  });
  const zone = data?.zone;
  const queue = Array.isArray(ask.queue) && ask.queue.length ? ask.queue.join(',') : undefined;
  const whole = useMemo<Place | null>(
    () => (zone ? { start: startOfDay(period.from, zone), stop: startOfDay(period.to, zone), queue } : null),
    [period.from, period.to, zone, queue],
  );
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data || !whole) return <Skeletons />;
  const { totals, steps, rows } = data;
  const name = (step: WaitStepRow): string =>
    step.up_to_seconds === null
      ? t('catalogue.waits.over', { time: duration(step.over_seconds) })
      : t('catalogue.waits.up_to', { time: duration(step.up_to_seconds) });
  const narrowed = (step: WaitStepRow): Place => ({
    ...whole,
    // Who was answered at once waited no longer than nothing.
    ...(step.over_seconds > 0 ? { over_seconds: String(step.over_seconds) } : {}),
    ...(step.up_to_seconds === null ? {} : { up_to_seconds: String(step.up_to_seconds) }),
  });
  const search = (step: WaitStepRow, drill: string, measure: string) =>
    mayOpen ? { drill, measure, ...narrowed(step), ...(source ? { source } : {}) } : null;
  const bars: Bar[] = steps.map((step) => ({
    key: String(step.over_seconds),
    label: step.up_to_seconds === null ? `> ${duration(step.over_seconds)}` : duration(step.up_to_seconds),
    title: [
      name(step),
      `${t('catalogue.waits.in_time')}: ${count(step.in_time)}`,
      `${t('catalogue.waits.late')}: ${count(step.answered - step.in_time)}`,
      `${t('catalogue.waits.abandoned')}: ${count(step.abandoned)}`,
    ].join('\n'),
    parts: [
      {
        name: t('catalogue.waits.in_time'),
        value: step.in_time,
        tone: 'good',
        search: search(step, 'in_sl', 'answered'),
      },
      {
        name: t('catalogue.waits.late'),
        value: step.answered - step.in_time,
        tone: 'late',
        search: search(step, 'late', 'answered'),
      },
      {
        name: t('catalogue.waits.abandoned'),
        value: step.abandoned,
        tone: 'bad',
        search: search(step, 'abandoned', 'abandoned'),
      },
    ],
  }));
  const thresholds = [...new Set(rows.flatMap((row) => row.threshold_seconds ?? []))].sort((a, b) => a - b);
  const marks: Mark[] = thresholds.flatMap((threshold) => {
    const after = markOf(steps, threshold);
    return after === null
      ? []
      : [{ after, text: t('catalogue.waits.threshold', { time: duration(threshold) }) }];
  });
  const ended = totals.answered + totals.abandoned;
  const figure = (key: keyof WaitFigures & (typeof SECONDS)[number], note: string): Figure => ({
    key,
    label: t(`reports.measure.${key}.title`),
    value: (
      <Drill measure={key} place={whole} empty={totals[key] === null}>
        {duration(totals[key])}
      </Drill>
    ),
    definition: definition(key),
    note,
  });
  const figures: Figure[] = [
    {
      key: 'in_time',
      label: t('catalogue.waits.in_time'),
      value: totals.answered ? share(totals.in_time / totals.answered, 1) : share(null),
      note: t('catalogue.waits.of_answered', { count: totals.answered }),
    },
    figure('wait_median_seconds', t('catalogue.waits.half')),
    figure('wait_p90_seconds', t('catalogue.waits.nine')),
    figure('wait_longest_seconds', t('catalogue.waits.one')),
    figure('abandoned_median_seconds', t('catalogue.waits.of_abandoned', { count: totals.abandoned })),
    figure('patience_seconds', t('catalogue.waits.patience')),
  ];
  return (
    <>
      <Behind report={data} />
      <Figures label={t('reports.figures')} figures={figures} />
      {ended ? (
        <>
          <section className={`panel ${css.chart}`} aria-label={t('catalogue.waits.chart')}>
            <Bars
              label={t('catalogue.waits.label', {
                answered: count(totals.answered),
                abandoned: count(totals.abandoned),
              })}
              bars={bars}
              marks={marks}
              height={height}
              foot={t('catalogue.waits.foot')}
            />
          </section>
          <div className={own.tools}>
            <SegmentedControl
              aria-label={t('reports.table')}
              value={table}
              onChange={(value) => setAddress({ table: value === 'steps' ? value : null })}
              data={[
                { value: 'queues', label: t('catalogue.by_queue') },
                { value: 'steps', label: t('catalogue.waits.steps') },
              ]}
            />
            <Select
              aria-label={t('catalogue.waits.step')}
              className={own.short ?? ''}
              value={STEPS.find((it) => it === address.step) ?? 'usual'}
              allowDeselect={false}
              onChange={(value) => setAddress({ step: value === 'usual' ? null : value })}
              data={[
                { value: 'usual', label: t('catalogue.waits.usual') },
                ...STEPS.map((value) => ({
                  value,
                  label: t('catalogue.waits.every', { time: duration(Number(value)) }),
                })),
              ]}
            />
          </div>
          {table === 'steps' ? (
            <StepTable steps={steps} totals={totals} name={name} place={narrowed} />
          ) : (
            <QueueWaits rows={rows} whole={whole} />
          )}
        </>
      ) : (
        <div className="panel">
          <EmptyState icon={ChartColumn} title={t('reports.empty.title')} text={t('catalogue.waits.empty')} />
        </div>
      )}
      <Foot report={data} />
    </>
  );
}

function QueueWaits({ rows, whole }: { rows: readonly WaitRow[]; whole: Place }) {
  const { t } = useTranslation();
  const { definition } = useMeasures();
  const at = (row: WaitRow): Place => ({ ...whole, queue: String(row.queue_id) });
  const counts = ['answered', 'abandoned'] as const;
  const columns: Column<WaitRow>[] = [
    {
      key: 'queue',
      title: t('lists.queue'),
      width: 'minmax(120px, 2fr)',
      cell: (row) => row.queue,
      sort: (row) => row.queue,
    },
    ...counts.map(
      (key): Column<WaitRow> => ({
        key,
        title: t(`reports.measure.${key}.title`),
        numeric: true,
        width: 'minmax(88px, 1fr)',
        definition: definition(key),
        cell: (row) => (
          <Drill measure={key} place={at(row)} empty={!row[key]}>
            {count(row[key])}
          </Drill>
        ),
        sort: (row) => row[key],
      }),
    ),
    ...SECONDS.map(
      (key): Column<WaitRow> => ({
        key,
        title: t(`reports.measure.${key}.short`),
        numeric: true,
        width: 'minmax(96px, 1fr)',
        definition: definition(key),
        cell: (row) => (
          <Drill measure={key} place={at(row)} empty={row[key] === null}>
            {duration(row[key])}
          </Drill>
        ),
        sort: (row) => row[key],
      }),
    ),
    {
      key: 'threshold',
      title: t('catalogue.waits.column_threshold'),
      numeric: true,
      width: 'minmax(70px, 1fr)',
      cell: (row) => duration(row.threshold_seconds),
      sort: (row) => row.threshold_seconds,
    },
  ];
  return (
    <DataGrid
      label={t('reports.table')}
      className={`panel ${own.grid}`}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.queue_id}
      minWidth={1120}
    />
  );
}

function StepTable({
  steps,
  totals,
  name,
  place,
}: {
  steps: readonly WaitStepRow[];
  totals: WaitFigures;
  name: (step: WaitStepRow) => string;
  place: (step: WaitStepRow) => Place;
}) {
  const { t } = useTranslation();
  const rows = useMemo(() => {
    let answered = 0;
    return steps.map((step) => {
      answered += step.answered;
      return { ...step, until: totals.answered ? answered / totals.answered : null };
    });
  }, [steps, totals.answered]);
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { key: 'step', title: t('catalogue.waits.waited'), cell: name, sort: (row) => row.over_seconds },
    {
      key: 'answered',
      title: t('reports.measure.answered.title'),
      numeric: true,
      cell: (row) => (
        <Drill measure="answered" place={place(row)} empty={!row.answered}>
          {count(row.answered)}
        </Drill>
      ),
      sort: (row) => row.answered,
      total: count(totals.answered),
    },
    {
      key: 'until',
      title: t('catalogue.waits.until'),
      numeric: true,
      cell: (row) => share(row.until, 1),
      sort: (row) => row.until,
      total: '',
    },
    {
      key: 'abandoned',
      title: t('reports.measure.abandoned.title'),
      numeric: true,
      cell: (row) => (
        <Drill measure="abandoned" place={place(row)} empty={!row.abandoned}>
          {count(row.abandoned)}
        </Drill>
      ),
      sort: (row) => row.abandoned,
      total: count(totals.abandoned),
    },
    {
      key: 'short',
      title: t('reports.measure.short_abandons.title'),
      numeric: true,
      cell: (row) => count(row.short_abandons),
      sort: (row) => row.short_abandons,
      total: '',
    },
  ];
  return (
    <DataGrid
      label={t('reports.table')}
      className={`panel ${own.grid}`}
      columns={[{ ...columns[0]!, total: t('reports.total') }, ...columns.slice(1)]}
      rows={rows}
      rowKey={(row) => row.over_seconds}
      minWidth={620}
    />
  );
}
