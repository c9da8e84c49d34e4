import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import i18next from 'i18next';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlowDraft, FlowRow, FlowVersionRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { type Asked, plain, refusal, serve, showPage } from '~/test-page';
import { exitText } from './FlowOutline';
import { outcomeText } from './FlowRehearsal';
import {
  factsAsked,
  isSame,
  keyGroups,
  lineDiff,
  lineOfComplaint,
  momentOf,
  nodeOfPlace,
  outline,
  spanOf,
} from './flow';
import { exampleFlow } from './flowExample';
import AdminPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('admin');
  // Pages come by themselves when they are opened; here that would count as waiting.
  await Promise.all([import('./Flows'), import('./Numbers')]);
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const TEXT = `name: Магазин
start: greeting
nodes:
  greeting: {node: play, prompts: [greeting], next: menu}
  # выбор
  menu:
    node: menu
    prompts: [please_wait]
    choices:
      "1": queue
      "2": bye
    otherwise: queue
  queue: {node: queue}
  bye: {node: end, reason: closed}
`;
const DRAFT: FlowDraft = {
  name: 'Магазин',
  start: 'greeting',
  nodes: {
    greeting: { node: 'play', prompts: ['greeting'], next: 'menu' },
    menu: {
      node: 'menu',
      prompts: ['please_wait'],
      choices: { '1': 'queue', '2': 'bye' },
      otherwise: 'queue',
    },
    queue: { node: 'queue', queue_id: 0 },
    bye: { node: 'end', reason: 'closed' },
  },
};
const KEYS = Object.keys(DRAFT.nodes);

describe('a flow', () => {
  it('is told by its nodes and the ways out of them', () => {
    const menu = outline(DRAFT)[1]!;
    expect(menu.exits.map((exit) => [exit.name, exit.target])).toEqual([
      ['choices.1', 'queue'],
      ['choices.2', 'bye'],
      ['otherwise', 'queue'],
    ]);
    expect(menu.exits.map(exitText)).toEqual(['кнопка 1', 'кнопка 2', 'иначе']);
    expect(outline(DRAFT)[3]!.exits).toEqual([]);
  });
  it('shows comparisons and shares in words', () => {
    const nodes = outline({
      nodes: {
        vip: {
          node: 'condition',
          cases: [{ fact: 'caller', comparison: 'begins_with', value: '+7916', next: 'a' }],
          otherwise: '',
        },
        trial: { node: 'split', shares: [{ weight: 1, next: 'a' }, { weight: 3, next: 'b' }] }, // biome-ignore format: one line
      },
    });
    expect(nodes[0]!.exits.map(exitText)).toEqual(['caller начинается с +7916', 'иначе']);
    expect(nodes[1]!.exits.map(exitText)).toEqual(['25 %', '75 %']);
  });
  it('asks a rehearsal only for facts that nobody sets on the way', () => {
    const cases = ['caller', 'queue.waiting', 'code', 'tariff', 'vip'].map((fact) => ({
      fact,
      comparison: 'is',
      value: '1',
      next: '',
    }));
    const nodes = outline({
      nodes: {
        ask: { node: 'collect', variable: 'code', next: 'note' },
        note: { node: 'set', variables: { tariff: 'x' }, next: 'look' },
        look: { node: 'condition', cases },
      },
    });
    expect(factsAsked(nodes)).toEqual(['queue.waiting', 'vip']);
  });
  it('finds each place of the server in its text', () => {
    const lineOf = (place: string) => spanOf(TEXT, place, KEYS)?.line;
    expect(lineOf('start')).toBe(1);
    expect(lineOf('nodes')).toBe(2);
    expect(lineOf('nodes.greeting.next')).toBe(3);
    expect(lineOf('nodes.menu')).toBe(5);
    expect(lineOf('nodes.menu.choices.2')).toBe(8);
    expect(lineOf('nodes.menu.otherwise')).toBe(11);
    // The word stands as a target before it stands as a node.
    expect(lineOf('nodes.bye')).toBe(13);
    // Of a node that the outline does not know yet, at least where nodes stand.
    expect(lineOf('nodes.elsewhere')).toBe(2);
    expect(lineOf('elsewhere')).toBeUndefined();
    const span = spanOf(TEXT, 'nodes.queue', KEYS)!;
    expect(TEXT.slice(span.from, span.to)).toBe('queue: {node: queue}');
  });
  it('knows the node of a place even if its key has dots', () => {
    expect(nodeOfPlace('nodes.a.b.next', ['a', 'a.b'])).toBe('a.b');
    expect(nodeOfPlace('nodes.a.next', ['a', 'a.b'])).toBe('a');
    expect(nodeOfPlace('start', ['start'])).toBeNull();
  });
  it('is the same whatever the order of its fields', () => {
    const turned = { start: DRAFT.start, nodes: { ...DRAFT.nodes }, name: DRAFT.name };
    expect(isSame(DRAFT, turned)).toBe(true);
    expect(isSame(DRAFT, { ...DRAFT, start: 'menu' })).toBe(false);
    expect(isSame([1, 2], [2, 1])).toBe(false);
  });
  it('says where its reader gave up', () => {
    expect(lineOfComplaint('while parsing\n  in "x", line 1, column 1\nexpected\n  line 4, column 2')).toBe(
      4,
    );
    expect(lineOfComplaint('no idea')).toBeNull();
  });
});

