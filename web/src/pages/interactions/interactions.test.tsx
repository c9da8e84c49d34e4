import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InteractionDetail, InteractionRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, refusal, serve, showPage } from '~/test-page';
import { areAny, asked, readBehind, readFilters } from './filters';
import { whyLines } from './Offers';
import InteractionPage from './One';
import InteractionsPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('interactions');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('filters of the address', () => {
  it('become what the server is asked, and nothing that makes no sense', () => {
    const filters = readFilters(
      {
        from: '2026-11-20',
        to: '2026-11-21',
        queue: '1,2,x',
        outcome: 'abandoned,nonsense',
        direction: 'sideways',
        min_wait: '60',
        number: '8 (916) 12',
        recorded: 'true',
      },
      '2026-11-21',
    );
    expect(asked(filters)).toEqual({
      from: '2026-11-20',
      to: '2026-11-21',
      queue: ['1', '2'],
      agent: [],
      disposition: [],
      outcome: ['abandoned'],
      direction: null,
      recorded: 'true',
      min_wait_seconds: '60',
      number: '891612',
      party: null,
    });
    expect(areAny(filters)).toBe(true);
    expect(areAny(readFilters({ period: 'today' }, '2026-11-21'))).toBe(false);
  });
  it('keep an id of nineteen digits as it is', () => {
    expect(readFilters({ party: '1794837265014784001' }, '2026-11-21').party).toBe('1794837265014784001');
  });
  it('tell a number of a report only when its place is whole', () => {
    const place = { drill: 'late', start: '2026-11-20T21:00:00.000Z', stop: '2026-11-21T21:00:00.000Z' };
    expect(readBehind({ ...place, queue: '2' })).toMatchObject({ drill: 'late', queue: ['2'], agent: [] });
    expect(readBehind({ ...place, stop: 'never' })).toBeNull();
    expect(readBehind({ ...place, drill: "x' or 1=1" })).toBeNull();
  });
});

describe('why an agent was asked', () => {
  const why = (rules: string[], counts: Record<string, number> = {}) =>
    whyLines({ rules, counts, passed_over: [] });
  it('is told in words, with the number of those who could have been', () => {
    expect(why(['only_waiting', 'signed_in', 'longest_idle'], { signed_in: 3, longest_idle: 1 })).toEqual([
      'Больше никто в этой очереди не ждал.',
      'Он дольше всех был свободен. Кроме него свободен ещё 1.',
    ]);
    expect(why(['highest_priority', 'cool_down_waived', 'only_ready'])).toHaveLength(3);
  });
  it('names a rule that this build does not know rather than hiding it', () => {
    expect(why(['chosen_by_moon'], { chosen_by_moon: 4 })).toEqual(['chosen_by_moon: 4']);
  });
});

