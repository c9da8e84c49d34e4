import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HoursRow, PersonRow, QueueRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, refusal, serve, showPage } from '~/test-page';
import { timeOf } from '~/ui/TimeField';
import { areasOf } from './areas';
import { differences, durationText } from './differences';
import { placeOf } from './Hours';
import AdminPage from './Page';
import { drawn, nextSpan, openingText, reaching, weekText } from './week';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('admin');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('areas', () => {
  it('are those that one may manage or look into, and no others', () => {
    expect(areasOf({ rights: [] })).toEqual([]);
    expect(areasOf({ rights: ['manage.queues', 'view.audit'] }).map((it) => it.key)).toEqual([
      'queues',
      'plans',
      'audit',
    ]);
    expect(areasOf({ rights: ['manage.tokens'] }).map((it) => it.key)).toEqual(['tokens', 'walls']);
  });
});

describe('a week', () => {
  const words = { day: (day: string) => day, closed: 'closed', around: '24h' };
  const week = (more: object) => ({ mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [], ...more });
  it('is told by runs of equal days', () => {
    const office: [string, string][] = [['09:00', '18:00']];
    const weekly = week({ mon: office, tue: office, wed: office, thu: office, fri: [['09:00', '16:45']] });
    expect(weekText(weekly, words)).toBe('mon–thu 09:00–18:00; fri 09:00–16:45; sat–sun closed');
    expect(weekText(week({}), words)).toBe('closed');
  });
  it('is drawn to scale, with what reaches past midnight', () => {
    expect(drawn(['06:00', '12:00'])).toEqual({ left: 0.25, width: 0.25 });
    expect(drawn(['18:00', '06:00'])).toEqual({ left: 0.75, width: 0.25 });
    expect(reaching([['18:00', '06:00']])).toBe(0.25);
    expect(reaching([['09:00', '18:00']])).toBe(0);
    expect(drawn(['00:00', '00:00'])).toEqual({ left: 0, width: 1 });
  });
  it('is told in the history in the same words', () => {
    const nine = [{ opens: '09:00:00', closes: '18:00:00' }];
    const week = [nine, nine, nine, nine, nine, [], []];
    const dates = [{ day: '2026-12-31', spans: [] }];
    expect(openingText({ week, dates, time_zone: 'Asia/Omsk' }, words)?.replace(/\u00a0/g, ' ')).toBe(
      'mon–fri 09:00–18:00; sat–sun closed; 31 дек. 2026 г. closed; Asia/Omsk',
    );
    expect(openingText({ week: [] }, words)).toBeNull();
  });
  it('offers a next span that does not overlap', () => {
    expect(nextSpan([])).toEqual(['09:00', '18:00']);
    expect(nextSpan([['09:00', '13:00']])).toEqual(['14:00', '18:00']);
  });
  it('understands times as people type them', () => {
    expect(['9', '930', '9.30', '18:00', ' 7:05 ', '24'].map(timeOf)).toEqual([
      '09:00',
      '09:30',
      '09:30',
      '18:00',
      '07:05',
      '00:00',
    ]);
    expect(['25', '9:75', 'noon', '24:30', ''].map(timeOf)).toEqual([null, null, null, null, null]);
  });
  it('finds its field for each place of the server', () => {
    expect(placeOf('week.0.1')).toBe('weekly.mon.1');
    expect(placeOf('weekly.sat.0.1')).toBe('weekly.sat.0');
    expect(placeOf('dates.2.day')).toBe('exceptions.2.date');
    expect(placeOf('name')).toBe('name');
  });
});