describe('a comparison of texts', () => {
  const shown = (before: string, after: string) =>
    lineDiff(before, after).map((line) => `${line.kind} ${line.text}`.trim());
  it('shows what came and went with a little around it', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].join('\n');
    expect(shown(before, before.replace('e', 'E'))).toEqual([
      'skipped',
      'same c',
      'same d',
      'gone e',
      'new E',
      'same f',
      'same g',
    ]);
  });
  it('is empty for equal texts, whatever their last line ends with', () => {
    expect(shown('a\nb', 'a\nb\n')).toEqual([]);
  });
  it('keeps lines that stay between changes', () => {
    expect(shown('a\nb\nc', 'x\nb\ny')).toEqual(['gone a', 'new x', 'same b', 'gone c', 'new y']);
    expect(shown('a\nc', 'a\nb\nc')).toEqual(['same a', 'new b', 'same c']);
  });
});

describe('a rehearsal', () => {
  it('takes keys as people write them', () => {
    expect(keyGroups('1, 12#')).toEqual(['1', '12#']);
    expect(keyGroups(' ,2')).toEqual(['', '2']);
    expect(keyGroups('  ')).toEqual([]);
  });
  it('happens at the moment that the clock of the site shows', () => {
    expect(momentOf('2026-11-22', '09:30', 'Europe/Moscow')).toBe('2026-11-22T06:30:00.000Z');
    // The clock goes back at three: ten in the morning is nine hours after midnight and one.
    expect(momentOf('2026-10-25', '10:00', 'Europe/Berlin')).toBe('2026-10-25T09:00:00.000Z');
    expect(momentOf('2026-03-29', '10:00', 'Europe/Berlin')).toBe('2026-03-29T08:00:00.000Z');
  });
  it('is told in words', () => {
    const name = (id: unknown) => (id ? `№ ${id}` : 'очередь номера');
    expect(outcomeText('invalid, 2', name)).toBe('не та кнопка, кнопка 2');
    expect(outcomeText('queue 3', name)).toBe('ждёт: № 3');
    expect(outcomeText('queue 0', name)).toBe('ждёт: очередь номера');
    expect(outcomeText('ended closed', name)).toBe('конец: Нерабочее время');
    expect(outcomeText('case 2', name)).toBe('условие 2');
    expect(outcomeText('goes on', name)).toBe('дальше не прослежено');
    expect(outcomeText('', name)).toBe('прозвучало');
  });
});

const row: FlowRow = {
  id: 5,
  version: 2,
  name: 'Магазин',
  published_at: '2026-11-20T09:00:00.000Z',
  published_by: 1,
  numbers: ['+74995550011'],
};
const version = (number: number, draft: FlowDraft, text: string): FlowVersionRow => ({
  ...row,
  version: number,
  draft,
  text,
});
const OLD = TEXT.replace('otherwise: queue', 'otherwise: bye');
const answers = (): Record<string, unknown> => ({
  'GET /api/v1/flows': [row],
  'GET /api/v1/flows/5/versions': [version(2, DRAFT, TEXT), version(1, { ...DRAFT, name: 'Старый' }, OLD)],
  'GET /api/v1/queues': [],
  'GET /api/v1/numbers': [],
  // What the text says does not matter here but for its first line.
  'POST /api/v1/flows/read': ({ body }: Asked) => {
    const { text } = body as { text: string };
    const name = /name: (.*)/.exec(text)?.[1] ?? '-';
    const problems = text.includes('nowhere')
      ? [{ code: 'node_missing', place: 'nodes.menu.otherwise', detail: 'nowhere' }]
      : [];
    return refusal(200, { draft: { ...DRAFT, name }, text, problems });
  },
});
const rights = ['manage.flows'];
const pages = { '/admin/$area': AdminPage };
const textBox = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Текст сценария' });
const publishButton = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Опубликовать' });
const isFree = () => waitFor(() => expect(publishButton().disabled).toBe(false));

