import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, Problem, post, problemText, put } from '~/api/client';
import { textOf } from '~/i18n';
import type { SupervisionMode } from '~/live/types';
import { announce } from '~/ui/announce';

export const MODES: readonly SupervisionMode[] = ['monitor', 'whisper', 'barge'];

/** Asks for a supervisor's ear in a talk; each gives the refusal in words, or null. */
export function useSupervision() {
  const { t } = useTranslation();
  const [pending, setPending] = useState<string | null>(null);
  const run = async (name: string, ask: () => Promise<unknown>, said: string) => {
    setPending(name);
    try {
      await ask();
      announce(said);
      return null;
    } catch (error) {
      const own = error instanceof Problem ? textOf(`supervision.refused.${error.code}`, error.facts) : null;
      const text = own ?? problemText(error);
      announce(text);
      return text;
    } finally {
      setPending(null);
    }
  };
  const of = (id: string) => `/api/v1/interactions/${encodeURIComponent(id)}`;
  return {
    pending,
    listen: (id: string, mode: SupervisionMode) =>
      run(mode, () => put(`${of(id)}/supervision`, { mode }), t(`supervision.said.${mode}`)),
    stop: () => run('stop', () => del('/api/v1/supervision'), t('supervision.said.stopped')),
    takeOver: (id: string) =>
      run('take_over', () => post(`${of(id)}/take-over`), t('supervision.said.taken_over')),
  };
}