describe('the history', () => {
  it('brings back what was before, for those who may manage it', async () => {
    const change = {
      seq: '41',
      at: '2026-11-20T09:00:00Z',
      by_name: 'Ольга Громова',
      entity: 'queue',
      entity_id: 1,
      before: { name: 'Продажи', priority: 1 },
      after: { name: 'Продажи', priority: 9 },
    };
    const asked = serve({
      ...answers(),
      'GET /api/v1/history': [change, { ...change, seq: '40', entity: 'trunk', before: null }],
      'POST /api/v1/history/41/restore': { entity: 'queue', entity_id: 1, seq: '42' },
    });
    showPage(pages, '/admin/history', { rights });
    const [button, ...others] = await screen.findAllByRole('button', { name: /Вернуть/ });
    expect(others).toEqual([]);
    await userEvent.click(button!);
    const question = await screen.findByRole('dialog', { name: 'Вернуть «Продажи»?' });
    await userEvent.click(within(question).getByRole('button', { name: 'Вернуть' }));
    const line = 'POST /api/v1/history/41/restore?version=before';
    await waitFor(() => expect(asked.map((it) => it.line)).toContain(line));
  });
  it('shows only what became another, times as a clock reads them', () => {
    expect(
      differences(
        { name: 'Sales', ring_timeout: 'PT20S', skills: [], secret_id: 1 },
        { name: 'Sales', ring_timeout: 'PT1M30S', skills: [], secret_id: 2 },
      ),
    ).toEqual([{ field: 'ring_timeout', before: '0:20', after: '1:30' }]);
    expect(durationText('P1DT2H')).toBe('26:00:00');
    expect(durationText('Password')).toBeNull();
  });
  it('says what an id stands for, where that is known', () => {
    const speak = (field: string, value: unknown) => (field === 'queue_id' ? `queue ${value}` : null);
    expect(differences({ queue_id: 1 }, { queue_id: 2 }, speak)).toEqual([
      { field: 'queue_id', before: 'queue 1', after: 'queue 2' },
    ]);
  });
});

const queue: QueueRow = {
  id: 1,
  name: 'Продажи',
  project_id: 1,
  channel: 'voice',
  skills: [{ skill_id: 1, minimum: 3, is_firm: false }],
  priority: 0,
  ageing: 0,
  relaxation: [{ after_seconds: 20, minimum: 5, skill_ids: [] }],
  weight: 1,
  after_missed: 'not_ready',
  missed_rest_seconds: 15,
  missed_limit: 3,
  preferred_wait_seconds: 30,
  preferred_waits_for_pause: false,
  strategy: 'longest_idle',
  ring_timeout_seconds: 20,
  wrap_up_seconds: 30,
  wrap_up_limit_seconds: 300,
  service_threshold_seconds: 20,
  service_target: 0.8,
  short_abandon_seconds: 5,
  maximum_waiting: 1000,
  caller_number_id: null,
  trunk_id: null,
  kind: 'inbound',
  overflow: [
    {
      name: 'Долго ждёт',
      when: 'waited',
      to: 'queue',
      after_seconds: 90,
      length: 0,
      queue_id: 2,
      target: '',
      keeps_wait: true,
    },
  ],
  callbacks: {
    priority: 0,
    share: 0.25,
    attempts: 3,
    retry_after_seconds: 900,
    expires_after_seconds: 86400,
    delay_seconds: 15,
    personal_for_seconds: 600,
  },
  tier: 1,
  next_tier_id: null,
  greeting: '',
};
const person: PersonRow = {
  id: 7,
  login: 'olga',
  name: 'Ольга Громова',
  is_blocked: false,
  is_robot: false,
  role_ids: [3],
  team_ids: [2],
  skills: { 1: 8 },
  preferences: { 1: 2 },
  ring_timeout_seconds: null,
  capacities: { chat: 4 },
  has_browser_phone: true,
  language: 'ru',
  last_seen_at: null,
  signed_in: true,
};
const answers = (): Record<string, unknown> => ({
  'GET /api/v1/queues': [queue],
  'PUT /api/v1/queues/1': queue,
  'GET /api/v1/projects': [{ id: 1, name: 'Ромашка', color: '#15803d' }],
  'GET /api/v1/skills': [
    { id: 1, name: 'Продажи' },
    { id: 2, name: 'Английский' },
  ],
  'GET /api/v1/numbers': [],
  'GET /api/v1/trunks': [],
  'GET /api/v1/teams': [{ id: 2, name: 'Первая', supervisor_ids: [], people: 1 }],
  'GET /api/v1/roles': [
    { id: 3, name_ru: 'Оператор', name_en: 'Agent', sees: 'self', rights: [], people: 1 },
  ],
  'GET /api/v1/people': [person, { ...person, id: 8, login: 'robot-1', name: 'Робот', is_robot: true }],
  'GET /api/v1/people/7/devices': [],
  'GET /api/v1/service-levels': {
    today: '2026-11-22',
    zone: 'Europe/Moscow',
    formulas: [],
    definitions: [],
    queues: [],
  },
});
const rights = [
  'manage.queues',
  'manage.projects',
  'manage.skills',
  'manage.numbers',
  'manage.people',
  'manage.roles',
  'manage.teams',
  'manage.devices',
  'manage.hours',
  'manage.tokens',
  'view.history',
];
const pages = { '/admin/$area': AdminPage };

