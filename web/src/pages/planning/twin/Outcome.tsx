import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { StaffedInterval } from '~/api/gen/types.gen';
import { duration, share } from '~/lib/format';
import { Chart } from '~/ui/Chart';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Figures } from '~/ui/Figures';
import { Banner } from '~/ui/Notice';
import css from '../calculator/Calculator.module.css';
import { staffingChart } from '../calculator/charts';
import { decimal } from '../calculator/numbers';
import { type Found, totalsOf } from './found';

const WIDTH = 104;

/** Agents of each kind by quarter of an hour, and what the twin says of them. */
export default function Outcome({ found }: { found: Found }) {
  const { t } = useTranslation();
  const { intervals, groups, queues } = found;
  const totals = totalsOf(found);
  const option = useMemo(() => staffingChart(intervals, t), [intervals, t]);
  const columns = useMemo<Column<StaffedInterval>[]>(() => {
    const placeOf = new Map(intervals.map((row, place) => [row, place]));
    const numeric = (
      key: string,
      title: string,
      value: (row: StaffedInterval, place: number) => number | null | undefined,
      cell: (value: number) => string,
      definition?: string,
    ): Column<StaffedInterval> => {
      const found = (row: StaffedInterval) => value(row, placeOf.get(row) ?? 0) ?? null;
      return {
        key,
        title,
        numeric: true,
        width: `minmax(${WIDTH}px, 1fr)`,
        sort: found,
        cell: (row) => {
          const here = found(row);
          return <span className="num">{here === null ? '—' : cell(here)}</span>;
        },
        ...(definition ? { definition } : {}),
      };
    };
    const level = (value: number) => share(value, 1);
    return [
      {
        key: 'from',
        title: t('planning.column.from'),
        width: 'minmax(110px, 130px)',
        sort: (row) => row.from,
        cell: (row) => <span className="num">{`${row.from}–${row.to}`}</span>,
      },
      numeric('calls', t('planning.column.calls'), (row) => row.calls, decimal),
      numeric('aht_seconds', t('planning.column.aht_seconds'), (row) => row.aht_seconds, duration),
      numeric('agents', t('planning.column.agents'), (row) => row.agents, String),
      ...(groups.length > 1
        ? groups.map((group, number) =>
            numeric(`group ${number}`, group.name, (_, place) => group.intervals[place]?.agents, String),
          )
        : []),
      numeric(
        'agents_gross',
        t('planning.column.agents_gross'),
        (row) => row.agents_gross,
        String,
        t('planning.about.agents_gross'),
      ),
      ...(queues.length > 1
        ? queues.map((queue, number) =>
            numeric(
              `queue ${number}`,
              t('planning.twin.level_of', { name: queue.name }),
              (_, place) => queue.intervals[place]?.service_level_p50,
              level,
              t('planning.twin.level_about'),
            ),
          )
        : []),
      numeric('service_level', t('planning.column.service_level'), (row) => row.service_level, level),
      numeric('occupancy', t('planning.column.occupancy'), (row) => row.occupancy, level),
      numeric(
        'abandonment_rate',
        t('planning.column.abandonment_rate'),
        (row) => row.abandonment_rate,
        level,
      ),
    ];
  }, [intervals, groups, queues, t]);
  return (
    <>
      <Figures
        label={t('planning.results')}
        figures={[
          { key: 'calls', label: t('planning.column.calls'), value: decimal(totals.calls) },
          { key: 'most', label: t('planning.most_agents'), value: String(totals.most) },
          {
            key: 'hours',
            label: t('planning.agent_hours'),
            value: decimal(totals.hours),
            definition: t('planning.twin.by_formula', { hours: decimal(totals.byFormula) }),
          },
          {
            key: 'gross',
            label: t('planning.agent_hours_gross'),
            value: decimal(totals.gross),
            definition: t('planning.about.agents_gross'),
          },
        ]}
      />
      {found.is_kept ? null : <Banner tone="warn">{t('planning.twin.not_kept')}</Banner>}
      <section className={`panel ${css.chart}`} aria-label={t('planning.chart.day')}>
        <h2>{t('planning.chart.day')}</h2>
        <Chart
          option={option}
          height={240}
          label={t('planning.chart.day_label', { most: totals.most, hours: decimal(totals.hours) })}
        />
      </section>
      <section className={`panel ${css.table}`}>
        <DataGrid
          label={t('planning.chart.day')}
          columns={columns}
          rows={intervals}
          rowKey={(row) => row.from}
          minWidth={WIDTH * (columns.length + 1)}
          className={css.grid ?? ''}
        />
      </section>
      <p className={css.when}>
        {found.is_kept ? `${t('planning.twin.kept')} ` : ''}
        {t('planning.twin.elsewhere', { broken: found.broken_on_other_days, promises: found.promises })}{' '}
        {t('planning.twin.by_formula', { hours: decimal(totals.byFormula) })}{' '}
        {t('planning.twin.formula', { formula: found.rules.service_level_formula, seed: found.seed })}
      </p>
    </>
  );
}
