import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan, useMe } from '~/api/session';
import { textOf } from '~/i18n';
import { serverNow } from '~/lib/clock';
import { duration } from '~/lib/format';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import type { LiveAgent } from '~/live/types';
import { useConfirm } from '~/ui/Confirm';
import { Elapsed } from '~/ui/Elapsed';
import { LinkLine } from '~/ui/LinkLine';
import { Ears } from './Ears';
import css from './Live.module.css';
import { handsOn, useHands } from './useHands';

/** What the agent has in hand now, and how a supervisor takes it from him. */
export function InHand({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const me = useMe();
  const ask = useConfirm();
  const hands = useHands();
  const mayDirect = useCan('direct.agents');
  const [refusal, setRefusal] = useState<string | null>(null);
  const id = agent.interaction_id;
  const interaction = useThrottled(
    ['interactions'],
    250,
    () => (id ? live.interactions.get(id) : undefined),
    [id],
  );
  // After a hand-over his wrap-up still names the customer, who is another's by then.
  if (!interaction || (interaction.agent_id !== agent.id && interaction.direction !== 'internal'))
    return null;
  const may = handsOn(interaction);
  const queue = interaction.queue_id ? live.queues.get(interaction.queue_id) : undefined;
  const isInternal = interaction.direction === 'internal';
  const who = isInternal
    ? t('transfer.board.internal')
    : interaction.customer_name || interaction.number_masked || t('common.number_hidden');
  const take = async (isMine: boolean) => {
    setRefusal(null);
    if (may.interrupts) {
      const sure = await ask({
        title: t('transfer.board.interrupt_title'),
        text: t(isMine ? 'transfer.board.interrupt_pull' : 'transfer.board.interrupt_back', {
          name: agent.name,
          time: duration((serverNow() - interaction.since_ms) / 1000),
          queue: queue?.name ?? '',
        }),
        confirm: t(isMine ? 'transfer.board.pull' : 'transfer.board.take_back'),
        danger: true,
      });
      if (!sure) return;
    }
    setRefusal(await (isMine ? hands.pull(interaction.id) : hands.takeBack(interaction.id)));
  };
  const canPull = may.assign || may.interrupts;
  return (
    <section className={css.inHand} aria-label={t('transfer.board.in_hand')}>
      <h3>{t('transfer.board.in_hand')}</h3>
      <p>
        <b>{who}</b>
        {interaction.customer_name && !isInternal ? ` ${interaction.number_masked ?? ''}` : ''}
      </p>
      <p className="muted">
        {[queue?.name, textOf(`common.state.${interaction.phase}`)].filter(Boolean).join(' · ')}{' '}
        <Elapsed since={interaction.since_ms} />
      </p>
      {interaction.agent_link || interaction.customer_link ? (
        <div className={css.links}>
          <LinkLine side="agent" link={interaction.agent_link} />
          {isInternal ? null : <LinkLine side="customer" link={interaction.customer_link} />}
        </div>
      ) : null}
      {isInternal || me.person_id === agent.id ? null : <Ears interaction={interaction} />}
      {mayDirect && !isInternal ? (
        <div className={css.inHandButtons}>
          {me.agent && me.person_id !== agent.id ? (
            <Button
              variant="default"
              disabled={!canPull || hands.pending !== null}
              loading={hands.pending === 'pull'}
              onClick={() => void take(true)}
            >
              {t('transfer.board.pull')}
            </Button>
          ) : null}
          <Button
            variant="default"
            disabled={!may.takeBack || hands.pending !== null}
            loading={hands.pending === 'take_back'}
            onClick={() => void take(false)}
          >
            {t('transfer.board.take_back')}
          </Button>
        </div>
      ) : null}
      {mayDirect && !isInternal && !interaction.queue_id ? (
        <p className="muted">{t('transfer.board.no_queue')}</p>
      ) : null}
      {refusal ? (
        <p className={css.assignHint} role="alert" data-refusal>
          {refusal}
        </p>
      ) : null}
    </section>
  );
}