describe('the page of flows', () => {
  it('lists what is published, with its numbers', async () => {
    serve(answers());
    const { container } = showPage(pages, '/admin/flows', { rights });
    const line = await screen.findByRole('row', { name: /Магазин/ });
    expect(plain(line)).toContain('+7 499 555-00-11');
    expect(plain(line)).toContain('Анна Белова');
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
  });

  it('begins a new flow with an example that can be published at once', async () => {
    const asked = serve({ ...answers(), 'POST /api/v1/flows': { id: 5, version: 1, seq: '9' } });
    const { router, container } = showPage(pages, '/admin/flows?id=new', { rights });
    expect((await textBox()).value).toBe(exampleFlow(i18next.t));
    await isFree();
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
    await userEvent.click(publishButton());
    await waitFor(() => expect(router.state.location.search).toMatchObject({ id: '5' }));
    expect(asked.find((it) => it.line === 'POST /api/v1/flows')?.body).toEqual({
      ...DRAFT,
      name: 'Новый сценарий',
    });
  });

  it('publishes nothing that is unchanged or unfit, and shows where to mend', async () => {
    const asked = serve({ ...answers(), 'PUT /api/v1/flows/5': { id: 5, version: 3, seq: '9' } });
    showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    await screen.findByText('Ничего не изменено.');
    expect(publishButton().disabled).toBe(true);
    await userEvent.clear(text);
    await userEvent.click(text);
    await userEvent.paste(TEXT.replace('otherwise: queue', 'otherwise: nowhere'));
    await screen.findByText('Надо исправить 1 место');
    expect(publishButton().disabled).toBe(true);
    expect(screen.getByRole('img', { name: 'есть ошибки' }).closest('button')?.dataset.node).toBe('menu');
    const problem = within(screen.getByRole('list', { name: 'Что исправить' })).getByRole('button');
    expect(plain(problem)).toContain('Строка 12');
    expect(plain(problem)).toContain('ведёт к узлу «nowhere», а его нет');
    await userEvent.click(problem);
    expect(text.value.slice(text.selectionStart, text.selectionEnd)).toBe('otherwise: nowhere');
    await userEvent.clear(text);
    await userEvent.paste(TEXT.replace('Магазин', 'Лавка'));
    await isFree();
    await userEvent.click(publishButton());
    await waitFor(() => expect(asked.some((it) => it.line === 'PUT /api/v1/flows/5')).toBe(true));
    expect(asked.find((it) => it.line === 'PUT /api/v1/flows/5')?.body).toEqual({ ...DRAFT, name: 'Лавка' });
  });

  it('wants a name, which the server would make up', async () => {
    serve(answers());
    showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    await userEvent.clear(text);
    await userEvent.paste(TEXT.replace('name: Магазин\n', ''));
    expect(await screen.findByText(/у сценария нет названия/)).toBeTruthy();
    expect(publishButton().disabled).toBe(true);
  });

  it('marks the line at which the text cannot be read, and keeps the outline', async () => {
    const served = answers();
    serve(served);
    showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    await screen.findByRole('button', { name: /^greeting/ });
    served['POST /api/v1/flows/read'] = () =>
      refusal(422, { code: 'flow_unreadable', facts: { detail: 'oops, line 2, column 3' }, place: 'text' });
    await userEvent.type(text, '[[{Control>}{Enter}{/Control}');
    expect(await screen.findByText(/Текст не читается/)).toBeTruthy();
    expect(text.getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('Строка 2')).toBeTruthy();
    expect(screen.getByRole('button', { name: /^greeting/ })).toBeTruthy();
  });

  it('walks its nodes by the arrow keys and shows one in the text', async () => {
    serve(answers());
    showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    (await screen.findByRole('button', { name: /^greeting/ })).focus();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect((document.activeElement as HTMLElement).dataset.node).toBe('queue');
    await userEvent.keyboard('{Enter}');
    expect(document.activeElement).toBe(text);
    expect(text.value.slice(text.selectionStart, text.selectionEnd)).toBe('queue: {node: queue}');
  });

  it('rehearses with the keys that were given', async () => {
    const asked = serve({
      ...answers(),
      'POST /api/v1/flows/rehearse': [
        { node: 'greeting', outcome: '', said: ['greeting'] },
        { node: 'menu', outcome: '2', said: ['please_wait'] },
        { node: 'bye', outcome: 'ended closed', said: [] },
      ],
    });
    showPage(pages, '/admin/flows?id=5', { rights });
    await userEvent.type(await screen.findByRole('textbox', { name: 'Что нажимает' }), '7, 2');
    await userEvent.type(screen.getByRole('textbox', { name: 'Кто звонит' }), '+79161234567');
    const go = screen.getByRole<HTMLButtonElement>('button', { name: 'Проверить' });
    await waitFor(() => expect(go.disabled).toBe(false));
    await userEvent.click(go);
    const trace = await screen.findByRole('list', { name: 'Путь звонка' });
    expect(within(trace).getAllByRole('listitem').map(plain)).toEqual([
      'greetingпрозвучалозвучит: greeting',
      'menuкнопка 2звучит: please_wait',
      'byeконец: Нерабочее время',
    ]);
    expect(asked.find((it) => it.line === 'POST /api/v1/flows/rehearse')?.body).toMatchObject({
      caller: '+79161234567',
      number: '+74995550011',
      typed: ['7', '2'],
      facts: {},
    });
  });

  it('compares a version with the draft, and takes one as the draft', async () => {
    serve({ ...answers(), 'POST /api/v1/flows/write': { draft: DRAFT, text: TEXT, problems: [] } });
    showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    await screen.findByText('Ничего не изменено.');
    const compare = await screen.findAllByRole('button', { name: 'Сравнить' });
    await userEvent.click(compare[1]!);
    const difference = await screen.findByRole('region', { name: 'Чем черновик отличается от версии 1' });
    expect(plain(difference)).toContain('−     otherwise: bye+     otherwise: queue');
    await userEvent.click(screen.getAllByRole('button', { name: 'Взять за черновик' })[1]!);
    expect(text.value).toBe(OLD);
  });

  it('is not left with a text that is not published before one has said so', async () => {
    serve(answers());
    const { router } = showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    await userEvent.type(text, '# note');
    await userEvent.click(screen.getByRole('button', { name: 'Сценарии звонков' }));
    const question = await screen.findByRole('dialog', { name: 'Не сохранять изменения?' });
    await userEvent.click(within(question).getByRole('button', { name: 'Отмена' }));
    expect(text.value).toContain('# note');
    expect(router.state.location.search).toMatchObject({ id: '5' });
  });

  it('is retired only after a question, and says which numbers have it', async () => {
    const asked = serve({
      ...answers(),
      'DELETE /api/v1/flows/5': () =>
        refusal(409, { code: 'flow_in_use', facts: { flow_id: 5, number: '+74995550011', count: 1 } }),
    });
    showPage(pages, '/admin/flows?id=5', { rights });
    await userEvent.click(await screen.findByRole('button', { name: 'Убрать' }));
    expect(asked.some((it) => it.line.startsWith('DELETE'))).toBe(false);
    const question = await screen.findByRole('dialog', { name: 'Убрать сценарий «Магазин»?' });
    await userEvent.click(within(question).getByRole('button', { name: 'Убрать' }));
    expect(await screen.findByText(/Сценарий назначен номерам/)).toBeTruthy();
  });

  it('says that a flow is gone', async () => {
    serve(answers());
    showPage(pages, '/admin/flows?id=99', { rights });
    expect(await screen.findByText('Такого сценария нет.')).toBeTruthy();
  });
});

