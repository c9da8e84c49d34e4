import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallbackPlan, CallbackRow } from '~/api/callbacks';
import { startLanguage, withWords } from '~/i18n';
import { setServerNow } from '~/lib/clock';
import { setFormat } from '~/lib/format';
import { isSameClock, momentOf, wallAt, zoneName } from '~/lib/zoned';
import CallbacksPage from '~/pages/callbacks/Page';
import Callbacks from '~/pages/desk/Callbacks';
import Agreed from '~/phone/callbacks/Agreed';
import LaterDialog from '~/phone/callbacks/LaterDialog';
import { plain, refusal, serve, showPage } from '~/test-page';

const NOW = Date.parse('2026-11-27T13:02:00.000Z');
const VLADIVOSTOK = 'Asia/Vladivostok';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('callbacks');
});
beforeEach(() => {
  setFormat({ zone: 'Europe/Moscow' });
  setServerNow(NOW);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  setServerNow(Date.now());
});

const row = (more: Partial<CallbackRow> = {}): CallbackRow => ({
  interaction_id: '228022941035528194',
  number: '+74232345678',
  customer_name: 'Пётр Ильин',
  party_id: '4',
  queue_id: 2,
  queue_name: 'Поддержка',
  owner_id: 1,
  owner_name: 'Анна Белова',
  taken_by_name: '',
  is_promised: false,
  arranged_by_name: 'Анна Белова',
  arranged_at: '2026-11-26T10:00:00.000Z',
  due_at: '2026-11-27T12:42:00.000Z',
  next_at: '2026-11-27T12:42:00.000Z',
  expires_at: '2026-11-28T12:42:00.000Z',
  attempts: 0,
  last_reason: '',
  note: 'цена красного',
  zone: VLADIVOSTOK,
  zone_source: 'number',
  is_free: true,
  is_mine: true,
  callback_of: null,
  ...more,
});
const plan = (more: Partial<CallbackPlan> = {}): CallbackPlan => ({
  number: '+74232345678',
  customer_name: 'Пётр Ильин',
  queue_id: 2,
  zone: VLADIVOSTOK,
  zone_source: 'number',
  choices: [
    { kind: 'in_hour', due_at: '2026-11-27T14:05:00.000Z' },
    { kind: 'tomorrow', due_at: '2026-11-28T00:00:00.000Z' },
    { kind: 'working_day', due_at: '2026-11-30T06:00:00.000Z' },
  ],
  is_open: true,
  arranged: [],
  ...more,
});
const SETTINGS = {
  reasons: [],
  dispositions: [],
  queues: [
    { id: 2, name: 'Поддержка', project_name: 'Ромашка', color: '#2563eb' },
    { id: 3, name: 'Продажи', project_name: 'Ромашка', color: '#2563eb' },
  ],
};
const agent = { agent: true, rights: ['take.calls', 'dial.numbers'] };

describe('wall clocks of other zones', () => {
  it('turns a wall time into its moment and back, also on days when clocks are moved', () => {
    expect(wallAt(NOW, VLADIVOSTOK)).toEqual({ day: '2026-11-27', time: '23:02' });
    const morning = momentOf({ day: '2026-11-28', time: '10:00' }, VLADIVOSTOK);
    expect(new Date(morning ?? 0).toISOString()).toBe('2026-11-28T00:00:00.000Z');
    const berlin = 'Europe/Berlin';
    const iso = (day: string, time: string) => new Date(momentOf({ day, time }, berlin) ?? 0).toISOString();
    expect(iso('2026-10-25', '02:30')).toBe('2026-10-25T00:30:00.000Z'); // twice: the first
    expect(iso('2026-10-25', '12:00')).toBe('2026-10-25T11:00:00.000Z');
    expect(iso('2026-03-29', '02:30')).toBe('2026-03-29T01:30:00.000Z'); // never: after the jump
    expect(momentOf({ day: '', time: '10:00' }, berlin)).toBeNull();
  });

  it('names a zone with its distance, and knows when two show the same', () => {
    expect(zoneName(VLADIVOSTOK, NOW)).toMatch(/, UTC\+10$/);
    expect(zoneName('Etc/GMT-6', NOW)).toBe('UTC+6');
    expect(isSameClock(NOW, 'Europe/Moscow', 'Europe/Simferopol')).toBe(true);
    expect(isSameClock(NOW, 'Europe/Moscow', VLADIVOSTOK)).toBe(false);
  });
});

const PLAN = 'GET /api/v1/desk/callbacks/plan';
const Dialog = () => (
  <LaterDialog whom={{ interactionId: '228022941035528194', queueId: 2 }} onClose={() => undefined} />
);

it('arranges a call by the customer’s clock, with one’s own beside it', async () => {
  const asked = serve({
    [PLAN]: plan(),
    'GET /api/v1/desk/settings': SETTINGS,
    'POST /api/v1/desk/callbacks': { seq: '1', interaction_id: '9' },
  });
  showPage({ '/': Dialog }, '/', agent);
  const dialog = await screen.findByRole('dialog', { name: 'Перезвонить позже' });
  expect(plain(await within(dialog).findByTestId('zone'))).toMatch(/UTC\+10 \(по номеру телефона\)/);
  // In an hour it is after eleven at night there: that is said before anything is promised.
  expect(within(dialog).getByText(/рано или поздно для звонка/)).toBeTruthy();
  await userEvent.click(within(dialog).getByRole('button', { name: /Завтра/ }));
  expect(plain(within(dialog).getByTestId('when'))).toMatch(
    /У клиента.*28 нояб.*10:00.*У вас.*28 нояб.*03:00/,
  );
  expect(within(dialog).queryByText(/рано или поздно/)).toBeNull();
  await userEvent.type(within(dialog).getByRole('textbox', { name: 'О чём договорились' }), 'цена');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Договориться' }));
  await waitFor(() =>
    expect(asked.find((it) => it.line === 'POST /api/v1/desk/callbacks')?.body).toEqual({
      interaction_id: '228022941035528194',
      queue_id: 2,
      due_at: '2026-11-28T00:00:00.000Z',
      is_personal: true,
      note: 'цена',
    }),
  );
  const found = await axe.run(dialog, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map((one) => one.id)).toEqual([]);
});

