/* What is asked of a formula, as it stands in the address. Numbers stay texts until they are sent: a field may
   be empty while one types. */

export const MODELS = ['a', 'c', 'b', 'x'] as const;
export type Model = (typeof MODELS)[number];

export const GOALS = ['agents', 'target'] as const;
export type Goal = (typeof GOALS)[number];

/** Minutes of an interval. */
export const LENGTHS = [15, 30, 60] as const;

export interface Field {
  name: string;
  initial: string;
  unit?: 'seconds' | 'percent';
  /** The formulas that know it; all when left out. */
  models?: readonly Model[];
  goal?: Goal;
  optional?: boolean;
  whole?: boolean;
}

export const FIELDS = [
  { name: 'calls', initial: '100' },
  { name: 'aht', initial: '180', unit: 'seconds' },
  { name: 'threshold', initial: '20', unit: 'seconds', models: ['a', 'c', 'x'] },
  { name: 'patience', initial: '180', unit: 'seconds', models: ['a', 'x'] },
  { name: 'short_abandon', initial: '5', unit: 'seconds', models: ['a', 'x'] },
  { name: 'service_cv', initial: '1', models: ['c'] },
  { name: 'lines', initial: '30', models: ['x'], whole: true },
  { name: 'redial', initial: '0', unit: 'percent', models: ['x'] },
  { name: 'agents', initial: '14', goal: 'agents' },
  { name: 'target', initial: '80', unit: 'percent', goal: 'target' },
  { name: 'max_occupancy', initial: '88', unit: 'percent', goal: 'target', optional: true },
  {
    name: 'max_abandonment',
    initial: '5',
    unit: 'percent',
    goal: 'target',
    models: ['a', 'x'],
    optional: true,
  },
] as const satisfies readonly Field[];
export type FieldName = (typeof FIELDS)[number]['name'];

export const isModel = (value: string | undefined): value is Model => MODELS.includes(value as Model);

/** Fields that mean something for this formula and goal. */
export function fieldsOf(model: Model, goal: Goal): readonly (Field & { name: FieldName })[] {
  return (FIELDS as readonly (Field & { name: FieldName })[]).filter(
    (it) => (!it.models || it.models.includes(model)) && (!it.goal || it.goal === goal),
  );
}

export const textIn = (address: Record<string, string>, field: Field): string =>
  (address[field.name] ?? field.initial).trim();

/** The query for the server; shares leave as fractions. */
export function questionOf(address: Record<string, string>): Record<string, string | number> {
  const model = isModel(address.model) ? address.model : 'a';
  const goal: Goal = address.goal === 'target' ? 'target' : 'agents';
  const minutes = Number(address.minutes ?? 30);
  const question: Record<string, string | number> = {
    model,
    interval: 60 * (LENGTHS.includes(minutes as 15) ? minutes : 30),
  };
  for (const field of fieldsOf(model, goal)) {
    const text = textIn(address, field).replace(',', '.');
    if (text === '' && field.optional) continue;
    const value = Number(text);
    question[field.name] =
      text !== '' && field.unit === 'percent' && Number.isFinite(value)
        ? Number((value / 100).toPrecision(12))
        : text;
  }
  return question;
}
