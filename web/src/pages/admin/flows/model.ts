/* A flow as it is edited: its ways out by the forms of its kinds, every change as a new draft, undone and
   redone in steps. Pure: no screen, no server. */

import type { FlowDraft, FlowForms } from '~/api/gen/types.gen';

export type Plain = Record<string, unknown>;
export type Path = readonly (string | number)[];
export type Draft = FlowDraft;

/** A JSON schema as the server writes it: only what a form of ours asks for. */
export interface FieldSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  items?: FieldSchema;
  anyOf?: FieldSchema[];
  properties?: Record<string, FieldSchema>;
  additionalProperties?: FieldSchema | boolean;
  required?: string[];
  default?: unknown;
  description?: string;
  title?: string;
}

export type Role = 'exit' | 'prompt' | 'fact' | 'queue' | 'skill' | 'flow' | 'agent';
export interface Kind {
  word: string;
  about: string;
  fields: Record<string, FieldSchema>;
  required: readonly string[];
  /** By the pattern of the field: `cases.*.next`. */
  roles: ReadonlyMap<string, Role>;
  /** Patterns of the ways out, in their order. */
  exits: readonly string[];
}
export interface Forms {
  kinds: ReadonlyMap<string, Kind>;
  types: Record<string, FieldSchema>;
}

export function formsOf(read: FlowForms): Forms {
  const types = read.types as Record<string, FieldSchema>;
  const kinds = read.kinds.map(({ kind, type, roles }): [string, Kind] => {
    const { node: _, ...fields } = types[type]?.properties ?? {};
    return [
      kind,
      {
        word: kind,
        about: types[type]?.description ?? '',
        fields,
        required: (types[type]?.required ?? []).filter((name) => name !== 'node'),
        roles: new Map(roles.map((it) => [it.field, it.role as Role])),
        exits: roles.filter((it) => it.role === 'exit').map((it) => it.field),
      },
    ];
  });
  return { kinds: new Map(kinds), types };
}

/** The schema behind a reference; of a choice of forms the one that is not "nothing". */
export function resolved(schema: FieldSchema | undefined, forms: Forms): FieldSchema {
  if (!schema) return {};
  if (schema.$ref) return resolved(forms.types[schema.$ref.replace('#/$defs/', '')], forms);
  if (schema.anyOf) {
    const one = schema.anyOf.find((it) => it.type !== 'null');
    return { ...resolved(one, forms), ...('default' in schema ? { default: schema.default } : {}) };
  }
  return schema;
}
export const mayBeNothing = (schema: FieldSchema): boolean =>
  schema.anyOf?.some((it) => it.type === 'null') ?? false;

/** One way out of a node. target: '' ends the call. */
export interface Exit {
  /** As the server's places call it: `cases.0.next`. */
  name: string;
  path: Path;
  pattern: string;
  target: string;
}

export const tableOf = (value: unknown): Plain =>
  value && typeof value === 'object' && !Array.isArray(value) ? (value as Plain) : {};
export const textOfValue = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
export const nodeOf = (draft: Draft, key: string): Plain => tableOf(draft.nodes[key]);
export const kindOf = (draft: Draft, key: string): string => textOfValue(nodeOf(draft, key).node);

/** The ways out of a node as they stand. A kind that the server has not told of leads nowhere. */
export function exitsOf(node: Plain, forms: Forms): Exit[] {
  const kind = forms.kinds.get(textOfValue(node.node));
  return (kind?.exits ?? []).flatMap((pattern) =>
    placesOf(node, pattern.split('.')).map((path) => ({
      name: path.join('.'),
      path,
      pattern,
      target: textOfValue(valueAt(node, path)),
    })),
  );
}

function placesOf(value: unknown, steps: readonly string[], before: Path = []): Path[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [before];
  if (step === '*') {
    if (Array.isArray(value)) return value.flatMap((one, at) => placesOf(one, rest, [...before, at]));
    return Object.entries(tableOf(value)).flatMap(([key, one]) => placesOf(one, rest, [...before, key]));
  }
  return placesOf(tableOf(value)[step], rest, [...before, step]);
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => (inside as Plain | undefined)?.[step as string], value);
}

/** With another value at a place; undefined takes the place away. */
export function withValue<T>(value: T, path: Path, next: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return next as T;
  if (Array.isArray(value)) {
    const at = Number(step);
    if (!rest.length && next === undefined) return value.filter((_, place) => place !== at) as T;
    const copy = [...value];
    copy[at] = withValue(copy[at], rest, next);
    return copy as T;
  }
  const table = tableOf(value);
  if (!rest.length && next === undefined) {
    const { [String(step)]: _, ...others } = table;
    return others as T;
  }
  return { ...table, [step]: withValue(table[String(step)], rest, next) } as T;
}

