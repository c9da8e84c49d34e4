import { beforeAll, describe, expect, it } from 'vitest';
import { startLanguage, withWords } from '~/i18n';
import { laidOut } from './layout';
import {
  begun,
  changed,
  connect,
  type Draft,
  duplicateNode,
  exitsOf,
  insertAt,
  newNode,
  nodeOf,
  redone,
  removeNode,
  renameNode,
  secondsOf,
  setField,
  undone,
  walked,
  withValue,
} from './model';
import { forms } from './testForms';
import { exitName, kindAbout, kindName } from './words';

const DRAFT: Draft = {
  name: 'Shop',
  start: 'greeting',
  nodes: {
    greeting: { node: 'play', prompts: ['greeting'], next: 'menu' },
    menu: { node: 'menu', choices: { '1': 'queue', '2': 'bye' }, otherwise: 'queue' },
    queue: { node: 'queue' },
    bye: { node: 'end', reason: 'closed' },
  },
};
const exits = (draft: Draft, key: string) =>
  exitsOf(nodeOf(draft, key), forms).map((it) => `${it.name} ${it.target}`);

beforeAll(async () => {
  await startLanguage('ru');
  await Promise.all([withWords('admin'), withWords('flows')]);
});

describe('the ways out of a node', () => {
  it('are those of its form, as many as it has', () => {
    expect(exits(DRAFT, 'menu')).toEqual(['choices.1 queue', 'choices.2 bye', 'otherwise queue']);
    expect(exits(DRAFT, 'queue')).toEqual([]);
    const trial = { node: 'split', shares: [{ weight: 1, next: 'a' }, { weight: 3, next: 'b' }] }; // biome-ignore format: one line
    expect(exitsOf(trial, forms).map((it) => exitName(trial, it))).toEqual(['25 %', '75 %']);
  });
  it('are called by keys and comparisons, in the language of the reader', () => {
    const vip = {
      node: 'condition',
      cases: [{ fact: 'queue.waiting', comparison: 'at_least', value: '5', next: 'a' }],
    };
    expect(exitsOf(vip, forms).map((it) => exitName(vip, it))).toEqual(['Ждут в очереди ≥ 5', 'иначе']);
    expect(exitsOf(nodeOf(DRAFT, 'menu'), forms).map((it) => exitName(nodeOf(DRAFT, 'menu'), it))).toEqual([
      'кнопка 1',
      'кнопка 2',
      'иначе',
    ]);
  });
  it('of a kind that is new here have the names of its fields', () => {
    const fax = newNode('fax', forms);
    expect(fax).toEqual({ node: 'fax', sent: '' });
    expect(exitsOf(fax, forms).map((it) => exitName(fax, it))).toEqual(['sent', 'jammed']);
    expect([kindName('fax'), kindAbout('fax', 'Sends a page.\n\nMore.')]).toEqual(['fax', 'Sends a page.']);
  });
});

describe('a node that is put in', () => {
  it('leads on to what came after its place', () => {
    const { draft, key } = insertAt(DRAFT, { key: 'menu', exit: 'choices.1' }, 'play', forms);
    expect(key).toBe('play');
    expect(exits(draft, 'menu')).toEqual(['choices.1 play', 'choices.2 bye', 'otherwise queue']);
    expect(exits(draft, 'play')).toEqual(['next queue']);
    expect(Object.keys(draft.nodes)).toEqual(['greeting', 'menu', 'play', 'queue', 'bye']);
    expect(DRAFT.nodes).not.toHaveProperty('play');
  });
  it('goes the usual way where it has several, and all of them where none is usual', () => {
    const hours = insertAt(DRAFT, { key: 'greeting', exit: 'next' }, 'hours', forms);
    expect(exits(hours.draft, 'hours')).toEqual(['open menu', 'closed ']);
    const split = insertAt(DRAFT, { key: 'greeting', exit: 'next' }, 'split', forms);
    expect(exits(split.draft, 'split')).toEqual(['shares.0.next menu', 'shares.1.next menu']);
  });
  it('may stand first, and is given a name that is free', () => {
    const { draft, key } = insertAt(DRAFT, { key: '', exit: '' }, 'menu', forms);
    expect([key, draft.start]).toEqual(['menu_2', 'menu_2']);
    expect(exits(draft, 'menu_2')).toEqual(['choices.1 ', 'choices.2 ', 'otherwise greeting']);
  });
});

describe('a node that is taken away', () => {
  it('leaves its neighbours joined', () => {
    const draft = removeNode(DRAFT, 'menu', forms);
    expect(exits(draft, 'greeting')).toEqual(['next queue']);
    expect(Object.keys(draft.nodes)).toEqual(['greeting', 'queue', 'bye']);
  });
  it('lets the call end where it led nowhere, and the flow begin with the next one', () => {
    expect(exits(removeNode(DRAFT, 'bye', forms), 'menu')).toEqual([
      'choices.1 queue',
      'choices.2 ',
      'otherwise queue',
    ]);
    expect(removeNode(DRAFT, 'greeting', forms).start).toBe('menu');
  });
  it('does not lead to itself any more', () => {
    const round = setField(DRAFT, 'greeting', ['next'], 'greeting');
    expect(removeNode(round, 'greeting', forms).start).toBe('menu');
  });
});