describe('a queue', () => {
  it('is listed with names for its ids, and found by typing', async () => {
    serve({ ...answers(), 'GET /api/v1/queues': [queue, { ...queue, id: 2, name: 'Поддержка' }] });
    const { container, router } = showPage(pages, '/admin/queues', { rights });
    const line = await screen.findByRole('row', { name: /Продажи Ромашка/ });
    expect(plain(line)).toContain('Продажи ≥ 3');
    expect(plain(line)).toContain('80 % за 0:20');
    await userEvent.type(screen.getByRole('searchbox'), 'подд');
    await waitFor(() => expect(screen.queryByRole('row', { name: /Продажи Ромашка/ })).toBeNull());
    expect(router.state.location.search).toEqual({ find: 'подд' });
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
  });

  it('is sent whole, in the units of the server', async () => {
    const asked = serve(answers());
    const { router } = showPage(pages, '/admin/queues?id=1', { rights });
    const target = await screen.findByRole('textbox', { name: 'Принять не меньше' });
    expect((target as HTMLInputElement).value).toBe('80 %');
    await userEvent.clear(target);
    await userEvent.type(target, '92.5');
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(router.state.location.search).not.toHaveProperty('id'));
    const { id: _id, ...rest } = queue;
    expect(asked.find((it) => it.line === 'PUT /api/v1/queues/1')?.body).toEqual({
      ...rest,
      service_target: 0.925,
    });
  });

  it('loses what a way out no longer has when its kind is changed', async () => {
    const second = { ...queue, id: 2, name: 'Поддержка', overflow: [] };
    const asked = serve({ ...answers(), 'GET /api/v1/queues': [queue, second] });
    showPage(pages, '/admin/queues?id=1', { rights });
    await userEvent.click(await screen.findByRole('combobox', { name: 'Куда' }));
    await userEvent.click(await screen.findByRole('option', { name: 'предложить перезвонить' }));
    await userEvent.click(screen.getByRole('combobox', { name: 'Когда' }));
    await userEvent.click(await screen.findByRole('option', { name: 'уже ждут' }));
    const many = screen.getByRole('textbox', { name: 'Сколько ждут' });
    await userEvent.clear(many);
    await userEvent.type(many, '12');
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(asked.some((it) => it.line === 'PUT /api/v1/queues/1')).toBe(true));
    const sent = asked.find((it) => it.line === 'PUT /api/v1/queues/1')?.body as QueueRow;
    expect(sent.overflow).toEqual([
      { ...queue.overflow[0], when: 'length', to: 'callback', after_seconds: 0, length: 12 },
    ]);
  });

  it('shows a refusal at the field that is meant, and at the foot what has no field', async () => {
    const served = answers();
    served['PUT /api/v1/queues/1'] = () =>
      refusal(422, {
        code: 'invalid',
        facts: {},
        problems: [
          { place: 'wrap_up_limit_seconds', code: 'wrap_up_limit_too_small', facts: {} },
          { place: 'skills.0.minimum', code: 'too_large', facts: {} },
          { place: 'nowhere', code: 'unknown_field', facts: {} },
        ],
      });
    serve(served);
    showPage(pages, '/admin/queues?id=1', { rights });
    const limit = await screen.findByRole('textbox', { name: 'Постобработка, предел' });
    await userEvent.clear(limit);
    await userEvent.type(limit, '5');
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    expect(await screen.findByText('Предел не может быть короче постобработки.')).toBeTruthy();
    expect(limit.getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('Слишком большое значение.')).toBeTruthy();
    expect(screen.getByRole('alert').childElementCount).toBe(1);
  });

  it('is not left with unsaved changes before one has said so', async () => {
    serve(answers());
    const { router } = showPage(pages, '/admin/queues?id=1', { rights });
    const name = await screen.findByRole('textbox', { name: 'Название' });
    await userEvent.type(name, ' 2');
    await userEvent.keyboard('{Escape}');
    const question = await screen.findByRole('dialog', { name: 'Не сохранять изменения?' });
    await userEvent.click(within(question).getByRole('button', { name: 'Отмена' }));
    expect((name as HTMLInputElement).value).toBe('Продажи 2');
    expect(router.state.location.search).toMatchObject({ id: '1' });
    await userEvent.click(screen.getByRole('button', { name: 'Отмена' }));
    const again = await screen.findByRole('dialog', { name: 'Не сохранять изменения?' });
    await userEvent.click(within(again).getByRole('button', { name: 'Не сохранять' }));
    await waitFor(() => expect(router.state.location.search).not.toHaveProperty('id'));
  });

  it('is closed without a question when nothing was changed', async () => {
    serve(answers());
    const { router } = showPage(pages, '/admin/queues?id=1', { rights });
    await screen.findByRole('textbox', { name: 'Название' });
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(router.state.location.search).not.toHaveProperty('id'));
  });

  it('that is gone meanwhile is said to be gone', async () => {
    serve(answers());
    showPage(pages, '/admin/queues?id=99', { rights });
    expect(await screen.findByText('Этого больше нет.')).toBeTruthy();
  });

  it('that nobody can serve is told above the list, and opened from there', async () => {
    const told = {
      kind: 'queue',
      id: 1,
      name: 'Продажи',
      code: 'no_agent_fits',
      place: '',
      facts: { name: 'Продажи' },
    };
    serve({ ...answers(), 'GET /api/v1/configuration/problems': [told] });
    const { router } = showPage(pages, '/admin/queues', { rights });
    const text = 'очередь «Продажи» никто из операторов обслужить не может';
    await userEvent.click(await screen.findByText(text));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ id: '1' }));
  });

  it('is removed only after a question, and says who still uses it', async () => {
    const asked = serve({
      ...answers(),
      'DELETE /api/v1/queues/1': () =>
        refusal(409, { code: 'queue_in_use', facts: { by: ['1000'], count: 1 } }),
    });
    showPage(pages, '/admin/queues?id=1', { rights });
    await userEvent.click(await screen.findByRole('button', { name: 'Удалить' }));
    expect(asked.some((it) => it.line.startsWith('DELETE'))).toBe(false);
    const question = await screen.findByRole('dialog', { name: 'Удалить «Продажи»?' });
    await userEvent.click(within(question).getByRole('button', { name: 'Удалить' }));
    expect(await screen.findByText(/Очередь используется/)).toBeTruthy();
  });
});

