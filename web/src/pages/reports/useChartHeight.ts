import { useViewportSize } from '@mantine/hooks';

const LOW_SCREEN = 860;

/** On a low screen the chart gives way to the table. */
export function useChartHeight(): number {
  const { height } = useViewportSize();
  return height < LOW_SCREEN ? 168 : 240;
}
