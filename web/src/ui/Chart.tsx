import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { ChartProps } from './EChart';

const EChart = lazy(() => import('./EChart'));

/** The one chart of the product: 206 KB that are loaded only where a chart is drawn. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height} />}>
      <EChart {...props} />
    </Suspense>
  );
}