describe('people', () => {
  it('stand without robots until they are asked for', async () => {
    serve(answers());
    const { router } = showPage(pages, '/admin/people', { rights });
    expect(await screen.findByRole('row', { name: /Ольга Громова/ })).toBeTruthy();
    expect(screen.queryByRole('row', { name: /Робот/ })).toBeNull();
    void router.navigate({ to: '/admin/people', search: { show: 'all' } as never });
    expect(await screen.findByRole('row', { name: /Робот/ })).toBeTruthy();
  });

  it('get a link for a password, shown once to be copied', async () => {
    serve({
      ...answers(),
      'POST /api/v1/people/7/reset-link': {
        url: 'https://centre.example/reset/abc',
        expires_at: '2026-11-22T10:00:00.000Z',
      },
    });
    showPage(pages, '/admin/people?id=7', { rights });
    await userEvent.click(await screen.findByRole('button', { name: 'Ссылка для нового пароля' }));
    expect(await screen.findByText('https://centre.example/reset/abc')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Скопировать: Ссылка' })).toBeTruthy();
  });

  it('are blocked after a question; what is typed beside it stays', async () => {
    const served = answers();
    const asked = serve({
      ...served,
      'POST /api/v1/people/7/block': () => {
        served['GET /api/v1/people'] = [];
        return refusal(200, { ...person, is_blocked: true });
      },
    });
    showPage(pages, '/admin/people?id=7', { rights });
    const name = await screen.findByRole('textbox', { name: 'Имя' });
    await userEvent.type(name, ' мл.');
    await userEvent.click(screen.getByRole('button', { name: 'Заблокировать' }));
    const question = await screen.findByRole('dialog', { name: /Заблокировать: Ольга Громова/ });
    await userEvent.click(within(question).getByRole('button', { name: 'Заблокировать' }));
    await waitFor(() => expect(asked.some((it) => it.line === 'POST /api/v1/people/7/block')).toBe(true));
    expect((name as HTMLInputElement).value).toBe('Ольга Громова мл.');
  });

  it('get a SIP phone whose secret is shown once', async () => {
    serve({
      ...answers(),
      'POST /api/v1/people/7/devices': {
        id: 3,
        kind: 'sip',
        login: 'phone-7-1',
        server: 'sip.example:5060',
        secret: 's3cret',
        codecs: [],
        registered: false,
      },
    });
    showPage(pages, '/admin/people?id=7', { rights });
    await userEvent.click(await screen.findByRole('button', { name: 'Добавить SIP-телефон' }));
    expect(await screen.findByText('s3cret')).toBeTruthy();
    expect(screen.getByText('phone-7-1')).toBeTruthy();
    expect(screen.getByText(/второй раз это не показывается/)).toBeTruthy();
  });

  it('are sent with skills by id', async () => {
    const asked = serve({ ...answers(), 'PUT /api/v1/people/7': person });
    showPage(pages, '/admin/people?id=7', { rights });
    await userEvent.click(await screen.findByRole('button', { name: 'Добавить навык' }));
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(asked.some((it) => it.line === 'PUT /api/v1/people/7')).toBe(true));
    expect(asked.find((it) => it.line === 'PUT /api/v1/people/7')?.body).toMatchObject({
      login: 'olga',
      role_ids: [3],
      team_ids: [2],
      skills: { 1: 8, 2: 5 },
    });
  });
});

