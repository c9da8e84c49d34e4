import { SegmentedControl, Select } from '@mantine/core';
import { BellOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import type { AlertFigures, AlertReport, AlertRow, AlertRuleFigures } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { figureText } from '~/lib/figures';
import { count, dayTime, duration, isoDay, share } from '~/lib/format';
import { addDays } from '~/lib/period';
import { Chip, type Tone } from '~/ui/Chip';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import { Detail } from '../alerts/Detail';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import type { Unit } from './compare';
import { useMeasures } from './Definition';
import { Foot } from './Foot';
import { ListLink } from './ListLink';
import { Picked } from './Picked';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import { useReport } from './useReport';

const TONE: Record<AlertRow['severity'], Tone> = { notice: 'info', warning: 'warn', critical: 'bad' };
const SEVERITIES = ['critical', 'warning', 'notice'] as const;
const SCOPES = ['queue', 'team', 'agent', 'centre'] as const;
const TABLES = ['alerts', 'rules'] as const;
const NEWEST: Sort = { key: 'fired_at', descending: true };
const MEASURES: readonly [keyof AlertFigures, Unit, 'more' | 'less' | null][] = [
  ['alerts_fired', 'count', 'less'],
  ['alerts_going_on', 'count', null],
  ['alert_median_seconds', 'seconds', 'less'],
  ['alert_longest_seconds', 'seconds', 'less'],
  ['alert_taken_share', 'share', 'more'],
  ['alert_take_median_seconds', 'seconds', 'less'],
];
const said = (unit: Unit, value: number | null): string =>
  unit === 'count' ? count(value) : unit === 'share' ? share(value) : duration(value);
const between = (from: string, to: string | null): number | null =>
  to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;

/** Which alerts fired when and where, how long each lasted and who took it; or what each rule came to. */
export default function AlertReportView(props: ReportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const mayWatch = useCan('watch.board');
  const mayOpen = useCan('view.interactions');
  const { data, error, refetch, changed } = useReport<AlertReport>(props);
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const table = address.table === 'rules' ? 'rules' : 'alerts';
  const placeOf = (row: { scope: string; place_name: string }): string =>
    row.scope === 'centre' ? t('alerts.centre') : row.place_name;
  const figures: Figure[] = MEASURES.map(([name, unit, better]) => ({
    key: name,
    label: t(`reports.measure.${name}.title`),
    value: said(unit, data.totals[name]),
    definition: definition(name),
    change: changed(unit, (told) => told.totals[name], better),
  }));
  /** The interactions of its queue or agent on the days on which it stood. */
  const search = (row: AlertRow) =>
    mayOpen && (row.queue_id || row.agent_id)
      ? {
          from: isoDay(row.fired_at),
          to: addDays(isoDay(row.cleared_at ?? row.fired_at), 1),
          queue: row.queue_id ? String(row.queue_id) : undefined,
          agent: row.agent_id ? String(row.agent_id) : undefined,
        }
      : null;
  const place = {
    key: 'place',
    title: t('alerts.column.place'),
    width: 'minmax(120px, 1.2fr)',
    sort: placeOf,
  };
  const severity = {
    key: 'severity',
    title: t('alerts.column.severity'),
    width: '116px',
    cell: (row: { severity: AlertRow['severity'] }) => (
      <Chip tone={TONE[row.severity]}>{t(`alerts.severity.${row.severity}`)}</Chip>
    ),
    sort: (row: { severity: AlertRow['severity'] }) => SEVERITIES.indexOf(row.severity),
  };
  const columns: Column<AlertRow>[] = [
    {
      key: 'fired_at',
      title: t('alerts.column.fired_at'),
      width: 'minmax(104px, 130px)',
      cell: (row) => <span className="num">{dayTime(row.fired_at)}</span>,
      sort: (row) => row.fired_at,
    },
    {
      key: 'rule',
      title: t('alerts.column.rule'),
      width: 'minmax(160px, 1.6fr)',
      cell: (row) => <span className="ellipsis">{row.rule_name}</span>,
      sort: (row) => row.rule_name,
    },
    { ...place, cell: (row) => <ListLink search={search(row)}>{placeOf(row)}</ListLink> },
    severity,
    {
      key: 'worst',
      title: t('alerts.column.worst'),
      numeric: true,
      width: '104px',
      cell: (row) => figureText(row.worst, row.unit),
    },
    {
      key: 'lasted',
      title: t('alerts.column.lasted'),
      numeric: true,
      width: '104px',
      cell: (row) =>
        row.cleared_at ? (
          duration(between(row.fired_at, row.cleared_at))
        ) : (
          <Chip tone="warn">{t('alerts.going_on')}</Chip>
        ),
      sort: (row) => between(row.fired_at, row.cleared_at),
    },
    {
      key: 'taken_by',
      title: t('catalogue.alerts.taken_by'),
      width: 'minmax(110px, 1fr)',
      cell: (row) => (
        <span className="ellipsis">
          {row.acknowledged_at ? row.owner_name || row.acknowledged_by : t('catalogue.alerts.nobody')}
        </span>
      ),
      sort: (row) => (row.acknowledged_at ? row.owner_name || row.acknowledged_by : null),
    },
    {
      key: 'to_take',
      title: t('catalogue.alerts.to_take'),
      numeric: true,
      width: '104px',
      cell: (row) => duration(between(row.fired_at, row.acknowledged_at)),
      sort: (row) => between(row.fired_at, row.acknowledged_at),
    },
    {
      key: 'end',
      title: t('alerts.column.end'),
      width: 'minmax(130px, 1fr)',
      cell: (row) => (row.cause ? (textOf(`alerts.cause.${row.cause}`) ?? row.cause) : '—'),
      sort: (row) => row.cause,
    },
  ];
  const ruleColumns: Column<AlertRuleFigures>[] = [
    {
      key: 'rule',
      title: t('alerts.column.rule'),
      width: 'minmax(160px, 1.6fr)',
      cell: (row) => row.rule_name,
      sort: (row) => row.rule_name,
      total: t('reports.total'),
    },
    { ...place, cell: placeOf, total: '' },
    { ...severity, total: '' },
    ...MEASURES.map(
      ([name, unit]): Column<AlertRuleFigures> => ({
        key: name,
        title: t(`reports.measure.${name}.short`),
        numeric: true,
        definition: definition(name),
        cell: (row) => said(unit, row[name]),
        sort: (row) => row[name],
        total: said(unit, data.totals[name]),
      }),
    ),
  ];
  const empty = <EmptyState icon={BellOff} title={t('alerts.empty')} text={t('alerts.empty_text')} />;
  const picked = address.rule ? data.rules.find((it) => String(it.rule_id) === address.rule) : undefined;
  return (
    <>
      <Figures label={t('reports.figures')} figures={figures} />
      <div className={own.tools}>
        <SegmentedControl
          aria-label={t('catalogue.alerts.table')}
          value={table}
          onChange={(value) => setAddress({ table: value === 'alerts' ? null : value })}
          data={TABLES.map((value) => ({ value, label: t(`catalogue.alerts.by.${value}`) }))}
        />
        <Select
          aria-label={t('alerts.column.severity')}
          placeholder={t('alerts.column.severity')}
          data={SEVERITIES.map((value) => ({ value, label: t(`alerts.severity.${value}`) }))}
          value={SEVERITIES.find((it) => it === address.severity) ?? null}
          onChange={(value) => setAddress({ severity: value })}
          clearable
          w={150}
        />
        <Select
          aria-label={t('alerts.column.place')}
          placeholder={t('alerts.column.place')}
          data={SCOPES.map((value) => ({ value, label: t(`alerts.scope.${value}`) }))}
          value={SCOPES.find((it) => it === address.scope) ?? null}
          onChange={(value) => setAddress({ scope: value })}
          clearable
          w={150}
        />
      </div>
      <section className={`panel ${css.table}`}>
        {address.rule ? (
          <Picked
            text={picked?.rule_name ?? t('alerts.column.rule')}
            onClear={() => setAddress({ rule: null })}
          />
        ) : null}
        {table === 'rules' ? (
          <DataGrid
            label={t('reports.table')}
            className={css.grid ?? ''}
            columns={ruleColumns}
            rows={data.rules}
            rowKey={(row) => `${row.rule_id}/${row.scope}/${row.place_id}`}
            onOpen={(row) => setAddress({ table: null, rule: String(row.rule_id) })}
            empty={empty}
            minWidth={1000}
          />
        ) : (
          <DataGrid
            label={t('reports.table')}
            className={css.grid ?? ''}
            columns={columns}
            rows={data.rows}
            rowKey={(row) => row.id}
            {...(mayWatch ? { onOpen: (row: AlertRow) => setAddress({ id: String(row.id) }) } : {})}
            selected={address.id ? Number(address.id) : null}
            sort={NEWEST}
            empty={empty}
            minWidth={1080}
          />
        )}
      </section>
      <Foot report={data}>
        {data.rows.length < data.totals.alerts_fired
          ? ` · ${t('catalogue.alerts.newest', { shown: count(data.rows.length), all: count(data.totals.alerts_fired) })}`
          : null}
      </Foot>
      {address.id && mayWatch ? <Detail id={address.id} onClose={() => setAddress({ id: null })} /> : null}
    </>
  );
}
