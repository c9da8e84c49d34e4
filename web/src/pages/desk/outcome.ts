/* The outcome of an interaction while it is typed. Every change goes to this browser's storage at once and to the
   server a moment later; the stored draft goes away only when the server has acknowledged that very text. */

import { useCallback, useEffect, useRef, useState } from 'react';
import { Problem, put } from '~/api/client';
import { readStored, storedKeys, writeStored } from '~/lib/storage';

export interface Outcome {
  disposition_id: number | null;
  note: string;
}
interface Draft extends Outcome {
  at: number;
}
export type Saving =
  /** Nothing typed yet. */
  | 'clean'
  /** Typed, on its way. */
  | 'saving'
  | 'saved'
  /** The server cannot be reached; tried again by itself. */
  | 'waiting'
  /** The server said no. */
  | 'refused';

const DRAFT = 'draft.';
const TYPING_PAUSE_MS = 500;
const RETRY_MS = 5000;
const RECENT = 'recent_dispositions';
const KEPT_DAYS = 7;

const send = (interactionId: string, { disposition_id, note }: Outcome) =>
  put(`/api/v1/interactions/${interactionId}/outcome`, { disposition_id, note });

const same = (a: Outcome, b: Outcome) => a.disposition_id === b.disposition_id && a.note === b.note;

/** Drafts left by a closed tab or a lost network are sent when the desk opens. Gives how many got through. */
export async function sendLeftDrafts(exceptId: string | null, now: number = Date.now()): Promise<number> {
  let sent = 0;
  for (const key of storedKeys(DRAFT)) {
    const id = key.slice(DRAFT.length);
    const draft = readStored<Draft | null>(key, null);
    if (!draft || id === exceptId) continue;
    if (now - draft.at > KEPT_DAYS * 86_400_000) {
      writeStored(key, undefined);
      continue;
    }
    try {
      await send(id, draft);
      writeStored(key, undefined);
      sent++;
    } catch (error) {
      // Refused for good (another's interaction, no right any more): asking again changes nothing.
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 401) {
        writeStored(key, undefined);
      }
    }
  }
  return sent;
}

export const recentDispositions = (): number[] => readStored<number[]>(RECENT, []).slice(0, 3);
const noteRecent = (id: number) =>
  writeStored(RECENT, [id, ...recentDispositions().filter((it) => it !== id)].slice(0, 3));

export interface OutcomeEditor extends Outcome {
  saving: Saving;
  problem: unknown;
  setDisposition(id: number | null): void;
  setNote(note: string): void;
  /** Sends at once; true when the server has it. */
  flush(): Promise<boolean>;
}

export function useOutcome(interactionId: string | null, server: Outcome): OutcomeEditor {
  const [value, setValue] = useState<Outcome>(server);
  const [saving, setSaving] = useState<Saving>('clean');
  const [problem, setProblem] = useState<unknown>(null);
  const id = useRef(interactionId);
  const latest = useRef<Outcome>(server);
  const acknowledged = useRef<Outcome>(server);
  const timer = useRef(0);
  const flight = useRef<Promise<boolean> | null>(null);

  const flush = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current);
    const forId = id.current;
    if (!forId) return true;
    if (flight.current) await flight.current;
    const sending = latest.current;
    if (same(sending, acknowledged.current)) return true;
    const run = (async () => {
      try {
        await send(forId, sending);
        const stored = readStored<Draft | null>(DRAFT + forId, null);
        if (stored && same(stored, sending)) writeStored(DRAFT + forId, undefined);
        if (id.current === forId) {
          acknowledged.current = sending;
          setProblem(null);
          if (same(latest.current, sending)) setSaving('saved');
        }
        return true;
      } catch (error) {
        if (id.current !== forId) return false;
        setProblem(error);
        const away = !(error instanceof Problem) || error.status === 0 || error.status >= 500;
        setSaving(away ? 'waiting' : 'refused');
        if (away) timer.current = window.setTimeout(() => void flush(), RETRY_MS);
        return false;
      }
    })();
    flight.current = run;
    try {
      return await run;
    } finally {
      if (flight.current === run) flight.current = null;
    }
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another interaction begins with its own stored text
  useEffect(() => {
    id.current = interactionId;
    acknowledged.current = server;
    const draft = interactionId ? readStored<Draft | null>(DRAFT + interactionId, null) : null;
    const start = draft ? { disposition_id: draft.disposition_id, note: draft.note } : server;
    latest.current = start;
    setValue(start);
    setProblem(null);
    setSaving(draft ? 'saving' : 'clean');
    if (draft) void flush();
    return () => {
      // The next call must not take the last words of this one with it.
      if (!same(latest.current, acknowledged.current)) void flush();
      clearTimeout(timer.current);
    };
  }, [interactionId]);

  const change = useCallback(
    (part: Partial<Outcome>) => {
      const next = { ...latest.current, ...part };
      latest.current = next;
      setValue(next);
      if (!id.current) return;
      writeStored(DRAFT + id.current, { ...next, at: Date.now() });
      setSaving('saving');
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void flush(), TYPING_PAUSE_MS);
    },
    [flush],
  );

  return {
    ...value,
    saving,
    problem,
    setDisposition: (next) => {
      if (next) noteRecent(next);
      change({ disposition_id: next });
    },
    setNote: (note) => change({ note }),
    flush,
  };
}
