import { useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { onSignedOut } from '~/api/client';
import { usePublicFacts } from '~/api/session';
import { isLanguage, setLanguage } from '~/i18n';
import { clock, count, duration, setFormat, share } from '~/lib/format';
import { serviceLevel } from '~/lib/state';
import { useFreshness, useThrottled } from '~/live/hooks';
import { LiveProvider, useTopic } from '~/live/LiveProvider';
import { live } from '~/live/store';
import { Elapsed } from '~/ui/Elapsed';
import { onTick } from '~/ui/ticker';
import css from './Wall.module.css';

/** For a television: six queues at most, three figures each, readable from ten metres. With a token no sign-in. */
export default function WallPage() {
  const { token } = useSearch({ strict: false }) as { token?: string };
  const facts = usePublicFacts().data;
  // Nobody is signed in at a television: it shows the site's own time in the site's own language.
  if (token && facts) setFormat({ zone: facts.zone });
  const language = token ? facts?.language : undefined;
  useEffect(() => {
    if (isLanguage(language)) void setLanguage(language);
  }, [language]);
  return (
    <LiveProvider {...(token ? { wallToken: String(token) } : {})}>
      <Wall />
    </LiveProvider>
  );
}

const SHOWN = 6;
/** Without a sharper rule a queue that has had no call yet stands last. */
const CALM = 2;

function Wall() {
  const { t } = useTranslation();
  useTopic('board');
  useWakeLock();
  useReloadOnNewBuild();
  const refused = useRefused();
  const freshness = useFreshness();
  const queues = useThrottled(['queues'], 1000, () =>
    [...live.queues.values()]
      .sort(
        (a, b) => distance(a.service_level, a.target) - distance(b.service_level, b.target) || a.id - b.id,
      )
      .slice(0, SHOWN),
  );
  const agents = useThrottled(['agents'], 1000, () => {
    let ready = 0;
    let talking = 0;
    for (const agent of live.agents.values()) {
      if (agent.state === 'ready') ready++;
      else if (agent.state === 'connected' || agent.state === 'held') talking++;
    }
    // A television without a sign-in is told of queues only: their own cards say who is ready.
    return { known: live.agents.size > 0, ready, talking };
  });
  const now = useClock();
  const facts = usePublicFacts().data;
  return (
    <main className={css.wall} data-mantine-color-scheme="dark" aria-label={t('live.board.title')}>
      <header>
        {facts?.logo ? (
          <img className={css.logo} src={`/api/v1/logo?v=${facts.logo}`} alt={facts.name} />
        ) : null}
        {agents.known ? (
          <>
            <span>
              {t('live.board.ready')} <b className="num">{count(agents.ready)}</b>
            </span>
            <span>
              {t('live.board.talking')} <b className="num">{count(agents.talking)}</b>
            </span>
          </>
        ) : (
          <span>{facts?.name}</span>
        )}
        <time className="num">{now}</time>
      </header>
      <div className={css.cards} data-count={queues.length}>
        {queues.map((queue, index) => {
          const level = serviceLevel(queue.service_level, queue.target);
          return (
            <article key={index} data-level={level}>
              <div className={css.head}>
                <h2>{queue.name}</h2>
                <span>
                  {t('live.board.ready')} <b className="num">{count(queue.agents_ready)}</b>
                </span>
              </div>
              <div className={css.figures}>
                <p>
                  <b className="num">{count(queue.waiting)}</b>
                  <small>{t('live.board.waiting')}</small>
                </p>
                <p>
                  <b>{queue.longest_since_ms ? <Elapsed since={queue.longest_since_ms} /> : duration(0)}</b>
                  <small>{t('live.board.longest')}</small>
                </p>
                <p>
                  <b className="num" data-colour>
                    {share(queue.service_level)}
                  </b>
                  <small>{t('live.board.service_level', { share: share(queue.target) })}</small>
                </p>
              </div>
              <span className={css.bar} aria-hidden>
                <i style={{ width: `${(queue.service_level ?? 0) * 100}%` }} />
                <em style={{ left: `${queue.target * 100}%` }} />
              </span>
            </article>
          );
        })}
        {queues.length ? null : <p className={css.none}>{t('live.board.no_queues')}</p>}
      </div>
      {refused ? (
        <div className={css.stale} role="alert">
          {t('live.board.refused')}
        </div>
      ) : freshness === 'stale' ? (
        <div className={css.stale} role="alert">
          {t('live.board.stale', { time: clock(live.lostAt) })}
        </div>
      ) : null}
    </main>
  );
}

const distance = (level: number | null, target: number): number => (level === null ? CALM : level - target);

function useClock(): string {
  const [now, setNow] = useState(() => clock(Date.now()));
  useEffect(() => onTick(() => setNow(clock(Date.now()))), []);
  return now;
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

/** The token was withdrawn, or nobody is signed in here. */
function useRefused(): boolean {
  const [refused, setRefused] = useState(false);
  const queries = useQueryClient();
  useEffect(
    () =>
      onSignedOut(() => {
        setRefused(true);
        queries.removeQueries({ queryKey: ['me'] });
      }),
    [queries],
  );
  return refused;
}
