import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { QueueFigures, QueueReport, QueueReportRow } from '~/api/gen/types.gen';
import { serverNow } from '~/lib/clock';
import { clock, count, day, dayMonth, duration, isoDay, share } from '~/lib/format';
import { serviceLevel } from '~/lib/state';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { levelsUsed } from './LevelsUsed';
import css from './Reports.module.css';

type Name = Exclude<keyof QueueFigures, 'waiting' | 'level_part' | 'level_whole'>;

const COUNTS: readonly Name[] = ['offered', 'answered', 'abandoned', 'short_abandons', 'overflows'];
const SHARES: readonly Name[] = ['service_level', 'service_level_strict'];
const SECONDS: readonly Name[] = [
  'average_wait_seconds',
  'wait_p90_seconds',
  'aht_seconds',
  'aht_ring_seconds',
];
/** Averages and levels stand on these: without any of them there is nothing behind a number. */
const BASE: Partial<Record<Name, Name>> = {
  service_level: 'answered',
  service_level_strict: 'answered',
  average_wait_seconds: 'answered',
  wait_p90_seconds: 'answered',
  aht_seconds: 'answered',
  aht_ring_seconds: 'answered',
};

const shown = (name: Name, value: number | null): string =>
  COUNTS.includes(name) ? count(value) : SHARES.includes(name) ? share(value, 1) : duration(value);

/** "20 Nov"; with the year only where it could be another one. */
export const shortDay = (moment: string): string =>
  isoDay(moment).slice(0, 4) === isoDay(serverNow()).slice(0, 4) ? dayMonth(moment) : day(moment);

/** The day, and of an interval its quarter of an hour. */
export function useStartText(by: 'days' | 'intervals', manyDays: boolean) {
  return useCallback(
    (row: { from: string; to: string }) => {
      if (by === 'days') return shortDay(row.from);
      const span = `${clock(row.from)}–${clock(row.to)}`;
      return manyDays ? `${dayMonth(row.from)}, ${span}` : span;
    },
    [by, manyDays],
  );
}

export function QueueTable({
  report,
  by,
  rows,
  whole,
  manyDays,
  sort,
  onSort,
}: {
  report: QueueReport;
  by: 'days' | 'intervals';
  /** Those of the report, or of one bar of its chart. */
  rows: readonly QueueReportRow[];
  /** What stands behind the totals. */
  whole: Place;
  manyDays: boolean;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
}) {
  const { t } = useTranslation();
  const { definition } = useMeasures();
  const startText = useStartText(by, manyDays);
  const isWhole = rows.length === report.rows.length;
  const columns = useMemo<Column<QueueReportRow>[]>(() => {
    const measure = (name: Name): Column<QueueReportRow> => ({
      key: name,
      title: t(`reports.measure.${name}.short`),
      numeric: true,
      width: `minmax(${name === 'offered' ? 92 : 80}px, 1fr)`,
      definition: definition(name, name === 'service_level' ? levelsUsed(report) : null),
      sort: (row) => row[name],
      cell: (row) => {
        const value = row[name];
        const level = name === 'service_level' && row.target ? serviceLevel(value, row.target) : undefined;
        return (
          <Drill
            measure={name}
            place={{ start: row.from, stop: row.to, queue: String(row.queue_id) }}
            empty={value === null || row[BASE[name] ?? name] === 0}
          >
            <span
              className={css.value}
              data-level={level}
              title={
                level && row.target
                  ? t('reports.target', {
                      share: share(row.target),
                      time: duration(row.threshold_seconds ?? null),
                    })
                  : undefined
              }
            >
              {shown(name, value)}
            </span>
          </Drill>
        );
      },
      total: isWhole ? (
        <Drill
          measure={name}
          place={whole}
          empty={report.totals[name] === null || report.totals[BASE[name] ?? name] === 0}
        >
          {shown(name, report.totals[name])}
        </Drill>
      ) : undefined,
    });
    return [
      {
        key: 'from',
        title: t(by === 'days' ? 'reports.day' : 'reports.interval'),
        width: by === 'days' || !manyDays ? '100px' : '150px',
        cell: (row) => <span className="num">{startText(row)}</span>,
        sort: (row) => row.from,
        total: isWhole ? t('reports.total') : undefined,
      },
      {
        key: 'queue',
        title: t('lists.queue'),
        width: 'minmax(104px, 1.6fr)',
        cell: (row) => row.queue,
        sort: (row) => row.queue,
        total: isWhole ? '' : undefined,
      },
      ...COUNTS.map(measure),
      ...SHARES.map(measure),
      ...SECONDS.map(measure),
    ];
  }, [by, manyDays, report, whole, isWhole, definition, startText, t]);
  return (
    <DataGrid
      label={t('reports.table')}
      columns={columns}
      rows={rows}
      rowKey={(row) => `${row.from} ${row.queue_id}`}
      sort={sort}
      onSort={onSort}
      minWidth={by === 'days' || !manyDays ? 1244 : 1294}
      className={css.grid ?? ''}
    />
  );
}
