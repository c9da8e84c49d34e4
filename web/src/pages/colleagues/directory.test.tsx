import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Directory } from '~/api/gen';
import { startLanguage, withWords } from '~/i18n';
import { live } from '~/live/store';
import type { DeskBody } from '~/live/types';
import { PhoneProvider } from '~/phone/PhoneProvider';
import { ReadyGate } from '~/phone/ReadyGate';
import { type Asked, refusal, serve, showPage } from '~/test-page';
import ColleaguesPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('colleagues');
});
beforeEach(() => {
  live.desk = {
    agent: { id: 1, state: 'ready', since_ms: 0 },
    interaction: null,
    wrap_up: null,
    actions: ['dial', 'call_colleague'],
    missed_count: 0,
    waiting: [],
  } as unknown as DeskBody;
});
afterEach(() => {
  cleanup();
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

const directory: Directory = {
  colleagues: [
    {
      id: 2,
      name: 'Борис Орлов',
      team_ids: [1],
      state: 'ready',
      reason_id: null,
      is_reachable: true,
      can_be_called: true,
    },
    {
      id: 3,
      name: 'Вера Котова',
      team_ids: [],
      state: 'not_ready',
      reason_id: 5,
      is_reachable: true,
      can_be_called: false,
    },
  ],
  entries: [
    {
      id: 7,
      name: 'Склад',
      company: 'Перевозчик',
      number: '+78123001020',
      note: 'до 18:00',
      seen_by: 'all',
      team_ids: [],
      may_change: false,
      changed_at: null,
    },
  ],
  has_more: false,
  favourites: [{ kind: 'entry', id: 7 }],
  teams: { 1: 'Продажи' },
};

function PageWithPhone() {
  return (
    <PhoneProvider>
      <ReadyGate>
        <ColleaguesPage />
      </ReadyGate>
    </PhoneProvider>
  );
}

function show(): { asked: Asked[]; container: HTMLElement } {
  const asked = serve({
    'GET /api/v1/directory': directory,
    'GET /api/v1/phone': () => refusal(404, { code: 'unknown_agent', facts: {} }),
    'GET /api/v1/desk/settings': {
      reasons: [{ id: 5, name_ru: 'Обед', name_en: 'Lunch' }],
      dispositions: [],
      queues: [],
    },
    'PUT /api/v1/directory/speed-dial': {},
    'POST /api/v1/desk/dial': { seq: '1', interaction_id: '5' },
    'POST /api/v1/desk/call-colleague': { seq: '1', interaction_id: '5' },
  });
  const { container } = showPage({ '/colleagues': PageWithPhone }, '/colleagues', {
    agent: true,
    rights: ['take.calls', 'dial.numbers'],
  });
  return { asked, container };
}
const posted = (asked: Asked[], path: string) => asked.filter((it) => it.line === `POST ${path}`);

it('calls whom the arrows chose, and does not call who cannot be called', async () => {
  const { asked } = show();
  const field = await screen.findByRole('combobox');
  await screen.findByRole('option', { name: /Склад/ });
  screen.getByRole('option', { name: /Вера.*Обед/ });

  // His own keys come first.
  await userEvent.type(field, '{Enter}');
  await waitFor(() =>
    expect(posted(asked, '/api/v1/desk/dial')[0]?.body).toMatchObject({ number: '+78123001020' }),
  );
  await userEvent.type(field, '{ArrowDown}{Enter}');
  await waitFor(() => expect(posted(asked, '/api/v1/desk/call-colleague')).toHaveLength(1));
  await userEvent.type(field, '{ArrowDown}{Enter}');
  expect(posted(asked, '/api/v1/desk/call-colleague')).toHaveLength(1);
});

it('asks the server for what is typed and takes a star off by Ctrl+Enter', async () => {
  const { asked } = show();
  const field = await screen.findByRole('combobox');
  await screen.findByRole('option', { name: /Склад/ });
  await userEvent.type(field, 'скл');
  await waitFor(() =>
    expect(asked.some((it) => it.line === `GET /api/v1/directory?find=${encodeURIComponent('скл')}`)).toBe(
      true,
    ),
  );
  await userEvent.click(screen.getByRole('option', { name: /Склад/ }));
  const card = screen.getByRole('complementary', { name: 'Склад' });
  within(card).getByText('до 18:00');
  expect(within(card).queryByRole('button', { name: 'Изменить' })).toBeNull();
  await userEvent.type(field, '{Control>}{Enter}{/Control}');
  await waitFor(() =>
    expect(asked.find((it) => it.line === 'PUT /api/v1/directory/speed-dial')?.body).toEqual({ keys: [] }),
  );
});

it('has no faults of access', async () => {
  const { container } = show();
  await screen.findByRole('option', { name: /Склад/ });
  const found = await axe.run(container, { rules: { region: { enabled: false } } });
  expect(found.violations).toEqual([]);
});
