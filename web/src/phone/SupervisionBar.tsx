import { Button, SegmentedControl } from '@mantine/core';
import { Ear } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import type { DeskSupervision, SupervisionMode } from '~/live/types';
import { useConfirm } from '~/ui/Confirm';
import { Elapsed } from '~/ui/Elapsed';
import css from './SupervisionBar.module.css';
import { MODES, useSupervision } from './useSupervision';

/** Over every page while one listens to a talk: whom, since when, how; and the ways out. */
export default function SupervisionBar({ of }: { of: DeskSupervision }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const mayBarge = useCan('barge.talks');
  const { pending, listen, stop, takeOver } = useSupervision();
  const [refusal, setRefusal] = useState<string | null>(null);
  const change = async (mode: SupervisionMode) => setRefusal(await listen(of.interaction_id, mode));
  const take = async () => {
    const sure = await ask({
      title: t('supervision.take_over_title'),
      text: t('supervision.take_over_text', { name: of.agent_name }),
      confirm: t('supervision.take_over'),
      danger: true,
    });
    if (sure) setRefusal(await takeOver(of.interaction_id));
  };
  return (
    <section
      className={css.bar}
      aria-label={t('supervision.title')}
      data-testid="supervision"
      data-mode={of.mode}
    >
      <span className={css.who}>
        <Ear size={17} aria-hidden />
        <span>
          {t(`supervision.now.${of.mode}`, { name: of.agent_name })} <Elapsed since={of.since_ms} />
        </span>
      </span>
      <SegmentedControl
        size="xs"
        aria-label={t('supervision.mode')}
        value={of.mode}
        disabled={pending !== null}
        onChange={(value) => void change(value as SupervisionMode)}
        data={MODES.map((mode) => ({
          value: mode,
          label: t(`supervision.${mode}`),
          disabled: mode !== 'monitor' && !mayBarge,
        }))}
      />
      <span className={css.acts}>
        {mayBarge ? (
          <Button size="xs" variant="default" loading={pending === 'take_over'} onClick={() => void take()}>
            {t('supervision.take_over')}
          </Button>
        ) : null}
        <Button
          size="xs"
          color="red"
          loading={pending === 'stop'}
          onClick={() => void stop().then(setRefusal)}
        >
          {t('supervision.stop')}
        </Button>
      </span>
      {refusal ? (
        <p className={css.refusal} role="alert" data-refusal>
          {refusal}
        </p>
      ) : null}
    </section>
  );
}
