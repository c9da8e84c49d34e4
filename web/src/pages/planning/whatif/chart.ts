import type { TFunction } from 'i18next';
import { count, formatLanguage, share } from '~/lib/format';
import type { ChartProps } from '~/ui/EChart';
import { busy, type Interval, type Measure, SHARES, type Told } from './result';

const COLOURS = ['--mantine-primary-color-filled', '--state-wrap_up', '--warn', '--state-held', '--ok'];
const ZOOM_FROM = 60;

/** A measure in the words of the reader. */
export function shown(measure: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  if (SHARES.has(measure)) return share(value, 1);
  if (measure === 'offered' || measure === 'answered' || measure === 'abandoned') return count(value);
  return new Intl.NumberFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
    maximumFractionDigits: 1,
  }).format(value);
}

/** One measure by interval: the mean of each scenario as a line, P10 to P90 of the chosen one as a band. */
export function whatIfChart(
  told: readonly Told[],
  options: { measure: Measure; band: number; t: TFunction },
): ChartProps['option'] {
  const { measure, band, t } = options;
  const columns = busy(told);
  const key = (one: Interval) => `${one.day} ${one.from}`;
  const byKey = told.map((one) => new Map(one.intervals.map((interval) => [key(interval), interval])));
  const isLong = columns.some((one) => one.day > 1);
  const isShare = SHARES.has(measure);
  return (token) => {
    const spreads = columns.map((one) => byKey[band]?.get(key(one))?.percentiles?.[measure] ?? null);
    const hasBand = spreads.some((one) => one !== null);
    const colour = (place: number) => token(COLOURS[place % COLOURS.length]!);
    const bandName = t('whatif.chart.band', { name: told[band]?.name ?? '' });
    return {
      grid: {
        left: 8,
        right: 8,
        top: 34,
        bottom: columns.length > ZOOM_FROM ? 40 : 6,
        outerBoundsMode: 'same',
      },
      legend: {
        top: 0,
        left: 0,
        itemWidth: 12,
        itemHeight: 9,
        textStyle: { color: token('--ink-2'), fontSize: 12 },
        data: [...told.map((one) => one.name), ...(hasBand ? [bandName] : [])],
      },
      ...(columns.length > ZOOM_FROM
        ? {
            dataZoom: [
              { type: 'inside' },
              { type: 'slider', height: 18, bottom: 4, borderColor: token('--line') },
            ],
          }
        : {}),
      tooltip: {
        trigger: 'axis',
        backgroundColor: token('--panel'),
        borderColor: token('--line'),
        textStyle: { color: token('--ink'), fontSize: 13 },
        confine: true,
        valueFormatter: (value: unknown) => shown(measure, typeof value === 'number' ? value : null),
      },
      xAxis: {
        type: 'category',
        data: columns.map((one) => (isLong ? `${one.day} · ${one.from}` : one.from)),
        axisLine: { lineStyle: { color: token('--line-strong') } },
        axisTick: { show: false },
        axisLabel: { color: token('--ink-2'), fontSize: 12 },
      },
      yAxis: {
        type: 'value',
        min: 0,
        ...(isShare ? { max: 1 } : {}),
        splitNumber: 4,
        splitLine: { lineStyle: { color: token('--line') } },
        axisLabel: {
          color: token('--ink-2'),
          fontSize: 12,
          formatter: (value: number) => (isShare ? share(value) : count(value)),
        },
      },
      series: [
        ...(hasBand
          ? [
              {
                name: 'p10',
                type: 'line',
                stack: 'band',
                symbol: 'none',
                silent: true,
                lineStyle: { opacity: 0 },
                tooltip: { show: false },
                data: spreads.map((one) => one?.p10 ?? null),
              },
              {
                name: bandName,
                type: 'line',
                stack: 'band',
                symbol: 'none',
                silent: true,
                lineStyle: { opacity: 0 },
                itemStyle: { color: colour(band) },
                areaStyle: { color: colour(band), opacity: 0.18 },
                tooltip: { show: false },
                data: spreads.map((one) => (one ? one.p90 - one.p10 : null)),
              },
            ]
          : []),
        ...told.map((one, place) => ({
          name: one.name,
          type: 'line',
          symbol: 'none',
          lineStyle: { width: 2, ...(place ? { type: place % 2 ? 'dashed' : 'dotted' } : {}) },
          itemStyle: { color: colour(place) },
          data: columns.map((column) => byKey[place]?.get(key(column))?.[measure] ?? null),
        })),
      ],
    };
  };
}
