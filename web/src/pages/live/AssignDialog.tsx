import { Button, Modal } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { named, useDeskWords, useMe } from '~/api/session';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import type { LiveAgent } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import { type Choice, FindOne } from '~/ui/FindOne';
import { StateBadge } from '~/ui/StateBadge';
import css from './Live.module.css';
import { PlaceHands } from './PlaceHands';
import { canBeCalled, handsOn, useHands } from './useHands';

/** A waiting customer in a supervisor's hands: to an agent, to himself, or, while it rings, back to the queue. */
export default function AssignDialog({
  interactionId,
  onClose,
}: {
  interactionId: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const words = useDeskWords();
  const hands = useHands();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const interaction = useThrottled(['interactions'], 250, () => live.interactions.get(interactionId), [
    interactionId,
  ]);
  const agents = useThrottled(['agents'], 1000, () => inOrder(live.agents.values()));
  const may = handsOn(interaction);
  const choices = useMemo(() => {
    const wanted = query.trim().toLocaleLowerCase();
    return agents
      .filter((it) => it.name.toLocaleLowerCase().includes(wanted))
      .map<Choice>((it) => {
        const reason = it.state === 'not_ready' ? words.reason(it.reason_id) : undefined;
        const open = canBeCalled(it.state, it.reachable) && may.assign;
        return {
          key: String(it.id),
          name: it.name,
          detail: !it.reachable ? (
            t('transfer.why.unreachable')
          ) : open ? (
            <>
              {it.state === 'ready' ? '' : `${t('transfer.board.rings_anyway')} · `}
              <Elapsed since={it.since_ms} />
            </>
          ) : (
            t('transfer.why.busy')
          ),
          mark: <StateBadge state={it.state} {...(reason ? { label: named(reason) } : {})} />,
          disabled: !open,
        };
      });
  }, [agents, query, words, may.assign, t]);
  const queue = interaction?.queue_id ? live.queues.get(interaction.queue_id) : undefined;
  const ringsAt = interaction?.phase === 'offered' ? live.agents.get(interaction.agent_id ?? 0) : undefined;
  const chosen = agents.find((it) => String(it.id) === active);
  const finish = async (answer: Promise<string | null>) => {
    const text = await answer;
    setRefusal(text);
    if (text === null) onClose();
  };
  const assign = () => {
    if (chosen && may.assign && !hands.pending) {
      void finish(hands.assign(interactionId, chosen.id, chosen.name));
    }
  };
  const who = interaction?.customer_name || interaction?.number_masked || t('common.number_hidden');
  const hint = refusal
    ? refusal
    : !may.assign
      ? t('transfer.board.gone')
      : ringsAt
        ? t('transfer.board.rings_at', { name: ringsAt.name })
        : t('transfer.board.hint');
  return (
    <Modal
      opened
      onClose={onClose}
      size={620}
      yOffset="8vh"
      title={t('transfer.board.title', { who })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      data-testid="assign"
    >
      {interaction && may.assign ? (
        <p className={css.assignHead}>
          {queue?.name} · {t('transfer.board.waits')}{' '}
          <Elapsed
            since={interaction.queued_ms ?? interaction.since_ms}
            warn={queue?.threshold_seconds}
            bad={queue ? queue.threshold_seconds * 3 : undefined}
            className={css.wait}
          />
        </p>
      ) : null}
      {interaction && may.assign ? (
        <PlaceHands interaction={interaction} hands={hands} onRefused={setRefusal} />
      ) : null}
      <FindOne
        label={t('live.find')}
        query={query}
        onQuery={setQuery}
        groups={[{ title: t('live.agents'), choices }]}
        active={active}
        onActive={setActive}
        onEnter={assign}
        empty={t('transfer.nobody')}
      />
      <p
        className={css.assignHint}
        role={refusal ? 'alert' : 'status'}
        data-refusal={refusal ? true : undefined}
      >
        {hint}
      </p>
      <div className={css.assignFoot}>
        {me.agent ? (
          <Button
            variant="default"
            disabled={!may.assign || hands.pending !== null}
            loading={hands.pending === 'pull'}
            onClick={() => void finish(hands.pull(interactionId))}
          >
            {t('transfer.board.pull')}
          </Button>
        ) : null}
        {ringsAt ? (
          <Button
            variant="default"
            disabled={!may.takeBack || hands.pending !== null}
            loading={hands.pending === 'take_back'}
            onClick={() => void finish(hands.takeBack(interactionId))}
          >
            {t('transfer.board.take_back')}
          </Button>
        ) : null}
        <Button
          disabled={!chosen || !may.assign || hands.pending !== null}
          loading={hands.pending === 'assign'}
          rightSection={<kbd className={css.assignKey}>Enter</kbd>}
          onClick={assign}
        >
          {t('transfer.board.assign')}
        </Button>
      </div>
    </Modal>
  );
}

/** Those at work: the free ones first, the longest ready before the others. */
function inOrder(agents: Iterable<LiveAgent>): LiveAgent[] {
  const rank = (it: LiveAgent) => (!canBeCalled(it.state, it.reachable) ? 2 : it.state === 'ready' ? 0 : 1);
  return [...agents]
    .filter((it) => it.state !== 'signed_out')
    .sort((a, b) => rank(a) - rank(b) || a.since_ms - b.since_ms || a.id - b.id);
}