const withNode = (draft: Draft, key: string, node: Plain): Draft => ({
  ...draft,
  nodes: { ...draft.nodes, [key]: node },
});
export const setField = (draft: Draft, key: string, path: Path, value: unknown): Draft =>
  withNode(draft, key, withValue(nodeOf(draft, key), path, value));

/** Where a new node stands: a way out of another one, or null for the beginning of the flow. */
export interface Spot {
  key: string;
  exit: string;
}
export const START: Spot = { key: '', exit: '' };

export function targetAt(draft: Draft, spot: Spot, forms: Forms): string {
  if (!spot.key) return draft.start;
  return exitsOf(nodeOf(draft, spot.key), forms).find((it) => it.name === spot.exit)?.target ?? '';
}
export function connect(draft: Draft, spot: Spot, target: string, forms: Forms): Draft {
  if (!spot.key) return { ...draft, start: target };
  const found = exitsOf(nodeOf(draft, spot.key), forms).find((it) => it.name === spot.exit);
  return found ? setField(draft, spot.key, found.path, target) : draft;
}

/** The way by which a call usually goes on: what takes the place of a node that is removed. */
export function mainExit(node: Plain, forms: Forms): Exit | undefined {
  const exits = exitsOf(node, forms);
  const fixed = exits.filter((it) => !it.pattern.includes('*'));
  return fixed.find((it) => it.name === 'next') ?? fixed[0] ?? exits[0];
}

/** A name that no node has: the word itself, or with a number. */
export function freeKey(draft: Draft, word: string): string {
  const stem = word.replace(/_\d+$/, '');
  if (!(stem in draft.nodes)) return stem;
  for (let number = 2; ; number++) {
    if (!(`${stem}_${number}` in draft.nodes)) return `${stem}_${number}`;
  }
}

/* What a node of a kind is given at first, where an empty field would say nothing. */
const FIRST: Record<string, Plain> = {
  menu: { choices: { '1': '', '2': '' } },
  condition: { cases: [{ fact: 'caller', comparison: 'is', value: '', next: '' }] },
  personal_menu: { items: [{ prompts: [], next: '' }] },
  split: {
    shares: [
      { weight: 50, next: '' },
      { weight: 50, next: '' },
    ],
  },
  collect: { variable: 'digits' },
  say: { value: '{caller}', kind: 'phone' },
  set: { variables: { name: '' } },
  end: { reason: 'self_served' },
};

/** A new node with what its form demands. */
export function newNode(word: string, forms: Forms): Plain {
  const kind = forms.kinds.get(word);
  const node: Plain = { node: word };
  for (const name of kind?.required ?? []) node[name] = emptyValue(kind?.fields[name], forms);
  // The ways out that may be left away end the call: they are shown, so that one can go on from them.
  return { ...node, ...FIRST[word] };
}

export function emptyValue(schema: FieldSchema | undefined, forms: Forms): unknown {
  const of = resolved(schema, forms);
  if (of.default !== undefined) return of.default;
  if (of.enum) return of.enum[0];
  const type = Array.isArray(of.type) ? of.type[0] : of.type;
  if (type === 'array') return [];
  if (type === 'integer' || type === 'number') return 0;
  if (type === 'boolean') return false;
  if (of.properties) {
    return Object.fromEntries(
      (of.required ?? []).map((name) => [name, emptyValue(of.properties?.[name], forms)]),
    );
  }
  return type === 'object' ? {} : '';
}

export interface Made {
  draft: Draft;
  key: string;
}

/** A new node on a way: what came after it comes after the new one. */
export function insertAt(draft: Draft, spot: Spot, word: string, forms: Forms): Made {
  const key = freeKey(draft, word);
  const target = targetAt(draft, spot, forms);
  return { draft: putAt(draft, spot, key, leadingTo(newNode(word, forms), target, forms), forms), key };
}

/** A node whose main way leads there; of a kind with equal ways, all of them. */
function leadingTo(node: Plain, target: string, forms: Forms): Plain {
  const main = mainExit(node, forms);
  if (!main || !target) return node;
  const ways = main.pattern.includes('*') ? exitsOf(node, forms) : [main];
  return ways.reduce((one, way) => withValue(one, way.path, target), node);
}

