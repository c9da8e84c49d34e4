import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import i18next from 'i18next';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlowDraft, FlowRow, FlowVersionRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { type Asked, plain, refusal, serve, showPage } from '~/test-page';
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
import { FORMS } from './flows/testForms';
import { outcomeText } from './flows/words';
import AdminPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('admin');
  await withWords('flows');
  // Pages come by themselves when they are opened; here that would count as waiting.
  await Promise.all([
    import('./Flows'),
    import('./FlowEditor'),
    import('./FlowRehearsal'),
    import('./FlowVersions'),
    import('./flows/Canvas'),
    import('./Numbers'),
  ]);
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
    const other = { fact: 'queue.waiting', comparison: 'at_least', value: '1', next: '', queue_id: 5 };
    const elsewhere = outline({ nodes: { look: { node: 'condition', cases: [other] } } });
    expect(factsAsked(elsewhere)).toEqual(['queue.5.waiting']);
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
  'GET /api/v1/flows/forms': FORMS,
  'GET /api/v1/flow-drafts/0': null,
  'GET /api/v1/flow-drafts/5': null,
  'PUT /api/v1/flow-drafts/5': { revision: 1, saved_at: '2026-11-22T07:00:00.000Z' },
  'GET /api/v1/prompts': [],
  'POST /api/v1/flows/write': ({ body }: Asked) => {
    const draft = body as FlowDraft;
    return refusal(200, { draft, text: isSame(draft, DRAFT) ? TEXT : `name: ${draft.name}\n`, problems: [] });
  },
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
/** Opened as a text, when that is written. */
const textBox = async () => {
  await userEvent.click(await screen.findByRole('button', { name: 'Текст' }));
  const box = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Текст сценария' });
  await waitFor(() => expect(box.value).not.toBe(''));
  return box;
};
const side = (name: string) => screen.findByRole('tab', { name }).then((it) => userEvent.click(it));
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
    expect((await screen.findByRole<HTMLInputElement>('textbox', { name: 'Название сценария' })).value).toBe(
      'Новый сценарий',
    );
    await isFree();
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
    await userEvent.click(publishButton());
    await waitFor(() => expect(router.state.location.search).toMatchObject({ id: '5' }));
    expect(asked.find((it) => it.line === 'POST /api/v1/flows')?.body).toEqual(exampleFlow(i18next.t));
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

  it('is worked by keys alone in its outline, and what was done is undone', async () => {
    serve(answers());
    showPage(pages, '/admin/flows?id=5', { rights });
    const outline = await screen.findByRole('list', { name: 'Узлы' });
    const row = (name: RegExp) => within(outline).getByRole('button', { name });
    row(/^greeting/).focus();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect((document.activeElement as HTMLElement).dataset.node).toBe('menu');
    await userEvent.keyboard('{ArrowDown}{Insert}');
    await userEvent.type(await screen.findByRole('combobox', { name: 'Найти вид узла' }), 'часы{Enter}');
    expect(await screen.findByRole('region', { name: 'Узел hours' })).toBeTruthy();
    expect(plain(row(/^кнопка 1/))).toContain('hours');
    expect(plain(row(/^открыто/))).toContain('queue');
    row(/^hours/).focus();
    await userEvent.keyboard('{Delete}');
    expect(within(outline).queryByRole('button', { name: /^hours/ })).toBeNull();
    expect(plain(row(/^кнопка 1/))).toContain('queue');
    await userEvent.keyboard('{Control>}z{/Control}');
    expect(row(/^hours/)).toBeTruthy();
    await userEvent.keyboard('{Control>}z{/Control}');
    expect(within(outline).queryByRole('button', { name: /^hours/ })).toBeNull();
    await screen.findByText('Ничего не изменено.');
    await userEvent.keyboard('{Control>}{Shift>}z{/Shift}{/Control}');
    expect(row(/^hours/)).toBeTruthy();
  });

  it('shows a node of a kind that is new here by the form that the server tells', async () => {
    serve(answers());
    showPage(pages, '/admin/flows?id=5', { rights });
    const outline = await screen.findByRole('list', { name: 'Узлы' });
    within(outline)
      .getByRole('button', { name: /^greeting/ })
      .focus();
    await userEvent.keyboard('{Insert}');
    await userEvent.type(await screen.findByRole('combobox', { name: 'Найти вид узла' }), 'fax{Enter}');
    const form = await screen.findByRole('region', { name: 'Узел fax' });
    const pagesField = within(form).getByRole<HTMLInputElement>('textbox', { name: 'pages' });
    expect(pagesField.value).toBe('1');
    await userEvent.type(pagesField, '2');
    expect(within(form).getByRole('switch', { name: 'is colour' })).toBeTruthy();
    expect(within(form).getByRole<HTMLInputElement>('combobox', { name: 'sent' }).value).toBe('menu · Меню');
    expect(plain(within(outline).getByRole('button', { name: /^sent/ }))).toContain('menu');
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
    await side('Проверка');
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
    serve({
      ...answers(),
      'POST /api/v1/flows/write': ({ body }: Asked) => {
        const draft = body as FlowDraft;
        return refusal(200, { draft, text: draft.name === 'Старый' ? OLD : TEXT, problems: [] });
      },
    });
    showPage(pages, '/admin/flows?id=5', { rights });
    const text = await textBox();
    await screen.findByText('Ничего не изменено.');
    await side('Версии');
    const compare = await screen.findAllByRole('button', { name: 'Сравнить' });
    await userEvent.click(compare[1]!);
    const difference = await screen.findByRole('region', { name: 'Чем черновик отличается от версии 1' });
    expect(plain(difference)).toContain('−     otherwise: bye+     otherwise: queue');
    await userEvent.click(screen.getAllByRole('button', { name: 'Взять за черновик' })[1]!);
    await waitFor(() => expect(text.value).toBe(OLD));
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

  it('goes on with the draft that was kept, and says whose it is', async () => {
    const kept = {
      draft: { ...DRAFT, name: 'Черновик' },
      version: 2,
      revision: 3,
      saved_at: '2026-11-22T07:10:00.000Z',
      saved_by: 1,
    };
    const served: Record<string, unknown> = { ...answers(), 'GET /api/v1/flow-drafts/5': kept };
    served['DELETE /api/v1/flow-drafts/5'] = () => new Response(null, { status: 204 });
    const asked = serve(served);
    showPage(pages, '/admin/flows?id=5', { rights });
    const name = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Название сценария' });
    expect(name.value).toBe('Черновик');
    expect(plain(await screen.findByText(/Это черновик/))).toContain('Анна Белова');
    await userEvent.type(name, '!');
    await waitFor(() => expect(asked.some((it) => it.line.startsWith('PUT'))).toBe(true), { timeout: 4000 });
    expect(asked.find((it) => it.line.startsWith('PUT'))).toMatchObject({
      line: 'PUT /api/v1/flow-drafts/5',
      body: { revision: 3, version: 2, draft: { name: 'Черновик!' } },
    });
    await userEvent.click(screen.getByRole('button', { name: 'Вернуть опубликованный' }));
    const question = await screen.findByRole('dialog', { name: 'Вернуть опубликованный сценарий?' });
    await userEvent.click(within(question).getByRole('button', { name: 'Вернуть опубликованный' }));
    await waitFor(() => expect(name.value).toBe('Магазин'));
    expect(asked.some((it) => it.line === 'DELETE /api/v1/flow-drafts/5')).toBe(true);
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
