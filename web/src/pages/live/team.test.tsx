import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { BreakRow, TeamAgentRow } from '~/api/gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { live } from '~/live/store';
import { type Asked, plain, serve, showPage } from '~/test-page';
import BreaksDrawer from './BreaksDrawer';
import TeamToday from './TeamToday';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('team');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

const request: BreakRow = {
  id: 3,
  agent_id: 1,
  agent_name: 'Анна Белова',
  reason_id: 5,
  minutes: 15,
  starts_at: '2026-11-22T09:30:00Z',
  note: 'зуб',
  asked_at: '2026-11-22T09:00:00Z',
  status: 'asked',
  rule: 'cover_short',
  worst: { starts_at: '2026-11-22T09:30:00Z', required: 7, present: 7, away: 0, left: 6 },
  decided_at: null,
  by_name: '',
  word: '',
  begun_at: null,
  may_begin: false,
  is_over: false,
  used_minutes: 12,
  used_times: 1,
};
const settings = {
  reasons: [{ id: 5, name_ru: 'Обед', name_en: 'Lunch', max_seconds: 1800 }],
  dispositions: [],
  queues: [],
};
const policy = { is_automatic: true, reserve: 2, most_away: 0.25, allowances: [] };

function showBreaks(rights: string[]): Asked[] {
  const asked = serve({
    'GET /api/v1/breaks': [request],
    'GET /api/v1/breaks/policy': policy,
    'PUT /api/v1/breaks/policy': policy,
    'POST /api/v1/breaks/3/approve': { ...request, status: 'approved' },
    'POST /api/v1/breaks/3/decline': { ...request, status: 'declined' },
    'GET /api/v1/desk/settings': settings,
  });
  showPage({ '/': Drawer }, '/', { rights });
  return asked;
}
function Drawer() {
  return <BreaksDrawer onClose={() => undefined} />;
}

it('says why the rule asks, and takes a decision with a word', async () => {
  const asked = showBreaks(['direct.agents']);
  const line = await screen.findByRole('listitem');
  await waitFor(() => expect(plain(line)).toContain('Обед, 15 минут в 12:30'));
  for (const words of ['«зуб»', 'Операторов не хватит', 'останутся: 6, нужно: 7', 'уже 12 мин']) {
    expect(plain(line)).toContain(words);
  }
  screen.getByText(/плюс запас 2/);
  expect(screen.queryByRole('switch')).toBeNull();
  await userEvent.type(within(line).getByRole('textbox'), 'после двух');
  await userEvent.click(within(line).getByRole('button', { name: 'Отказать' }));
  await waitFor(() =>
    expect(asked.find((it) => it.line === 'POST /api/v1/breaks/3/decline')?.body).toEqual({
      word: 'после двух',
    }),
  );
  const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
  expect(found.violations).toEqual([]);
});

it('lets who manages reasons change the rule and the allowances', async () => {
  const asked = showBreaks(['direct.agents', 'manage.reasons']);
  const minutes = await screen.findByLabelText('Обед: Минут в день');
  await userEvent.type(minutes, '45');
  await userEvent.click(screen.getByRole('switch'));
  await userEvent.click(screen.getByRole('button', { name: 'Сохранить' }));
  await waitFor(() =>
    expect(asked.find((it) => it.line === 'PUT /api/v1/breaks/policy')?.body).toEqual({
      ...policy,
      is_automatic: false,
      allowances: [{ reason_id: 5, minutes: 45, times: null }],
    }),
  );
});

const agent: TeamAgentRow = {
  agent_id: 1,
  name: 'Анна Белова',
  team_ids: [1],
  state: 'ready',
  reason_id: null,
  since_ms: 0,
  handled: 14,
  missed: 1,
  talk_seconds: 3600,
  hold_seconds: 75,
  wrap_up_seconds: 600,
  ready_seconds: 900,
  break_seconds: 2000,
  aht_seconds: 300,
  occupancy: 0.8,
  guard: 'handled',
  guard_handled: 100,
  guard_streak_seconds: 0,
  breaks: [{ reason_id: 5, minutes: 50, times: 2, allowed_minutes: 45, allowed_times: null }],
  attendance: {
    agent_id: 1,
    word: 'came_late',
    minutes: 20,
    starts_at: '2026-11-22T06:00:00Z',
    ends_at: '2026-11-22T15:00:00Z',
  },
};

it('shows the numbers of the day with breaks against their allowance, and who is late', async () => {
  serve({
    'GET /api/v1/team/today': {
      has_list: true,
      rows: [agent, { ...agent, agent_id: 2, name: 'Борис', team_ids: [2], attendance: null, breaks: [] }],
    },
    'GET /api/v1/desk/settings': settings,
  });
  showPage({ '/': Today }, '/', { rights: ['direct.agents'] });
  await screen.findByText('Анна Белова');
  await waitFor(() => expect(plain(document.body)).toContain('Обед: 50 мин × 2 из 45'));
  const text = plain(document.body);
  for (const words of ['1:00:00', '1:15', '10:00', '80 %', 'опоздание 20 мин']) expect(text).toContain(words);
  expect(screen.queryByText('Борис')).toBeNull();
});
function Today() {
  return <TeamToday find="" team={1} onClose={() => undefined} />;
}
