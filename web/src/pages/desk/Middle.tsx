import { Button } from '@mantine/core';
import { Phone } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useDeskWords } from '~/api/session';
import { count, duration } from '~/lib/format';
import { colleagueOf } from '~/phone/colleague';
import { useDeskActions } from '~/phone/useDeskActions';
import { Chip } from '~/ui/Chip';
import { Elapsed } from '~/ui/Elapsed';
import { PhoneNumber } from '~/ui/PhoneNumber';
import { StateBadge } from '~/ui/StateBadge';
import css from './Desk.module.css';
import type { Subject } from './subject';

/** Above the outcome: the facts of the interaction in hand, or, between calls, what waits. */
export function Facts({ subject, onClose }: { subject: Subject; onClose?: () => void }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const actions = useDeskActions();
  const it = subject.interaction;
  const queue = words.queue(subject.queue_id);
  const waited =
    it?.connected_ms && it.direction === 'inbound' ? (it.connected_ms - it.since_ms) / 1000 : null;
  return (
    <section className={css.facts} aria-label={t('desk.facts.title')}>
      <div className={css.factsHead}>
        <h2>{colleagueOf(it) ?? (subject.customer_name || <PhoneNumber value={subject.number} />)}</h2>
        <Chip tone="mute">{t(`common.direction.${subject.direction}`)}</Chip>
        {it?.callback_of ? <Chip tone="warn">{t('desk.facts.callback')}</Chip> : null}
        {it && it.priority > 0 ? (
          <Chip tone="warn">{t('desk.facts.priority', { count: it.priority })}</Chip>
        ) : null}
        {onClose && subject.number ? (
          <Button
            size="xs"
            variant="default"
            leftSection={<Phone size={14} aria-hidden />}
            disabled={!actions.can('dial')}
            loading={actions.pending === 'dial'}
            onClick={() => void actions.dial(subject.number, subject.queue_id)}
          >
            {t('desk.lists.call_back')}
          </Button>
        ) : null}
        {onClose ? (
          <button type="button" className={css.linkButton} onClick={onClose}>
            {t('common.close')}
          </button>
        ) : null}
      </div>
      <dl className={css.dl}>
        {(it?.project_name ?? queue?.project_name) ? (
          <div>
            <dt>{t('desk.facts.project')}</dt>
            <dd>{it?.project_name ?? queue?.project_name}</dd>
          </div>
        ) : null}
        {(it?.queue_name ?? queue?.name) ? (
          <div>
            <dt>{t('desk.facts.queue')}</dt>
            <dd>{it?.queue_name ?? queue?.name}</dd>
          </div>
        ) : null}
        {subject.customer_name ? (
          <div>
            <dt>{t('desk.facts.number')}</dt>
            <dd>
              <PhoneNumber value={subject.number} copy />
            </dd>
          </div>
        ) : null}
        {it?.number_called ? (
          <div>
            <dt>{t('desk.facts.number_called')}</dt>
            <dd>
              <PhoneNumber value={it.number_called} />
            </dd>
          </div>
        ) : null}
        {waited !== null && waited >= 1 ? (
          <div>
            <dt>{t('desk.facts.waited')}</dt>
            <dd className="num">{duration(waited)}</dd>
          </div>
        ) : null}
      </dl>
    </section>
  );
}

/** Between two calls: one sentence about what happens next, and the agent's queues. */
export function Between() {
  const { t } = useTranslation();
  const words = useDeskWords();
  const { desk } = useDeskActions();
  const agent = desk?.agent;
  const state = agent?.state ?? 'signed_out';
  const sentence = state === 'ready' ? 'ready' : state === 'not_ready' ? 'not_ready' : 'signed_out';
  return (
    <section className={css.between} aria-label={t('desk.idle.title')}>
      <div className={css.calm}>
        {agent ? <StateBadge state={state} large /> : null}
        <p>{t(`desk.idle.${sentence}`)}</p>
      </div>
      {desk?.waiting.length ? (
        <table className={css.waiting}>
          <caption className="visually-hidden">{t('desk.idle.queues')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('desk.idle.queue')}</th>
              <th scope="col">{t('desk.idle.waiting')}</th>
              <th scope="col">{t('desk.idle.longest')}</th>
            </tr>
          </thead>
          <tbody>
            {desk.waiting.map((row) => {
              const queue = words.queue(row.queue_id);
              return (
                <tr key={row.queue_id} data-some={row.waiting > 0 || undefined}>
                  <th scope="row">
                    {queue?.color ? (
                      <i className={css.mark} style={{ background: queue.color }} aria-hidden />
                    ) : null}
                    {queue?.name ?? row.queue_id}
                  </th>
                  <td className="num">{count(row.waiting)}</td>
                  <td>{row.longest_since_ms ? <Elapsed since={row.longest_since_ms} /> : <span>—</span>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}