it('says why a call is not arranged, what is agreed already, and that the queue is closed then', async () => {
  serve({
    [PLAN]: plan({ is_open: false, arranged: [row()] }),
    'GET /api/v1/desk/settings': SETTINGS,
    'POST /api/v1/desk/callbacks': () => refusal(409, { code: 'calls_refused', facts: {} }),
  });
  showPage({ '/': Dialog }, '/', agent);
  const dialog = await screen.findByRole('dialog');
  expect(await within(dialog).findByText(/уже договорились: .*15:42, Поддержка/)).toBeTruthy();
  expect(within(dialog).getByText(/Очередь в это время не работает/)).toBeTruthy();
  await userEvent.click(within(dialog).getByRole('button', { name: 'Договориться' }));
  expect(await within(dialog).findByText(/просил ему не звонить/)).toBeTruthy();
});

it('lists arranged calls on the desk, late ones first and marked, and takes one back', async () => {
  const asked = serve({
    'GET /api/v1/desk/callbacks': [
      row({ interaction_id: '8', customer_name: 'Ольга', next_at: '2026-11-27T15:00:00.000Z', note: '' }),
      row(),
    ],
    'GET /api/v1/desk/callbacks/unmade': [],
    'DELETE /api/v1/desk/callbacks/228022941035528194': { seq: '1' },
  });
  showPage({ '/': Callbacks }, '/', agent);
  const lines = await screen.findAllByTestId('callback');
  expect(lines.map((it) => plain(it).includes('Ольга'))).toEqual([false, true]);
  expect(plain(lines[0]!)).toMatch(/просрочен на 20:0/);
  expect(plain(lines[0]!)).toContain('у клиента 22:42');
  expect(plain(lines[0]!)).toContain('цена красного');
  await userEvent.click(within(lines[0]!).getByRole('button', { name: 'Отменить: Пётр Ильин' }));
  const sure = await screen.findByRole('dialog', { name: 'Отменить звонок клиенту?' });
  await userEvent.click(within(sure).getByRole('button', { name: 'Отменить звонок' }));
  await waitFor(() => expect(asked.some((it) => it.line.startsWith('DELETE'))).toBe(true));
});

it('tells who arranged a call why nobody made it', async () => {
  serve({
    'GET /api/v1/desk/callbacks': [],
    'GET /api/v1/desk/callbacks/unmade': [
      {
        interaction_id: '7',
        number: '+79165550417',
        customer_name: 'Ольга',
        queue_name: 'Поддержка',
        arranged_at: '2026-11-26T10:00:00.000Z',
        ended_at: '2026-11-27T12:00:00.000Z',
        reason: 'opted_out',
        note: 'цена синего',
      },
    ],
  });
  showPage({ '/': Callbacks }, '/', agent);
  const list = await screen.findByRole('region', { name: 'Не состоялись' });
  expect(plain(list)).toMatch(/Ольга.*Поддержка · цена синего.*клиент просил не звонить/);
});

const Card = () => <Agreed interactionId="9" />;
it('tells who answers what was agreed, when and by whom', async () => {
  serve({ 'GET /api/v1/desk/callbacks/9': row({ attempts: 1 }) });
  showPage({ '/': Card }, '/', agent);
  const text = plain(await screen.findByTestId('agreed'));
  expect(text).toMatch(/Договорились на .*15:42 · у клиента .*22:42/);
  expect(text).toContain('Анна Белова');
  expect(text).toContain('попыток: 1');
  expect(text).toContain('цена красного');
});

it('lets a supervisor give a call to somebody else', async () => {
  const asked = serve({
    'GET /api/v1/callbacks': [row()],
    'GET /api/v1/queues': [{ id: 2, name: 'Поддержка', project_id: 1 }],
    'GET /api/v1/people': [
      { id: 1, name: 'Анна Белова', team_ids: [1], skills: {} },
      { id: 5, name: 'Борис Орлов', team_ids: [1], skills: {} },
    ],
    'PUT /api/v1/interactions/228022941035528194/callback': { seq: '1' },
  });
  showPage({ '/': CallbacksPage }, '/', { rights: ['direct.agents'] });
  const line = await screen.findByRole('row', { name: /Пётр Ильин/ });
  expect(plain(line)).toContain('просрочен');
  await userEvent.click(within(line).getByRole('button', { name: /Изменить/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Звонок клиенту' });
  await userEvent.click(within(dialog).getByLabelText('Кто позвонит', { selector: 'input' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Борис Орлов' }));
  await userEvent.click(within(dialog).getByRole('button', { name: 'Сохранить' }));
  await waitFor(() =>
    expect(asked.find((it) => it.line.startsWith('PUT'))?.body).toMatchObject({ agent_id: 5 }),
  );
});
