/* Kinds, fields and ways out in the reader's language. What has no word yet is told by its own name. */

import { textOf } from '~/i18n';
import { type Exit, type Plain, secondsOf, tableOf, textOfValue } from './model';

export interface Names {
  queue: (id: unknown) => string;
  flow: (id: unknown) => string;
  /** Of an id as text, or a fact in braces. */
  agent: (text: string) => string;
}

const plainly = (word: string): string => word.replaceAll('_', ' ');

export const kindName = (kind: string): string => textOf(`admin.flows.kind.${kind}`) ?? plainly(kind);
export const kindAbout = (kind: string, about: string): string =>
  textOf(`flows.about.${kind}`) ?? about.split('\n')[0] ?? '';
/** The last word of a place that is no number and no key of a table names the field. */
export const fieldName = (kind: string, pattern: string): string => {
  const field = pattern.split('.').filter((it) => it !== '*').at(-1) ?? pattern; // biome-ignore format: one line
  return textOf(`flows.field.${kind}_${field}`) ?? textOf(`flows.field.${field}`) ?? plainly(field);
};
export const fieldHint = (kind: string, pattern: string): string | null => {
  const field = pattern.split('.').filter((it) => it !== '*').at(-1) ?? pattern; // biome-ignore format: one line
  return textOf(`flows.hint.${kind}_${field}`) ?? textOf(`flows.hint.${field}`);
};
/** One of the words that a field may hold. */
export const choiceName = (field: string, word: string): string =>
  textOf(`flows.choice.${field}.${word}`) ??
  (field === 'reason' ? textOf(`common.end_reason.${word}`) : null) ??
  plainly(word);
export const factName = (fact: string): string =>
  textOf(`admin.flows.fact.${fact.replaceAll('.', '_')}`) ?? textOf(`flows.fact.${fact}`) ?? fact;

const listText = (value: unknown): string =>
  Array.isArray(value) ? value.filter((it) => typeof it === 'string').join(', ') : '';

function comparedText(one: Plain, names: Names | null): string {
  const comparison = textOfValue(one.comparison) || 'is';
  const fact = textOfValue(one.fact);
  if (!fact) return '';
  const isElsewhere = Number(one.queue_id) > 0 && fact.startsWith('queue.');
  const queue = isElsewhere ? ` (${names ? names.queue(one.queue_id) : textOfValue(one.queue_id)})` : '';
  const facts = { fact: factName(fact) + queue, value: textOfValue(one.value) };
  return textOf(`admin.flows.comparison.${comparison}`, facts) ?? `${fact} ${comparison} ${facts.value}`;
}

/** What a way out is called: the key that is pressed, the comparison that holds, "open", "otherwise". */
export function exitName(node: Plain, exit: Exit, names: Names | null = null): string {
  const [field = '', place] = exit.path.map(String);
  if (exit.pattern === 'choices.*') return textOf('admin.flows.exit.key', { key: place }) ?? place ?? '';
  if (!exit.pattern.includes('*'))
    return textOf(`admin.flows.exit.${exit.name}`) ?? fieldName(textOfValue(node.node), exit.name);
  const list = node[field];
  const one = Array.isArray(list) ? tableOf(list[Number(place)]) : {};
  if (field === 'shares' && Array.isArray(list)) {
    const whole = list.reduce((sum: number, it) => sum + (Number(tableOf(it).weight) || 0), 0);
    const percent = whole > 0 ? Math.round((100 * (Number(one.weight) || 0)) / whole) : 0;
    return textOf('admin.flows.exit.share', { percent }) ?? `${percent} %`;
  }
  const compared = comparedText(one, names);
  const said = listText(one.prompts);
  const told = [said, compared].filter(Boolean).join(' · ');
  if (told) return told;
  const first = Object.entries(one).find(([name, value]) => name !== 'next' && textOfValue(value));
  return first ? textOfValue(first[1]) : Array.isArray(list) ? `${Number(place) + 1}` : (place ?? exit.name);
}

/** Where a way out goes that names no node: what that means there, or that a node is missing. */
export const nowhere = (kind: string, pattern: string): string =>
  textOf(`flows.open_end.${kind}_${pattern}`) ?? textOf('flows.nowhere') ?? '';

/** One line of what a node does, from its fields. */
export function nodeLine(node: Plain, names: Names, exits: readonly Exit[]): string {
  const kind = textOfValue(node.node);
  const said = listText(node.prompts);
  switch (kind) {
    case 'queue':
    case 'callback':
      return names.queue(node.queue_id);
    case 'agent':
      return names.agent(textOfValue(node.agent));
    case 'transfer':
      return textOfValue(node.number);
    case 'end':
      return choiceName('reason', textOfValue(node.reason));
    case 'say':
      return textOfValue(node.value);
    case 'sub':
      return names.flow(node.flow_id);
    case 'collect':
      return [textOfValue(node.variable), said].filter(Boolean).join(' ← ');
    case 'hours':
      return textOf('flows.line.hours') ?? '';
    case 'condition':
      return comparedText(tableOf(Array.isArray(node.cases) ? node.cases[0] : null), names);
    case 'set':
      return Object.entries(tableOf(node.variables))
        .map(([name, value]) => `${name} = ${textOfValue(value)}`)
        .join(', ');
    case 'split':
      return textOf('flows.line.split') ?? '';
    default:
      return said || otherLine(node, new Set(exits.map((it) => it.name)));
  }
}

/** Of a kind that this page does not know: its first fields that say something. */
function otherLine(node: Plain, exits: ReadonlySet<string>): string {
  return Object.entries(node)
    .filter(([name]) => name !== 'node' && !exits.has(name))
    .map(([, value]) => (secondsOf(value) === null ? textOfValue(value) || listText(value) : ''))
    .filter(Boolean)
    .slice(0, 2)
    .join(' · ');
}

/** "open", "invalid, 2", "queue 3", "ended closed" as the server tells them, in words. */
export function outcomeText(outcome: string, queueName: (id: unknown) => string): string {
  if (!outcome) return textOf('admin.flows.outcome.done') ?? '';
  return outcome
    .split(', ')
    .map((one) => {
      const [word = '', rest = ''] = one.split(/ (.*)/);
      if (word === 'queue' || word === 'callback')
        return textOf(`admin.flows.outcome.${word}`, { name: queueName(Number(rest)) }) ?? one;
      if (word === 'ended') {
        const reason = textOf(`common.end_reason.${rest}`) ?? rest;
        return textOf('admin.flows.outcome.ended', { reason }) ?? one;
      }
      if (/^[0-9*#A-D]$/.test(one)) return textOf('admin.flows.exit.key', { key: one }) ?? one;
      return (
        textOf(`admin.flows.outcome.${word}`, { place: rest }) ?? textOf(`admin.flows.problem.${word}`) ?? one
      );
    })
    .join(', ');
}
