import { useQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { SpreadOf, TeamAgent, TeamFigures, TeamLine, TeamReport } from '~/api/gen/types.gen';
import { useTeams } from '~/api/names';
import { useCan } from '~/api/session';
import { count, duration, full, share } from '~/lib/format';
import type { Period } from '~/lib/period';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Downloads } from '~/ui/Downloads';
import { decimal } from '~/ui/decimal';
import { Banner, EmptyState } from '~/ui/Notice';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { MeasuresProvider, useMeasures } from './Definition';
import { Foot } from './Foot';
import css from './Reports.module.css';
import sheetCss from './Timesheet.module.css';

const COLUMNS = [
  'handled',
  'aht_seconds',
  'average_talk_seconds',
  'average_hold_seconds',
  'average_wrap_up_seconds',
  'average_ring_seconds',
  'occupancy',
  'utilization',
  'missed_offers',
  'transfers',
  'transfer_rate',
  'holds',
  'signed_in_seconds',
] as const satisfies readonly (keyof TeamFigures)[];
type Name = (typeof COLUMNS)[number];
const SHARES: ReadonlySet<string> = new Set(['occupancy', 'utilization', 'transfer_rate']);

const shown = (name: string, value: number | null): string =>
  name.endsWith('_seconds') ? duration(value) : SHARES.has(name) ? share(value, 1) : count(value);

/** Teams side by side, by name: what each did, how far its agents are apart, and the agents. */
export default function TeamsView({ period }: { period: Period }) {
  return (
    <MeasuresProvider report="teams">
      <Teams period={period} />
    </MeasuresProvider>
  );
}

