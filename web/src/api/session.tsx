import { useMantineColorScheme } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isLanguage, setLanguage } from '~/i18n';
import { formatLanguage, setFormat } from '~/lib/format';
import { readStored, writeStored } from '~/lib/storage';
import { live } from '~/live/store';
import { useConfirm } from '~/ui/Confirm';
import { toast } from '~/ui/toast';
import { get, patch, post, problemText, tellSignedOut } from './client';
import type {
  DeskSettings,
  Disposition,
  Me,
  Preferences,
  PreferencesChange,
  PublicFacts,
  QueueName,
  Reason,
} from './types';

const Context = createContext<Me | null>(null);

/** The signed-in person; only below the sign-in gate. */
export function useMe(): Me {
  const me = useContext(Context);
  if (!me) throw new Error('useMe outside of a sign-in');
  return me;
}

/** A right may be asked for whole, or by its beginning: 'manage.*'. */
export function holds(me: Pick<Me, 'rights'>, right: string): boolean {
  if (right.endsWith('.*')) return me.rights.some((it) => it.startsWith(right.slice(0, -1)));
  return me.rights.includes(right);
}
export const useCan = (right: string): boolean => holds(useMe(), right);

export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  const { setColorScheme } = useMantineColorScheme();
  const { language, theme, density } = me;
  setFormat({ zone: me.zone });
  useEffect(() => {
    if (isLanguage(language)) void setLanguage(language);
  }, [language]);
  useEffect(() => {
    setColorScheme(theme);
  }, [theme, setColorScheme]);
  useEffect(() => {
    document.documentElement.dataset.density = density;
  }, [density]);
  useEffect(() => {
    // Read before the next sign-in: the phone's code is fetched early in a browser where an agent works.
    writeStored('is_agent', me.agent);
  }, [me.agent]);
  return <Context value={me}>{children}</Context>;
}
export const wasAgentHere = (): boolean => readStored<boolean>('is_agent', false) === true;

export function usePublicFacts() {
  return useQuery({
    queryKey: ['public'],
    queryFn: ({ signal }) => get<PublicFacts>('/api/v1/public', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Changes show at once, are kept for this person by the server, and come back if it refuses. */
export function usePreferences(): [Preferences, (change: PreferencesChange) => void] {
  const me = useMe();
  const queries = useQueryClient();
  const change = useCallback(
    (part: PreferencesChange) => {
      const before = queries.getQueryData<Me>(['me']);
      queries.setQueryData<Me>(['me'], (old) => (old ? changed(old, part) : old));
      patch<Me>('/api/v1/me/preferences', part)
        .then((next) => {
          if (next && typeof next === 'object') queries.setQueryData(['me'], next);
        })
        .catch((error: unknown) => {
          queries.setQueryData(['me'], before);
          toast(problemText(error), 'bad');
        });
    },
    [queries],
  );
  return [me.preferences, change];
}

export function changed(me: Me, { language, theme, density, ...rest }: PreferencesChange): Me {
  return {
    ...me,
    language: language ?? me.language,
    theme: theme ?? me.theme,
    density: density ?? me.density,
    preferences: { ...me.preferences, ...rest },
  };
}

/** Ends the sign-in on the server; the screen goes in any case. */
export function useSignOut(): () => Promise<void> {
  const ask = useConfirm();
  const { t } = useTranslation();
  return useCallback(async () => {
    if (live.desk?.interaction && live.desk.interaction.phase !== 'wrap_up') {
      const sure = await ask({
        title: t('common.sign_out_in_call.title'),
        text: t('common.sign_out_in_call.text'),
        confirm: t('common.sign_out_in_call.confirm'),
        danger: true,
      });
      if (!sure) return;
    }
    try {
      await post('/api/v1/sign-out');
    } catch {
      /* the server ends it by itself in time; the screen must not stay open */
    }
    tellSignedOut();
  }, [ask, t]);
}

const NO_SETTINGS: DeskSettings = { reasons: [], dispositions: [], queues: [] };

export interface DeskWords {
  settings: DeskSettings;
  isLoading: boolean;
  reason(id: number | null | undefined): Reason | undefined;
  queue(id: number | null | undefined): QueueName | undefined;
  disposition(id: number | null | undefined): Disposition | undefined;
}

/** Reasons, dispositions and queues with their names; asked for once and refreshed now and then. */
export function useDeskWords(): DeskWords {
  const { data, isLoading } = useQuery({
    queryKey: ['desk', 'settings'],
    queryFn: ({ signal }) => get<DeskSettings>('/api/v1/desk/settings', {}, signal),
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  });
  return useMemo(() => {
    const settings = data ?? NO_SETTINGS;
    const reasons = new Map(settings.reasons.map((it) => [it.id, it]));
    const queues = new Map(settings.queues.map((it) => [it.id, it]));
    const dispositions = new Map(settings.dispositions.map((it) => [it.id, it]));
    return {
      settings,
      isLoading,
      reason: (id) => (id ? reasons.get(id) : undefined),
      queue: (id) => (id ? queues.get(id) : undefined),
      disposition: (id) => (id ? dispositions.get(id) : undefined),
    };
  }, [data, isLoading]);
}

/** A configured name in the reader's language; the other one stands in where it is empty. */
export const named = (it: { name_ru: string; name_en: string }): string =>
  formatLanguage() === 'en' ? it.name_en || it.name_ru : it.name_ru || it.name_en;
