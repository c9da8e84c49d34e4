import { formatLanguage } from './format';

/** A day without an hour (2026-11-16) as people read it; it is the same day in every zone. */
export const dayText = (iso: string): string =>
  new Intl.DateTimeFormat(formatLanguage() === 'en' ? 'en-GB' : formatLanguage(), {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }).format(Date.parse(`${iso}T00:00:00Z`));