function Teams({ period }: { period: Period }) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const teams = useTeams();
  const mayExport = useCan('export.reports');
  const teamIds = idsOf(address.team);
  const ask = { from: period.from, to: period.to, team: teamIds };
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'teams', ask],
    queryFn: ({ signal }) => get<TeamReport>('/api/v1/reports/teams', ask, signal),
  });
  const nameOf = (line: TeamLine) => line.team || t('attendance.teams.none');
  const picked = data?.rows.find((it) => String(it.team_id ?? 0) === address.at) ?? data?.rows[0];

  const figures = <Row extends { figures: TeamFigures }>(totals?: TeamFigures): Column<Row>[] => [
    ...COLUMNS.map(
      (name: Name): Column<Row> => ({
        key: name,
        title: t(`reports.measure.${name}.short`),
        definition: definition(name),
        numeric: true,
        width: 'minmax(108px, 1fr)',
        cell: (row) => shown(name, row.figures[name]),
        sort: (row) => row.figures[name],
        total: totals ? shown(name, totals[name]) : undefined,
      }),
    ),
    {
      key: 'nps',
      title: 'NPS',
      definition: t('attendance.teams.nps'),
      numeric: true,
      width: 'minmax(96px, 1fr)',
      cell: (row) => nps(row.figures),
      sort: (row) => row.figures.nps,
      total: totals ? nps(totals) : undefined,
    },
    {
      key: 'csat',
      title: 'CSAT',
      definition: t('attendance.teams.csat'),
      numeric: true,
      width: 'minmax(80px, 1fr)',
      cell: (row) => share(row.figures.csat),
      sort: (row) => row.figures.csat,
      total: totals ? share(totals.csat) : undefined,
    },
  ];
  const byTeam: Column<TeamLine>[] = [
    {
      key: 'team',
      title: t('lists.team'),
      width: 'minmax(150px, 1.8fr)',
      cell: nameOf,
      sort: nameOf,
      total: t('reports.total'),
    },
    {
      key: 'agents',
      title: t('attendance.teams.agents'),
      numeric: true,
      width: '96px',
      cell: (row) => row.agents.length,
      sort: (row) => row.agents.length,
      total: data ? new Set(data.rows.flatMap((row) => row.agents.map((it) => it.agent_id))).size : undefined,
    },
    ...figures<TeamLine>(data?.totals),
  ];
  const byAgent: Column<TeamAgent>[] = [
    {
      key: 'agent',
      title: t('lists.agent'),
      width: 'minmax(150px, 1.8fr)',
      cell: (row) => row.agent,
      sort: (row) => row.agent,
    },
    ...figures<TeamAgent>(),
  ];
  const spread: Column<SpreadOf>[] = [
    {
      key: 'measure',
      title: t('attendance.teams.measure'),
      width: 'minmax(170px, 1.4fr)',
      cell: (row) => t(`reports.measure.${row.measure as Name}.title`),
    },
    {
      key: 'range',
      title: t('attendance.teams.range'),
      width: 'minmax(180px, 2fr)',
      cell: (row) => <Range spread={row} />,
    },
    ...(['low', 'median', 'high'] as const).map(
      (part): Column<SpreadOf> => ({
        key: part,
        title: t(`attendance.teams.${part}`),
        numeric: true,
        width: '110px',
        cell: (row) =>
          row.measure.endsWith('_seconds') || SHARES.has(row.measure)
            ? shown(row.measure, row[part])
            : decimal(row[part], Number.isInteger(row[part]) ? 0 : 1),
      }),
    ),
    {
      key: 'count',
      title: t('attendance.teams.agents'),
      numeric: true,
      width: '96px',
      cell: (row) => row.count,
    },
  ];
  const by = address.teams_by === 'agent' ? 'agent' : 'team';
  return (
    <div className={css.links}>
      <div className={css.linksBy}>
        <PickMany
          label={t('lists.team')}
          choices={teams.map((it) => ({ value: String(it.id), label: it.name }))}
          value={teamIds}
          onChange={(ids) => setAddress({ team: ids.join(','), at: null })}
        />
        <p className="muted">{t('attendance.teams.hint')}</p>
        <span className={css.push} />
        {mayExport ? (
          <Downloads
            of={(format) => url('/api/v1/reports/teams', { ...ask, by, format, locale: i18n.language })}
          />
        ) : null}
      </div>
      {data?.behind_since ? (
        <Banner tone="warn">{t('reports.behind', { time: full(data.behind_since) })}</Banner>
      ) : null}
      <DataGrid
        label={t('attendance.teams.list')}
        className={`panel ${sheetCss.grid}`}
        columns={byTeam}
        rows={data?.rows}
        rowKey={(row) => row.team_id ?? 0}
        selected={picked ? (picked.team_id ?? 0) : null}
        onOpen={(row) => setAddress({ at: String(row.team_id ?? 0) })}
        error={error && !data ? problemText(error) : null}
        onRetry={() => void refetch()}
        empty={
          <EmptyState icon={Users} title={t('attendance.teams.empty')} text={t('attendance.empty_text')} />
        }
        minWidth={1820}
      />
      {picked ? (
        <>
          <h2>{t('attendance.teams.of', { team: nameOf(picked) })}</h2>
          <DataGrid
            label={t('attendance.teams.of', { team: nameOf(picked) })}
            className={`panel ${sheetCss.grid}`}
            columns={byAgent}
            rows={picked.agents}
            rowKey={(row) => row.agent_id}
            onOpen={(row) => setAddress({ by: 'agent_day', who: row.agent_id })}
            minWidth={1740}
          />
          <h2>{t('attendance.teams.spread', { team: nameOf(picked) })}</h2>
          <DataGrid
            label={t('attendance.teams.spread', { team: nameOf(picked) })}
            className={`panel ${sheetCss.grid}`}
            columns={spread}
            rows={picked.spread}
            rowKey={(row) => row.measure}
            minWidth={760}
          />
        </>
      ) : null}
      {data ? <Foot report={data}> · {t('attendance.teams.twice')}</Foot> : null}
    </div>
  );
}

const nps = (figures: TeamFigures): string =>
  figures.nps === null || figures.nps === undefined
    ? '—'
    : `${decimal(figures.nps, 0)} (±${decimal(figures.nps_margin ?? 0, 0)})`;

/** From the lowest to the highest agent of the team, with the middle marked. */
function Range({ spread }: { spread: SpreadOf }) {
  const whole = spread.high || 1;
  return (
    <div className={sheetCss.range} aria-hidden>
      <i
        style={{
          insetInlineStart: `${(spread.low / whole) * 100}%`,
          width: `${((spread.high - spread.low) / whole) * 100}%`,
        }}
      />
      <b style={{ insetInlineStart: `calc(${(spread.median / whole) * 100}% - 2px)` }} />
    </div>
  );
}
