import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CalendarClock, Moon } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { AgentTotal, AttendanceFigures, SignInPart, Timesheet, TimesheetRow } from '~/api/gen/types.gen';
import { useTeams } from '~/api/names';
import { useCan } from '~/api/session';
import { duration, full } from '~/lib/format';
import { daysOf, type Period } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Downloads } from '~/ui/Downloads';
import { Figures } from '~/ui/Figures';
import { Banner, EmptyState, ErrorState } from '~/ui/Notice';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { MeasuresProvider, useMeasures } from './Definition';
import { Foot } from './Foot';
import { shortDay } from './QueueTable';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import sheetCss from './Timesheet.module.css';
import { clockSecondsIn } from './zoned';

const BY = ['day', 'agent', 'sign_in'] as const;
type By = (typeof BY)[number];
const FIGURES = [
  'present_seconds',
  'worked_seconds',
  'paid_pause_seconds',
  'unpaid_pause_seconds',
  'payable_seconds',
] as const;
/** What payroll takes over stands first, so that it is seen on a narrow screen. */
const SUMS = ['present_seconds', 'worked_seconds', 'payable_seconds'] as const;
const PARTS = ['handling_seconds', 'ready_seconds', 'rule_seconds'] as const;
const PAUSES = ['paid_pause_seconds', 'unpaid_pause_seconds', 'practice_seconds'] as const;
const REFRESH_MS = 60_000;

interface SignInLine extends SignInPart {
  key: string;
  day: string;
  agent: string;
  agent_id: number;
}

/** Who was there from when to when, and what of it is work: the sheet that payroll takes over. */
export default function TimesheetView({ period }: { period: Period }) {
  return (
    <MeasuresProvider report="timesheet">
      <Sheet period={period} />
    </MeasuresProvider>
  );
}

