import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem, post, problemText } from '~/api/client';
import type { MoveTarget } from '~/api/gen';
import { textOf } from '~/i18n';
import { caughtUp, useDesk } from '~/live/hooks';
import { live } from '~/live/store';
import type { DeskAction, DeskBody } from '~/live/types';
import { announce } from '~/ui/announce';
import { toast } from '~/ui/toast';
import { usePhone } from './PhoneProvider';
import { useReadyGate } from './ReadyGate';

type Answer = { seq?: string } | undefined;

export interface DeskActions {
  desk: DeskBody | null;
  /** The server allows it now. Without a snapshot nothing is allowed but what the phone itself can do. */
  can(action: DeskAction): boolean;
  /** The command on its way, until the screen shows its effect. */
  pending: string | null;
  ready(): Promise<boolean>;
  notReady(reasonId: number): Promise<boolean>;
  signOut(): Promise<boolean>;
  answer(): void;
  decline(): Promise<boolean>;
  hold(): Promise<boolean>;
  resume(): Promise<boolean>;
  hangUp(): Promise<boolean>;
  /** Nothing is recorded while the customer says card data. */
  cardPause(step: 'start' | 'keep' | 'end'): Promise<boolean>;
  mute(muted: boolean): void;
  press(digit: string): void;
  dial(number: string, queueId?: number | null, callbackOf?: string | null): Promise<boolean>;
  extendWrapUp(seconds: number): Promise<boolean>;
  finishWrapUp(): Promise<boolean>;
  /** `tell`: where a refusal is shown, if not at the corner of the screen. */
  transfer(to: MoveTarget, tell?: Tell): Promise<boolean>;
  escalate(tell?: Tell): Promise<boolean>;
  consult(to: MoveTarget, tell?: Tell): Promise<boolean>;
  callColleague(agentId: number, tell?: Tell): Promise<boolean>;
  swap(): Promise<boolean>;
  /** The customer goes to the one who was asked. */
  complete(): Promise<boolean>;
  cancelConsult(): Promise<boolean>;
  conference(): Promise<boolean>;
  leave(): Promise<boolean>;
  remove(participantId: string): Promise<boolean>;
}
export type Tell = (message: string) => void;

const PRESS_PAUSE_MS = 350;

