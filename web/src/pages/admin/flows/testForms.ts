import { type Forms, formsOf } from './model';

/* Some kinds as the server tells them, and one that this page has never heard of. */

const text = { type: 'string' };
const words = { type: 'array', items: text, default: [] };
const exit = (field: string) => ({ field, role: 'exit' });
const type = (title: string, node: string, properties: object, required: string[]) => ({
  title,
  description: `${title} does something.\n\n    More of it.`,
  type: 'object',
  properties: { node: { enum: [node] }, ...properties },
  required: ['node', ...required],
});

export const FORMS = {
  kinds: [
    { kind: 'play', type: 'Play', roles: [exit('next'), { field: 'prompts.*', role: 'prompt' }] },
    {
      kind: 'menu',
      type: 'Menu',
      roles: [exit('choices.*'), exit('otherwise'), { field: 'prompts.*', role: 'prompt' }],
    },
    { kind: 'hours', type: 'Hours', roles: [exit('open'), exit('closed')] },
    {
      kind: 'condition',
      type: 'Condition',
      roles: [exit('cases.*.next'), exit('otherwise'), { field: 'cases.*.fact', role: 'fact' }],
    },
    { kind: 'split', type: 'Split', roles: [exit('shares.*.next')] },
    { kind: 'queue', type: 'Queue', roles: [{ field: 'queue_id', role: 'queue' }] },
    { kind: 'end', type: 'End', roles: [] },
    { kind: 'fax', type: 'Fax', roles: [exit('sent'), exit('jammed')] },
  ],
  types: {
    Play: type('Play', 'play', { prompts: words, next: { ...text, default: '' } }, ['prompts']),
    Menu: type(
      'Menu',
      'menu',
      {
        prompts: words,
        otherwise: { ...text, default: '' },
        timeout: { type: 'string', format: 'duration', default: 'PT5S' },
        tries: { type: 'integer', default: 3 },
        choices: { type: 'object', additionalProperties: text },
      },
      ['choices'],
    ),
    Hours: type('Hours', 'hours', { open: text, closed: text }, ['open', 'closed']),
    Condition: type(
      'Condition',
      'condition',
      {
        cases: { type: 'array', items: { $ref: '#/$defs/Case' } },
        otherwise: { ...text, default: '' },
      },
      ['cases'],
    ),
    Case: {
      title: 'Case',
      type: 'object',
      properties: {
        fact: text,
        comparison: { $ref: '#/$defs/Comparison' },
        next: text,
        value: { ...text, default: '' },
      },
      required: ['fact', 'comparison', 'next'],
    },
    Comparison: { title: 'Comparison', enum: ['at_least', 'is'] },
    Split: type('Split', 'split', { shares: { type: 'array', items: { $ref: '#/$defs/Share' } } }, [
      'shares',
    ]),
    Share: {
      title: 'Share',
      type: 'object',
      properties: { weight: { type: 'number' }, next: text },
      required: ['weight', 'next'],
    },
    Queue: type('Queue', 'queue', { queue_id: { type: 'integer', default: 0 } }, []),
    End: type('End', 'end', { reason: { enum: ['closed', 'self_served'] } }, ['reason']),
    Fax: type(
      'Fax',
      'fax',
      {
        pages: { type: 'integer', default: 1 },
        is_colour: { type: 'boolean', default: false },
        sent: text,
        jammed: { ...text, default: '' },
      },
      ['sent'],
    ),
  },
};
export const forms: Forms = formsOf(FORMS);