describe('a node', () => {
  it('is renamed wherever it is named, if the name is free', () => {
    const draft = renameNode(DRAFT, 'queue', ' sales ', forms)!;
    expect(exits(draft, 'menu')).toEqual(['choices.1 sales', 'choices.2 bye', 'otherwise sales']);
    expect(Object.keys(draft.nodes)).toEqual(['greeting', 'menu', 'sales', 'bye']);
    expect(renameNode(DRAFT, 'greeting', 'hello', forms)!.start).toBe('hello');
    for (const name of ['menu', '', 'a/b']) expect(renameNode(DRAFT, 'queue', name, forms)).toBeNull();
  });
  it('is copied with its ways, and nothing leads to the copy', () => {
    const { draft, key } = duplicateNode(DRAFT, 'menu');
    expect([key, exits(draft, key)]).toEqual(['menu_2', exits(DRAFT, 'menu')]);
    expect(walked(draft, forms).find((it) => it.key === key)?.isReached).toBe(false);
  });
  it('is connected by its way out', () => {
    const draft = connect(DRAFT, { key: 'menu', exit: 'otherwise' }, 'bye', forms);
    expect(exits(draft, 'menu')[2]).toBe('otherwise bye');
    expect(connect(DRAFT, { key: '', exit: '' }, 'menu', forms).start).toBe('menu');
    expect(connect(DRAFT, { key: 'queue', exit: 'next' }, 'menu', forms)).toBe(DRAFT);
  });
  it('loses what is set to nothing', () => {
    const menu = nodeOf(DRAFT, 'menu');
    expect(withValue(menu, ['choices', '2'], undefined)).toMatchObject({ choices: { '1': 'queue' } });
    expect(withValue({ a: [1, 2, 3] }, ['a', 1], undefined)).toEqual({ a: [1, 3] });
  });
});

describe('what was done', () => {
  const named = (name: string) => ({ ...DRAFT, name });
  it('is undone and redone step by step', () => {
    let history = changed(changed(begun(DRAFT), named('a')), named('b'));
    history = undone(undone(history));
    expect(history.now).toBe(DRAFT);
    expect(undone(history)).toBe(history);
    history = redone(history);
    expect([history.now.name, history.past.length, history.future.length]).toEqual(['a', 1, 1]);
    expect(changed(history, named('c')).future).toEqual([]);
  });
  it('is one step while one field is typed in', () => {
    const history = ['a', 'ab', 'abc'].reduce((old, name) => changed(old, named(name), 'name'), begun(DRAFT));
    expect(history.past).toEqual([DRAFT]);
    expect(changed(history, named('x'), 'other').past).toHaveLength(2);
    expect(changed(undone(history), named('x'), 'name').past).toHaveLength(1);
  });
});

describe('the picture', () => {
  it('has columns by how far a node is, and no two nodes on one another', () => {
    const places = laidOut(DRAFT, forms);
    expect([...places.values()].map((it) => `${it.key} ${it.column}`).sort()).toEqual([
      'bye 2',
      'greeting 0',
      'menu 1',
      'queue 2',
    ]);
    const [queue, bye] = [places.get('queue')!, places.get('bye')!];
    expect(queue.y + queue.height <= bye.y || bye.y + bye.height <= queue.y).toBe(true);
  });
  it('stands even if ways lead back and some nodes are not reached', () => {
    const round = setField(
      setField(DRAFT, 'menu', ['otherwise'], 'greeting'),
      'menu',
      ['choices', '3'],
      'menu',
    );
    const places = laidOut(
      { ...round, nodes: { ...round.nodes, lost: { node: 'end', reason: 'closed' } } },
      forms,
    );
    expect([...places.keys()].sort()).toEqual(['bye', 'greeting', 'lost', 'menu', 'queue']);
    const lowest = Math.max(...['greeting', 'menu', 'queue', 'bye'].map((key) => places.get(key)!.y));
    expect(places.get('lost')!.y).toBeGreaterThan(lowest);
  });
  it('is laid out quickly even for the largest flow', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [
        `n${at}`,
        { node: 'menu', choices: { '1': `n${(at + 1) % 200}`, '2': `n${(at * 7) % 200}` }, otherwise: '' },
      ]),
    );
    expect(laidOut({ name: 'x', start: 'n0', nodes }, forms).size).toBe(200);
  });
});

it('knows the seconds of a duration however it is written', () => {
  expect(['PT45S', 'PT1M30S', 'P1DT1H', 12, 'later'].map(secondsOf)).toEqual([45, 90, 90_000, 12, null]);
});
