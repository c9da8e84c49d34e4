import { useParams } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { onSignedOut } from '~/api/client';
import { isLanguage, setLanguage } from '~/i18n';
import { serverNow } from '~/lib/clock';
import { clock, setFormat } from '~/lib/format';
import { useFreshness } from '~/live/hooks';
import { LiveProvider } from '~/live/LiveProvider';
import { live } from '~/live/store';
import type { News } from '~/live/types';
import { useDashboard } from './feed';
import { Grid } from './Grid';
import css from './Wall.module.css';

interface WallFacts {
  name: string;
  dashboards: number[];
  turn_seconds: number;
  theme: 'dark' | 'light';
  language: string;
  zone: string;
  centre: string;
}

/** For a television that is on for weeks: opened by a link, nothing to press, nothing to sign in to. */
export default function WallPage() {
  const { token = '' } = useParams({ strict: false }) as { token?: string };
  return (
    <LiveProvider wallToken={token}>
      <Wall />
    </LiveProvider>
  );
}

function Wall() {
  const { t } = useTranslation();
  const facts = useFacts();
  const refused = useRefused();
  const freshness = useFreshness();
  const turn = useTurn(facts);
  useWakeLock();
  useReloadOnNewBuild();
  const theme = facts?.theme ?? 'dark';
  return (
    <main className={css.wall} data-mantine-color-scheme={theme} aria-label={facts?.name}>
      {facts?.dashboards.map((id, index) => (
        <Shown key={id} id={id} isOn={index === turn} />
      ))}
      {facts && facts.dashboards.length > 1 ? (
        <p className={css.dots} aria-hidden>
          {facts.dashboards.map((id, index) => (
            <i key={id} data-on={index === turn || undefined} />
          ))}
        </p>
      ) : null}
      {refused ? (
        <p className={css.over} role="alert">
          {t('dashboards.wall.refused')}
        </p>
      ) : freshness === 'stale' ? (
        <p className={css.over} role="alert">
          {live.lostAt
            ? t('dashboards.wall.stale', { time: clock(live.lostAt - Date.now() + serverNow()) })
            : t('dashboards.wall.reconnecting')}
        </p>
      ) : freshness === 'reconnecting' ? (
        <p className={css.soon} role="status">
          {t('dashboards.wall.reconnecting')}
        </p>
      ) : null}
    </main>
  );
}

/** All of them are followed all the time, so that a turn shows figures at once. */
function Shown({ id, isOn }: { id: number; isOn: boolean }) {
  const { t } = useTranslation();
  const shown = useDashboard(id);
  if (!isOn) return null;
  if (shown === null) return <p className={css.none}>{t('dashboards.gone')}</p>;
  return shown ? <Grid shown={shown} bare /> : null;
}

/** What the feed says of this television when it opens. */
function useFacts(): WallFacts | null {
  const [facts, setFacts] = useState<WallFacts | null>(null);
  useEffect(
    () =>
      live.onNews((news: News) => {
        if (news.k !== 'wall') return;
        const told = news as unknown as WallFacts;
        setFormat({ zone: told.zone });
        if (isLanguage(told.language)) void setLanguage(told.language);
        document.title = told.name;
        setFacts(told);
      }),
    [],
  );
  return facts;
}

/** Which of several is shown now; by the clock, so that two televisions of one link turn together. */
function useTurn(facts: WallFacts | null): number {
  const [turn, setTurn] = useState(0);
  const many = facts?.dashboards.length ?? 0;
  const seconds = facts?.turn_seconds ?? 0;
  useEffect(() => {
    if (many < 2 || !seconds) {
      setTurn(0);
      return undefined;
    }
    const look = () => setTurn(Math.floor(Date.now() / 1000 / seconds) % many);
    look();
    const timer = setInterval(look, 500);
    return () => clearInterval(timer);
  }, [many, seconds]);
  return turn;
}

/** The screen stays on; a television that slept asks again when it wakes. */
function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let over = false;
    const ask = () => {
      if (document.hidden) return;
      void navigator.wakeLock
        ?.request('screen')
        .then((it) => {
          if (over) void it.release();
          else lock = it;
        })
        .catch(() => undefined);
    };
    ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', ask);
      void lock?.release().catch(() => undefined);
    };
  }, []);
}

const onBuild = (wake: () => void) => live.on('build', wake);
function useReloadOnNewBuild(): void {
  const build = useSyncExternalStore(onBuild, () => live.build);
  const [first, setFirst] = useState<string | null>(null);
  useEffect(() => {
    if (build && !first) setFirst(build);
    else if (build && first && build !== first) location.reload();
  }, [build, first]);
}

/** The link was withdrawn, or is over; it is tried again all the same. */
function useRefused(): boolean {
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    const offs = [
      onSignedOut(() => setRefused(true)),
      live.on('link', () => {
        if (live.link === 'open') setRefused(false);
      }),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, []);
  return refused;
}
