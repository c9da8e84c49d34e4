import { describe, expect, it } from 'vitest';
import { litOf, takenExit } from './path';
import { forms } from './testForms';

const menu = { node: 'menu', choices: { '1': 'queue', '2': 'queue', '3': 'bye' }, otherwise: 'queue' };
const taken = (node: Record<string, unknown>, outcome: string, target: string) =>
  takenExit(node, forms, outcome, target)?.name;

describe('the way that a call took', () => {
  it('is the only one that leads there', () => {
    expect(taken(menu, '', 'bye')).toBe('choices.3');
    expect(taken(menu, '', 'elsewhere')).toBeUndefined();
  });
  it('is known by what came of the node where several lead there', () => {
    expect(taken(menu, 'invalid, 2', 'queue')).toBe('choices.2');
    expect(taken(menu, 'timeout, timeout', 'queue')).toBe('otherwise');
    const vip = { node: 'condition', cases: [{ next: 'a' }, { next: 'a' }], otherwise: 'a' };
    expect(taken(vip, 'case 2', 'a')).toBe('cases.1.next');
    expect(taken(vip, 'otherwise', 'a')).toBe('otherwise');
    expect(taken({ node: 'hours', open: 'a', closed: 'a' }, 'closed', 'a')).toBe('closed');
  });
  it('is lit as far as it is shown', () => {
    const draft = {
      name: 'x',
      start: 'greeting',
      nodes: { greeting: { node: 'play', prompts: [], next: 'menu' }, menu, bye: { node: 'end' } },
    };
    const steps = [
      { node: 'greeting', outcome: '' },
      { node: 'menu', outcome: '3' },
      { node: 'bye', outcome: 'ended closed' },
    ];
    expect([...litOf(draft, forms, steps, 1).ways]).toEqual([]);
    const lit = litOf(draft, forms, steps, 3);
    expect([...lit.ways]).toEqual(['greeting\nnext', 'menu\nchoices.3']);
    expect(lit.steps.get('bye')).toEqual([3]);
  });
});
