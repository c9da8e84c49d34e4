import { Button, Select, Switch, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChartColumn, Mail } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { get, address as url } from '~/api/client';
import type { SourceRow } from '~/api/gen/types.gen';
import { useQueues, useTeams } from '~/api/names';
import { holds, useCan, useMe } from '~/api/session';
import { periodBefore, readPeriod } from '~/lib/period';
import { Downloads } from '~/ui/Downloads';
import { PeriodPicker, periodText } from '~/ui/PeriodPicker';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { useToday } from '~/ui/useToday';
import { Chooser } from './Chooser';
import { type Ask, leaving, reportOf, reportsOf } from './catalogue';
import { MeasuresProvider } from './Definition';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';

const Mailed = lazy(() => import('./Mailed'));
const OWN_CENTRE = 'own';

/** One report at a time, chosen from the catalogue; the address holds which, of what, and how it is looked at. */
export default function ReportsPage() {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const today = useToday();
  const queues = useQueues();
  const teams = useTeams();
  const me = useMe();
  const mayExport = useCan('export.reports');
  const source = address.source ?? null;
  const report = reportOf(address.by, Boolean(source));
  const takes = new Set(report.takes);
  const period = readPeriod(address, today, report.usual);
  const queueIds = idsOf(address.queue);
  const teamIds = idsOf(address.team);
  const showsChart = address.chart !== 'off';
  const { data: sources } = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => get<SourceRow[]>('/api/v1/sources', {}, signal),
    staleTime: 60_000,
  });
  const ask: Ask = {
    from: period.from,
    to: period.to,
    ...(takes.has('meant') && address.meant === 'true' ? { only_meant: true } : {}),
    // Queues and teams are those of the own centre.
    ...(source ? { source } : {}),
    ...(takes.has('queue') && !source ? { queue: queueIds } : {}),
    ...(takes.has('team') && !source ? { team: teamIds } : {}),
    ...report.asks(address),
  };
  return (
    <MeasuresProvider report={report.measures} source={source}>
      <div
        className={css.page}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        <div className={css.tools} role="search" aria-label={t('reports.filters')}>
          <Chooser
            reports={reportsOf(Boolean(source), (right) => holds(me, right))}
            value={report.kind}
            onChange={(kind) => setAddress({ ...leaving(address), by: kind })}
          />
          {takes.has('own_days') ? null : (
            <PeriodPicker
              value={period}
              today={today}
              onChange={(next) => setAddress({ ...next, at: null })}
            />
          )}
          {source || sources?.length ? (
            <Select
              aria-label={t('reports.source.label')}
              className={css.compare ?? ''}
              value={source ?? OWN_CENTRE}
              allowDeselect={false}
              onChange={(value) => setAddress({ source: value === OWN_CENTRE ? null : value, at: null })}
              data={[
                { value: OWN_CENTRE, label: t('reports.source.own') },
                // Who opens an address that he was sent may not see its source; the way back is here.
                ...(source && !sources?.some((it) => String(it.id) === source)
                  ? [{ value: source, label: t('reports.source.unseen') }]
                  : []),
                ...(sources ?? []).map((it) => ({ value: String(it.id), label: it.name })),
              ]}
            />
          ) : null}
          {takes.has('team') && !source ? (
            <PickMany
              label={t('lists.team')}
              choices={teams.map((it) => ({ value: String(it.id), label: it.name }))}
              value={teamIds}
              onChange={(ids) => setAddress({ team: ids.join(','), at: null })}
            />
          ) : null}
          {takes.has('queue') && !source ? (
            <PickMany
              label={t('lists.queue')}
              choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
              value={queueIds}
              onChange={(ids) => setAddress({ queue: ids.join(','), at: null })}
            />
          ) : null}
          {takes.has('compare') ? (
            <Select
              aria-label={t('reports.compare.label')}
              className={css.compare ?? ''}
              value={address.compare === 'true' ? 'before' : 'none'}
              onChange={(value) => setAddress({ compare: value === 'before' })}
              data={[
                { value: 'none', label: t('reports.compare.none') },
                {
                  value: 'before',
                  label: t('reports.compare.before', { period: periodText(periodBefore(period)) }),
                },
              ]}
              comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
            />
          ) : null}
          {takes.has('meant') ? (
            <Tooltip label={t('reports.meant.help')} multiline w={280}>
              <div>
                <Switch
                  label={t('reports.meant.label')}
                  checked={address.meant === 'true'}
                  onChange={(event) => setAddress({ meant: event.currentTarget.checked, at: null })}
                />
              </div>
            </Tooltip>
          ) : null}
          <span className={css.push} />
          {takes.has('chart') ? (
            <Tooltip label={t(showsChart ? 'reports.chart.hide' : 'reports.chart.show')}>
              <Button
                variant="default"
                px={9}
                aria-pressed={showsChart}
                aria-label={t('reports.chart.show')}
                data-off={!showsChart || undefined}
                onClick={() => setAddress({ chart: showsChart ? 'off' : null })}
              >
                <ChartColumn size={16} aria-hidden />
              </Button>
            </Tooltip>
          ) : null}
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
          {mayExport && report.exports ? (
            <Downloads
              of={(format) =>
                url(report.path, { ...ask, ...report.files(address), format, locale: i18n.language })
              }
            />
          ) : null}
        </div>
        <Suspense fallback={<Skeletons />}>
          <report.View
            key={report.kind}
            kind={report.kind}
            period={period}
            today={today}
            path={report.path}
            ask={ask}
            isForeign={Boolean(source)}
          />
        </Suspense>
        {mayExport && address.mailed ? (
          <Suspense fallback={null}>
            <Mailed onClose={() => setAddress({ mailed: null })} />
          </Suspense>
        ) : null}
      </div>
    </MeasuresProvider>
  );
}
