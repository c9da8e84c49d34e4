import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MeasureRow, QueueReport, QueueReportRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, refusal, serve, showPage } from '~/test-page';
import { agentBars, commonTarget, queueBuckets } from './buckets';
import { changeOf } from './compare';
import ReportsPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('reports');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const row = (more: Partial<QueueReportRow> = {}): QueueReportRow => ({
  from: '2026-11-20T21:00:00.000Z',
  to: '2026-11-21T21:00:00.000Z',
  day: '2026-11-21',
  queue: 'Поддержка',
  queue_id: 2,
  offered: 0,
  answered: 0,
  abandoned: 0,
  short_abandons: 0,
  overflows: 0,
  waiting: 0,
  service_level: null,
  service_level_strict: null,
  level_part: 0,
  level_whole: 0,
  average_wait_seconds: null,
  wait_p90_seconds: null,
  aht_seconds: null,
  aht_ring_seconds: null,
  target: 0.8,
  threshold_seconds: 20,
  ...more,
});
// The acceptance vector: answered 1000 (860 in time), abandoned 60, of them 10 short.
const vector = row({
  offered: 1060,
  answered: 1000,
  abandoned: 60,
  short_abandons: 10,
  service_level: 860 / 1050,
  service_level_strict: 860 / 1060,
  level_part: 860,
  level_whole: 1050,
  average_wait_seconds: 12.4,
  wait_p90_seconds: 31,
  aht_seconds: 233,
  aht_ring_seconds: 240,
});

describe('bars of the chart', () => {
  it('count the level anew from the sums, not as a mean of levels', () => {
    const small = row({ queue_id: 3, offered: 2, answered: 1, abandoned: 1, level_whole: 2 });
    const [bar] = queueBuckets([vector, small], 'days');
    expect(bar).toMatchObject({ key: '2026-11-21', offered: 1062, answered: 1001, abandoned: 61 });
    expect(bar?.service_level).toBeCloseTo(860 / 1052, 10);
  });
  it('have no level where nobody was answered or lost', () => {
    expect(queueBuckets([row({ offered: 3, overflows: 3 })], 'days')[0]?.service_level).toBeNull();
  });
  it('keep a gap for a quarter of an hour in which nothing came', () => {
    const bars = queueBuckets(
      [
        row({ from: '2026-11-21T06:00:00.000Z', to: '2026-11-21T06:15:00.000Z', offered: 1, answered: 1 }),
        row({ from: '2026-11-21T06:45:00.000Z', to: '2026-11-21T07:00:00.000Z', offered: 2, answered: 2 }),
      ],
      'intervals',
    );
    expect(bars.map((it) => it.offered)).toEqual([1, 0, 0, 2]);
    expect(bars[1]).toMatchObject({ from: '2026-11-21T06:15:00.000Z', service_level: null });
  });
  it('have one target only when all queues have the same', () => {
    expect(commonTarget([vector, row()])).toBe(0.8);
    expect(commonTarget([vector, row({ target: 0.9 })])).toBeNull();
  });
  it('show agents of one day and days of many', () => {
    const work = (agent_id: number, day: string, ready_seconds: number) =>
      ({
        agent: `A${agent_id}`,
        agent_id,
        day,
        ready_seconds,
        connected_seconds: 0,
        held_seconds: 0,
        wrap_up_seconds: 0,
        offered_seconds: 0,
        connecting_seconds: 0,
        not_ready_seconds: 0,
      }) as never;
    const oneDay = agentBars([work(1, '2026-11-21', 10), work(2, '2026-11-21', 20)]);
    expect(oneDay.by).toBe('agent');
    expect(oneDay.bars.map((it) => it.label)).toEqual(['A2', 'A1']);
    const many = agentBars([work(1, '2026-11-21', 10), work(2, '2026-11-20', 20), work(3, '2026-11-21', 5)]);
    expect(many.by).toBe('day');
    expect(many.bars.map((it) => [it.key, it.seconds.ready_seconds])).toEqual([
      ['2026-11-20', 20],
      ['2026-11-21', 15],
    ]);
  });
});

