import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AgentFigures, AgentReport, AgentReportRow } from '~/api/gen/types.gen';
import { count, duration, formatZone, share } from '~/lib/format';
import { addDays, startOfDay } from '~/lib/period';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { STATE_SECONDS } from './buckets';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { shortDay } from './QueueTable';
import css from './Reports.module.css';

type Name = keyof AgentFigures;

/** What one looks for first stands first: a narrow screen scrolls. */
const COLUMNS: readonly Name[] = [
  'handled',
  'missed_offers',
  'aht_seconds',
  'occupancy',
  'signed_in_seconds',
  'ready_seconds',
  'not_ready_seconds',
  'connected_seconds',
  'held_seconds',
  'wrap_up_seconds',
  'offered_seconds',
  'connecting_seconds',
];
const COUNTS = new Set<Name>(['handled', 'missed_offers']);

const shown = (name: Name, value: number | null): string =>
  COUNTS.has(name) ? count(value) : name === 'occupancy' ? share(value) : duration(value);

export function AgentTable({
  report,
  rows,
  whole,
  manyDays,
  sort,
  onSort,
}: {
  report: AgentReport;
  rows: readonly AgentReportRow[];
  whole: Place;
  manyDays: boolean;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
}) {
  const { t } = useTranslation();
  const { definition } = useMeasures();
  const isWhole = rows.length === report.rows.length;
  const columns = useMemo<Column<AgentReportRow>[]>(() => {
    const zone = formatZone() ?? report.zone;
    const measure = (name: Name): Column<AgentReportRow> => ({
      key: name,
      title: t(`reports.measure.${name}.short`),
      numeric: true,
      width: 'minmax(84px, 1fr)',
      definition: definition(name),
      sort: (row) => row[name],
      cell: (row) => (
        <Drill
          measure={name}
          place={{
            start: startOfDay(row.day, zone),
            stop: startOfDay(addDays(row.day, 1), zone),
            agent: String(row.agent_id),
          }}
          empty={row[name] === null || (name === 'aht_seconds' ? row.handled === 0 : row[name] === 0)}
        >
          {shown(name, row[name])}
        </Drill>
      ),
      total: isWhole ? (
        <Drill measure={name} place={whole} empty={!report.totals[name]}>
          {shown(name, report.totals[name])}
        </Drill>
      ) : undefined,
    });
    return [
      {
        key: 'day',
        title: t('reports.day'),
        width: '100px',
        cell: (row) => <span className="num">{shortDay(`${row.day}T12:00:00Z`)}</span>,
        sort: (row) => row.day,
        total: isWhole ? t('reports.total') : undefined,
      },
      {
        key: 'agent',
        title: t('lists.agent'),
        width: 'minmax(120px, 1.6fr)',
        cell: (row) => row.agent,
        sort: (row) => row.agent,
        total: isWhole ? (manyDays ? '' : t('reports.total')) : undefined,
      },
      {
        key: 'states',
        title: t('reports.states'),
        width: '110px',
        cell: (row) => <States row={row} />,
        total: isWhole ? <States row={report.totals} /> : undefined,
      },
      ...COLUMNS.map(measure),
    ];
  }, [report, whole, isWhole, manyDays, definition, t]);
  return (
    <DataGrid
      label={t('reports.table')}
      columns={manyDays ? columns : columns.filter((it) => it.key !== 'day')}
      rows={rows}
      rowKey={(row) => `${row.day} ${row.agent_id}`}
      sort={sort}
      onSort={onSort}
      minWidth={manyDays ? 1420 : 1310}
      className={css.grid ?? ''}
    />
  );
}

/** Where the time went, at a glance; the numbers stand in the columns beside it. */
function States({ row }: { row: AgentFigures }) {
  const { t } = useTranslation();
  const words = STATE_SECONDS.filter(([, name]) => row[name] > 0).map(
    ([state, name]) => `${t(`common.state.${state}`)} ${duration(row[name])}`,
  );
  return (
    <span className={css.states} role="img" aria-label={words.join(', ')} title={words.join('\n')}>
      {STATE_SECONDS.map(([state, name]) =>
        row[name] > 0 ? <i key={name} data-state={state} style={{ flexGrow: row[name] }} /> : null,
      )}
    </span>
  );
}
