import { Tooltip } from '@mantine/core';
import { Grid3x3, Mic, MicOff, Pause, Phone, PhoneOff, Play } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '~/api/session';
import { keyLabel, keyMap } from '~/lib/keys';
import type { DeskInteraction } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import { PhoneNumber } from '~/ui/PhoneNumber';
import css from './CallCard.module.css';
import { usePhone } from './PhoneProvider';
import { useCustomer } from './useCustomer';
import { useDeskActions } from './useDeskActions';

const useKeys = () => {
  const { preferences } = useMe();
  return useMemo(() => keyMap(preferences.keys), [preferences.keys]);
};

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

export function Who({
  interaction,
  fallback,
}: {
  interaction: DeskInteraction | null;
  fallback?: string | undefined;
}) {
  const number = interaction?.number ?? fallback ?? null;
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
  const { data: customer } = useCustomer(interaction?.party_id);
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
            word={t(interaction?.is_callback ? 'phone.promised' : 'phone.incoming')}
          />
          <Who interaction={interaction} fallback={call?.number} />
        </div>
        <Elapsed since={interaction?.since_ms ?? call?.since ?? Date.now()} className={css.timer} />
      </div>
      {interaction?.greeting ? <p className={css.greeting}>{interaction.greeting}</p> : null}
      {interaction?.is_callback ? <p className={css.hint}>{t('phone.promised_hint')}</p> : null}
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

const KEYPAD = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

function Keypad() {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const [pressed, setPressed] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const press = (digit: string) => {
    actions.press(digit);
    setPressed((old) => (old + digit).slice(-24));
  };
  useEffect(() => box.current?.querySelector('button')?.focus(), []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: digits typed anywhere in the pad are pressed
    <div
      ref={box}
      className={css.keypad}
      onKeyDown={(e) => {
        if (/^[0-9*#]$/.test(e.key) && !e.ctrlKey && !e.altKey) {
          e.preventDefault();
          press(e.key);
        }
      }}
    >
      <output className={`num ${css.pressed}`} aria-label={t('phone.pressed')}>
        {pressed}
      </output>
      {KEYPAD.map((digit) => (
        <button key={digit} type="button" onClick={() => press(digit)}>
          {digit}
        </button>
      ))}
    </div>
  );
}

const LONG_HOLD = { warn: 60, bad: 180 };

/** The call in progress. What can be pressed is what the server allows now. */
export function CurrentCall({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const { state, kind } = usePhone();
  const keys = useKeys();
  const [keypad, setKeypad] = useState(false);
  const interaction = actions.desk?.interaction ?? null;
  const call = state.call;
  const phase = interaction?.phase ?? (call?.phase === 'active' ? 'connected' : 'connecting');
  const held = phase === 'held';
  const word =
    phase === 'connected'
      ? t('common.state.connected')
      : held
        ? t('common.state.held')
        : phase === 'reconnecting'
          ? t('common.state.reconnecting')
          : interaction?.direction === 'outbound' || phase === 'dialing'
            ? t('phone.dialing')
            : t('common.state.connecting');
  const canKeys = call?.phase === 'active' || actions.can('keys');
  const muted = call?.muted ?? false;
  useEffect(() => {
    if (!canKeys) setKeypad(false);
  }, [canKeys]);
  return (
    <section
      className={css.card}
      data-phase={phase}
      aria-label={t('phone.call')}
      data-testid="call"
      data-muted={muted}
    >
      <div className={css.head}>
        <div>
          <Where interaction={interaction} word={word} />
          <Who interaction={interaction} fallback={call?.number} />
        </div>
        <Elapsed
          since={interaction?.since_ms ?? call?.since ?? Date.now()}
          {...(held ? LONG_HOLD : {})}
          className={css.timer}
        />
      </div>
      {phase === 'reconnecting' ? <p className={css.hint}>{t('phone.reconnecting')}</p> : null}
      {held && interaction?.connected_ms ? <p className={css.hint}>{t('phone.held_hint')}</p> : null}
      <div className={css.row}>
        {kind === 'browser' ? (
          <Tooltip label={`${t(muted ? 'phone.unmute' : 'phone.mute')}   ${keyLabel(keys.mute)}`}>
            <button
              type="button"
              className={css.control}
              data-mute
              aria-pressed={muted}
              aria-label={t('phone.mute')}
              disabled={call?.phase !== 'active'}
              onClick={() => actions.mute(!muted)}
            >
              {muted ? <MicOff size={18} aria-hidden /> : <Mic size={18} aria-hidden />}
            </button>
          </Tooltip>
        ) : null}
        <Tooltip label={`${t(held ? 'phone.resume' : 'phone.hold')}   ${keyLabel(keys.hold)}`}>
          <button
            type="button"
            className={css.control}
            aria-pressed={held}
            aria-label={t('phone.hold')}
            disabled={!actions.can('hold') && !actions.can('resume')}
            onClick={() => void (held ? actions.resume() : actions.hold())}
          >
            {held ? <Play size={18} aria-hidden /> : <Pause size={18} aria-hidden />}
          </button>
        </Tooltip>
        <Tooltip label={t('phone.keypad')}>
          <button
            type="button"
            className={css.control}
            aria-expanded={keypad}
            aria-label={t('phone.keypad')}
            disabled={!canKeys}
            onClick={() => setKeypad((open) => !open)}
          >
            <Grid3x3 size={18} aria-hidden />
          </button>
        </Tooltip>
        <Tooltip label={keyLabel(keys.hang_up)}>
          <button
            type="button"
            className={css.button}
            data-kind="hang_up"
            disabled={(!actions.can('hang_up') && !call) || actions.pending === 'hang_up'}
            onClick={() => void actions.hangUp()}
          >
            <PhoneOff size={17} aria-hidden />
            {t('phone.hang_up')}
          </button>
        </Tooltip>
      </div>
      {keypad ? <Keypad /> : null}
      {children}
    </section>
  );
}