function putAt(draft: Draft, spot: Spot, key: string, node: Plain, forms: Forms): Draft {
  // In the file it stands after the node that it is reached from.
  const entries = Object.entries(draft.nodes);
  const at = spot.key ? entries.findIndex(([it]) => it === spot.key) + 1 : 0;
  const nodes = Object.fromEntries([...entries.slice(0, at), [key, node], ...entries.slice(at)]);
  return connect({ ...draft, nodes }, spot, key, forms);
}

/** Without a node: whoever led to it leads to where it led. */
export function removeNode(draft: Draft, key: string, forms: Forms): Draft {
  const led = mainExit(nodeOf(draft, key), forms)?.target ?? '';
  const after = led === key ? '' : led;
  const { [key]: _, ...left } = draft.nodes;
  const nodes = Object.fromEntries(
    Object.entries(left).map(([name, node]) => [name, retargeted(tableOf(node), key, after, forms)]),
  );
  const start = draft.start === key ? after || (Object.keys(nodes)[0] ?? '') : draft.start;
  return { ...draft, nodes, start };
}

function retargeted(node: Plain, from: string, to: string, forms: Forms): Plain {
  return exitsOf(node, forms)
    .filter((it) => it.target === from)
    .reduce((changed, exit) => withValue(changed, exit.path, to), node);
}

/** Under another name, wherever it is named. Null: the name is taken or cannot be one. */
export function renameNode(draft: Draft, key: string, wanted: string, forms: Forms): Draft | null {
  const name = wanted.trim();
  if (name === key) return draft;
  if (!name || name.includes('/') || name in draft.nodes) return null;
  const nodes = Object.fromEntries(
    Object.entries(draft.nodes).map(([it, node]) => [
      it === key ? name : it,
      retargeted(tableOf(node), key, name, forms),
    ]),
  );
  return { ...draft, nodes, start: draft.start === key ? name : draft.start };
}

/** A copy that nothing leads to yet; it leads where the first one does. */
export function duplicateNode(draft: Draft, key: string): Made {
  const copy = freeKey(draft, key);
  const entries = Object.entries(draft.nodes);
  const at = entries.findIndex(([it]) => it === key) + 1;
  const nodes = Object.fromEntries([
    ...entries.slice(0, at),
    [copy, structuredClone(draft.nodes[key])],
    ...entries.slice(at),
  ]);
  return { draft: { ...draft, nodes }, key: copy };
}

/** Nodes in the order in which a call may come to them, each with how it is reached first; then the others. */
export interface Visited {
  key: string;
  depth: number;
  isReached: boolean;
}
export function walked(draft: Draft, forms: Forms): Visited[] {
  const found: Visited[] = [];
  const seen = new Set<string>();
  const visit = (key: string, depth: number, isReached: boolean) => {
    if (seen.has(key) || !(key in draft.nodes)) return;
    seen.add(key);
    found.push({ key, depth, isReached });
    for (const exit of exitsOf(nodeOf(draft, key), forms)) visit(exit.target, depth + 1, isReached);
  };
  visit(draft.start, 0, true);
  for (const key of Object.keys(draft.nodes)) visit(key, 0, false);
  return found;
}

/* --- what was done, to be undone */

export interface History {
  past: readonly Draft[];
  now: Draft;
  future: readonly Draft[];
  /** What the last step was about: typing in one field is one step. */
  tag: string;
}
const LONGEST = 200;
export const begun = (draft: Draft): History => ({ past: [], now: draft, future: [], tag: '' });

/** tag: steps with the same one that follow each other are undone together; '' never joins. */
export function changed(history: History, now: Draft, tag = ''): History {
  if (now === history.now) return history;
  const past = tag && tag === history.tag ? history.past : [...history.past, history.now].slice(-LONGEST);
  return { past, now, future: [], tag };
}
export function undone(history: History): History {
  const last = history.past.at(-1);
  if (!last) return history;
  return {
    past: history.past.slice(0, -1),
    now: last,
    future: [history.now, ...history.future],
    tag: '',
  };
}
export function redone(history: History): History {
  const [next, ...future] = history.future;
  return next ? { past: [...history.past, history.now], now: next, future, tag: '' } : history;
}

/** Seconds of a duration, as the server writes it (`PT1M30S`) or as people do (90). */
export function secondsOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(textOfValue(value));
  if (!found) return null;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = found.map((it) => Number(it ?? 0));
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds;
}
