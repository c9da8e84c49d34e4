import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, Problem, post, problemText, put } from '~/api/client';
import { textOf } from '~/i18n';
import type { AgentState } from '~/lib/state';
import type { LiveInteraction } from '~/live/types';
import { announce } from '~/ui/announce';
import { toast } from '~/ui/toast';

/** What a supervisor can still do with a customer: give him to somebody, take him, put him back in the queue. */
export interface Hands {
  assign: boolean;
  takeBack: boolean;
  /** It breaks a talk off, so it is asked about first. */
  interrupts: boolean;
}

const TALK = new Set(['connected', 'held', 'reconnecting']);

export function handsOn(it: LiveInteraction | undefined): Hands {
  const isCustomers = it !== undefined && it.direction !== 'internal';
  const talks = isCustomers && TALK.has(it.phase);
  const waits = isCustomers && (it.phase === 'waiting' || it.phase === 'offered');
  return {
    assign: waits && it.queue_id !== null,
    takeBack: isCustomers && it.queue_id !== null && (talks || it.phase === 'offered'),
    interrupts: talks,
  };
}

/** He is there and has nothing to do but perhaps a wrap-up: the engine's own rule. */
export const canBeCalled = (state: AgentState, reachable: boolean): boolean =>
  reachable && (state === 'ready' || state === 'not_ready' || state === 'wrap_up');

/** Sends a supervisor's wish; a refusal is told in words about the other agent, not about oneself. */
export function useHands() {
  const { t } = useTranslation();
  const [pending, setPending] = useState<string | null>(null);
  const run = async (
    name: string,
    path: string,
    body: object,
    said: string,
    ownText: boolean,
    send: (path: string, body: object) => Promise<unknown> = post,
  ) => {
    setPending(name);
    try {
      await send(path, body);
      announce(said);
      toast(said);
      return null;
    } catch (error) {
      const own = !ownText && error instanceof Problem ? textOf(`transfer.refused.${error.code}`) : null;
      const text = own ?? problemText(error);
      announce(text);
      return text;
    } finally {
      setPending(null);
    }
  };
  const of = (id: string, verb: string) => `/api/v1/interactions/${encodeURIComponent(id)}/${verb}`;
  return {
    pending,
    /** Each gives the refusal in words, or null. */
    assign: (id: string, agentId: number, name: string) =>
      run('assign', of(id, 'assign'), { agent_id: agentId }, t('transfer.board.assigned', { name }), false),
    pull: (id: string) => run('pull', of(id, 'pull'), { onto_me: true }, t('transfer.board.pulled'), true),
    prioritize: (id: string, priority: number) =>
      run(
        'prioritize',
        of(id, 'priority'),
        { priority },
        t('supervision.priority.said', { count: priority }),
        false,
        put,
      ),
    requeue: (id: string, queueId: number, name: string) =>
      run(
        'requeue',
        of(id, 'requeue'),
        { queue_id: queueId },
        t('supervision.requeue.said', { name }),
        false,
      ),
    cancelCallback: (id: string) =>
      run('cancel_callback', of(id, 'callback'), {}, t('supervision.promise.said'), true, (path) =>
        del(path),
      ),
    takeBack: (id: string) =>
      run('take_back', of(id, 'pull'), { onto_me: false }, t('transfer.board.taken_back'), false),
  };
}
