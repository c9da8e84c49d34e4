import { SegmentedControl, Select } from '@mantine/core';
import { TrendingUp } from 'lucide-react';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import type { GrowthAgent, GrowthReport, GrowthWeek, PeakRow, StandInRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, day, duration, formatLanguage, share } from '~/lib/format';
import { addDays } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { decimal } from '~/ui/decimal';
import { type Figure, Figures } from '~/ui/Figures';
import { Banner, EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Behind, Foot } from './Foot';
import { ListLink } from './ListLink';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import { useReport } from './useReport';

const TABLES = ['agents', 'weeks', 'peaks', 'queues'] as const;
const WEEKS = ['8', '12', '26'] as const;
const HIGH_OCCUPANCY = 0.85;
const MONDAY = '2024-01-01';

const dayText = (of: string): string => day(`${of}T12:00:00Z`);
const one = (value: number | null): string => (value === null ? '—' : decimal(value, 1));
const signed = (value: number | null): string =>
  value === null ? '—' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${decimal(Math.abs(value), 1)}`;
const weekday = (number: number): string =>
  new Intl.DateTimeFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
    weekday: 'long',
    timeZone: 'UTC',
  }).format(new Date(`${addDays(MONDAY, number - 1)}T12:00:00Z`));
const clockOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Whether calls grow, who works at his limit, when one more agent pays, and where nobody can stand in. */
export default function GrowthView(props: ReportProps) {
  const { t } = useTranslation();
  const { ask } = props;
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const mayOpen = useCan('view.interactions');
  const { data, error, refetch, changed } = useReport<GrowthReport>(props);
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const table = TABLES.find((it) => it === address.table) ?? 'agents';
  const { totals } = data;
  const alone = data.queues.filter((it) => it.is_alone);
  const queues = Array.isArray(ask.queue) && ask.queue.length ? ask.queue.join(',') : undefined;
  const head = (name: 'long_days' | 'most_handled' | 'handled_per_day' | 'occupancy') => ({
    key: name,
    title: t(`reports.measure.${name}.short`),
    definition: definition(name),
    numeric: true,
  });
  const figures: Figure[] = [
    {
      key: 'weekly_calls',
      label: t('reports.measure.weekly_calls.title'),
      value: one(totals.weekly_calls),
      definition: definition('weekly_calls'),
      note: t(`catalogue.growth.short_verdict.${totals.verdict}`),
    },
    {
      key: 'weekly_growth',
      label: t('reports.measure.weekly_growth.title'),
      value: signed(totals.weekly_growth),
      definition: definition('weekly_growth'),
      note:
        totals.low === null
          ? undefined
          : t('catalogue.growth.interval', { low: signed(totals.low), high: signed(totals.high) }),
    },
    {
      key: 'occupancy',
      label: t('reports.measure.occupancy.title'),
      value: share(totals.occupancy, 1),
      definition: definition('occupancy'),
      level: totals.occupancy !== null && totals.occupancy > HIGH_OCCUPANCY ? 'warn' : undefined,
      change: changed('share', (told) => told.totals.occupancy, null),
    },
    {
      key: 'long_days',
      label: t('reports.measure.long_days.title'),
      value: count(totals.long_days),
      definition: definition('long_days'),
      level: totals.long_days ? 'warn' : undefined,
      change: changed('count', (told) => told.totals.long_days, 'less'),
    },
    {
      key: 'most_handled',
      label: t('reports.measure.most_handled.title'),
      value: count(totals.most_handled),
      definition: definition('most_handled'),
      change: changed('count', (told) => told.totals.most_handled, null),
    },
  ];
  const agentColumns: Column<GrowthAgent>[] = [
    {
      key: 'agent',
      title: t('lists.agent'),
      width: 'minmax(140px, 2fr)',
      cell: (row) => row.agent || '—',
      sort: (row) => row.agent,
      total: t('reports.total'),
    },
    {
      key: 'days',
      title: t('catalogue.growth.days'),
      numeric: true,
      cell: (row) => count(row.days),
      sort: (row) => row.days,
      total: count(data.agents.reduce((sum, row) => sum + row.days, 0)),
    },
    {
      ...head('long_days'),
      cell: (row) => (row.long_days ? <Chip tone="warn">{count(row.long_days)}</Chip> : count(row.long_days)),
      sort: (row) => row.long_days,
      total: count(totals.long_days),
    },
    {
      ...head('most_handled'),
      cell: (row) => (
        <ListLink
          search={
            mayOpen && row.most_day
              ? { from: row.most_day, to: addDays(row.most_day, 1), agent: String(row.agent_id) }
              : null
          }
        >
          {count(row.most_handled)}
        </ListLink>
      ),
      sort: (row) => row.most_handled,
      total: count(totals.most_handled),
    },
    {
      key: 'most_day',
      title: t('catalogue.growth.most_day'),
      cell: (row) => (row.most_day ? dayText(row.most_day) : '—'),
      sort: (row) => row.most_day,
      total: '',
    },
    {
      ...head('handled_per_day'),
      cell: (row) => one(row.handled_per_day),
      sort: (row) => row.handled_per_day,
      total: one(totals.handled_per_day),
    },
    {
      ...head('occupancy'),
      cell: (row) => (
        <span
          className={css.value}
          data-level={row.occupancy !== null && row.occupancy > HIGH_OCCUPANCY ? 'warn' : undefined}
        >
          {share(row.occupancy, 1)}
        </span>
      ),
      sort: (row) => row.occupancy,
      total: share(totals.occupancy, 1),
    },
  ];
  const most = Math.max(1, ...data.weeks.map((it) => it.calls));
  const weekColumns: Column<GrowthWeek>[] = [
    {
      key: 'week',
      title: t('catalogue.growth.week'),
      width: '160px',
      cell: (row) => dayText(row.start),
      sort: (row) => row.start,
    },
    {
      key: 'calls',
      title: t('catalogue.growth.calls'),
      width: 'minmax(240px, 1fr)',
      cell: (row) => (
        <div className={own.bar}>
          <i style={{ '--share': row.calls / most } as CSSProperties} aria-hidden />
          <span className="num">
            <ListLink search={mayOpen ? { from: row.start, to: addDays(row.start, 7), queue: queues } : null}>
              {count(row.calls)}
            </ListLink>
          </span>
        </div>
      ),
      sort: (row) => row.calls,
    },
  ];
  const peakHead = (name: keyof PeakRow & ('peak_calls' | 'peak_agents' | 'one_more_brings')) => ({
    key: name,
    title: t(`reports.measure.${name}.short`),
    definition: definition(name),
    numeric: true,
    cell: (row: PeakRow) => one(row[name]),
    sort: (row: PeakRow) => row[name],
  });
  const peakColumns: Column<PeakRow>[] = [
    {
      key: 'when',
      title: t('catalogue.growth.when'),
      width: 'minmax(190px, 1.4fr)',
      cell: (row) => `${weekday(row.weekday)}, ${clockOf(row.start)}–${clockOf((row.start + 30) % 1440)}`,
      sort: (row) => row.weekday * 1440 + row.start,
    },
    peakHead('peak_calls'),
    peakHead('peak_agents'),
    {
      key: 'peak_level',
      title: t('reports.measure.peak_level.short'),
      definition: definition('peak_level'),
      numeric: true,
      cell: (row) => (
        <span className={css.value} data-level={row.is_short ? 'bad' : undefined}>
          {share(row.peak_level, 1)}
          {row.is_short ? <span className="visually-hidden"> {t('catalogue.growth.short')}</span> : null}
        </span>
      ),
      sort: (row) => row.peak_level,
    },
    {
      key: 'peak_level_with_one',
      title: t('reports.measure.peak_level_with_one.short'),
      definition: definition('peak_level_with_one'),
      numeric: true,
      width: 'minmax(130px, 1fr)',
      cell: (row) => share(row.peak_level_with_one, 1),
      sort: (row) => row.peak_level_with_one,
    },
    peakHead('one_more_brings'),
  ];
  const coverColumns: Column<StandInRow>[] = [
    {
      key: 'queue',
      title: t('lists.queue'),
      width: 'minmax(160px, 2fr)',
      cell: (row) => row.queue || '—',
      sort: (row) => row.queue,
    },
    {
      key: 'fitting',
      title: t('reports.measure.fitting_agents.short'),
      definition: definition('fitting_agents'),
      numeric: true,
      cell: (row) => count(row.fitting_agents),
      sort: (row) => row.fitting_agents,
    },
    {
      key: 'seen',
      title: t('reports.measure.interchangeable_agents.short'),
      definition: definition('interchangeable_agents'),
      numeric: true,
      cell: (row) => count(row.interchangeable_agents),
      sort: (row) => row.interchangeable_agents,
    },
    {
      key: 'alone',
      title: '',
      width: 'minmax(180px, 1fr)',
      cell: (row) => (row.is_alone ? <Chip tone="bad">{t('catalogue.growth.alone_chip')}</Chip> : null),
    },
  ];
  const empty = (title: string) => <EmptyState icon={TrendingUp} title={title} />;
  const label = t('reports.table');
  const grid = css.grid ?? '';
  return (
    <>
      <Behind report={data} />
      {alone.length ? (
        <Banner tone="warn">
          {t('catalogue.growth.alone', { queues: alone.map((it) => it.queue).join(', ') })}
        </Banner>
      ) : null}
      <Figures label={t('reports.figures')} figures={figures} />
      <div className={own.tools}>
        <SegmentedControl
          aria-label={t('catalogue.growth.table')}
          value={table}
          onChange={(value) => setAddress({ table: value === 'agents' ? null : value })}
          data={TABLES.map((value) => ({ value, label: t(`catalogue.growth.by.${value}`) }))}
        />
        {table === 'weeks' ? (
          <Select
            aria-label={t('catalogue.growth.weeks_label')}
            value={WEEKS.find((it) => it === address.weeks) ?? '12'}
            allowDeselect={false}
            onChange={(value) => setAddress({ weeks: value === '12' ? null : value })}
            data={WEEKS.map((value) => ({
              value,
              label: t('catalogue.growth.weeks', { count: Number(value) }),
            }))}
            w={120}
          />
        ) : null}
      </div>
      <section className={`panel ${css.table}`}>
        {table === 'weeks' ? (
          <DataGrid
            key={table}
            label={label}
            className={grid}
            columns={weekColumns}
            rows={data.weeks}
            rowKey={(row) => row.start}
            empty={empty(t('catalogue.growth.verdict.too_short'))}
          />
        ) : table === 'peaks' ? (
          <DataGrid
            key={table}
            label={label}
            className={grid}
            columns={peakColumns}
            rows={data.peaks}
            rowKey={(row) => `${row.weekday}/${row.start}`}
            empty={empty(t('catalogue.growth.no_peaks'))}
            minWidth={860}
          />
        ) : table === 'queues' ? (
          <DataGrid
            key={table}
            label={label}
            className={grid}
            columns={coverColumns}
            rows={data.queues}
            rowKey={(row) => row.queue_id}
            empty={empty(t('reports.empty.title'))}
          />
        ) : (
          <DataGrid
            key={table}
            label={label}
            className={grid}
            columns={agentColumns}
            rows={data.agents}
            rowKey={(row) => row.agent_id}
            empty={empty(t('catalogue.growth.nobody'))}
            minWidth={900}
          />
        )}
        {table === 'agents' ? null : (
          <p className={own.note}>
            {table === 'peaks'
              ? t('catalogue.growth.peaks_note', {
                  threshold: duration(data.threshold_seconds),
                  target: share(data.target),
                })
              : table === 'weeks'
                ? `${t(`catalogue.growth.verdict.${totals.verdict}`)} ${t('catalogue.growth.weeks_note')}`
                : t('catalogue.growth.queues_note')}
          </p>
        )}
      </section>
      <Foot report={data} />
    </>
  );
}
