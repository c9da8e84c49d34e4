/* A flow as text: where a node stands in it, how two texts differ, what a rehearsal has to be told. */

import type { FlowDraft } from '~/api/gen/types.gen';
import { startOfDay } from '~/lib/period';

type Plain = Record<string, unknown>;

export interface OutlineNode {
  key: string;
  kind: string;
  plain: Plain;
}

const textIn = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const tableOf = (value: unknown): Plain =>
  value && typeof value === 'object' && !Array.isArray(value) ? (value as Plain) : {};
const listOf = (value: unknown): Plain[] => (Array.isArray(value) ? value.map(tableOf) : []);

/** The nodes of a draft in the order of their file. */
export function outline(draft: Pick<FlowDraft, 'nodes'>): OutlineNode[] {
  return Object.entries(draft.nodes).map(([key, value]) => {
    const plain = tableOf(value);
    return { key, kind: textIn(plain.node), plain };
  });
}

/** The node that a place of the server stands in; keys may have dots of their own. */
export function nodeOfPlace(place: string, keys: readonly string[]): string | null {
  if (!place.startsWith('nodes.')) return null;
  const rest = place.slice('nodes.'.length);
  const fits = keys.filter((key) => rest === key || rest.startsWith(`${key}.`));
  return fits.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** `queue.5.waiting`: what a fact is called when it is about another queue than the number's. */
const factOfQueue = (fact: string, queueId: unknown): string =>
  Number(queueId) && fact.startsWith('queue.') ? fact.replace('queue.', `queue.${textIn(queueId)}.`) : fact;

/** Facts that this flow asks for and that nobody sets on the way: a rehearsal has to be told them. */
export function factsAsked(nodes: readonly OutlineNode[]): string[] {
  const known = new Set(['caller', 'caller.country', 'number', 'language']);
  for (const { plain } of nodes) {
    for (const name of Object.keys(tableOf(plain.variables))) known.add(name);
    if (plain.node === 'collect') known.add(textIn(plain.variable));
  }
  const asked = nodes.flatMap(({ plain }) => [
    ...listOf(plain.cases).map((one) => factOfQueue(textIn(one.fact), one.queue_id)),
    ...[...listOf(plain.items), ...listOf(plain.boosts)].map((one) => textIn(one.fact)),
    ...[...`${textIn(plain.preferred_agent)} ${textIn(plain.value)}`.matchAll(/\{([^}]*)\}/g)].map(
      (found) => found[1] ?? '',
    ),
  ]);
  return [...new Set(asked)].filter((fact) => fact && !known.has(fact));
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isBlank = (line: string): boolean => !line.trim() || line.trimStart().startsWith('#');
const keyOf = (line: string): string | null => {
  const found = /^\s*(?:"([^"]*)"|'([^']*)'|([^\s#:'"{[][^:]*?))\s*:(?:\s|$)/.exec(line);
  return found ? (found[1] ?? found[2] ?? found[3] ?? null) : null;
};

export interface Span {
  /** From 0. */
  line: number;
  from: number;
  to: number;
}

/** Where a place of the server stands in the text: the line of its field, or of its node. Null: not found. */
export function spanOf(text: string, place: string, keys: readonly string[]): Span | null {
  const lines = text.split('\n');
  const key = nodeOfPlace(place, keys);
  const spanAt = (line: number): Span => {
    const before = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
    const shown = lines[line] ?? '';
    return { line, from: before + indentOf(shown), to: before + shown.length };
  };
  if (key === null) {
    const top = lines.findIndex((line) => indentOf(line) === 0 && keyOf(line) === place.split('.')[0]);
    return top < 0 ? null : spanAt(top);
  }
  const top = lines.findIndex((line) => indentOf(line) === 0 && keyOf(line) === 'nodes');
  const first = lines.findIndex((line, at) => at > top && !isBlank(line));
  if (top < 0 || first < 0 || indentOf(lines[first]!) === 0) return null;
  const depth = indentOf(lines[first]!);
  const begins = lines.findIndex(
    (line, at) => at >= first && !isBlank(line) && indentOf(line) === depth && keyOf(line) === key,
  );
  if (begins < 0) return null;
  const field = place.slice(`nodes.${key}.`.length).split('.')[0];
  if (field) {
    for (let at = begins + 1; at < lines.length; at++) {
      const line = lines[at]!;
      if (isBlank(line)) continue;
      if (indentOf(line) <= depth) break;
      if (keyOf(line) === field) return spanAt(at);
    }
  }
  return spanAt(begins);
}