const id = '228020140599410690';
const row: InteractionRow = {
  interaction_id: id,
  started_at: '2026-11-21T20:42:31.713Z',
  direction: 'inbound',
  number: '+79162076257',
  customer_name: 'Дарья Ершова',
  number_called: '1000',
  queue_id: 1,
  queue_name: 'Продажи',
  agent_id: 10,
  agent_name: 'Brian',
  wait_seconds: 2.5,
  talk_seconds: 28.5,
  outcome: 'answered',
  disposition_id: 4,
  has_recording: true,
};
const detail: InteractionDetail = {
  interaction_id: id,
  started_at: row.started_at,
  ended_at: '2026-11-21T20:43:11.894Z',
  direction: 'inbound',
  number: '+79162076257',
  customer_name: 'Дарья Ершова',
  party_id: '228020140599410689',
  number_called: '1000',
  project_id: 1,
  outcome: 'answered',
  disposition_id: 4,
  note: 'Просит счёт',
  outcome_saved_at: '2026-11-21T20:44:00.000Z',
  outcome_by_name: 'Brian',
  callback_of: '99',
  segments: [
    {
      segment_id: '5',
      queue_id: 1,
      queue_name: 'Продажи',
      agent_id: 10,
      agent_name: 'Brian',
      entered_at: '2026-11-21T20:42:40.878Z',
      answered_at: '2026-11-21T20:42:43.355Z',
      ended_at: '2026-11-21T20:43:11.894Z',
      wait_seconds: 2.477,
      ring_seconds: 2.477,
      talk_seconds: 28.539,
      hold_seconds: 0,
      wrap_up_seconds: 9.309,
      outcome: 'answered',
      in_sl: true,
      level: { formula: 'F3', threshold_seconds: 15, since: '2026-11-20', is_of_site: false },
    },
  ],
  phases: [
    {
      phase: 'in_flow',
      owner_id: null,
      owner_name: '',
      start: '2026-11-21T20:42:31.713Z',
      stop: '2026-11-21T20:42:40.878Z',
    },
    {
      phase: 'connected',
      owner_id: 10,
      owner_name: 'Brian',
      start: '2026-11-21T20:42:43.355Z',
      stop: '2026-11-21T20:43:11.894Z',
    },
  ],
  offers: [
    {
      offer_id: '6',
      agent_id: 9,
      agent_name: 'Adam',
      offered_at: '2026-11-21T20:42:38.878Z',
      ended_at: '2026-11-21T20:42:40.341Z',
      outcome: 'declined',
      why: {
        rules: ['longest_waiting', 'has_capacity', 'only_ready'],
        passed_over: [{ agent_id: 8, agent_name: 'Diana', rule: 'device_reachable' }],
        counts: { has_capacity: 2 },
      },
    },
  ],
  answers: [],
  recordings: [
    {
      segment_id: '5',
      duration_seconds: null,
      size_bytes: null,
      sha256: null,
      state: 'missing',
      missing_cause: 'disk_full',
    },
  ],
  links: [],
  legs: [],
  events: [
    {
      seq: '953',
      at: row.started_at,
      type: 'InteractionArrived',
      facts: { channel: 'voice', party_id: 2.2802014059941069e17 },
    },
  ],
};
const answers = (): Record<string, unknown> => ({
  'GET /api/v1/interactions': { rows: [row], next: null },
  'GET /api/v1/interactions/behind': { rows: [row], next: null },
  [`GET /api/v1/interactions/${id}`]: detail,
  [`PUT /api/v1/interactions/${id}/outcome`]: { saved_at: '2026-11-21T21:00:00.000Z' },
  'GET /api/v1/queues': [{ id: 1, name: 'Продажи', project_id: 1 }],
  'GET /api/v1/people': [],
  'GET /api/v1/dispositions': [
    { id: 4, kind: 'service', name_ru: 'Решено', name_en: 'Solved', queue_ids: [], is_active: true },
    { id: 5, kind: 'lead', name_ru: 'Заявка', name_en: 'Lead', queue_ids: [1], is_active: true },
    { id: 6, kind: 'lead', name_ru: 'Чужая', name_en: 'Other', queue_ids: [7], is_active: true },
  ],
});
const pages = { '/interactions': InteractionsPage, '/interactions/$id': InteractionPage };

describe('the list', () => {
  it('shows who called, and opens one beside it', async () => {
    const all = serve(answers());
    const { router, container } = showPage(pages, '/interactions?period=today', {
      rights: ['view.interactions'],
    });
    const line = await screen.findByRole('row', { name: /Дарья Ершова/ });
    expect(plain(line)).toContain('+7 916 207-62-57');
    expect(plain(line)).toContain('Разговор состоялся');
    line.focus();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.search).toMatchObject({ id }));
    expect(await screen.findByText('Просит счёт')).toBeTruthy();
    expect(all.some((it) => it.line === `GET /api/v1/interactions/${id}`)).toBe(true);
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
    await userEvent.click(document.body);
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(router.state.location.search).not.toHaveProperty('id'));
  });
  it('goes on by the place that the server gave', async () => {
    const served = answers();
    const next = { ...row, interaction_id: '7', customer_name: 'Пётр Ильин' };
    served['GET /api/v1/interactions'] = (it: { line: string }) =>
      refusal(
        200,
        it.line.includes('cursor=here') ? { rows: [next], next: null } : { rows: [row], next: 'here' },
      );
    serve(served);
    showPage(pages, '/interactions?period=yesterday', { rights: ['view.interactions'] });
    await userEvent.click(await screen.findByRole('button', { name: 'Показать ещё' }));
    expect(await screen.findByRole('row', { name: /Пётр Ильин/ })).toBeTruthy();
    expect(screen.getByRole('row', { name: /Дарья Ершова/ })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Показать ещё' })).toBeNull();
  });
  it('behind a number asks for exactly its place', async () => {
    const all = serve(answers());
    showPage(
      pages,
      '/interactions?drill=late&start=2026-11-20T21:00:00.000Z&stop=2026-11-21T21:00:00.000Z&queue=1',
      { rights: ['view.interactions'] },
    );
    expect(await screen.findByText('принято после порога')).toBeTruthy();
    expect(await screen.findByText(/Продажи · 21 нояб/)).toBeTruthy();
    const line = all.find((it) => it.line.includes('/behind'))?.line ?? '';
    expect(Object.fromEntries(new URLSearchParams(line.split('?')[1]))).toEqual({
      drill: 'late',
      start: '2026-11-20T21:00:00.000Z',
      stop: '2026-11-21T21:00:00.000Z',
      queue: '1',
      limit: '100',
    });
  });
});

