import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { Chip, type Tone } from './Chip';

const TONE: Record<string, Tone> = {
  answered: 'ok',
  self_served: 'ok',
  callback_promised: 'info',
  voicemail: 'info',
  diverted: 'info',
  overflowed: 'warn',
  closed: 'warn',
  short_abandoned: 'warn',
  abandoned: 'bad',
  media_failed: 'bad',
  agent_failed: 'bad',
  adopted_lost: 'bad',
};

/** How an interaction ended; an empty outcome has not ended yet. */
export function OutcomeChip({ outcome }: { outcome: string }) {
  const { t } = useTranslation();
  if (!outcome) return <Chip tone="info">{t('lists.in_progress')}</Chip>;
  const text = textOf(`common.end_reason.${outcome}`) ?? outcome;
  return (
    <Chip tone={TONE[outcome] ?? 'mute'} title={text}>
      <span className="ellipsis">{text}</span>
    </Chip>
  );
}
