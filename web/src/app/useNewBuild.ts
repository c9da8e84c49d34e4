import { useEffect, useState, useSyncExternalStore } from 'react';
import { live } from '~/live/store';

const onBuild = (wake: () => void) => live.on('build', wake);
const build = () => live.build;
const IDLE_MS = 60_000;
const LOOK_MS = 10_000;

/** After an update of the server the page loads anew when nobody is in a call and nothing was typed for a minute. */
export function useNewBuild(): void {
  const now = useSyncExternalStore(onBuild, build);
  const [first, setFirst] = useState<string | null>(null);
  useEffect(() => {
    if (now && !first) setFirst(now);
  }, [now, first]);
  const isNew = Boolean(first && now && now !== first);
  useEffect(() => {
    if (!isNew) return undefined;
    let touched = Date.now();
    const touch = () => {
      touched = Date.now();
    };
    addEventListener('keydown', touch);
    addEventListener('pointerdown', touch);
    const timer = setInterval(() => {
      const busy = live.desk?.interaction || live.desk?.wrap_up;
      if (!busy && Date.now() - touched > IDLE_MS) location.reload();
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      removeEventListener('keydown', touch);
      removeEventListener('pointerdown', touch);
    };
  }, [isNew]);
}
