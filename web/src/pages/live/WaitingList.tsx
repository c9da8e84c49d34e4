import { useTranslation } from 'react-i18next';
import { count } from '~/lib/format';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import { Elapsed } from '~/ui/Elapsed';
import css from './Live.module.css';
import { waitingList } from './order';

const SHOWN = 60;

/** Customers who wait now, the longest first. Rows keep their nodes, texts change. */
export function WaitingList({ queue }: { queue: number | null }) {
  const { t } = useTranslation();
  const waiting = useThrottled(
    ['interactions', 'queues'],
    500,
    () => waitingList(live.interactions.values(), queue),
    [queue],
  );
  return (
    <section className={`panel ${css.waitingPanel}`} aria-label={t('live.waiting_title')}>
      <h2>
        {t('live.waiting_title')} <span className="num muted">{count(waiting.length)}</span>
      </h2>
      {waiting.length ? (
        <ol
          className={css.waitingRows}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
          tabIndex={0}
        >
          {waiting.slice(0, SHOWN).map((one, index) => {
            const its = one.queue_id ? live.queues.get(one.queue_id) : undefined;
            const agent = one.phase === 'offered' && one.agent_id ? live.agents.get(one.agent_id) : undefined;
            return (
              <li key={index}>
                <span className={css.waitingWho}>
                  {one.customer_name || one.number_masked || t('common.number_hidden')}
                </span>
                <Elapsed
                  since={one.queued_ms ?? one.since_ms}
                  warn={its?.threshold_seconds}
                  bad={its ? its.threshold_seconds * 3 : undefined}
                  className={css.wait}
                />
                <span className={css.waitingSub}>
                  {its?.color ? (
                    <i className={css.mark} style={{ background: its.color }} aria-hidden />
                  ) : null}
                  {its?.name}
                  {agent ? ` → ${agent.name}` : ''}
                </span>
                {one.is_callback ? <span className={css.waitingSub}>{t('live.promised')}</span> : null}
                {one.priority > 0 ? (
                  <span className={css.waitingSub}>{t('live.priority', { count: one.priority })}</span>
                ) : null}
              </li>
            );
          })}
          {waiting.length > SHOWN ? (
            <li className="muted">{t('live.more', { count: waiting.length - SHOWN })}</li>
          ) : null}
        </ol>
      ) : (
        <p className={css.nobody}>{t('live.nobody')}</p>
      )}
    </section>
  );
}
