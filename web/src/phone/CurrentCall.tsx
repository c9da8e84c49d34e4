import { Tooltip } from '@mantine/core';
import { Grid3x3, Mic, MicOff, Pause, PhoneForwarded, PhoneOff, Play } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withWords } from '~/i18n';
import { keyLabel } from '~/lib/keys';
import type { DeskInteraction } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import { Agreed, From, Where, Who } from './CallCard';
import css from './CallCard.module.css';
import { ConsultBar, FailedConsult, KeyButton, LeaveButton, Parties } from './Consult';
import { colleagueOf } from './colleague';
import { usePhone } from './PhoneProvider';
import { openTargets, preloadTargets } from './Targets';
import { useDeskActions } from './useDeskActions';
import { useKeys } from './useKeys';

const CardPause = lazy(() => import('./CardPause'));
const HoldReminder = lazy(async () => (await Promise.all([import('./HoldReminder'), withWords('link')]))[0]);
const VideoPane = lazy(async () => (await Promise.all([import('./VideoPane'), withWords('video')]))[0]);
const LinkSign = lazy(async () => (await Promise.all([import('./LinkSign'), withWords('link')]))[0]);
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

/** More than an agent and a customer; `others` names neither the reader nor the owner. */
const isConference = (it: DeskInteraction): boolean => it.others.length > 0 || it.role === 'conferee';

/** What goes on, in the card's first line. */
function wordOf(it: DeskInteraction | null, phase: string) {
  if (phase === 'reconnecting') return 'common.state.reconnecting' as const;
  if (it?.consult) return 'phone.kind.consult' as const;
  if (it?.about) return 'phone.kind.consult' as const;
  if (colleagueOf(it) !== null) return 'phone.kind.internal' as const;
  if (it && isConference(it)) return 'phone.kind.conference' as const;
  if (phase === 'connected') return 'common.state.connected' as const;
  if (phase === 'held') return 'common.state.held' as const;
  return it?.direction === 'outbound' || phase === 'dialing'
    ? ('phone.dialing' as const)
    : ('common.state.connecting' as const);
}

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
  const canKeys = call?.phase === 'active' || actions.can('keys');
  const muted = call?.muted ?? false;
  useEffect(() => {
    if (!canKeys) setKeypad(false);
  }, [canKeys]);
  const consult = interaction?.consult ?? null;
  const canMove = actions.can('transfer') || actions.can('consult');
  useEffect(() => {
    if (canMove) preloadTargets();
  }, [canMove]);
  // Whoever takes part without owning holds nobody; whoever asks has the buttons of the consultation.
  const canHold = actions.can('hold') || actions.can('resume');
  const leaves = actions.can('leave');
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
          <Where interaction={interaction} word={t(wordOf(interaction, phase))} />
          <Who interaction={interaction} fallback={call?.number} />
        </div>
        {consult ? null : (
          <Elapsed
            since={interaction?.since_ms ?? call?.since ?? Date.now()}
            {...(held ? LONG_HOLD : {})}
            className={css.timer}
          />
        )}
      </div>
      {consult ? null : <From interaction={interaction?.role === 'conferee' ? null : interaction} />}
      {interaction?.is_callback ? (
        <Suspense fallback={null}>
          <Agreed interactionId={interaction.id} />
        </Suspense>
      ) : null}
      {phase === 'reconnecting' ? <p className={css.hint}>{t('phone.reconnecting')}</p> : null}
      {held && interaction?.connected_ms && !consult && !interaction.about ? (
        <p className={css.hint}>{t('phone.held_hint')}</p>
      ) : null}
      {interaction?.hold_reminds_ms ? (
        <Suspense fallback={null}>
          <HoldReminder at={interaction.hold_reminds_ms} since={interaction.since_ms} />
        </Suspense>
      ) : null}
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
        {consult || (leaves && !canHold) ? null : (
          <Tooltip label={`${t(held ? 'phone.resume' : 'phone.hold')}   ${keyLabel(keys.hold)}`}>
            <button
              type="button"
              className={css.control}
              aria-pressed={held}
              aria-label={t('phone.hold')}
              disabled={!canHold}
              onClick={() => void (held ? actions.resume() : actions.hold())}
            >
              {held ? <Play size={18} aria-hidden /> : <Pause size={18} aria-hidden />}
            </button>
          </Tooltip>
        )}
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
        {consult ? null : leaves ? (
          <LeaveButton actions={actions} />
        ) : (
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
        )}
      </div>
      {interaction && consult ? (
        <ConsultBar interaction={interaction} consult={consult} actions={actions} />
      ) : null}
      {interaction && isConference(interaction) ? (
        <Parties interaction={interaction} actions={actions} />
      ) : null}
      {interaction?.failed_consult && !consult ? (
        <FailedConsult failed={interaction.failed_consult} canAgain={canMove} actions={actions} />
      ) : null}
      {canMove ? (
        <KeyButton
          icon={PhoneForwarded}
          label={t('transfer.open')}
          keys={keys.transfer}
          onClick={() => openTargets('customer')}
        />
      ) : null}
      {actions.can('pause_for_card') || interaction?.card_since_ms ? (
        <Suspense fallback={null}>
          <CardPause interaction={interaction} actions={actions} />
        </Suspense>
      ) : null}
      {call?.video && state.here && call.phase === 'active' ? (
        <Suspense fallback={null}>
          <VideoPane />
        </Suspense>
      ) : null}
      {interaction?.connected_ms ? (
        <Suspense fallback={null}>
          <LinkSign interaction={interaction} />
        </Suspense>
      ) : null}
      {keypad ? <Keypad /> : null}
      {children}
    </section>
  );
}
