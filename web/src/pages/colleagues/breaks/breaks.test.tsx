import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { BreakRow } from '~/api/gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { live } from '~/live/store';
import type { DeskBody } from '~/live/types';
import { PhoneProvider } from '~/phone/PhoneProvider';
import { ReadyGate } from '~/phone/ReadyGate';
import { type Asked, refusal, serve, showPage } from '~/test-page';
import BreakBar, { ASK_BREAK } from './BreakBar';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('team');
});
beforeEach(() => {
  localStorage.clear();
  setFormat({ zone: 'Europe/Moscow' });
});
afterEach(() => {
  cleanup();
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

const MINUTE = 60_000;
const moment = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();
const request = (more: Partial<BreakRow> = {}): BreakRow => ({
  id: 3,
  agent_id: 1,
  agent_name: 'Анна',
  reason_id: 5,
  minutes: 15,
  starts_at: moment(0),
  note: '',
  asked_at: moment(-10),
  status: 'approved',
  rule: 'cover_holds',
  worst: null,
  decided_at: moment(-10),
  by_name: '',
  word: '',
  begun_at: null,
  may_begin: true,
  is_over: false,
  used_minutes: 0,
  used_times: 0,
  ...more,
});
const desk = (state: string, since: number) =>
  ({
    agent: { id: 1, state, reason_id: state === 'not_ready' ? 5 : null, since_ms: since },
    interaction: null,
    wrap_up: null,
    actions: ['ready', 'not_ready'],
    missed_count: 0,
    waiting: [],
  }) as unknown as DeskBody;

function PageWithPhone() {
  return (
    <PhoneProvider>
      <ReadyGate>
        <BreakBar />
      </ReadyGate>
    </PhoneProvider>
  );
}

function show(requests: BreakRow[], judgement: object = {}): Asked[] {
  live.desk = live.desk ?? desk('ready', Date.now());
  const asked = serve({
    'GET /api/v1/breaks/own': {
      requests,
      used: [{ reason_id: 5, minutes: 12, times: 1, allowed_minutes: 45, allowed_times: null }],
    },
    'GET /api/v1/phone': () => refusal(404, { code: 'unknown_agent', facts: {} }),
    'GET /api/v1/desk/settings': {
      reasons: [{ id: 5, name_ru: 'Обед', name_en: 'Lunch', max_seconds: 1800 }],
      dispositions: [],
      queues: [],
    },
    'POST /api/v1/breaks/preview': {
      is_sure: false,
      rule: 'cover_short',
      worst: { starts_at: '2026-11-22T09:30:00Z', required: 7, present: 7, away: 0, left: 6 },
      slots: [],
      ...judgement,
    },
    'POST /api/v1/breaks': request({ status: 'asked' }),
    'POST /api/v1/breaks/3/begin': { seq: '5' },
    'POST /api/v1/breaks/3/withdraw': request({ status: 'withdrawn' }),
  });
  showPage({ '/': PageWithPhone }, '/', { agent: true, rights: ['take.calls'] });
  return asked;
}
const posted = (asked: Asked[], path: string) => asked.filter((it) => it.line === `POST ${path}`);

it('says at once whether cover holds, who decides, and what the day holds already', async () => {
  const asked = show([]);
  await waitFor(() => expect(asked.some((it) => it.line.endsWith('/breaks/own'))).toBe(true));
  act(() => void dispatchEvent(new Event(ASK_BREAK)));
  const dialog = await screen.findByRole('dialog', { name: 'Попросить перерыв' });
  await within(dialog).findByText('Решит супервизор');
  expect(within(dialog).getByTestId('break-judgement').textContent).toContain(
    'В 12:30 останутся: 6, нужно: 7.',
  );
  within(dialog).getByText(/12 мин из 45/);
  expect(posted(asked, '/api/v1/breaks/preview')[0]?.body).toMatchObject({
    reason_id: 5,
    minutes: 30,
    starts_at: null,
  });
  const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
  expect(found.violations).toEqual([]);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Попросить' }));
  await waitFor(() => expect(posted(asked, '/api/v1/breaks')).toHaveLength(1));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('begins an approved break by one key, and not before its time', async () => {
  const early = show([request({ starts_at: moment(20) })]);
  await screen.findByText(/одобрено по правилу/);
  expect(screen.queryByRole('button', { name: /Начать перерыв/ })).toBeNull();
  await userEvent.keyboard('{Control>}{Shift>}[Digit5]{/Shift}{/Control}');
  expect(posted(early, '/api/v1/breaks/3/begin')).toHaveLength(0);
  cleanup();

  const asked = show([request({ by_name: 'Вера', word: 'быстро' })]);
  await screen.findByText(/одобряет Вера/);
  screen.getByText(/«быстро»/);
  await userEvent.keyboard('{Control>}{Shift>}[Digit5]{/Shift}{/Control}');
  await waitFor(() => expect(posted(asked, '/api/v1/breaks/3/begin')).toHaveLength(1));
});

it('counts a running break down, and marks it when it is over', async () => {
  live.desk = desk('not_ready', Date.now() - 5 * MINUTE);
  show([request({ status: 'begun', begun_at: moment(-5) })]);
  const left = await screen.findByTestId('break-left');
  expect(left.textContent).toMatch(/^(9:5\d|10:00)$/);
  cleanup();

  live.desk = desk('not_ready', Date.now() - 17 * MINUTE);
  show([request({ status: 'begun', begun_at: moment(-17) })]);
  const banner = await screen.findByRole('alert');
  expect(banner.textContent).toContain('время вышло');
  expect(banner.textContent).toContain('+2:0');
});

it('tells a refusal with its word until it is read', async () => {
  show([request({ status: 'declined', by_name: 'Вера', word: 'очередь растёт' })]);
  await screen.findByText(/отказ \(Вера\)/);
  screen.getByText(/«очередь растёт»/);
  await userEvent.click(screen.getByRole('button', { name: 'Понятно' }));
  await waitFor(() => expect(screen.queryByText(/отказ/)).toBeNull());
});
