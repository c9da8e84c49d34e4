import { useComputedColorScheme } from '@mantine/core';
import { BarChart, LineChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

use([
  BarChart,
  LineChart,
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  CanvasRenderer,
]);

export interface ChartProps {
  /** Built again at a change of theme; `token` gives the value of one of our CSS variables. Memoize it. */
  option: (token: (name: string) => string) => EChartsCoreOption;
  height: number;
  label: string;
  onPick?: (index: number) => void;
}

export default function EChart({ option, height, label, onPick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const scheme = useComputedColorScheme('light');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tokens change their values with the scheme
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string) => style.getPropertyValue(name).trim();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const chart = init(box.current!);
    chart.setOption({
      textStyle: { fontFamily: "'Inter Variable', sans-serif", color: token('--ink-2') },
      animation: !still,
      animationDuration: 120,
      ...option(token),
    });
    chart.on('click', (event) => pick.current?.(event.dataIndex));
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [option, scheme]);
  return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}
