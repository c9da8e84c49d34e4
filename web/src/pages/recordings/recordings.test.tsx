import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { RecordingRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import RecordingsPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('recordings');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const row = (more: Partial<RecordingRow> = {}): RecordingRow => ({
  segment_id: '228020150209871872',
  interaction_id: '228020140599410690',
  started_at: '2026-11-21T20:42:43.355Z',
  duration_seconds: 28.3,
  size_bytes: 114993,
  queue_id: 1,
  agent_id: 10,
  agent_name: 'Brian',
  number: '+79162076257',
  customer_name: '',
  direction: 'inbound',
  state: 'stored',
  missing_cause: null,
  ...more,
});
const answers = (rows: RecordingRow[]): Record<string, unknown> => ({
  'GET /api/v1/recordings': { rows, next: null },
  'GET /api/v1/queues': [{ id: 1, name: 'Продажи', project_id: 1 }],
  'GET /api/v1/people': [],
  'GET /api/v1/recordings/228020150209871872/peaks': {
    left: [0.1, 0],
    right: [0, 0.1],
    duration_seconds: 28.3,
  },
});
const pages = { '/recordings': RecordingsPage };
const week = '/recordings?from=2026-11-16&to=2026-11-23';

it('opens one below the list; the file only for those who may take it away', async () => {
  const asked = serve(answers([row()]));
  const { router } = showPage(pages, week, {
    rights: ['listen.recordings', 'view.interactions', 'download.recordings'],
  });
  await userEvent.click(await screen.findByRole('row', { name: /Brian/ }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ id: '228020150209871872' }));
  const player = await screen.findByRole('region', { name: 'Прослушивание' });
  expect(await screen.findByRole('link', { name: 'Скачать' })).toHaveProperty(
    'pathname',
    '/api/v1/recordings/228020150209871872/download',
  );
  expect(plain(player)).toContain('113 КБ');
  // The picture of the sound is asked for, the sound itself not before it is played.
  expect(asked.filter((it) => it.line.includes('/audio'))).toEqual([]);
  cleanup();
  showPage(pages, `${week}&id=228020150209871872`, { rights: ['listen.recordings', 'view.interactions'] });
  await screen.findByRole('region', { name: 'Прослушивание' });
  await screen.findByText('113 КБ');
  expect(screen.queryByRole('link', { name: 'Скачать' })).toBeNull();
});

it('says of a missing one why it is missing', async () => {
  serve(answers([row({ state: 'missing', missing_cause: 'not_recorded', duration_seconds: null })]));
  showPage(pages, `${week}&id=228020150209871872`, { rights: ['listen.recordings'] });
  expect(plain(await screen.findByRole('region', { name: 'Прослушивание' }))).toContain(
    'Записи нет. Разговор не записывался.',
  );
});

it('says when a filter leaves nothing', async () => {
  serve(answers([]));
  const { router } = showPage(pages, `${week}&queue=1`, { rights: ['listen.recordings', 'view.reports'] });
  await userEvent.click(await screen.findByRole('button', { name: 'Сбросить фильтры' }));
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('queue'));
});
