import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { VoicemailRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import Badge from './Badge';
import VoicemailPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('voicemail');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const message = (more: Partial<VoicemailRow> = {}): VoicemailRow => ({
  voicemail_id: '228022941035528194',
  interaction_id: '228022941035528100',
  left_at: '2026-11-20T10:00:00.000Z',
  duration_seconds: 44,
  number: '+79162053095',
  customer_name: 'Пётр Ильин',
  party_id: '4',
  number_called: '2000',
  queue_id: 2,
  team_id: null,
  team_name: '',
  state: 'waits',
  missing_cause: null,
  handled_at: null,
  handled_by_name: null,
  ...more,
});
const rows = (...found: VoicemailRow[]) => ({ rows: found, open: 1, next: null });
const answers = (): Record<string, unknown> => ({
  'GET /api/v1/voicemails': rows(message()),
  'GET /api/v1/queues': [{ id: 2, name: 'Поддержка', project_id: 1 }],
  'PUT /api/v1/voicemails/228022941035528194/handled': { seq: '5' },
  'GET /api/v1/voicemails/count': { open: 120 },
});
const pages = { '/voicemail': VoicemailPage };

it('says who left a message, for whom, and how many wait', async () => {
  serve(answers());
  const { container } = showPage(pages, '/voicemail', { rights: ['view.missed', 'view.interactions'] });
  const line = plain(await screen.findByRole('row', { name: /Пётр Ильин/ }));
  expect(line).toContain('+7 916 205-30-95');
  expect(line).toContain('0:44');
  expect(line).toContain('Поддержка');
  expect(screen.getByText('1 сообщение ждёт')).toBeTruthy();
  const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map((it) => it.id)).toEqual([]);
});

it('is done with one click, and the click can be taken back', async () => {
  const asked = serve(answers());
  showPage(pages, '/voicemail', { rights: ['view.missed'] });
  await userEvent.click(await screen.findByRole('button', { name: 'Готово: Пётр Ильин' }));
  const put = () => asked.filter((it) => it.line.startsWith('PUT '));
  await waitFor(() => expect(put().map((it) => it.body)).toEqual([{ is_handled: true }]));
  cleanup();

  const again = serve({
    ...answers(),
    'GET /api/v1/voicemails': rows(
      message({
        handled_at: '2026-11-20T10:07:00.000Z',
        handled_by_name: 'Анна Ким',
        team_id: 3,
        team_name: 'Ночь',
      }),
    ),
  });
  showPage(pages, '/voicemail', { rights: ['view.missed'] });
  const line = await screen.findByRole('row', { name: /Пётр Ильин/ });
  expect(plain(line)).toContain('Анна Ким');
  expect(plain(line)).toContain('Ночь');
  await userEvent.click(within(line).getByRole('button', { name: 'Вернуть: Пётр Ильин' }));
  await waitFor(() =>
    expect(again.filter((it) => it.line.startsWith('PUT ')).map((it) => it.body)).toEqual([
      { is_handled: false },
    ]),
  );
});

it('opens below the list; what is not stored yet says so', async () => {
  serve(answers());
  showPage(pages, '/voicemail', { rights: ['view.missed'] });
  await userEvent.click(await screen.findByText('Пётр Ильин'));
  expect(await screen.findByRole('region', { name: 'Голосовое сообщение' })).toBeTruthy();
  expect(screen.getByText(/можно будет послушать через несколько секунд/)).toBeTruthy();
});

it('counts on the way to the page, but not without end', async () => {
  serve(answers());
  showPage({ '/voicemail': Badge }, '/voicemail', { rights: ['view.missed'] });
  expect(await screen.findByText('99+')).toBeTruthy();
});
