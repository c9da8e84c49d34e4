import { SignalHigh, SignalLow, SignalMedium } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { LiveLink } from '~/live/types';
import { decimal } from './decimal';
import css from './LinkLine.module.css';

const ICON = { good: SignalHigh, fair: SignalMedium, bad: SignalLow } as const;

/** One side's link: a word for everyone, the figures for who wants them. */
export function LinkLine({ side, link }: { side: 'agent' | 'customer'; link: LiveLink | null | undefined }) {
  const { t } = useTranslation();
  if (!link) {
    return (
      <p className={css.line} data-grade="none">
        <SignalLow size={15} aria-hidden />
        <span>
          {t(`link.side.${side}`)}: {t('link.none')}
        </span>
      </p>
    );
  }
  const Icon = ICON[link.grade];
  const figures = [
    t('link.mos', { mos: decimal(link.mos, 1) }),
    t('link.loss', { share: decimal(link.loss_percent, 1) }),
    t('link.jitter', { ms: Math.round(link.jitter_ms) }),
    ...(link.round_trip_ms === null ? [] : [t('link.trip', { ms: Math.round(link.round_trip_ms) })]),
  ].join(' · ');
  return (
    <p className={css.line} data-grade={link.grade} title={figures}>
      <Icon size={15} aria-hidden />
      <span>
        {t(`link.side.${side}`)}: <b>{t(`link.grade.${link.grade}`)}</b>
      </span>
      <span className={`num ${css.figures}`}>{figures}</span>
    </p>
  );
}
