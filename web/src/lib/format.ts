/* Words of numbers, durations and dates. Language and zone are set once by the app (setFormat) and read by
   every formatter; formatters are built once per language and zone, since building one costs 50 µs. */

let language = 'ru';
let zone: string | undefined;
let cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

export function setFormat(next: { language?: string; zone?: string | undefined }): void {
  if (next.language) language = next.language;
  if ('zone' in next) zone = next.zone;
  cache = new Map();
}

export const formatLanguage = (): string => language;
export const formatZone = (): string | undefined => zone;

function dates(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let it = cache.get(key) as Intl.DateTimeFormat | undefined;
  if (!it) {
    it = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options });
    cache.set(key, it);
  }
  return it;
}
function numbers(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let it = cache.get(key) as Intl.NumberFormat | undefined;
  if (!it) {
    it = new Intl.NumberFormat(locale(), options);
    cache.set(key, it);
  }
  return it;
}
const locale = (): string => (language === 'en' ? 'en-GB' : language);

/** Seconds as m:ss, from an hour on as h:mm:ss. Negative is shown as zero. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '—';
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const ss = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${ss}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${ss}`;
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined
    ? '—'
    : numbers('count', { maximumFractionDigits: 0 }).format(value);
}

/** A fraction 0-1 as a percentage; nothing to divide is a dash, never 0 % and never 100 %. */
export function share(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined) return '—';
  return numbers(`share${digits}`, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

type Moment = number | string | Date;
const at = (moment: Moment): Date => (moment instanceof Date ? moment : new Date(moment));

export const clock = (moment: Moment): string =>
  dates('clock', { hour: '2-digit', minute: '2-digit' }).format(at(moment));
export const clockSeconds = (moment: Moment): string =>
  dates('clockSeconds', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at(moment));
export const day = (moment: Moment): string =>
  dates('day', { day: 'numeric', month: 'short', year: 'numeric' }).format(at(moment));
export const dayMonth = (moment: Moment): string =>
  dates('dayMonth', { day: 'numeric', month: 'short' }).format(at(moment));
export const dayTime = (moment: Moment): string =>
  dates('dayTime', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at(moment));
export const full = (moment: Moment): string =>
  dates('full', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(at(moment));

const dayKey = (moment: Moment): string =>
  new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(at(moment));

/** The calendar day of a moment in the set zone, as YYYY-MM-DD. */
export const isoDay = dayKey;

/** Shortest, for narrow lists: the time today, else only the day. */
export const whenShort = (moment: Moment, now: Moment = new Date()): string =>
  dayKey(moment) === dayKey(now) ? clock(moment) : dayMonth(moment);

/** Short for lists: the time today, "yesterday, time", else the day and the time. */
export function when(moment: Moment, now: Moment = new Date()): string {
  const that = dayKey(moment);
  const today = at(now);
  if (that === dayKey(today)) return clock(moment);
  if (that === dayKey(new Date(today.getTime() - 86_400_000))) {
    let words = cache.get('relative') as Intl.RelativeTimeFormat | undefined;
    if (!words) {
      words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
      cache.set('relative', words);
    }
    return `${words.format(-1, 'day')}, ${clock(moment)}`;
  }
  return dayTime(moment);
}
