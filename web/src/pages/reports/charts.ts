import type { TFunction } from 'i18next';
import { clock, count, dayMonth, duration, share } from '~/lib/format';
import type { ChartProps } from '~/ui/EChart';
import type { AgentBar, Bucket } from './buckets';
import { STATE_SECONDS } from './buckets';

const ZOOM_FROM = 60;

const axis = (token: (name: string) => string) => ({
  axisLine: { lineStyle: { color: token('--line-strong') } },
  axisTick: { show: false },
  axisLabel: { color: token('--ink-2'), fontSize: 12 },
  splitLine: { lineStyle: { color: token('--line') } },
});

const frame = (token: (name: string) => string, zooms: boolean) => ({
  grid: { left: 8, right: 8, top: 34, bottom: zooms ? 40 : 6, outerBoundsMode: 'same' },
  legend: {
    top: 0,
    left: 0,
    itemWidth: 12,
    itemHeight: 9,
    textStyle: { color: token('--ink-2'), fontSize: 12 },
  },
  ...(zooms
    ? {
        dataZoom: [
          { type: 'inside' },
          {
            type: 'slider',
            height: 18,
            bottom: 4,
            borderColor: token('--line'),
            textStyle: { color: token('--ink-2') },
          },
        ],
      }
    : {}),
});

const tooltip = (token: (name: string) => string) => ({
  trigger: 'axis',
  axisPointer: { type: 'shadow', shadowStyle: { color: token('--hover'), opacity: 0.6 } },
  backgroundColor: token('--panel'),
  borderColor: token('--line'),
  textStyle: { color: token('--ink'), fontSize: 13 },
  confine: true,
});

/** Answered and lost as one bar, the service level as a line, its target dashed. */
export function queueChart(
  buckets: readonly Bucket[],
  options: {
    by: 'days' | 'intervals';
    manyDays: boolean;
    target: number | null;
    picked: string | null;
    t: TFunction;
  },
): ChartProps['option'] {
  const { by, manyDays, target, picked, t } = options;
  const label = (bucket: Bucket) =>
    by === 'days'
      ? dayMonth(bucket.from)
      : manyDays
        ? `${dayMonth(bucket.from)} ${clock(bucket.from)}`
        : clock(bucket.from);
  return (token) => {
    const faded = (bucket: Bucket) => (picked && bucket.key !== picked ? 0.35 : 1);
    const bars = (
      name: string,
      field: 'answered' | 'abandoned' | 'overflows',
      color: string,
      top: boolean,
    ) => ({
      name,
      type: 'bar',
      stack: 'interactions',
      barMaxWidth: 36,
      itemStyle: { color, borderRadius: top ? [3, 3, 0, 0] : 0 },
      data: buckets.map((it) => ({ value: it[field], itemStyle: { opacity: faded(it) } })),
    });
    const hasOverflows = buckets.some((it) => it.overflows > 0);
    const level = t('reports.chart.service_level');
    const line = token('--state-wrap_up');
    return {
      ...frame(token, buckets.length > ZOOM_FROM),
      tooltip: {
        ...tooltip(token),
        valueFormatter: undefined,
        formatter: (points: unknown) => {
          const list = points as { dataIndex: number; marker: string; seriesName: string }[];
          const bucket = buckets[list[0]?.dataIndex ?? -1];
          if (!bucket) return '';
          const value = (name: string) =>
            name === level
              ? share(bucket.service_level, 1)
              : name === t('reports.chart.target')
                ? share(target)
                : count(
                    name === t('reports.chart.answered')
                      ? bucket.answered
                      : name === t('reports.chart.abandoned')
                        ? bucket.abandoned
                        : bucket.overflows,
                  );
          const rows = list.map(
            (it) =>
              `<tr><td>${it.marker}${it.seriesName}</td><td style="text-align:right;padding-left:16px"><b>${value(it.seriesName)}</b></td></tr>`,
          );
          return `${label(bucket)}<table>${rows.join('')}</table>`;
        },
      },
      xAxis: {
        type: 'category',
        data: buckets.map(label),
        ...axis(token),
        splitLine: { show: false },
      },
      yAxis: [
        {
          type: 'value',
          minInterval: 1,
          splitNumber: 4,
          ...axis(token),
          axisLabel: { color: token('--ink-2'), formatter: (value: number) => count(value) },
        },
        {
          type: 'value',
          min: 0,
          max: 1,
          interval: 0.25,
          ...axis(token),
          splitLine: { show: false },
          axisLabel: { color: token('--ink-2'), formatter: (value: number) => share(value) },
        },
      ],
      series: [
        bars(t('reports.chart.answered'), 'answered', token('--mantine-primary-color-filled'), false),
        ...(hasOverflows
          ? [bars(t('reports.chart.overflows'), 'overflows', token('--state-held'), false)]
          : []),
        bars(t('reports.chart.abandoned'), 'abandoned', token('--bad'), true),
        {
          name: level,
          type: 'line',
          yAxisIndex: 1,
          symbolSize: 6,
          connectNulls: false,
          lineStyle: { width: 2 },
          itemStyle: { color: line },
          data: buckets.map((it) => it.service_level),
        },
        ...(target === null
          ? []
          : [
              {
                name: t('reports.chart.target'),
                type: 'line',
                yAxisIndex: 1,
                symbol: 'none',
                silent: true,
                lineStyle: { width: 1, type: 'dashed' },
                itemStyle: { color: token('--ink-2') },
                data: buckets.map(() => target),
              },
            ]),
      ],
    };
  };
}

/** Most of a shift is waiting: it is the ground of the picture, not its subject. */
const CALM: ReadonlySet<string> = new Set(['ready', 'not_ready']);

/** Where agents' time went, in hours. */
export function agentChart(
  bars: readonly AgentBar[],
  options: { by: 'day' | 'agent'; picked: string | null; t: TFunction },
): ChartProps['option'] {
  const { by, picked, t } = options;
  const label = (bar: AgentBar) => (by === 'day' ? dayMonth(`${bar.key}T12:00:00Z`) : bar.label);
  return (token) => {
    const most = Math.max(
      0,
      ...bars.map((bar) => STATE_SECONDS.reduce((sum, [, name]) => sum + bar.seconds[name], 0)),
    );
    const isHours = most >= 2 * 3600;
    const unit = isHours ? 3600 : 60;
    return {
      ...frame(token, bars.length > ZOOM_FROM),
      tooltip: {
        ...tooltip(token),
        valueFormatter: (value: unknown) => duration(Number(value) * unit),
      },
      xAxis: {
        type: 'category',
        data: bars.map(label),
        ...axis(token),
        splitLine: { show: false },
        axisLabel: {
          color: token('--ink-2'),
          fontSize: 12,
          overflow: 'truncate',
          width: 90,
          hideOverlap: true,
        },
      },
      yAxis: {
        type: 'value',
        name: t(isHours ? 'reports.chart.hours' : 'reports.chart.minutes'),
        nameTextStyle: { color: token('--ink-2') },
        nameLocation: 'end',
        nameGap: 8,
        splitNumber: 3,
        ...axis(token),
      },
      series: STATE_SECONDS.map(([state, name]) => ({
        name: t(`common.state.${state}`),
        type: 'bar',
        stack: 'states',
        barMaxWidth: 36,
        itemStyle: { color: token(`--state-${state === 'connecting' ? 'signed_out' : state}`) },
        data: bars.map((bar) => ({
          value: bar.seconds[name] / unit,
          itemStyle: { opacity: (picked && bar.key !== picked ? 0.35 : 1) * (CALM.has(state) ? 0.5 : 1) },
        })),
      })),
    };
  };
}
