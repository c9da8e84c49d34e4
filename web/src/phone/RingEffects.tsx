import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { prettyNumber } from '~/lib/number';
import { useDesk } from '~/live/hooks';
import { colleagueOf } from './colleague';
import { usePhone } from './PhoneProvider';
import { audioPreferences } from './preferences';
import { soundUnlocked, startRinging } from './ringer';

/** What rings, in words for the title and the notification; null when nothing does. */
export interface Ringing {
  key: string;
  who: string;
  where: string;
}

/** One source of truth for "it rings": the INVITE of the browser phone, or the server's offer of a simulated one. */
export function useRinging(): Ringing | null {
  const { t } = useTranslation();
  const { state, kind } = usePhone();
  const desk = useDesk();
  const call = state.call;
  const offered = desk?.interaction?.phase === 'offered' ? desk.interaction : null;
  const rings =
    kind === 'browser'
      ? call?.phase === 'ringing' && !call.automatic
      : kind === 'simulated' && offered !== null && desk?.actions.includes('answer');
  if (!rings) return null;
  const who =
    colleagueOf(offered) ||
    offered?.customer_name ||
    prettyNumber(offered?.number ?? call?.number) ||
    t('common.number_hidden');
  return {
    key: offered?.id ?? call?.id ?? '',
    who,
    where: [offered?.project_name, offered?.queue_name].filter(Boolean).join(' · '),
  };
}

/** Sound, title, tab icon, system notification. All begin and end with the one state above; no timer outlives it. */
export function RingEffects() {
  const ringing = useRinging();
  const { t } = useTranslation();
  const { state } = usePhone();
  const key = ringing?.key;
  const who = ringing?.who ?? '';
  const where = ringing?.where ?? '';
  // The tab that owns the phone rings; if its sound is still locked, any tab that may.
  const sounds = state.here || !state.sound;

  useEffect(() => {
    if (!key || !sounds) return undefined;
    return startRinging();
  }, [key, sounds]);

  useEffect(() => {
    if (!key) return undefined;
    const title = document.title;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    const plain = icon?.getAttribute('href') ?? '';
    icon?.setAttribute('href', '/favicon-ringing.svg');
    void navigator.setAppBadge?.(1).catch(() => undefined);
    let on = true;
    document.title = `☎ ${who}`;
    const timer = setInterval(() => {
      on = !on;
      document.title = on ? `☎ ${who}` : title;
    }, 1000);
    return () => {
      clearInterval(timer);
      document.title = title;
      icon?.setAttribute('href', plain);
      void navigator.clearAppBadge?.().catch(() => undefined);
    };
  }, [key, who]);

  useEffect(() => {
    if (!key || !document.hidden || !audioPreferences().notifications) return undefined;
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return undefined;
    const note = new Notification(who, {
      body: where || t('phone.incoming'),
      tag: 'otklik-ring',
      requireInteraction: true,
      silent: soundUnlocked(),
    });
    note.onclick = () => {
      window.focus();
      note.close();
    };
    return () => note.close();
  }, [key, who, where, t]);
  return null;
}