/** Where a reader of YAML gave up, from 1; it says so in its own words only. */
export function lineOfComplaint(detail: string): number | null {
  const found = [...detail.matchAll(/line (\d+)/g)].at(-1);
  return found ? Number(found[1]) : null;
}

/** Equal drafts, whatever the order of their fields. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inside]) => [key, sorted(inside)]),
  );
}

export interface DiffLine {
  kind: 'same' | 'gone' | 'new' | 'skipped';
  text: string;
}
const CONTEXT = 2;
/** Above this many pairs the middle is shown as replaced: nobody reads such a comparison line by line. */
const MAXIMUM_PAIRS = 4_000_000;

/** What has become of each line; long stretches without a change are left out. Empty: no difference. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const old = before.replace(/\n$/, '').split('\n');
  const now = after.replace(/\n$/, '').split('\n');
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail++;
  }
  const middle = between(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  if (!middle.length) return [];
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  return folded([
    ...old.slice(0, head).map(same),
    ...middle,
    ...old.slice(old.length - tail, old.length).map(same),
  ]);
}

/** By the longest common run of lines. */
function between(old: string[], now: string[]): DiffLine[] {
  const gone = (text: string): DiffLine => ({ kind: 'gone', text });
  const fresh = (text: string): DiffLine => ({ kind: 'new', text });
  if (old.length * now.length > MAXIMUM_PAIRS) return [...old.map(gone), ...now.map(fresh)];
  const common = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = now.length - 1; b >= 0; b--) {
      common[a]![b] =
        old[a] === now[b] ? common[a + 1]![b + 1]! + 1 : Math.max(common[a + 1]![b]!, common[a]![b + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let a = 0;
  let b = 0;
  while (a < old.length || b < now.length) {
    if (a < old.length && b < now.length && old[a] === now[b]) {
      lines.push({ kind: 'same', text: old[a]! });
      a++;
      b++;
    } else if (b >= now.length || (a < old.length && common[a + 1]![b]! >= common[a]![b + 1]!)) {
      lines.push(gone(old[a++]!));
    } else lines.push(fresh(now[b++]!));
  }
  return lines;
}

function folded(lines: DiffLine[]): DiffLine[] {
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => line.kind !== 'same'),
  );
  const shown: DiffLine[] = [];
  lines.forEach((line, at) => {
    if (isNear[at]) shown.push(line);
    else if (shown.at(-1)?.kind !== 'skipped') shown.push({ kind: 'skipped', text: '' });
  });
  return shown;
}

/** Groups of keys as people write them: "1, 12#"; nothing between two commas is silence. */
export function keyGroups(text: string): string[] {
  if (!text.trim()) return [];
  return text.split(/[,;]/).map((group) => group.replace(/\s/g, ''));
}

const MINUTE_MS = 60_000;

/** A local day and time as a moment. A time that the clock leaves out counts on from the day's beginning. */
export function momentOf(day: string, time: string, zone: string): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const wanted = (hours * 60 + minutes) * MINUTE_MS;
  const begins = Date.parse(startOfDay(day, zone));
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const shown = (at: number) => {
    const [h = 0, m = 0] = clock.format(at).split(':').map(Number);
    return (h * 60 + m) * MINUTE_MS;
  };
  const plain = begins + wanted;
  // On a day on which the clock changes, what it shows then is off by the change.
  return new Date(plain + (wanted - shown(plain))).toISOString();
}
