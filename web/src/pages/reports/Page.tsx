import { Button, SegmentedControl, Select, Switch, Tooltip } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ChartColumn, Mail, X } from 'lucide-react';
import { type ComponentType, lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { AgentReport, QueueReport, SourceRow } from '~/api/gen/types.gen';
import { useQueues, useTeams } from '~/api/names';
import { useCan } from '~/api/session';
import { clockSeconds, full } from '~/lib/format';
import { daysOf, type Period, periodBefore, readPeriod } from '~/lib/period';
import type { Sort } from '~/ui/DataGrid';
import { Downloads } from '~/ui/Downloads';
import { Banner, EmptyState, ErrorState } from '~/ui/Notice';
import { PeriodPicker, periodText } from '~/ui/PeriodPicker';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { useToday } from '~/ui/useToday';
import { AgentReportView } from './AgentReportView';
import { MeasuresProvider } from './Definition';
import { QueueReportView } from './QueueReportView';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';

const KINDS = ['days', 'intervals', 'agents', 'moves', 'links'] as const;
/** Reports of another kind than counters: each brings its own table. */
const OWN: Partial<Record<Kind, ComponentType<{ period: Period }>>> = {
  moves: lazy(() => import('./MoveReportView')),
  links: lazy(() => import('./LinkReportView')),
};
const Mailed = lazy(() => import('./Mailed'));
type Kind = (typeof KINDS)[number];
type Report = QueueReport | AgentReport;

const REFRESH_MS = 60_000;
const OWN_CENTRE = 'own';
const NO_QUEUES: readonly string[] = [];
/** Quarters of an hour of more days than this are too many bars and rows to read. */
const MOST_DAYS_OF_INTERVALS = 31;

export default function ReportsPage() {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const today = useToday();
  const queues = useQueues();
  const teams = useTeams();
  const mayExport = useCan('export.reports');
  const source = address.source ?? null;
  // A log tells nothing of how well people heard each other.
  const kinds = source ? KINDS.filter((it) => !OWN[it]) : KINDS;
  const kind: Kind = kinds.includes(address.by as Kind) ? (address.by as Kind) : 'days';
  const period = readPeriod(address, today, kind === 'intervals' ? 'today' : 'last_7');
  const queueIds = idsOf(address.queue);
  const teamIds = idsOf(address.team);
  const compare = address.compare === 'true';
  // Agents' time was spent on wrong numbers, too: only queues can leave them out.
  const onlyMeant = address.meant === 'true' && (kind === 'days' || kind === 'intervals');
  const before = periodBefore(period);
  const tooLong = kind === 'intervals' && daysOf(period) > MOST_DAYS_OF_INTERVALS;

  const { data: sources } = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => get<SourceRow[]>('/api/v1/sources', {}, signal),
    staleTime: 60_000,
  });

  const ask = ({ from, to }: Period) => ({
    from,
    to,
    ...(onlyMeant ? { only_meant: true } : {}),
    // Queues and teams are those of the own centre.
    ...(source ? { source } : kind === 'agents' ? { team: teamIds } : { queue: queueIds }),
  });
  const Own = OWN[kind];
  const path = `/api/v1/reports/${kind}`;
  const report = useQuery({
    queryKey: ['report', kind, ask(period)],
    queryFn: ({ signal }) => get<Report>(path, ask(period), signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
    placeholderData: (last, query) => (query?.queryKey[1] === kind ? keepPreviousData(last) : undefined),
    enabled: !tooLong && !Own,
  });
  const earlier = useQuery({
    queryKey: ['report', kind, ask(before)],
    queryFn: ({ signal }) => get<Report>(path, ask(before), signal),
    enabled: compare && !tooLong && !Own,
  });
  const sort = useMemo<Sort | null>(
    () => (address.sort ? { key: address.sort, descending: address.down === 'true' } : null),
    [address.sort, address.down],
  );
  const common = {
    manyDays: daysOf(period) > 1,
    sort,
    onSort: (next: Sort) => setAddress({ sort: next.key, down: next.descending }),
    picked: address.at ?? null,
    onPick: (at: string | null) => setAddress({ at }),
    showsChart: address.chart !== 'off',
    against: periodText(before),
  };
  const filtered = !source && (queueIds.length > 0 || teamIds.length > 0);

  return (
    <MeasuresProvider report={kind === 'agents' ? 'agents' : 'queues'} drills={!source}>
      <div
        className={css.page}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        <div className={css.tools} role="search" aria-label={t('reports.filters')}>
          <SegmentedControl
            aria-label={t('reports.kind.label')}
            value={kind}
            onChange={(value) => setAddress({ by: value, at: null, sort: null, down: null })}
            data={kinds.map((value) => ({ value, label: t(`reports.kind.${value}`) }))}
          />
          <PeriodPicker value={period} today={today} onChange={(next) => setAddress({ ...next, at: null })} />
          {sources?.length ? (
            <Select
              aria-label={t('reports.source.label')}
              className={css.compare ?? ''}
              value={source ?? OWN_CENTRE}
              allowDeselect={false}
              onChange={(value) => setAddress({ source: value === OWN_CENTRE ? null : value, at: null })}
              data={[
                { value: OWN_CENTRE, label: t('reports.source.own') },
                ...sources.map((it) => ({ value: String(it.id), label: it.name })),
              ]}
            />
          ) : null}
          {source || Own ? null : kind === 'agents' ? (
            <PickMany
              label={t('lists.team')}
              choices={teams.map((it) => ({ value: String(it.id), label: it.name }))}
              value={teamIds}
              onChange={(ids) => setAddress({ team: ids.join(','), at: null })}
            />
          ) : (
            <PickMany
              label={t('lists.queue')}
              choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
              value={queueIds}
              onChange={(ids) => setAddress({ queue: ids.join(','), at: null })}
            />
          )}
          {Own ? null : (
            <Select
              aria-label={t('reports.compare.label')}
              className={css.compare ?? ''}
              value={compare ? 'before' : 'none'}
              onChange={(value) => setAddress({ compare: value === 'before' })}
              data={[
                { value: 'none', label: t('reports.compare.none') },
                { value: 'before', label: t('reports.compare.before', { period: periodText(before) }) },
              ]}
              comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
            />
          )}
          {Own || kind === 'agents' ? null : (
            <Tooltip label={t('reports.meant.help')} multiline w={280}>
              <div>
                <Switch
                  label={t('reports.meant.label')}
                  checked={onlyMeant}
                  onChange={(event) => setAddress({ meant: event.currentTarget.checked, at: null })}
                />
              </div>
            </Tooltip>
          )}
          <span className={css.push} />
          {Own ? null : (
            <Tooltip label={t(common.showsChart ? 'reports.chart.hide' : 'reports.chart.show')}>
              <Button
                variant="default"
                px={9}
                aria-pressed={common.showsChart}
                aria-label={t('reports.chart.show')}
                data-off={!common.showsChart || undefined}
                onClick={() => setAddress({ chart: common.showsChart ? 'off' : null })}
              >
                <ChartColumn size={16} aria-hidden />
              </Button>
            </Tooltip>
          )}
          {mayExport ? (
            <Button
              variant="default"
              px={9}
              aria-label={t('reports.mailed.open')}
              title={t('reports.mailed.title')}
              onClick={() => setAddress({ mailed: true })}
            >
              <Mail size={16} aria-hidden />
            </Button>
          ) : null}
          {mayExport && !Own ? (
            <Downloads of={(format) => url(path, { ...ask(period), format, locale: i18n.language })} />
          ) : null}
        </div>
        {report.data?.behind_since ? (
          <Banner tone="warn">{t('reports.behind', { time: full(report.data.behind_since) })}</Banner>
        ) : null}
        {Own ? (
          <Suspense fallback={<Skeletons />}>
            <Own period={period} />
          </Suspense>
        ) : tooLong ? (
          <EmptyState
            icon={ChartColumn}
            title={t('reports.too_long.title')}
            text={t('reports.too_long.text', { count: MOST_DAYS_OF_INTERVALS })}
          >
            <Button variant="default" onClick={() => setAddress({ by: 'days', at: null })}>
              {t('reports.too_long.days')}
            </Button>
          </EmptyState>
        ) : report.error && !report.data ? (
          <div className="panel">
            <ErrorState text={problemText(report.error)} onRetry={() => void report.refetch()} />
          </div>
        ) : !report.data ? (
          <Skeletons />
        ) : !report.data.rows.length ? (
          <div className="panel">
            <EmptyState
              icon={ChartColumn}
              title={t('reports.empty.title')}
              text={t(filtered ? 'reports.empty.filtered' : 'reports.empty.text', {
                period: periodText(period),
              })}
            >
              {filtered ? (
                <Button
                  variant="default"
                  leftSection={<X size={15} aria-hidden />}
                  onClick={() => setAddress({ queue: null, team: null })}
                >
                  {t('lists.clear')}
                </Button>
              ) : period.preset === 'last_30' ? null : (
                <Button
                  variant="default"
                  onClick={() => setAddress({ period: 'last_30', from: null, to: null })}
                >
                  {t('lists.period.last_30')}
                </Button>
              )}
            </EmptyState>
          </div>
        ) : kind === 'agents' ? (
          <AgentReportView
            report={report.data as AgentReport}
            earlier={compare ? (earlier.data as AgentReport | undefined) : undefined}
            period={period}
            {...common}
          />
        ) : (
          <QueueReportView
            report={report.data as QueueReport}
            earlier={compare ? (earlier.data as QueueReport | undefined) : undefined}
            by={kind === 'intervals' ? kind : 'days'}
            period={period}
            queueIds={source ? NO_QUEUES : queueIds}
            {...common}
          />
        )}
        {report.data && !tooLong ? (
          <p className={css.foot}>
            {t('lists.period.zone', { zone: report.data.zone })} ·{' '}
            {t('lists.as_of', { time: clockSeconds(report.data.as_of) })}
            {compare && earlier.data && !earlier.data.rows.length
              ? ` · ${t('reports.compare.nothing', { period: periodText(before) })}`
              : null}
            {compare && period.to > today ? ` · ${t('reports.compare.unfinished')}` : null}
          </p>
        ) : null}
        {mayExport && address.mailed ? (
          <Suspense fallback={null}>
            <Mailed onClose={() => setAddress({ mailed: null })} />
          </Suspense>
        ) : null}
      </div>
    </MeasuresProvider>
  );
}
