import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ChartColumn, X } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { AgentReport, QueueReport } from '~/api/gen/types.gen';
import { daysOf, periodBefore } from '~/lib/period';
import type { Sort } from '~/ui/DataGrid';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { periodText } from '~/ui/PeriodPicker';
import { idsOf } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { AgentReportView } from './AgentReportView';
import type { ReportProps } from './catalogue';
import { Behind, Foot } from './Foot';
import { QueueReportView } from './QueueReportView';
import { Skeletons } from './Skeletons';

type Counters = QueueReport | AgentReport;

const REFRESH_MS = 60_000;
/** Quarters of an hour of more days than this are too many bars and rows to read. */
const MOST_DAYS_OF_INTERVALS = 31;

/** Counters of queues by day and by interval, and of agents by day: figures, a chart, a table, an earlier period. */
export function CounterReport({ kind, period, today, path, ask, isForeign }: ReportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const compare = address.compare === 'true';
  const before = periodBefore(period);
  const tooLong = kind === 'intervals' && daysOf(period) > MOST_DAYS_OF_INTERVALS;
  const report = useQuery({
    queryKey: ['report', kind, ask],
    queryFn: ({ signal }) => get<Counters>(path, ask, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
    placeholderData: (last, query) => (query?.queryKey[1] === kind ? keepPreviousData(last) : undefined),
    enabled: !tooLong,
  });
  const askBefore = { ...ask, from: before.from, to: before.to };
  const earlier = useQuery({
    queryKey: ['report', kind, askBefore],
    queryFn: ({ signal }) => get<Counters>(path, askBefore, signal),
    enabled: compare && !tooLong,
  });
  const sort = useMemo<Sort | null>(
    () => (address.sort ? { key: address.sort, descending: address.down === 'true' } : null),
    [address.sort, address.down],
  );
  // The same list as long as the address is the same: what is drawn of it is memoized.
  const queueIds = useMemo(() => (isForeign ? [] : idsOf(address.queue)), [isForeign, address.queue]);
  const filtered = !isForeign && (queueIds.length > 0 || idsOf(address.team).length > 0);
  const common = {
    period,
    manyDays: daysOf(period) > 1,
    sort,
    onSort: (next: Sort) => setAddress({ sort: next.key, down: next.descending }),
    picked: address.at ?? null,
    onPick: (at: string | null) => setAddress({ at }),
    showsChart: address.chart !== 'off',
    against: periodText(before),
  };
  if (tooLong) {
    return (
      <EmptyState
        icon={ChartColumn}
        title={t('reports.too_long.title')}
        text={t('reports.too_long.text', { count: MOST_DAYS_OF_INTERVALS })}
      >
        <Button variant="default" onClick={() => setAddress({ by: 'days', at: null })}>
          {t('reports.too_long.days')}
        </Button>
      </EmptyState>
    );
  }
  if (report.error && !report.data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(report.error)} onRetry={() => void report.refetch()} />
      </div>
    );
  }
  if (!report.data) return <Skeletons />;
  return (
    <>
      <Behind report={report.data} />
      {!report.data.rows.length ? (
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
          {...common}
        />
      ) : (
        <QueueReportView
          report={report.data as QueueReport}
          earlier={compare ? (earlier.data as QueueReport | undefined) : undefined}
          by={kind === 'intervals' ? kind : 'days'}
          queueIds={queueIds}
          {...common}
        />
      )}
      <Foot report={report.data}>
        {compare && earlier.data && !earlier.data.rows.length
          ? ` · ${t('reports.compare.nothing', { period: periodText(before) })}`
          : null}
        {compare && period.to > today ? ` · ${t('reports.compare.unfinished')}` : null}
      </Foot>
    </>
  );
}