describe('opening hours', () => {
  const hours: HoursRow = {
    id: 4,
    name: 'Контора',
    zone: '',
    weekly: { mon: [['09:00', '18:00']], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] },
    exceptions: [],
    is_open: true,
    changes_at: '2026-11-21T15:00:00.000Z',
  };
  it('are edited by day: typed in any form, copied, refused at the day that is meant', async () => {
    const asked = serve({
      'GET /api/v1/hours': [hours],
      'PUT /api/v1/hours/4': () =>
        refusal(422, {
          code: 'hours_span_overlap',
          facts: {},
          place: 'week.1.1',
          problems: [{ place: 'week.1.1', code: 'hours_span_overlap', facts: {} }],
        }),
    });
    showPage(pages, '/admin/hours?id=4', { rights });
    const closes = await screen.findByRole('textbox', { name: 'Понедельник: до' });
    await userEvent.clear(closes);
    await userEvent.type(closes, '20');
    await userEvent.tab();
    await userEvent.click(screen.getByRole('button', { name: 'Понедельник → до пятницы' }));
    await userEvent.click(screen.getByRole('button', { name: 'Вторник: Добавить время' }));
    await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
    expect(await screen.findByText('Часы работы перекрываются.')).toBeTruthy();
    const body = asked.find((it) => it.line.startsWith('PUT'))?.body as { weekly: Record<string, unknown> };
    expect(body).toMatchObject({ name: 'Контора', zone: '', exceptions: [] });
    expect(body.weekly.mon).toEqual([['09:00', '20:00']]);
    expect(body.weekly.tue).toEqual([
      ['09:00', '20:00'],
      ['21:00', '23:59'],
    ]);
    expect(body.weekly.fri).toEqual([['09:00', '20:00']]);
    expect(body.weekly.sat).toEqual([]);
  });
});

describe('a link to what one may not open', () => {
  it('leads to what one may', async () => {
    serve(answers());
    const { router } = showPage(pages, '/admin/queues', { rights: ['manage.teams', 'manage.people'] });
    await waitFor(() => expect(router.state.location.pathname).toBe('/admin/people'));
    expect(screen.queryByRole('link', { name: 'Очереди' })).toBeNull();
  });
});