describe('what became of a number', () => {
  const words = { points: 'п. п.', against: 'было' };
  const text = (change: ReturnType<typeof changeOf>) => change?.text.replace(/[\u00a0\u202f]/g, ' ');
  it('is told in per cent, in points, or in minutes', () => {
    expect(text(changeOf('count', 110, 100, null, words))).toBe('+10 %');
    expect(changeOf('share', 0.8, 0.85, 'more', words)).toMatchObject({ text: '-5 п. п.', isGood: false });
    expect(changeOf('seconds', 233, 227, 'less', words)).toMatchObject({ text: '+0:06', isGood: false });
    expect(changeOf('seconds', 221, 227, 'less', words)).toMatchObject({ text: '−0:06', isGood: true });
  });
  it('is nothing when one of both is missing or there was nothing to grow from', () => {
    expect(changeOf('share', null, 0.8, 'more', words)).toBeNull();
    expect(changeOf('count', 5, 0, null, words)).toBeNull();
    expect(changeOf('count', 100, 100, null, words)).toMatchObject({ direction: 'same', isGood: null });
  });
});

describe('the page', () => {
  const figures = ({ from: _f, to: _t, day: _d, queue: _q, queue_id: _i, ...it }: QueueReportRow) => it;
  const report: QueueReport = {
    zone: 'Europe/Moscow',
    as_of: '2026-11-21T12:00:00.000Z',
    behind_since: null,
    rows: [vector],
    totals: figures(vector) as QueueReport['totals'],
    measures: ['offered'],
  };
  const measure = (name: string, drill: string): MeasureRow => ({
    name,
    report: 'queues',
    version: 1,
    unit: 'count',
    formula: name,
    source: 'Genesys',
    parameters: ['service_threshold'],
    drill,
  });
  const answers = () => ({
    'GET /api/v1/reports/days': report as unknown,
    'GET /api/v1/measures': [measure('abandoned', 'abandoned'), measure('service_level', 'answered')],
    'GET /api/v1/queues': [{ id: 2, name: 'Поддержка', project_id: 1 }],
  });
  const rights = ['view.reports', 'view.interactions', 'export.reports'];
  const pages = { '/reports': ReportsPage, '/interactions': () => <p>обращения</p> };
  const days = '/reports?from=2026-11-21&to=2026-11-22&chart=off';

  it('shows the period in brief, the table with its totals, and the zone of its days', async () => {
    serve(answers());
    const { container } = showPage(pages, days, { rights });
    const table = await screen.findByRole('table');
    const cells = within(table)
      .getAllByRole('cell')
      .map((it) => plain(it));
    // The totals stand first, below the head.
    expect(cells.slice(0, 3)).toEqual(['Итого', '', '1 060']);
    expect(cells.slice(13, 26)).toEqual([
      '21 нояб.',
      'Поддержка',
      '1 060',
      '1 000',
      '60',
      '10',
      '0',
      '81,9 %',
      '81,1 %',
      '0:12',
      '0:31',
      '3:53',
      '4:00',
    ]);
    expect(plain(screen.getByRole('region', { name: 'Главное за период' }))).toContain(
      '5,7 % от поступивших',
    );
    expect(container.textContent).toContain('Europe/Moscow');
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
  });

  it('leads from a number to its interactions, and only those who may', async () => {
    serve(answers());
    const { router } = showPage(pages, days, { rights });
    const table = await screen.findByRole('table');
    const link = await within(table).findAllByRole('link', { name: '60' });
    // The first stands in the totals, the next in the row of the queue.
    await userEvent.click(link[1]!);
    await screen.findByText('обращения');
    expect(router.state.location.search).toEqual({
      drill: 'abandoned',
      measure: 'abandoned',
      start: '2026-11-20T21:00:00.000Z',
      stop: '2026-11-21T21:00:00.000Z',
      queue: '2',
    });
    cleanup();
    showPage(pages, days, { rights: ['view.reports'] });
    const other = await screen.findByRole('table');
    await screen.findAllByRole('button', { name: /^Как считается/ });
    expect(within(other).queryAllByRole('link')).toEqual([]);
  });

  it('asks for the earlier period only when it is wanted', async () => {
    const asked = serve({
      ...answers(),
      'GET /api/v1/reports/days?from=2026-11-14&to=2026-11-15': {
        ...report,
        totals: { ...report.totals, service_level: 0.9 },
      },
    });
    showPage(pages, `${days}&compare=true`, { rights });
    await screen.findByRole('table');
    await waitFor(() =>
      expect(plain(screen.getByRole('region', { name: 'Главное за период' }))).toContain('-8,1 п. п.'),
    );
    expect(asked.filter((it) => it.line.includes('/reports/')).map((it) => it.line)).toEqual([
      'GET /api/v1/reports/days?from=2026-11-21&to=2026-11-22',
      'GET /api/v1/reports/days?from=2026-11-14&to=2026-11-15',
    ]);
  });

  it('keeps what is chosen in the address, the download included', async () => {
    serve(answers());
    const { router } = showPage(pages, days, { rights });
    await screen.findByRole('table');
    await userEvent.click(screen.getByRole('button', { name: /^Очередь: все/ }));
    await userEvent.click(await screen.findByRole('option', { name: 'Поддержка' }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ queue: '2' }));
    await userEvent.click(screen.getByRole('button', { name: 'Скачать' }));
    const files = await screen.findAllByRole('menuitem');
    expect(files.map((it) => it.getAttribute('href'))).toEqual([
      '/api/v1/reports/days?from=2026-11-21&to=2026-11-22&queue=2&format=xlsx&locale=ru',
      '/api/v1/reports/days?from=2026-11-21&to=2026-11-22&queue=2&format=csv&locale=ru',
      '/api/v1/reports/days?from=2026-11-21&to=2026-11-22&queue=2&format=pdf&locale=ru',
      '/api/v1/reports/days?from=2026-11-21&to=2026-11-22&queue=2&format=pdf_letter&locale=ru',
    ]);
    await userEvent.keyboard('{Escape}');
    await userEvent.click(within(await screen.findByRole('table')).getByRole('button', { name: 'Потеряно' }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ sort: 'abandoned' }));
  });

  it('has no download for those who may not take numbers away', async () => {
    serve(answers());
    showPage(pages, days, { rights: ['view.reports'] });
    await screen.findByRole('table');
    expect(screen.queryByRole('button', { name: 'Скачать' })).toBeNull();
  });

  it('says why there is nothing, and what to do next', async () => {
    serve({ ...answers(), 'GET /api/v1/reports/days': { ...report, rows: [] } });
    showPage(pages, `${days}&queue=2`, { rights });
    expect(await screen.findByText('За этот период данных нет')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Сбросить фильтры' })).toBeTruthy();
  });

  it('says what went wrong and asks again on demand', async () => {
    const served = answers();
    served['GET /api/v1/reports/days'] = () => refusal(503, { code: 'journal_unavailable', facts: {} });
    serve(served);
    showPage(pages, days, { rights });
    expect(await screen.findByText(/База данных сейчас недоступна/)).toBeTruthy();
    served['GET /api/v1/reports/days'] = report;
    await userEvent.click(screen.getByRole('button', { name: 'Повторить' }));
    expect(await screen.findByRole('table')).toBeTruthy();
  });

  it('does not draw quarters of an hour of a whole quarter of a year', async () => {
    const asked = serve(answers());
    showPage(pages, '/reports?by=intervals&from=2026-08-01&to=2026-11-01', { rights });
    expect(await screen.findByText('Слишком длинный период для интервалов')).toBeTruthy();
    expect(asked.some((it) => it.line.includes('/reports/intervals'))).toBe(false);
  });
});
