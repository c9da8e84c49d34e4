import type { TFunction } from 'i18next';
import type { ErlangPoint, StaffedInterval } from '~/api/gen/types.gen';
import { count, share } from '~/lib/format';
import type { ChartProps } from '~/ui/EChart';

type Token = (name: string) => string;

const axis = (token: Token) => ({
  axisLine: { lineStyle: { color: token('--line-strong') } },
  axisTick: { show: false },
  axisLabel: { color: token('--ink-2'), fontSize: 12 },
  splitLine: { lineStyle: { color: token('--line') } },
  nameTextStyle: { color: token('--ink-2'), fontSize: 12 },
});
const frame = (token: Token) => ({
  grid: { left: 8, right: 8, top: 34, bottom: 6, outerBoundsMode: 'same' },
  legend: {
    top: 0,
    left: 0,
    itemWidth: 12,
    itemHeight: 9,
    textStyle: { color: token('--ink-2'), fontSize: 12 },
  },
  tooltip: {
    trigger: 'axis',
    backgroundColor: token('--panel'),
    borderColor: token('--line'),
    textStyle: { color: token('--ink'), fontSize: 13 },
    confine: true,
    valueFormatter: (value: unknown) => share(value as number, 1),
  },
});

/** How service level, occupancy and abandonment change with an agent more or fewer; the chosen number is drawn
    larger. */
export function sensitivityChart(
  curve: readonly ErlangPoint[],
  options: { agents: number; isLoss: boolean; t: TFunction },
): ChartProps['option'] {
  const { agents, isLoss, t } = options;
  return (token) => {
    const line = (key: string, color: string, of: (point: ErlangPoint) => number) => ({
      name: t(key as never) as string,
      type: 'line',
      lineStyle: { width: 2 },
      itemStyle: { color },
      symbol: 'circle',
      data: curve.map((it) => ({ value: of(it), symbolSize: it.agents === agents ? 13 : 5 })),
    });
    const blue = token('--mantine-primary-color-filled');
    return {
      ...frame(token),
      xAxis: {
        type: 'category',
        data: curve.map((it) => String(Math.round(it.agents * 100) / 100)),
        ...axis(token),
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        min: 0,
        max: 1,
        interval: 0.2,
        ...axis(token),
        axisLabel: { color: token('--ink-2'), formatter: (value: number) => share(value) },
      },
      series: isLoss
        ? [
            line('planning.figure.blocking_probability', token('--bad'), (it) => it.blocking_probability),
            line('planning.figure.occupancy', token('--state-wrap_up'), (it) => it.occupancy),
          ]
        : [
            line('planning.figure.service_level', blue, (it) => it.service_level),
            line('planning.figure.occupancy', token('--state-wrap_up'), (it) => it.occupancy),
            line('planning.figure.abandonment_rate', token('--bad'), (it) => it.abandonment_rate),
          ],
    };
  };
}

/** Agents of each interval over the load that they carry. */
export function staffingChart(rows: readonly StaffedInterval[], t: TFunction): ChartProps['option'] {
  return (token) => ({
    ...frame(token),
    tooltip: {
      ...frame(token).tooltip,
      valueFormatter: (value: unknown) => String(Math.round(10 * (value as number)) / 10),
    },
    xAxis: { type: 'category', data: rows.map((it) => it.from), ...axis(token), splitLine: { show: false } },
    yAxis: {
      type: 'value',
      minInterval: 1,
      ...axis(token),
      axisLabel: { color: token('--ink-2'), formatter: (value: number) => count(value) },
    },
    series: [
      {
        name: t('planning.column.agents_gross'),
        type: 'line',
        step: 'middle',
        symbol: 'none',
        lineStyle: { width: 2, type: 'dashed' },
        itemStyle: { color: token('--state-held') },
        data: rows.map((it) => it.agents_gross),
      },
      {
        name: t('planning.column.agents'),
        type: 'bar',
        barCategoryGap: '20%',
        itemStyle: { color: token('--mantine-primary-color-filled'), borderRadius: [3, 3, 0, 0] },
        data: rows.map((it) => it.agents),
      },
      {
        name: t('planning.column.load_erlangs'),
        type: 'line',
        symbolSize: 5,
        lineStyle: { width: 2 },
        itemStyle: { color: token('--state-offered') },
        data: rows.map((it) => it.load_erlangs),
      },
    ],
  });
}
