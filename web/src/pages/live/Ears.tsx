import { Button, Tooltip } from '@mantine/core';
import { Ear, MessageSquareText, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import { useDesk } from '~/live/hooks';
import type { LiveInteraction, SupervisionMode } from '~/live/types';
import { MODES, useSupervision } from '~/phone/useSupervision';
import css from './Live.module.css';

const ICON = { monitor: Ear, whisper: MessageSquareText, barge: Users };
const HEARABLE = new Set(['connected', 'held', 'reconnecting']);

/** Listen, whisper, barge in: the own phone rings and answers itself; the bar over the page says what goes on. */
export function Ears({ interaction }: { interaction: LiveInteraction }) {
  const { t } = useTranslation();
  const mayListen = useCan('monitor.talks');
  const mayBarge = useCan('barge.talks');
  const now = useDesk()?.supervision ?? null;
  const { pending, listen } = useSupervision();
  const [refusal, setRefusal] = useState<string | null>(null);
  if (!mayListen || !HEARABLE.has(interaction.phase)) return null;
  const isHere = now?.interaction_id === interaction.id;
  const start = async (mode: SupervisionMode) => setRefusal(await listen(interaction.id, mode));
  return (
    <>
      <div className={css.inHandButtons} role="group" aria-label={t('supervision.mode')}>
        {MODES.filter((mode) => mode === 'monitor' || mayBarge).map((mode) => {
          const Icon = ICON[mode];
          const on = isHere && now?.mode === mode;
          return (
            <Tooltip key={mode} label={t(`supervision.${mode}_help`)}>
              <Button
                variant={on ? 'filled' : 'default'}
                aria-pressed={on}
                leftSection={<Icon size={15} aria-hidden />}
                loading={pending === mode}
                disabled={pending !== null && pending !== mode}
                onClick={() => void start(mode)}
              >
                {t(`supervision.${mode}`)}
              </Button>
            </Tooltip>
          );
        })}
      </div>
      {now && !isHere ? <p className="muted">{t('supervision.busy_with')}</p> : null}
      {interaction.watchers?.length ? (
        <p className="muted">
          {t('supervision.listened', { names: interaction.watchers.map((it) => it.name).join(', ') })}
        </p>
      ) : null}
      {refusal ? (
        <p className={css.assignHint} role="alert" data-refusal>
          {refusal}
        </p>
      ) : null}
    </>
  );
}
