import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type Link, live, type Subject } from './store';
import type { BannerItem, DeskBody, LiveAgent, News } from './types';

export function useLiveAgent(id: number): LiveAgent | undefined {
  const subscribe = useCallback((wake: () => void) => live.onAgent(id, wake), [id]);
  return useSyncExternalStore(subscribe, () => live.agents.get(id));
}

const onDesk = (wake: () => void) => live.on('desk', wake);
const desk = () => live.desk;
/** The server's picture of this agent's desk; null before the first snapshot. */
export const useDesk = (): DeskBody | null => useSyncExternalStore(onDesk, desk);

const onBanners = (wake: () => void) => live.on('banners', wake);
const banners = () => live.banners;
export const useBanners = (): readonly BannerItem[] => useSyncExternalStore(onBanners, banners);

const onNews = (wake: () => void) => live.on('news', wake);
const news = () => live.news;
/** Changes whenever notices are new; after a gap the link's own change tells. */
export const useNews = (): number => useSyncExternalStore(onNews, news);

/** Calls at each piece of news of this kind, and whenever the link comes back: something may have been missed. */
export function useHeard(what: string, hear: (news: News | null) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    let was = live.link;
    const offs = [
      live.onNews((news) => {
        if (news.what === what) latest.current(news);
      }),
      live.on('link', () => {
        if (live.link === 'open' && was !== 'open') latest.current(null);
        was = live.link;
      }),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, [what]);
}

const onLink = (wake: () => void) => live.on('link', wake);
const link = () => live.link;
export const useLink = (): Link => useSyncExternalStore(onLink, link);

export type Freshness = 'fresh' | 'reconnecting' | 'stale';
/** Amber a second after the link was lost, stale after five: a figure that may be wrong must say so. */
export function useFreshness(): Freshness {
  const now = useLink();
  const [freshness, setFreshness] = useState<Freshness>('fresh');
  useEffect(() => {
    if (now !== 'lost') {
      setFreshness('fresh');
      return undefined;
    }
    const amber = setTimeout(() => setFreshness('reconnecting'), 1000);
    const stale = setTimeout(() => setFreshness('stale'), 5000);
    return () => {
      clearTimeout(amber);
      clearTimeout(stale);
    };
  }, [now]);
  return freshness;
}

/** A derived value, computed anew at most once per `ms`: totals 4 times a second, an order once a second. */
export function useThrottled<T>(
  subjects: readonly Subject[],
  ms: number,
  derive: () => T,
  deps: readonly unknown[] = [],
): T {
  const [value, setValue] = useState(derive);
  const latest = useRef(derive);
  latest.current = derive;
  const shown = useRef(value);
  const key = subjects.join();
  useEffect(() => {
    let timer = 0;
    let last = 0;
    const run = () => {
      timer = 0;
      last = performance.now();
      shown.current = latest.current();
      setValue(() => shown.current);
    };
    const woken = () => {
      if (timer) return;
      // The very first rows come at once; only changes wait their turn.
      const first = Array.isArray(shown.current) && !shown.current.length;
      timer = window.setTimeout(run, first ? 0 : Math.max(0, ms - (performance.now() - last)));
    };
    const offs = (key.split(',') as Subject[]).map((subject) => live.on(subject, woken));
    run();
    return () => {
      for (const off of offs) off();
      clearTimeout(timer);
    };
  }, [key, ms, ...deps]);
  return value;
}

/** True when the desk shows at least this sequence (numbers of up to 63 bits, as text). */
export const hasReached = (seen: string, wanted: string): boolean =>
  seen.length === wanted.length ? seen >= wanted : seen.length > wanted.length;

/** Resolves when the desk contains the effect of a command, or after the limit: a button never hangs. */
export function caughtUp(seq: string | undefined, limitMs = 2000): Promise<void> {
  return new Promise((done) => {
    if (!seq || hasReached(live.sequence('desk'), seq)) {
      done();
      return;
    }
    const finish = () => {
      off();
      clearTimeout(timer);
      done();
    };
    const timer = setTimeout(finish, limitMs);
    const off = live.on('desk', () => {
      if (hasReached(live.sequence('desk'), seq)) finish();
    });
  });
}
