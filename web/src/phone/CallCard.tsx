import { Tooltip } from '@mantine/core';
import { Phone, PhoneOff } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withWords } from '~/i18n';
import { keyLabel } from '~/lib/keys';
import type { DeskInteraction } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import { PhoneNumber } from '~/ui/PhoneNumber';
import css from './CallCard.module.css';
import { colleagueOf } from './colleague';
import { usePhone } from './PhoneProvider';
import { useCustomer } from './useCustomer';
import { useDeskActions } from './useDeskActions';
import { useKeys } from './useKeys';

export const Agreed = lazy(
  async () => (await Promise.all([import('./callbacks/Agreed'), withWords('callbacks')]))[0],
);

/** What it is, then queue and project, with the project's colour as a mark beside the words. */
export function Where({ interaction, word }: { interaction: DeskInteraction | null; word: string }) {
  const names = [interaction?.queue_name, interaction?.project_name].filter(Boolean).join(' · ');
  return (
    <>
      <span className={css.word}>{word}</span>
      {names ? (
        <span className={css.sub}>
          {interaction?.color ? (
            <i className={css.dot} style={{ background: interaction.color }} aria-hidden />
          ) : null}
          <span title={names}>{names}</span>
        </span>
      ) : null}
    </>
  );
}

/** Why it comes to this agent, in the words of the card's first line. */
function kindOf(it: DeskInteraction | null): 'consult' | 'internal' | 'returned' | 'transferred' | null {
  if (!it) return null;
  if (it.about) return 'consult';
  if (it.direction === 'internal') return 'internal';
  if (it.is_return) return 'returned';
  return it.colleague ? 'transferred' : null;
}

/** Which colleague stands behind it; while it rings, what he wrote so far: in the talk it stands in the middle. */
export function From({
  interaction,
  rings = false,
}: {
  interaction: DeskInteraction | null;
  rings?: boolean;
}) {
  const { t } = useTranslation();
  const kind = kindOf(interaction);
  if (!interaction || !kind || kind === 'internal') return null;
  const written = kind === 'consult' ? interaction.about_note : (interaction.note ?? '');
  return (
    <>
      {kind === 'returned' ? (
        <p className={css.from}>{t('phone.from.returned')}</p>
      ) : (
        <p className={css.from}>
          {t(`phone.from.${kind}`)} <b>{interaction.colleague}</b>
        </p>
      )}
      {written && rings ? <p className={css.note}>{written}</p> : null}
    </>
  );
}

export function Who({
  interaction,
  fallback,
}: {
  interaction: DeskInteraction | null;
  fallback?: string | undefined;
}) {
  const number = interaction?.number ?? fallback ?? null;
  const colleague = colleagueOf(interaction);
  if (colleague !== null) return <span className={css.who}>{colleague}</span>;
  return interaction?.customer_name ? (
    <>
      <span className={css.who}>{interaction.customer_name}</span>
      <PhoneNumber value={number} className={css.number} />
    </>
  ) : (
    <PhoneNumber value={number} className={css.who} />
  );
}

function useDelayedFlag(value: boolean, ms: number): boolean {
  const [flag, setFlag] = useState(false);
  useEffect(() => {
    if (!value) {
      setFlag(false);
      return undefined;
    }
    const timer = setTimeout(() => setFlag(true), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return flag;
}

/** It rings: who, on which line, what is known of them, two buttons. Answer has the focus, Enter is enough. */
export function IncomingCall({ onAnswered }: { onAnswered?: () => void }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const { state, kind } = usePhone();
  const keys = useKeys();
  const answer = useRef<HTMLButtonElement>(null);
  const interaction = actions.desk?.interaction ?? null;
  const why = kindOf(interaction);
  const { data: customer } = useCustomer(interaction?.party_id, interaction?.id);
  const call = state.call;
  const rings = kind === 'browser' ? call?.phase === 'ringing' : kind === 'simulated';
  const answering = call?.phase === 'answering';
  const late = useDelayedFlag(!rings && !answering && kind === 'browser', 2500);
  useEffect(() => {
    // Somebody who types a note must not answer by the Enter at the end of his line.
    const active = document.activeElement;
    const types = active instanceof HTMLTextAreaElement || active instanceof HTMLInputElement;
    if (rings && !types) answer.current?.focus();
  }, [rings]);
  return (
    <section className={css.card} data-phase="ringing" aria-label={t('phone.incoming')} data-testid="ringing">
      <div className={css.head}>
        <div>
          <Where
            interaction={interaction}
            word={t(
              why ? `phone.kind.${why}` : interaction?.is_callback ? 'phone.promised' : 'phone.incoming',
            )}
          />
          <Who interaction={interaction} fallback={call?.number} />
        </div>
        <Elapsed since={interaction?.since_ms ?? call?.since ?? Date.now()} className={css.timer} />
      </div>
      <From interaction={interaction} rings />
      {interaction?.greeting && why !== 'consult' ? (
        <p className={css.greeting}>{interaction.greeting}</p>
      ) : null}
      {interaction?.is_callback ? (
        <>
          <Suspense fallback={null}>
            <Agreed interactionId={interaction.id} />
          </Suspense>
          <p className={css.hint}>{t('phone.promised_hint')}</p>
        </>
      ) : null}
      {customer?.note ? <p className={css.note}>{customer.note}</p> : null}
      {kind === 'sip' ? <p className={css.hint}>{t('phone.answer_on_device')}</p> : null}
      {late ? <p className={css.hint}>{t('phone.no_invite')}</p> : null}
      <div className={css.two}>
        {kind === 'sip' ? null : (
          <Tooltip label={keyLabel(keys.answer)}>
            <button
              ref={answer}
              type="button"
              className={css.button}
              data-kind="answer"
              disabled={!rings}
              onClick={() => {
                actions.answer();
                onAnswered?.();
              }}
            >
              <Phone size={17} aria-hidden />
              {answering ? t('phone.answering') : t('phone.answer')}
            </button>
          </Tooltip>
        )}
        <button
          type="button"
          className={css.button}
          data-kind="plain"
          disabled={actions.pending === 'decline' || answering}
          onClick={() => void actions.decline()}
        >
          <PhoneOff size={17} aria-hidden />
          {t('phone.decline')}
        </button>
      </div>
    </section>
  );
}
