import { CreditCard, Disc } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNow } from '~/lib/clock';
import type { DeskInteraction } from '~/live/types';
import { announce } from '~/ui/announce';
import { Elapsed } from '~/ui/Elapsed';
import css from './CardPause.module.css';
import { KeyButton } from './Consult';
import type { DeskActions } from './useDeskActions';
import { useKeys } from './useKeys';

/** True from a moment of the server on. */
function usePassed(moment: number | null): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    setPassed(moment !== null && moment <= serverNow());
    if (moment === null) return undefined;
    const timer = setTimeout(() => setPassed(true), Math.max(0, moment - serverNow()));
    return () => clearTimeout(timer);
  }, [moment]);
  return passed;
}

/** Nothing is recorded while the customer says card data; only the agent knows when that is over. */
export default function CardPause({
  interaction,
  actions,
}: {
  interaction: DeskInteraction | null;
  actions: DeskActions;
}) {
  const { t } = useTranslation();
  const keys = useKeys();
  const since = interaction?.card_since_ms ?? null;
  const asks = usePassed(interaction?.card_asks_ms ?? null);
  useEffect(() => {
    if (asks && since) announce(t('phone.card.asks'));
  }, [asks, since, t]);
  if (!since) {
    return (
      <KeyButton
        icon={CreditCard}
        label={t('phone.card.pause')}
        keys={keys.card}
        disabled={actions.pending === 'card start'}
        onClick={() => void actions.cardPause('start')}
      />
    );
  }
  return (
    <div className={css.paused} data-asks={asks || undefined} data-testid="card-pause">
      <p className={css.state}>
        <CreditCard size={16} aria-hidden />
        <b>{t('phone.card.paused')}</b>
        <Elapsed since={since} className={css.timer} />
      </p>
      {asks ? (
        <p className={css.question} role="alert">
          {t('phone.card.asks')}
        </p>
      ) : null}
      {actions.can('end_card_pause') ? (
        <div className={css.two}>
          <KeyButton
            icon={Disc}
            label={t('phone.card.end')}
            keys={keys.card}
            kind="main"
            disabled={actions.pending === 'card end'}
            onClick={() => void actions.cardPause('end')}
          />
          {asks ? (
            <button
              type="button"
              className={css.keep}
              disabled={actions.pending === 'card keep'}
              onClick={() => void actions.cardPause('keep')}
            >
              {t('phone.card.keep')}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
