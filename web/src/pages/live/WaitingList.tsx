import { type KeyboardEvent, lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import { count } from '~/lib/format';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import type { LiveInteraction } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import css from './Live.module.css';
import { outsideList, waitingList } from './order';

const SHOWN = 60;
const AssignDialog = lazy(() => import('./AssignDialog'));

/**
 * Customers who wait now, the longest first. Who directs agents opens one by click or Enter; under his pointer
 * nobody changes places, so that he opens the one he means.
 */
export function WaitingList({ queue }: { queue: number | null }) {
  const { t } = useTranslation();
  const mayDirect = useCan('direct.agents');
  const [opened, setOpened] = useState<string | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const pointer = useRef(false);
  const shownIds = useRef<string[]>([]);
  const waiting = useThrottled(
    ['interactions', 'queues'],
    500,
    () => {
      const next = waitingList(live.interactions.values(), queue);
      if (!pointer.current) return next;
      const place = new Map(shownIds.current.map((id, index) => [id, index]));
      const at = (it: LiveInteraction) => place.get(it.id) ?? place.size;
      return next.sort((a, b) => at(a) - at(b));
    },
    [queue],
  );
  shownIds.current = waiting.map((it) => it.id);
  const rows = waiting.slice(0, SHOWN);
  const first = rows.some((it) => it.id === current) ? current : (rows[0]?.id ?? null);
  const onKeyDown = (e: KeyboardEvent) => {
    const at = rows.findIndex((it) => it.id === first);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    const next = Math.min(rows.length - 1, Math.max(0, to));
    setCurrent(rows[next]?.id ?? null);
    list.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <section className={`panel ${css.waitingPanel}`} aria-label={t('live.waiting_title')}>
      <h2>
        {t('live.waiting_title')} <span className="num muted">{count(waiting.length)}</span>
      </h2>
      {waiting.length ? (
        <ol
          ref={list}
          className={css.waitingRows}
          {...(mayDirect ? { onKeyDown } : { tabIndex: 0 })}
          onPointerEnter={() => {
            pointer.current = true;
          }}
          onPointerLeave={() => {
            pointer.current = false;
          }}
        >
          {rows.map((one, index) => (
            // Rows that nobody clicks keep their nodes, only texts change.
            <li key={mayDirect ? one.id : index}>
              {mayDirect ? (
                <button
                  type="button"
                  className={css.waitingRow}
                  tabIndex={one.id === first ? 0 : -1}
                  aria-haspopup="dialog"
                  onFocus={() => setCurrent(one.id)}
                  onClick={() => setOpened(one.id)}
                >
                  <Waiting one={one} />
                </button>
              ) : (
                <div className={css.waitingRow}>
                  <Waiting one={one} />
                </div>
              )}
            </li>
          ))}
          {waiting.length > SHOWN ? (
            <li className="muted">{t('live.more', { count: waiting.length - SHOWN })}</li>
          ) : null}
        </ol>
      ) : (
        <p className={css.nobody}>{t('live.nobody')}</p>
      )}
      <Outside queue={queue} />
      {opened ? (
        <Suspense>
          <AssignDialog interactionId={opened} onClose={() => setOpened(null)} />
        </Suspense>
      ) : null}
    </section>
  );
}

/** How many talk outside the centre, where a flow or an agent sent them, and the longest of these talks. */
function Outside({ queue }: { queue: number | null }): ReactNode {
  const { t } = useTranslation();
  const outside = useThrottled(['interactions'], 500, () => outsideList(live.interactions.values(), queue), [
    queue,
  ]);
  const longest = outside[0];
  if (!longest) return null;
  return (
    <p className={css.outside}>
      {t('live.outside', { count: outside.length })} <Elapsed since={longest.since_ms} />
    </p>
  );
}

function Waiting({ one }: { one: LiveInteraction }): ReactNode {
  const { t } = useTranslation();
  const its = one.queue_id ? live.queues.get(one.queue_id) : undefined;
  const agent = one.phase === 'offered' && one.agent_id ? live.agents.get(one.agent_id) : undefined;
  return (
    <>
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
        {its?.color ? <i className={css.mark} style={{ background: its.color }} aria-hidden /> : null}
        {its?.name}
        {agent ? ` → ${agent.name}` : ''}
      </span>
      {one.is_callback ? <span className={css.waitingSub}>{t('live.promised')}</span> : null}
      {one.priority > 0 ? (
        <span className={css.waitingSub}>{t('live.priority', { count: one.priority })}</span>
      ) : null}
    </>
  );
}