function Sheet({ period }: { period: Period }) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const teams = useTeams();
  const mayExport = useCan('export.reports');
  const teamIds = idsOf(address.team);
  const by: By = BY.find((it) => it === address.sheet) ?? 'day';
  const ask = {
    from: period.from,
    to: period.to,
    team: teamIds,
    ...(address.zone ? { zone: address.zone } : {}),
  };
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'timesheet', ask],
    queryFn: ({ signal }) => get<Timesheet>('/api/v1/reports/timesheet', ask, signal),
    refetchInterval: REFRESH_MS,
  });
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const reasonName = (one: { name_ru: string; name_en: string }) =>
    i18n.language === 'en' ? one.name_en : one.name_ru;

  const spent = <Row extends AttendanceFigures>(): Column<Row>[] => {
    const measure = (name: (typeof SUMS | typeof PARTS | typeof PAUSES)[number]): Column<Row> => ({
      key: name,
      title: t(`reports.measure.${name}.short`),
      definition: definition(name),
      numeric: true,
      width: 'minmax(116px, 1fr)',
      cell: (row) => duration(row[name]),
      sort: (row) => row[name],
      total: duration(data?.totals[name]),
    });
    const of = (row: AttendanceFigures, id: number) =>
      row.pauses.find((it) => it.reason_id === id)?.seconds ?? null;
    return [
      ...SUMS.map(measure),
      ...PARTS.map(measure),
      ...(data?.reasons ?? []).map(
        (reason): Column<Row> => ({
          key: `pause_${reason.id}`,
          title: reasonName(reason),
          definition: t(reason.is_paid ? 'attendance.paid' : 'attendance.unpaid'),
          numeric: true,
          width: 'minmax(116px, 1fr)',
          cell: (row) => duration(of(row, reason.id)),
          sort: (row) => of(row, reason.id),
          total: duration(data ? of(data.totals, reason.id) : null),
        }),
      ),
      ...PAUSES.map(measure),
    ];
  };
  const day: Column<{ day: string }> = {
    key: 'day',
    title: t('reports.day'),
    width: '104px',
    cell: (row) => <span className="num">{shortDay(`${row.day}T12:00:00Z`)}</span>,
    sort: (row) => row.day,
    total: t('reports.total'),
  };
  const agent: Column<{ agent: string }> = {
    key: 'agent',
    title: t('lists.agent'),
    width: 'minmax(130px, 1.6fr)',
    cell: (row) => row.agent,
    sort: (row) => row.agent,
    total: '',
  };
  const zone = data?.zone ?? 'UTC';
  const at = (moment: string | undefined) => (moment ? clockSecondsIn(zone, moment) : '—');
  const came = (part: SignInPart | undefined) => (
    <span className="num">
      {at(part?.start)}
      {part?.is_before ? <Night text={t('attendance.is_before')} /> : null}
    </span>
  );
  const left = (part: SignInPart | undefined) => (
    <span className="num">
      {part?.goes_on ? <Chip tone="ok">{t('attendance.goes_on')}</Chip> : at(part?.stop)}
      {part?.is_after ? <Night text={t('attendance.is_after')} /> : null}
    </span>
  );
  const openDay = (row: { agent_id: number; day: string }) =>
    setAddress({ by: 'agent_day', who: row.agent_id, day: row.day });

  const byDay: Column<TimesheetRow>[] = [
    day as Column<TimesheetRow>,
    agent as Column<TimesheetRow>,
    {
      key: 'in',
      title: t('attendance.in'),
      width: 'minmax(96px, 1fr)',
      cell: (row) => came(row.sign_ins[0]),
      sort: (row) => row.sign_ins[0]?.start,
    },
    {
      key: 'out',
      title: t('attendance.out'),
      width: 'minmax(96px, 1fr)',
      cell: (row) => left(row.sign_ins.at(-1)),
      sort: (row) => row.sign_ins.at(-1)?.stop,
    },
    {
      key: 'sign_ins',
      title: t('attendance.sign_ins'),
      numeric: true,
      width: '84px',
      cell: (row) => row.sign_ins.length,
      sort: (row) => row.sign_ins.length,
    },
    ...spent<TimesheetRow>(),
  ];
  const byAgent: Column<AgentTotal>[] = [
    { ...(agent as Column<AgentTotal>), total: t('reports.total') },
    {
      key: 'days',
      title: t('attendance.days'),
      numeric: true,
      width: '72px',
      cell: (row) => row.days,
      sort: (row) => row.days,
    },
    {
      key: 'sign_ins',
      title: t('attendance.sign_ins'),
      numeric: true,
      width: '84px',
      cell: (row) => row.sign_ins,
      sort: (row) => row.sign_ins,
    },
    ...spent<AgentTotal>(),
  ];
  const signIns: Column<SignInLine>[] = [
    { ...(day as Column<SignInLine>), total: undefined },
    { ...(agent as Column<SignInLine>), total: undefined },
    { key: 'in', title: t('attendance.in'), cell: came, sort: (row) => row.start },
    { key: 'out', title: t('attendance.out'), cell: left, sort: (row) => row.stop },
    {
      key: 'length',
      title: t('attendance.length'),
      numeric: true,
      cell: (row) => duration(secondsOf(row)),
      sort: secondsOf,
    },
  ];
  const lines = useMemo<SignInLine[] | undefined>(
    () =>
      data?.rows.flatMap((row) =>
        row.sign_ins.map((part, number) => ({
          ...part,
          key: `${row.day}/${row.agent_id}/${number}`,
          day: row.day,
          agent: row.agent,
          agent_id: row.agent_id,
        })),
      ),
    [data],
  );
  const wide = 1480 + 116 * (data?.reasons.length ?? 0);
  const empty = (
    <EmptyState icon={CalendarClock} title={t('attendance.empty')} text={t('attendance.empty_text')} />
  );
  return (
    <div className={css.links}>
      <div className={css.linksBy}>
        <SegmentedControl
          aria-label={t('attendance.by.label')}
          value={by}
          onChange={(value) => setAddress({ sheet: value === 'day' ? null : value })}
          data={BY.map((value) => ({ value, label: t(`attendance.by.${value}`) }))}
        />
        <PickMany
          label={t('lists.team')}
          choices={teams.map((it) => ({ value: String(it.id), label: it.name }))}
          value={teamIds}
          onChange={(ids) => setAddress({ team: ids.join(',') })}
        />
        <Select
          aria-label={t('attendance.zone.label')}
          className={sheetCss.zone ?? ''}
          value={address.zone ?? null}
          placeholder={t('attendance.zone.own')}
          searchable
          clearable
          limit={60}
          nothingFoundMessage={t('lists.pick.nothing')}
          onChange={(value) => setAddress({ zone: value })}
          data={zones}
        />
        <span className={css.push} />
        {mayExport ? (
          <Downloads
            of={(format) => url('/api/v1/reports/timesheet', { ...ask, by, format, locale: i18n.language })}
          />
        ) : null}
      </div>
      {data?.behind_since ? (
        <Banner tone="warn">{t('reports.behind', { time: full(data.behind_since) })}</Banner>
      ) : null}
      {error && !data ? (
        <div className="panel">
          <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
        </div>
      ) : !data ? (
        <Skeletons />
      ) : (
        <>
          <Figures
            label={t('reports.figures')}
            figures={FIGURES.map((name) => ({
              key: name,
              label: t(`reports.measure.${name}.title`),
              value: duration(data.totals[name]),
              definition: definition(name),
              note:
                name === 'present_seconds' ? t('reports.agents', { count: data.agents.length }) : undefined,
            }))}
          />
          {by === 'agent' ? (
            <DataGrid
              label={t('attendance.by.agent')}
              className={`panel ${sheetCss.grid}`}
              columns={byAgent}
              rows={data.agents}
              rowKey={(row) => row.agent_id}
              minWidth={wide - 220}
              empty={empty}
            />
          ) : by === 'sign_in' ? (
            <DataGrid
              label={t('attendance.by.sign_in')}
              className={`panel ${sheetCss.grid}`}
              columns={signIns}
              rows={lines}
              rowKey={(row) => row.key}
              onOpen={openDay}
              minWidth={640}
              empty={empty}
            />
          ) : (
            <DataGrid
              label={t('attendance.by.day')}
              className={`panel ${sheetCss.grid}`}
              columns={byDay}
              rows={data.rows}
              rowKey={(row) => `${row.day}/${row.agent_id}`}
              onOpen={openDay}
              minWidth={wide}
              empty={empty}
            />
          )}
          <Foot report={data}>
            {data.is_own_zone ? '' : ` · ${t('attendance.zone.not_own')}`} · {t('attendance.hint')}
            {daysOf(period) > 1 ? ` ${t('attendance.midnight')}` : ''}
          </Foot>
        </>
      )}
    </div>
  );
}

const secondsOf = (part: SignInPart): number => (Date.parse(part.stop) - Date.parse(part.start)) / 1000;

/** He was there over midnight: the other part stands on the other day. */
function Night({ text }: { text: string }) {
  return (
    <span title={text} className={sheetCss.night}>
      <Moon size={12} aria-hidden />
      <span className="visually-hidden">{text}</span>
    </span>
  );
}
