import type { ChangeRow } from '~/api/gen/types.gen';
import { duration, formatLanguage } from '~/lib/format';

type Thing = Record<string, unknown> | null;

export interface Difference {
  field: string;
  before: string;
  after: string;
}

const LONGEST = 160;
const NONE = '—';
/** Told by the line itself, or nothing that a reader could use. */
const SILENT = /^(secret_id|seq)$/;

/** "PT1H2M3.5S" as a clock reads it. */
export function durationText(text: string): string | null {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!found || text === 'P') return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = found;
  return duration(Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return NONE;
  if (typeof value === 'string') return durationText(value) ?? value;
  if (typeof value === 'boolean') return value ? '✓' : '✗';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && !value.length) return NONE;
  if (Array.isArray(value) && value.every((it) => typeof it !== 'object')) return value.join(', ');
  if (typeof value === 'object' && !Object.keys(value).length) return NONE;
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** What an id or a code stands for, in words; null when only the value itself can be shown. */
export type Speak = (field: string, value: unknown) => string | null;

/** Fields that are others now; of a new or a removed thing, those that say something. */
export function differences(before: Thing, after: Thing, speak: Speak = () => null): Difference[] {
  const text = (field: string, value: unknown) =>
    (value === null || value === undefined ? null : speak(field, value)) ?? valueText(value);
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return fields
    .filter((field) => !SILENT.test(field) && !same(before?.[field], after?.[field]))
    .map((field) => ({ field, before: text(field, before?.[field]), after: text(field, after?.[field]) }))
    .filter((it) => !(it.before === NONE && it.after === NONE));
}

/** What a person would call it. */
export function nameOfThing(
  { entity, entity_id, before, after }: ChangeRow,
  people: ReadonlyMap<number, string>,
): string {
  if (entity === 'agent') return people.get(entity_id) ?? `№ ${entity_id}`;
  const thing = after ?? before ?? {};
  const own = formatLanguage() === 'en' ? ['name_en', 'name_ru'] : ['name_ru', 'name_en'];
  for (const field of ['name', ...own, 'number', 'login']) {
    const value = thing[field];
    if (typeof value === 'string' && value) return value;
  }
  return entity === 'site' ? '' : `№ ${entity_id}`;
}
