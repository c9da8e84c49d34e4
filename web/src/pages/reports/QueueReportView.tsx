import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { QueueFigures, QueueReport } from '~/api/gen/types.gen';
import { count, duration, share } from '~/lib/format';
import { type Period, startOfDay } from '~/lib/period';
import { serviceLevel } from '~/lib/state';
import { Chart } from '~/ui/Chart';
import type { Sort } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { commonTarget, queueBuckets } from './buckets';
import { queueChart } from './charts';
import { changeOf, type Unit } from './compare';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { LevelsJoined, levelsUsed } from './LevelsUsed';
import { Picked } from './Picked';
import { QueueTable, useStartText } from './QueueTable';
import css from './Reports.module.css';
import { useChartHeight } from './useChartHeight';

export interface ViewProps {
  period: Period;
  manyDays: boolean;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
  /** The bar that was clicked. */
  picked: string | null;
  onPick: (at: string | null) => void;
  showsChart: boolean;
  /** Name of the earlier period. */
  against: string;
}

export const lostShare = (figures: QueueFigures): number | null =>
  figures.offered > 0 ? figures.abandoned / figures.offered : null;

export function QueueReportView({
  report,
  earlier,
  by,
  queueIds,
  period,
  manyDays,
  sort,
  onSort,
  picked,
  onPick,
  showsChart,
  against,
}: ViewProps & {
  report: QueueReport;
  earlier: QueueReport | undefined;
  by: 'days' | 'intervals';
  queueIds: readonly string[];
}) {
  const { t } = useTranslation();
  const { definition } = useMeasures();
  const chartHeight = useChartHeight();
  const startText = useStartText(by, manyDays);
  const { totals, rows } = report;
  const target = commonTarget(rows);
  const buckets = useMemo(() => queueBuckets(rows, by), [rows, by]);
  const bucket = buckets.find((it) => it.key === picked) ?? null;
  const whole = useMemo<Place>(
    () => ({
      start: startOfDay(period.from, report.zone),
      stop: startOfDay(period.to, report.zone),
      queue: queueIds.length ? queueIds.join(',') : undefined,
    }),
    [period.from, period.to, report.zone, queueIds],
  );
  const shown = useMemo(
    () => (bucket ? rows.filter((row) => (by === 'days' ? row.day : row.from) === bucket.key) : rows),
    [rows, bucket, by],
  );
  const option = useMemo(
    () => queueChart(buckets, { by, manyDays, target, picked: bucket?.key ?? null, t }),
    [buckets, by, manyDays, target, bucket, t],
  );
  const words = {
    points: t('reports.compare.points'),
    against: t('reports.compare.against', { period: against }),
  };
  const change = (
    unit: Unit,
    of: (figures: QueueFigures) => number | null,
    better: 'more' | 'less' | null,
  ) => (earlier ? changeOf(unit, of(totals), of(earlier.totals), better, words) : null);
  const none = (name: keyof QueueFigures) => !totals[name];
  const drill = (name: keyof QueueFigures, text: string) => (
    <Drill measure={name} place={whole} empty={none(name)}>
      {text}
    </Drill>
  );
  const figures: Figure[] = [
    {
      key: 'offered',
      label: t('reports.measure.offered.title'),
      value: drill('offered', count(totals.offered)),
      definition: definition('offered'),
      change: change('count', (it) => it.offered, null),
      note: totals.waiting ? t('reports.waiting', { count: totals.waiting }) : null,
    },
    {
      key: 'answered',
      label: t('reports.measure.answered.title'),
      value: drill('answered', count(totals.answered)),
      definition: definition('answered'),
      change: change('count', (it) => it.answered, null),
      note: totals.offered ? share(totals.answered / totals.offered, 1) : null,
    },
    {
      key: 'abandoned',
      label: t('reports.measure.abandoned.title'),
      value: drill('abandoned', count(totals.abandoned)),
      definition: definition('abandoned'),
      change: change('share', lostShare, 'less'),
      note: t('reports.lost_share', { share: share(lostShare(totals), 1) }),
    },
    {
      key: 'service_level',
      label: t('reports.measure.service_level.title'),
      value: drill('service_level', share(totals.service_level, 1)),
      level: target === null ? undefined : serviceLevel(totals.service_level, target),
      definition: definition('service_level', levelsUsed(report)),
      change: change('share', (it) => it.service_level, 'more'),
      note:
        target === null
          ? t('reports.strict', { share: share(totals.service_level_strict, 1) })
          : t('reports.goal', { share: share(target) }),
    },
    {
      key: 'average_wait_seconds',
      label: t('reports.measure.average_wait_seconds.title'),
      value: drill('average_wait_seconds', duration(totals.average_wait_seconds)),
      definition: definition('average_wait_seconds'),
      change: change('seconds', (it) => it.average_wait_seconds, 'less'),
      note: t('reports.p90', { time: duration(totals.wait_p90_seconds) }),
    },
    {
      key: 'aht_seconds',
      label: t('reports.measure.aht_seconds.title'),
      value: drill('aht_seconds', duration(totals.aht_seconds)),
      definition: definition('aht_seconds'),
      change: change('seconds', (it) => it.aht_seconds, null),
      note: t('reports.with_ring', { time: duration(totals.aht_ring_seconds) }),
    },
  ];
  return (
    <>
      <Figures label={t('reports.figures')} figures={figures} />
      <LevelsJoined of={report} />
      {showsChart ? (
        <section className={`panel ${css.chart}`} aria-label={t('reports.chart.title')}>
          <Chart
            option={option}
            height={chartHeight}
            label={t('reports.chart.label', {
              offered: count(totals.offered),
              answered: count(totals.answered),
              abandoned: count(totals.abandoned),
              level: share(totals.service_level, 1),
            })}
            onPick={(index) => {
              const one = buckets[index];
              if (one) onPick(one.key === picked ? null : one.key);
            }}
          />
        </section>
      ) : null}
      <section className={`panel ${css.table}`}>
        {bucket ? <Picked text={startText(bucket)} onClear={() => onPick(null)} /> : null}
        <QueueTable
          report={report}
          by={by}
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