/** Everything the agent can ask for. Rests on the server's list of actions, and tells every refusal in words. */
export function useDeskActions(): DeskActions {
  const { t } = useTranslation();
  const desk = useDesk();
  const phone = usePhone();
  const gate = useReadyGate();
  const queries = useQueryClient();
  const [pending, setPending] = useState<string | null>(null);
  const running = useRef(new Set<string>());

  const run = useCallback(
    async (name: string, ask: () => Promise<Answer>, said?: string, tell?: Tell): Promise<boolean> => {
      // A second click before the first one's answer is the same wish.
      if (running.current.has(name)) return false;
      running.current.add(name);
      setPending(name);
      try {
        const answer = await ask();
        await caughtUp(answer?.seq);
        if (said) announce(said);
        return true;
      } catch (error) {
        // About a colleague a refusal reads otherwise than about oneself.
        const other = tell && error instanceof Problem ? textOf(`transfer.refused.${error.code}`) : null;
        const message = other ?? problemText(error);
        announce(message);
        if (tell) tell(message);
        else toast(message, 'bad');
        return false;
      } finally {
        running.current.delete(name);
        setPending((now) => (now === name ? null : now));
      }
    },
    [],
  );

  const { send, kind, state } = phone;
  const pass = gate.pass;
  return useMemo<DeskActions>(() => {
    const interactionId = () => live.desk?.interaction?.id ?? state.call?.interactionId ?? null;
    const move = (name: string, verb: string, said: string, more: object = {}, tell?: Tell) =>
      run(name, () => post(`/api/v1/desk/${verb}`, { interaction_id: interactionId(), ...more }), said, tell);
    return {
      desk,
      can: (action) => desk?.actions.includes(action) ?? false,
      pending,
      ready: () => run('ready', async () => ((await pass()) ? post('/api/v1/desk/ready') : undefined)),
      notReady: (reasonId) => run('not_ready', () => post('/api/v1/desk/not-ready', { reason_id: reasonId })),
      signOut: () => run('sign_out', () => post('/api/v1/desk/sign-out')),
      answer: () => send({ command: 'answer' }),
      decline: () =>
        run(
          'decline',
          async () => {
            const offer = live.desk?.interaction?.offer_id;
            if (offer) return post('/api/v1/desk/decline', { offer_id: offer });
            send({ command: 'decline' });
            return undefined;
          },
          t('phone.said.declined'),
        ),
      hold: () =>
        run(
          'hold',
          () => post('/api/v1/desk/hold', { interaction_id: interactionId() }),
          t('phone.said.held'),
        ),
      resume: () =>
        run(
          'resume',
          () => post('/api/v1/desk/resume', { interaction_id: interactionId() }),
          t('phone.said.resumed'),
        ),
      hangUp: () =>
        run(
          'hang_up',
          async () => {
            const id = live.desk?.interaction?.id;
            // The server ends the talk; without it, or for a leg it does not know of, the phone does.
            if (id && live.desk?.actions.includes('hang_up')) {
              try {
                return await post('/api/v1/desk/hang-up', { interaction_id: id }, { retry: false });
              } catch (error) {
                if (!state.call) throw error;
              }
            }
            send({ command: 'hang_up' });
            return undefined;
          },
          t('phone.said.hung_up'),
        ),
      cardPause: (step) =>
        move(
          `card ${step}`,
          step === 'start' ? 'card-pause' : `card-pause/${step}`,
          t(step === 'end' ? 'phone.card.said_recorded' : 'phone.card.said_paused'),
        ),
      mute: (muted) => {
        send({ command: 'mute', muted });
        announce(t(muted ? 'phone.said.muted' : 'phone.said.unmuted'));
      },
      press: (digit) => {
        if (kind === 'browser') {
          send({ command: 'press', digit });
          return;
        }
        const id = interactionId();
        if (id) {
          void run(`press ${digit} ${Math.floor(Date.now() / PRESS_PAUSE_MS)}`, () =>
            post('/api/v1/desk/keys', { interaction_id: id, keys: digit }),
          );
        }
      },
      dial: (number, queueId, callbackOf) =>
        run('dial', async () => {
          if (kind === 'browser' && !(await pass())) return undefined;
          const answer = await post('/api/v1/desk/dial', {
            number,
            ...(queueId ? { queue_id: queueId } : {}),
            ...(callbackOf ? { callback_of: callbackOf } : {}),
          });
          void queries.invalidateQueries({ queryKey: ['missed'] });
          return answer;
        }),
      extendWrapUp: (seconds) =>
        run(
          'extend_wrap_up',
          () => post('/api/v1/desk/wrap-up/extend', { seconds }),
          t('phone.said.extended'),
        ),
      finishWrapUp: () =>
        run('finish_wrap_up', () => post('/api/v1/desk/wrap-up/finish'), t('phone.said.finished')),
      transfer: (to, tell) => move('transfer', 'transfer', t('phone.said.transferred'), { to }, tell),
      escalate: (tell) => move('transfer', 'escalate', t('phone.said.transferred'), {}, tell),
      consult: (to, tell) => move('consult', 'consult', t('phone.said.consults'), { to }, tell),
      callColleague: (agentId, tell) =>
        run(
          'call_colleague',
          async () => {
            if (kind === 'browser' && !(await pass())) return undefined;
            return post('/api/v1/desk/call-colleague', { agent_id: agentId });
          },
          undefined,
          tell,
        ),
      swap: () => move('swap', 'swap', t('phone.said.swapped')),
      complete: () => move('complete', 'complete', t('phone.said.transferred')),
      cancelConsult: () => move('cancel_consult', 'cancel', t('phone.said.resumed')),
      conference: () => move('conference', 'conference', t('phone.said.conference')),
      leave: () => move('leave', 'leave', t('phone.said.left')),
      remove: (participantId) =>
        move(`remove ${participantId}`, 'remove', t('phone.said.removed'), { participant_id: participantId }),
    };
  }, [desk, pending, run, send, kind, state.call, pass, queries, t]);
}
