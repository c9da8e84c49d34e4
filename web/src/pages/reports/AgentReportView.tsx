import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AgentFigures, AgentReport } from '~/api/gen/types.gen';
import { count, day, duration, share } from '~/lib/format';
import { startOfDay } from '~/lib/period';
import { Chart } from '~/ui/Chart';
import { type Figure, Figures } from '~/ui/Figures';
import { AgentTable } from './AgentTable';
import { agentBars } from './buckets';
import { agentChart } from './charts';
import { changeOf, type Unit } from './compare';
import { useMeasures } from './Definition';
import { Drill } from './Drill';
import { Picked } from './Picked';
import type { ViewProps } from './QueueReportView';
import css from './Reports.module.css';
import { useChartHeight } from './useChartHeight';

export function AgentReportView({
  report,
  earlier,
  period,
  manyDays,
  sort,
  onSort,
  picked,
  onPick,
  showsChart,
  against,
}: ViewProps & { report: AgentReport; earlier: AgentReport | undefined }) {
  const { t } = useTranslation();
  const { definition } = useMeasures();
  const chartHeight = useChartHeight();
  const { totals, rows } = report;
  const { by, bars } = useMemo(() => agentBars(rows), [rows]);
  const bar = bars.find((it) => it.key === picked) ?? null;
  const shown = useMemo(
    () => (bar ? rows.filter((row) => (by === 'day' ? row.day : String(row.agent_id)) === bar.key) : rows),
    [rows, bar, by],
  );
  const whole = useMemo(
    () => ({ start: startOfDay(period.from, report.zone), stop: startOfDay(period.to, report.zone) }),
    [period.from, period.to, report.zone],
  );
  const option = useMemo(() => agentChart(bars, { by, picked: bar?.key ?? null, t }), [bars, by, bar, t]);
  const words = {
    points: t('reports.compare.points'),
    against: t('reports.compare.against', { period: against }),
  };
  const agents = (of: AgentReport) => new Set(of.rows.map((row) => row.agent_id)).size;
  const figure = (
    name: keyof AgentFigures,
    unit: Unit,
    text: string,
    better: 'more' | 'less' | null,
    note?: string,
  ): Figure => ({
    key: name,
    label: t(`reports.measure.${name}.title`),
    value: (
      <Drill measure={name} place={whole} empty={!totals[name]}>
        {text}
      </Drill>
    ),
    definition: definition(name),
    change: earlier ? changeOf(unit, totals[name], earlier.totals[name], better, words) : null,
    note,
  });
  const figures: Figure[] = [
    figure(
      'signed_in_seconds',
      'seconds',
      duration(totals.signed_in_seconds),
      null,
      t('reports.agents', { count: agents(report) }),
    ),
    figure('handled', 'count', count(totals.handled), null),
    figure('aht_seconds', 'seconds', duration(totals.aht_seconds), null),
    figure('occupancy', 'share', share(totals.occupancy, 1), null),
    figure(
      'not_ready_seconds',
      'seconds',
      duration(totals.not_ready_seconds),
      'less',
      totals.signed_in_seconds
        ? t('reports.of_shift', { share: share(totals.not_ready_seconds / totals.signed_in_seconds) })
        : undefined,
    ),
    figure('missed_offers', 'count', count(totals.missed_offers), 'less'),
  ];
  return (
    <>
      <Figures label={t('reports.figures')} figures={figures} />
      {showsChart ? (
        <section className={`panel ${css.chart}`} aria-label={t('reports.chart.states_title')}>
          <Chart
            option={option}
            height={chartHeight}
            label={t('reports.chart.states_label', { count: agents(report) })}
            onPick={(index) => {
              const one = bars[index];
              if (one) onPick(one.key === picked ? null : one.key);
            }}
          />
        </section>
      ) : null}
      <section className={`panel ${css.table}`}>
        {bar ? (
          <Picked
            text={by === 'day' ? day(`${bar.key}T12:00:00Z`) : bar.label}
            onClear={() => onPick(null)}
          />
        ) : null}
        <AgentTable
          report={report}
          rows={shown}
          whole={whole}
          manyDays={manyDays}
          sort={sort}
          onSort={onSort}
        />
      </section>
    </>
  );
}
