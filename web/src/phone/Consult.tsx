import { CloseButton } from '@mantine/core';
import {
  ArrowLeftRight,
  Merge,
  Music,
  Phone,
  PhoneForwarded,
  PhoneOff,
  Undo2,
  UserMinus,
} from 'lucide-react';
import type { ComponentType, ReactNode } from 'react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { keyLabel } from '~/lib/keys';
import { prettyNumber } from '~/lib/number';
import type { DeskConsult, DeskFailedConsult, DeskInteraction } from '~/live/types';
import { Elapsed } from '~/ui/Elapsed';
import { toast } from '~/ui/toast';
import css from './Consult.module.css';
import { openTargets } from './Targets';
import type { DeskActions } from './useDeskActions';
import { useKeys } from './useKeys';

type Icon = ComponentType<{ size?: number; 'aria-hidden'?: boolean }>;

/** A button that shows its key: what is done ten times an hour is learnt from the button itself. */
export function KeyButton({
  icon: Sign,
  label,
  keys,
  kind,
  disabled,
  onClick,
}: {
  icon: Icon;
  label: string;
  keys: string;
  kind?: 'main' | 'end';
  disabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button type="button" className={css.keyButton} data-kind={kind} disabled={disabled} onClick={onClick}>
      <Sign size={16} aria-hidden />
      <span>
        {label}
        <small aria-hidden>{keyLabel(keys)}</small>
      </span>
    </button>
  );
}

/** How one calls whoever is asked: a colleague, else a number, else the queue in which one is sought. */
export const askedName = (it: { name: string; queue_name: string; number: string }): string =>
  it.name || prettyNumber(it.number) || it.queue_name;

const RINGS = new Set(['offered', 'connecting', 'dialing']);

function Line({
  icon: Sign,
  who,
  where,
  since,
  isOn,
}: {
  icon: Icon;
  who: string;
  where: string;
  since: number;
  isOn: boolean;
}) {
  return (
    <li className={css.line} data-on={isOn || undefined}>
      <Sign size={15} aria-hidden />
      <span className={css.who}>{who}</span>
      <span className={css.where}>{where}</span>
      <Elapsed since={since} className={css.time} />
    </li>
  );
}

/** Whom the agent asks and where the customer is meanwhile; all of it from the feed, so that it survives a reload. */
export function ConsultBar({
  interaction,
  consult,
  actions,
}: {
  interaction: DeskInteraction;
  consult: DeskConsult;
  actions: DeskActions;
}) {
  const { t } = useTranslation();
  const keys = useKeys();
  const isAnswered = consult.phase === 'connected' || consult.phase === 'held';
  const withCustomer = interaction.phase === 'connected';
  const rings = RINGS.has(consult.phase);
  const where = rings ? 'rings' : consult.phase === 'connected' ? 'talks' : isAnswered ? 'waits' : 'sought';
  const busy = actions.pending !== null;
  return (
    <div className={css.consult} data-testid="consult" data-phase={consult.phase}>
      <ul className={css.lines} aria-label={t('transfer.bar.title')}>
        <Line
          icon={withCustomer ? Phone : Music}
          who={t('transfer.bar.customer')}
          where={t(withCustomer ? 'transfer.bar.talks' : 'transfer.bar.music')}
          since={interaction.since_ms}
          isOn={withCustomer}
        />
        <Line
          icon={isAnswered && where === 'waits' ? Music : Phone}
          who={askedName(consult)}
          where={t(`transfer.bar.${where}`)}
          since={consult.since_ms}
          isOn={where === 'talks'}
        />
      </ul>
      <div className={css.buttons}>
        <KeyButton
          icon={PhoneForwarded}
          label={t(isAnswered ? 'transfer.bar.complete' : 'transfer.bar.complete_blind')}
          keys={keys.transfer}
          {...(isAnswered ? { kind: 'main' as const } : {})}
          disabled={!actions.can('complete') || busy}
          onClick={() => void actions.complete()}
        />
        <KeyButton
          icon={Undo2}
          label={t(
            !isAnswered
              ? 'transfer.bar.cancel'
              : withCustomer
                ? 'transfer.bar.let_go'
                : 'transfer.bar.back_to_customer',
          )}
          keys={keys.hang_up}
          disabled={!actions.can('cancel_consult') || busy}
          onClick={() => void actions.cancelConsult()}
        />
        {isAnswered ? (
          <>
            <KeyButton
              icon={ArrowLeftRight}
              label={t(withCustomer ? 'transfer.bar.swap_to_asked' : 'transfer.bar.swap_to_customer')}
              keys={keys.swap}
              disabled={!actions.can('swap') || busy}
              onClick={() => void actions.swap()}
            />
            <KeyButton
              icon={Merge}
              label={t('transfer.bar.conference')}
              keys={keys.conference}
              disabled={!actions.can('conference') || busy}
              onClick={() => void actions.conference()}
            />
          </>
        ) : null}
      </div>
    </div>
  );
}

