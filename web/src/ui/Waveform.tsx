import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { WaveformProps } from './Player';

const Player = lazy(() => import('./Player'));

/** Player with a waveform of two channels; loaded only where a recording is opened. */
export function Waveform(props: WaveformProps) {
  return (
    <Suspense fallback={<Skeleton height={140} />}>
      <Player {...props} />
    </Suspense>
  );
}
