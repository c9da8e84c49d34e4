import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setFormat } from '~/lib/format';
import { readStored, writeStored } from '~/lib/storage';
import type ru from './ru';
import type { LaterWords } from './ru';

export type Language = 'ru' | 'en';
export const LANGUAGES: readonly Language[] = ['ru', 'en'];

/* A language is one chunk, loaded before the first render; only the chosen one is fetched. */
const load: Record<Language, () => Promise<object>> = {
  ru: async () => (await import('./ru/index')).default,
  en: async () => (await import('./en/index')).default,
};

/* The words of a page that not everyone opens are a chunk of their own, loaded with that page. */
type Words = () => Promise<{ default: object & { refusals?: object } }>;
const LATER: Record<keyof LaterWords, Record<Language, Words>> = {
  admin: { ru: () => import('./ru/admin.json'), en: () => import('./en/admin.json') },
  card: { ru: () => import('./ru/card.json'), en: () => import('./en/card.json') },
  callbacks: { ru: () => import('./ru/callbacks.json'), en: () => import('./en/callbacks.json') },
  catalogue: { ru: () => import('./ru/catalogue.json'), en: () => import('./en/catalogue.json') },
  colleagues: { ru: () => import('./ru/colleagues.json'), en: () => import('./en/colleagues.json') },
  dashboards: { ru: () => import('./ru/dashboards.json'), en: () => import('./en/dashboards.json') },
  alerts: { ru: () => import('./ru/alerts.json'), en: () => import('./en/alerts.json') },
  attendance: { ru: () => import('./ru/attendance.json'), en: () => import('./en/attendance.json') },
  flows: { ru: () => import('./ru/flows.json'), en: () => import('./en/flows.json') },
  feedback: { ru: () => import('./ru/feedback.json'), en: () => import('./en/feedback.json') },
  headset: { ru: () => import('./ru/headset.json'), en: () => import('./en/headset.json') },
  interactions: { ru: () => import('./ru/interactions.json'), en: () => import('./en/interactions.json') },
  link: { ru: () => import('./ru/link.json'), en: () => import('./en/link.json') },
  missed: { ru: () => import('./ru/missed.json'), en: () => import('./en/missed.json') },
  planning: { ru: () => import('./ru/planning.json'), en: () => import('./en/planning.json') },
  rates: { ru: () => import('./ru/rates.json'), en: () => import('./en/rates.json') },
  recordings: { ru: () => import('./ru/recordings.json'), en: () => import('./en/recordings.json') },
  reports: { ru: () => import('./ru/reports.json'), en: () => import('./en/reports.json') },
  settings: { ru: () => import('./ru/settings.json'), en: () => import('./en/settings.json') },
  supervision: { ru: () => import('./ru/supervision.json'), en: () => import('./en/supervision.json') },
  team: { ru: () => import('./ru/team.json'), en: () => import('./en/team.json') },
  transfer: { ru: () => import('./ru/transfer.json'), en: () => import('./en/transfer.json') },
  video: { ru: () => import('./ru/video.json'), en: () => import('./en/video.json') },
  voicemail: { ru: () => import('./ru/voicemail.json'), en: () => import('./en/voicemail.json') },
  whatif: { ru: () => import('./ru/whatif.json'), en: () => import('./en/whatif.json') },
};
const asked = new Set<keyof LaterWords>();

async function bring(area: keyof LaterWords, language: Language): Promise<void> {
  if (i18n.exists(area, { lng: language, returnObjects: true })) return;
  const { default: words } = await LATER[area][language]();
  // What only these pages are refused comes with them, and stands where every refusal is looked up.
  const { refusals = {} } = words;
  i18n.addResourceBundle(language, 'translation', { [area]: words, refusals }, true, true);
}

/** To be awaited before a page whose words come later; a change of language brings them in that one too. */
export async function withWords(area: keyof LaterWords): Promise<void> {
  asked.add(area);
  await bring(area, isLanguage(i18n.language) ? i18n.language : 'ru');
}

export const isLanguage = (value: unknown): value is Language => value === 'ru' || value === 'en';

/** The language before anyone has signed in: chosen here earlier, else the browser's, else Russian. */
export function firstLanguage(): Language {
  const stored = readStored<unknown>('language', null);
  if (isLanguage(stored)) return stored;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'ru';
}

export async function setLanguage(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'translation')) {
    i18n.addResourceBundle(language, 'translation', await load[language]());
  }
  await Promise.all([...asked].map((area) => bring(area, language)));
  setFormat({ language });
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
  writeStored('language', language);
}

export async function startLanguage(language: Language = firstLanguage()): Promise<void> {
  if (!i18n.isInitialized) {
    await i18n.use(initReactI18next).init({
      lng: language,
      fallbackLng: false,
      resources: { [language]: { translation: await load[language]() } },
      interpolation: { escapeValue: false },
      react: { useSuspense: false },
    });
  }
  await setLanguage(language);
}

/** The text of a key that comes from the server (a refusal, a reason, a rule); null when this build has none. */
export function textOf(key: string, facts: Record<string, unknown> = {}): string | null {
  if (!i18n.exists(key, facts)) return null;
  return (i18n.t as (key: string, facts: Record<string, unknown>) => string)(key, facts);
}

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof ru & LaterWords };
  }
}
