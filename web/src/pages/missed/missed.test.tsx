import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { MissedCall } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { live } from '~/live/store';
import type { DeskBody } from '~/live/types';
import { PhoneProvider } from '~/phone/PhoneProvider';
import { ReadyGate } from '~/phone/ReadyGate';
import { plain, refusal, serve, showPage } from '~/test-page';
import MissedPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('missed');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

const call = (more: Partial<MissedCall> = {}): MissedCall => ({
  interaction_id: '228022941035528194',
  number: '+79162053095',
  customer_name: 'Пётр Ильин',
  party_id: '4',
  queue_id: 2,
  number_called: '2000',
  arrived_at: '2026-11-20T10:00:00.000Z',
  waited_seconds: 44,
  reason: 'abandoned',
  tries_since: 2,
  handled_by_interaction_id: null,
  handled_by_name: null,
  handled_at: null,
  handled_direction: null,
  attempt_at: '2026-11-20T10:05:00.000Z',
  attempt_outcome: 'busy',
  attempt_by_name: 'Анна Ким',
  ...more,
});
const answers = (): Record<string, unknown> => ({
  'GET /api/v1/missed': [call()],
  'GET /api/v1/queues': [{ id: 2, name: 'Поддержка', project_id: 1 }],
  'GET /api/v1/phone': () => refusal(404, { code: 'unknown_agent', facts: {} }),
  'GET /api/v1/desk/settings': { reasons: [], dispositions: [], queues: [] },
  'POST /api/v1/desk/dial': { seq: '1', interaction_id: '5' },
});
const desk = {
  agent: { id: 1, state: 'ready', since_ms: 0 },
  interaction: null,
  wrap_up: null,
  actions: ['dial'],
  missed_count: 1,
  waiting: [],
} as unknown as DeskBody;
const pages = { '/missed': MissedPage, '/desk': () => <p>рабочее место</p> };
const AgentMissed = () => (
  <PhoneProvider>
    <ReadyGate>
      <MissedPage />
    </ReadyGate>
  </PhoneProvider>
);

it('says who did not get through, why, what was tried since, and how often he called again', async () => {
  serve(answers());
  const { container } = showPage(pages, '/missed', { rights: ['view.missed', 'view.interactions'] });
  const line = plain(await screen.findByRole('row', { name: /Пётр Ильин/ }));
  expect(line).toContain('+7 916 205-30-95');
  expect(line).toContain('0:44');
  expect(line).toContain('Потерян: клиент не дождался');
  expect(line).toContain('Занято');
  expect(line).toContain('Анна Ким');
  expect(line).toMatch(/Поддержка/);
  expect(screen.getByText('1 клиент ждёт звонка')).toBeTruthy();
  // Who is no agent has nothing to call with.
  expect(screen.queryByRole('button', { name: /Перезвонить/ })).toBeNull();
  const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map((it) => it.id)).toEqual([]);
});

it('is one click from a call back, which then is on the desk', async () => {
  const asked = serve(answers());
  live.apply({ k: 's', topic: 'desk', seq: '1', now: Date.now(), build: '', ...desk } as never);
  live.flush();
  const { router } = showPage({ ...pages, '/missed': AgentMissed }, '/missed', {
    rights: ['view.missed', 'take.calls', 'dial.numbers'],
    agent: true,
  });
  const button = await screen.findByRole('button', { name: 'Перезвонить: Пётр Ильин' });
  await userEvent.click(button);
  await waitFor(() => expect(router.state.location.pathname).toBe('/desk'));
  expect(asked.find((it) => it.line === 'POST /api/v1/desk/dial')?.body).toEqual({
    number: '+79162053095',
    queue_id: 2,
    callback_of: '228022941035528194',
  });
});

it('shows what is handled only on demand, and leads to it', async () => {
  const asked = serve({
    ...answers(),
    'GET /api/v1/missed?include_handled=true&limit=500': [
      call(),
      call({
        interaction_id: '8',
        customer_name: 'Ольга',
        handled_by_interaction_id: '77',
        handled_by_name: 'Анна Ким',
        handled_at: '2026-11-20T10:07:00.000Z',
        handled_direction: 'inbound',
      }),
    ],
  });
  showPage(pages, '/missed', { rights: ['view.missed', 'view.interactions'] });
  await screen.findByRole('row', { name: /Пётр Ильин/ });
  await userEvent.click(screen.getByRole('switch', { name: 'Показать и обработанные' }));
  const line = await screen.findByRole('row', { name: /Ольга/ });
  const talk = within(line).getByRole('link', { name: /13:07 Анна Ким: клиент перезвонил сам/ });
  expect(talk.getAttribute('href')).toBe('/interactions/77');
  expect(screen.getByText('1 клиент ждёт звонка')).toBeTruthy();
  expect(asked.some((it) => it.line.includes('include_handled=true'))).toBe(true);
});

it('is glad when nobody waits', async () => {
  serve({ ...answers(), 'GET /api/v1/missed': [] });
  showPage(pages, '/missed', { rights: ['view.missed'] });
  expect(await screen.findByText('Пропущенных нет')).toBeTruthy();
});
