import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import FeedbackPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('feedback');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const nps = { responses: 9, promoters: 5, passives: 2, detractors: 2, score: 33.3, margin: 54.2 };
const csat = { responses: 4, share: 0.75, low: 0.3, high: 0.95, mean: 4.25 };
const figures = { responses: 13, nps, csat, fcr: null };
const answers = (): Record<string, unknown> => ({
  'GET /api/v1/reports/surveys': {
    rows: [
      {
        survey: 'После звонка',
        queue_id: 2,
        queue: 'Поддержка',
        agent_id: 1,
        agent_name: 'Анна Ким',
        figures,
      },
    ],
    totals: [{ survey: 'После звонка', figures }],
  },
  'GET /api/v1/votings': [
    {
      voting: 'Песня года',
      flow: 'Голосование',
      is_open: true,
      closes_at: '2026-12-01T09:00:00.000Z',
      votes: 3,
      last_at: '2026-11-20T10:00:00.000Z',
      choices: [
        { choice: '1', name: 'Анна', votes: 2, share: 2 / 3 },
        { choice: '2', name: 'Борис', votes: 1, share: 1 / 3 },
      ],
    },
  ],
  'GET /api/v1/outbox': {
    rows: [
      {
        text_id: '7',
        interaction_id: '9',
        party_id: '4',
        number: '+79162053095',
        customer_name: 'Пётр Ильин',
        purpose: 'survey',
        body: 'Как всё прошло?',
        queued_at: '2026-11-20T10:00:00.000Z',
        state: 'failed',
        cause: 'no_gateway',
      },
    ],
    next: null,
  },
});
const rights = ['view.reports', 'view.interactions', 'export.reports'];
const pages = { '/feedback': FeedbackPage };

it('tells each measure with how sure it is, in all and by agent', async () => {
  serve(answers());
  const { container } = showPage(pages, '/feedback', { rights });
  const total = plain(await screen.findByRole('region', { name: 'После звонка' }));
  expect(total).toContain('+33 ±54');
  expect(total).toContain('75');
  expect(total).toContain('среднее 4.3');
  expect(screen.getByRole('img', { name: /Критики \(0–6\): 2/ })).toBeTruthy();
  const line = plain(await screen.findByRole('row', { name: /Анна Ким/ }));
  expect(line).toContain('+33 ±54');
  const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map((it) => it.id)).toEqual([]);
});

it('shows votes as they come in, with a sheet for those who may', async () => {
  serve(answers());
  showPage(pages, '/feedback?tab=votings', { rights });
  const voting = await screen.findByRole('region', { name: 'Песня года' });
  expect(plain(voting)).toContain('3 голоса');
  expect(plain(voting)).toMatch(/Анна.*2 67/);
  const sheet = screen.getByRole('link', { name: /Песня года/ });
  expect(decodeURIComponent(sheet.getAttribute('href') ?? '')).toContain('voting=Песня');
});

it('says that nothing was sent, and why', async () => {
  serve(answers());
  showPage(pages, '/feedback', { rights });
  await userEvent.click(await screen.findByText('Тексты клиентам'));
  expect(plain(await screen.findByRole('row', { name: /Пётр Ильин/ }))).toContain('шлюз СМС не настроен');
});

it('keeps the outbox from those who may not see interactions', async () => {
  serve(answers());
  showPage(pages, '/feedback?tab=outbox', { rights: ['view.reports'] });
  expect(await screen.findByRole('row', { name: /Анна Ким/ })).toBeTruthy();
  expect(screen.queryByText('Тексты клиентам')).toBeNull();
});