describe('one interaction', () => {
  const show = (rights: string[]) => showPage(pages, `/interactions/${id}`, { rights });
  it('is drawn from its arrival on, with the why of each offer', async () => {
    serve(answers());
    const { container } = show(['view.interactions', 'listen.recordings']);
    const line = await screen.findByRole('img', { name: /Приветствие и меню 0:09, Разговор 0:28/ });
    expect(line).toBeTruthy();
    const offers = plain(screen.getByRole('region', { name: 'Кому предлагали и почему' }));
    expect(offers).toContain('Adam');
    expect(offers).toContain('отклонил');
    expect(offers).toContain('Клиент ждал дольше всех в очереди.');
    expect(offers).toContain('заняты: 2');
    expect(offers).toContain('Diana (телефон не на связи)');
    expect(plain(screen.getByRole('region', { name: 'Запись разговора' }))).toContain(
      'Записи нет. Не хватило места на диске.',
    );
    expect(screen.getByRole('link', { name: 'пропущенному обращению' }).getAttribute('href')).toBe(
      '/interactions/99',
    );
    // A number that the browser cannot hold exactly is not shown as if it were one.
    expect(container.textContent).toContain('channel: voice');
    expect(container.textContent).not.toContain('party_id');
  });
  it('says by which definition a stay was answered in time, and nothing where none counts it', async () => {
    const [segment] = detail.segments;
    const uncounted = { ...segment!, segment_id: '6', in_sl: false, level: null };
    serve({
      ...answers(),
      [`GET /api/v1/interactions/${id}`]: { ...detail, segments: [segment, uncounted] },
    });
    show(['view.interactions']);
    await userEvent.hover(await screen.findByText('в срок'));
    expect(plain(await screen.findByRole('tooltip'))).toBe(
      'По определению очереди с 20 нояб. 2026 г.: F3, порог T 0:15',
    );
    expect(screen.queryByText('позже порога')).toBeNull();
  });
  it('lets its outcome be changed only by those who may', async () => {
    serve(answers());
    show(['view.interactions']);
    await screen.findByText('Просит счёт');
    expect(screen.queryByRole('button', { name: 'Изменить' })).toBeNull();
  });
  it('keeps a change of the outcome until it is saved, and says what was refused', async () => {
    const served = answers();
    served[`PUT /api/v1/interactions/${id}/outcome`] = () =>
      refusal(409, { code: 'unknown_disposition', facts: {}, place: 'disposition_id' });
    const all = serve(served);
    const { router } = show(['view.interactions', 'edit.outcomes']);
    await userEvent.click(await screen.findByRole('button', { name: 'Изменить' }));
    const note = screen.getByRole('textbox', { name: 'Заметка' });
    await userEvent.clear(note);
    await userEvent.type(note, 'Счёт отправлен');
    await userEvent.click(screen.getByRole('combobox', { name: 'Результат' }));
    const names = (await screen.findAllByRole('option')).map((it) => it.textContent);
    expect(names).toEqual(['Решено', 'Заявка']);
    await userEvent.click(screen.getByRole('option', { name: 'Заявка' }));
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    expect(await screen.findByRole('alert')).toHaveProperty('textContent', 'Такого результата нет.');
    void router.navigate({ to: '/interactions' });
    const dialog = await screen.findByRole('dialog', { name: 'Не сохранять?' });
    await userEvent.click(within(dialog).getByRole('button', { name: 'Отмена' }));
    expect(router.state.location.pathname).toBe(`/interactions/${id}`);
    served[`PUT /api/v1/interactions/${id}/outcome`] = { saved_at: '2026-11-21T21:00:00.000Z' };
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(screen.queryByRole('textbox', { name: 'Заметка' })).toBeNull());
    expect(all.filter((it) => it.line.startsWith('PUT')).at(-1)?.body).toEqual({
      disposition_id: 5,
      note: 'Счёт отправлен',
    });
  });
});
