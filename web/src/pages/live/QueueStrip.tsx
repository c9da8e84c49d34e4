import { PhoneMissed, Pin, UserRoundCheck } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { dayText } from '~/lib/dayText';
import { count, duration, share } from '~/lib/format';
import { serviceLevel } from '~/lib/state';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import type { LiveQueue } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import { EmptyState } from '~/ui/Notice';
import css from './Live.module.css';
import { usePins } from './Pin';

/** One card per queue in a steady order: figures may change four times a second, places never. */
export function QueueStrip({ picked, onPick }: { picked: number | null; onPick: (id: number) => void }) {
  const { t } = useTranslation();
  const { queues: pinned } = usePins();
  const queues = useThrottled(
    ['queues'],
    250,
    () =>
      [...live.queues.values()].sort(
        (a, b) => Number(pinned.has(b.id)) - Number(pinned.has(a.id)) || a.id - b.id,
      ),
    [pinned],
  );
  return (
    <section className={css.queues} aria-label={t('live.queues')}>
      {queues.length ? (
        queues.map((queue) => (
          <QueueCard
            key={queue.id}
            queue={queue}
            on={picked === queue.id}
            isPinned={pinned.has(queue.id)}
            onPick={onPick}
          />
        ))
      ) : (
        <EmptyState title={t('live.no_queues')} />
      )}
    </section>
  );
}

const QueueCard = memo(function QueueCard({
  queue,
  on,
  isPinned,
  onPick,
}: {
  queue: LiveQueue;
  on: boolean;
  isPinned: boolean;
  onPick: (id: number) => void;
}) {
  const { t } = useTranslation();
  const level = serviceLevel(queue.service_level, queue.target);
  const ready = { ready: queue.agents_ready, all: queue.agents_signed_in };
  return (
    <button
      type="button"
      className={css.queue}
      data-level={level}
      aria-pressed={on}
      onClick={() => onPick(queue.id)}
      title={[
        [queue.project_name, queue.name].filter(Boolean).join(' · '),
        t('live.target_title', { share: share(queue.target), time: duration(queue.threshold_seconds) }),
        queue.level_since
          ? t('live.level_title', { formula: queue.level_formula, day: dayText(queue.level_since) })
          : '',
        t('live.ready_title', ready),
        t('live.abandoned_title', { count: queue.abandoned }),
      ]
        .filter(Boolean)
        .join('\n')}
    >
      <span className={css.queueName}>
        {queue.color ? <i style={{ background: queue.color }} aria-hidden /> : null}
        <span>{queue.name}</span>
        {isPinned ? <Pin size={12} aria-label={t('supervision.pin.mark')} /> : null}
        {queue.is_closed ? <small className={css.closed}>{t('supervision.queue.closed')}</small> : null}
      </span>
      <span className={css.big}>
        <span className="num" data-level={queue.waiting ? 'some' : undefined}>
          {count(queue.waiting)}
          <span className="visually-hidden"> {t('live.waiting')}</span>
        </span>
        <b className="num">
          <span className="visually-hidden">{t('live.service_level')} </span>
          {share(queue.service_level)}
        </b>
      </span>
      <span className={css.small}>
        <span>
          {t('live.longest')}{' '}
          {queue.longest_since_ms ? (
            <Elapsed
              since={queue.longest_since_ms}
              warn={queue.threshold_seconds}
              bad={queue.threshold_seconds * 3}
              className={css.wait}
            />
          ) : (
            '—'
          )}
        </span>
        <span>{t('live.target', { share: share(queue.target) })}</span>
      </span>
      <span className={css.small}>
        <span>
          <UserRoundCheck size={12} aria-hidden /> {t('live.ready_of', ready)}
          <span className="visually-hidden"> {t('live.ready_title', ready)}</span>
        </span>
        <span>
          <PhoneMissed size={12} aria-hidden /> {count(queue.abandoned)}
          <span className="visually-hidden"> {t('live.abandoned_title', { count: queue.abandoned })}</span>
        </span>
      </span>
      <span className={css.bar} aria-hidden>
        <i style={{ width: `${(queue.service_level ?? 0) * 100}%` }} />
        <em style={{ left: `${queue.target * 100}%` }} />
      </span>
    </button>
  );
});