describe('a number', () => {
  const number = {
    id: 3,
    number: '+74995550011',
    name: 'Радио',
    language: 'ru',
    is_recorded: true,
    hours_id: null,
    queue_id: 1,
    flow_id: null,
    parameters: { a: 'b' },
    trunk_id: null,
  };
  const served = () => ({
    ...answers(),
    'GET /api/v1/numbers': [number],
    'GET /api/v1/queues': [{ id: 1, name: 'Продажи' }],
    'GET /api/v1/hours': [],
    'GET /api/v1/trunks': [],
    'PUT /api/v1/numbers/3': number,
  });
  const may = { rights: ['manage.numbers', 'manage.queues', 'manage.hours'] };
  it('is given one of the published flows', async () => {
    const asked = serve(served());
    showPage(pages, '/admin/numbers?id=3', may);
    const choice = await screen.findByRole<HTMLInputElement>('combobox', { name: 'Сценарий' });
    expect(choice.value).toBe('Начальный (встроенный)');
    await userEvent.click(choice);
    await userEvent.click(await screen.findByRole('option', { name: 'Магазин' }));
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(asked.some((it) => it.line === 'PUT /api/v1/numbers/3')).toBe(true));
    expect(asked.find((it) => it.line === 'PUT /api/v1/numbers/3')?.body).toMatchObject({
      flow_id: 5,
      parameters: { a: 'b' },
    });
  });
});