/** The talk of more than two: who is there; whoever owns it may take somebody out. */
export function Parties({ interaction, actions }: { interaction: DeskInteraction; actions: DeskActions }) {
  const { t } = useTranslation();
  const { others } = interaction;
  const customer = interaction.customer_name || prettyNumber(interaction.number) || t('common.number_hidden');
  const isOwner = interaction.role === 'owner';
  return (
    <div className={css.parties} data-testid="parties">
      <h3>{t('transfer.parties.title', { count: others.length + (isOwner ? 2 : 3) })}</h3>
      <ul>
        <Party name={customer} part={t('transfer.parties.customer')} />
        <Party
          name={t('transfer.parties.you')}
          part={t(isOwner ? 'transfer.parties.owner' : 'transfer.parties.colleague')}
        />
        {isOwner ? null : <Party name={interaction.colleague} part={t('transfer.parties.owner')} />}
        {others.map((one) => {
          const name = one.name || prettyNumber(one.number) || t('common.number_hidden');
          return (
            <Party
              key={one.id}
              name={name}
              part={t(one.agent_id ? 'transfer.parties.colleague' : 'transfer.parties.outside')}
            >
              {actions.can('remove') ? (
                <button
                  type="button"
                  className={css.remove}
                  aria-label={t('transfer.parties.remove', { name })}
                  title={t('transfer.parties.remove', { name })}
                  disabled={actions.pending === `remove ${one.id}`}
                  onClick={() => void actions.remove(one.id)}
                >
                  <UserMinus size={15} aria-hidden />
                </button>
              ) : null}
            </Party>
          );
        })}
      </ul>
    </div>
  );
}

function Party({ name, part, children }: { name: string; part: string; children?: ReactNode }) {
  return (
    <li>
      <span className={css.who}>{name}</span>
      <span className={css.where}>{part}</span>
      {children}
    </li>
  );
}

/** Out of a talk that goes on without him. */
export function LeaveButton({ actions }: { actions: DeskActions }) {
  const { t } = useTranslation();
  const keys = useKeys();
  return (
    <KeyButton
      icon={PhoneOff}
      label={t('transfer.parties.leave')}
      keys={keys.hang_up}
      kind="end"
      disabled={actions.pending === 'leave'}
      onClick={() => void actions.leave()}
    />
  );
}

/** Nobody came, or who was asked has hung up: who, why, and the next step. Put away by hand; the next question
 * puts it away, too. */
export function FailedConsult({
  failed,
  canAgain,
  actions,
}: {
  failed: DeskFailedConsult;
  canAgain: boolean;
  actions: DeskActions;
}) {
  const { t } = useTranslation();
  const [seen, setSeen] = useState(0);
  if (seen === failed.at_ms) return null;
  const kind = failed.name ? 'colleague' : failed.number ? 'number' : 'queue';
  const why =
    textOf(`transfer.failed.${kind}.${failed.reason}`) ?? textOf(`common.end_reason.${failed.reason}`) ?? '';
  const hasLeft = failed.reason === 'answered';
  const { agent_id } = failed;
  return (
    <div className={css.failed} role="status" data-testid="failed-consult">
      <p>
        <b>{askedName(failed)}</b>: {why} {t(hasLeft ? 'transfer.failed.left_back' : 'transfer.failed.back')}
      </p>
      <CloseButton size="sm" aria-label={t('common.close')} onClick={() => setSeen(failed.at_ms)} />
      {canAgain ? (
        <p className={css.next}>
          {hasLeft && agent_id && actions.can('consult') ? (
            <button
              type="button"
              className={css.again}
              disabled={actions.pending !== null}
              onClick={() => void actions.consult({ agent_id }, (message) => toast(message, 'bad'))}
            >
              {t('transfer.failed.ask_again')}
            </button>
          ) : null}
          <button type="button" className={css.again} onClick={() => openTargets('customer')}>
            {t('transfer.failed.again')}
          </button>
        </p>
      ) : null}
    </div>
  );
}
