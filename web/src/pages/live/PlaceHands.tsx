import { Button, Select } from '@mantine/core';
import { ArrowDown, ArrowUp, ChevronsUp, PhoneOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { live } from '~/live/store';
import type { LiveInteraction } from '~/live/types';
import css from './Live.module.css';
import type { useHands } from './useHands';

const STEP = 10;

/** Where one waits: sooner or later in his line, next of all, or in another queue; or not at all, where a call was promised. */
export function PlaceHands({
  interaction,
  hands,
  onRefused,
}: {
  interaction: LiveInteraction;
  hands: ReturnType<typeof useHands>;
  onRefused: (text: string | null) => void;
}) {
  const { t } = useTranslation();
  const [isSure, setSure] = useState(false);
  const [queue, setQueue] = useState<string | null>(null);
  const others = [...live.queues.values()].filter((it) => it.id !== interaction.queue_id);
  const give = async (priority: number) => onRefused(await hands.prioritize(interaction.id, priority));
  const top = () =>
    Math.max(
      interaction.priority,
      ...[...live.interactions.values()]
        .filter((it) => it.queue_id === interaction.queue_id && it.phase === 'waiting')
        .map((it) => it.priority),
    );
  const busy = hands.pending !== null;
  return (
    <div className={css.place}>
      <div className={css.inHandButtons} role="group" aria-label={t('supervision.priority.title')}>
        <span className="muted">
          {t('supervision.priority.title')}:{' '}
          {t('supervision.priority.value', { count: interaction.priority })}
        </span>
        <Button
          size="xs"
          variant="default"
          disabled={busy}
          leftSection={<ChevronsUp size={14} aria-hidden />}
          onClick={() => void give(top() + STEP)}
        >
          {t('supervision.priority.first')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={busy}
          leftSection={<ArrowUp size={14} aria-hidden />}
          onClick={() => void give(interaction.priority + STEP)}
        >
          {t('supervision.priority.sooner')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={busy}
          leftSection={<ArrowDown size={14} aria-hidden />}
          onClick={() => void give(interaction.priority - STEP)}
        >
          {t('supervision.priority.later')}
        </Button>
      </div>
      {interaction.phase === 'waiting' && !interaction.is_callback && others.length ? (
        <div className={css.inHandButtons}>
          <Select
            size="xs"
            aria-label={t('supervision.requeue.title')}
            placeholder={t('supervision.requeue.title')}
            data={others.map((it) => ({ value: String(it.id), label: it.name }))}
            value={queue}
            onChange={setQueue}
            searchable
          />
          <Button
            size="xs"
            variant="default"
            disabled={!queue || busy}
            loading={hands.pending === 'requeue'}
            onClick={() => {
              const name = live.queues.get(Number(queue))?.name ?? '';
              void hands.requeue(interaction.id, Number(queue), name).then(onRefused);
            }}
          >
            {t('supervision.requeue.do')}
          </Button>
        </div>
      ) : null}
      {interaction.phase === 'waiting' && interaction.is_callback ? (
        <div className={css.inHandButtons}>
          <Button
            size="xs"
            variant={isSure ? 'filled' : 'default'}
            color={isSure ? 'red' : undefined}
            disabled={busy}
            loading={hands.pending === 'cancel_callback'}
            leftSection={<PhoneOff size={14} aria-hidden />}
            onClick={() => {
              if (isSure) void hands.cancelCallback(interaction.id).then(onRefused);
              setSure(!isSure);
            }}
          >
            {t(isSure ? 'supervision.promise.sure' : 'supervision.promise.do')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
