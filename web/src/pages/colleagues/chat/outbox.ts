/* What was written and has not arrived yet: kept in this browser, sent again until the server has it or says no.
   The key makes a message that was sent twice one message. Drafts are kept by the keystroke. */

import { Problem, post } from '~/api/client';
import type { MessageRow } from '~/api/gen';
import { uuid7 } from '~/lib/ids';
import { readStored, writeStored } from '~/lib/storage';

export type Target = { person_id: number } | { team_id: number };
export interface Unsent {
  key: string;
  target: Target;
  text: string;
  at: number;
  /** The server said no: it is not sent again, its writer decides. */
  refused?: Problem;
}

export const nameOf = (target: Target): string =>
  'person_id' in target ? `person ${target.person_id}` : `team ${target.team_id}`;
export const targetOf = (name: string): Target | null => {
  const [kind, id] = name.split(' ');
  if (kind === 'person') return { person_id: Number(id) };
  return kind === 'team' ? { team_id: Number(id) } : null;
};

const boxOf = (me: number) => `chat.outbox.${me}`;
const draftOf = (me: number, target: Target) => `chat.draft.${me}.${nameOf(target)}`;

export const readDraft = (me: number, target: Target): string => readStored(draftOf(me, target), '');
export const keepDraft = (me: number, target: Target, text: string): void => {
  writeStored(draftOf(me, target), text || undefined);
};

type Arrived = (message: MessageRow) => void;

export class Outbox {
  unsent: readonly Unsent[];
  private sending = false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly me: number,
    private readonly arrived: Arrived,
  ) {
    this.unsent = readStored<Unsent[]>(boxOf(me), []);
  }

  put(target: Target, text: string): void {
    this.become([...this.unsent, { key: uuid7(), target, text, at: Date.now() }]);
    void this.flush();
  }

  drop(key: string): void {
    this.become(this.unsent.filter((it) => it.key !== key));
  }

  /** One after the other, so that the order is the writer's; stops where the server cannot be reached. */
  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (;;) {
        const next = this.unsent.find((it) => !it.refused);
        if (!next) return;
        try {
          const message = await post<MessageRow>('/api/v1/chat/messages', {
            ...next.target,
            text: next.text,
            key: next.key,
          });
          this.arrived(message);
          this.drop(next.key);
        } catch (problem) {
          const isNo = problem instanceof Problem && [403, 404, 409, 422].includes(problem.status);
          if (!isNo) return;
          this.become(this.unsent.map((it) => (it.key === next.key ? { ...it, refused: problem } : it)));
        }
      }
    } finally {
      this.sending = false;
    }
  }

  watch = (wake: () => void): (() => void) => {
    this.watchers.add(wake);
    return () => {
      this.watchers.delete(wake);
    };
  };

  private become(next: readonly Unsent[]): void {
    this.unsent = next;
    const kept = next.map(({ refused: _, ...it }) => it);
    writeStored(boxOf(this.me), kept.length ? kept : undefined);
    for (const wake of this.watchers) wake();
  }
}
