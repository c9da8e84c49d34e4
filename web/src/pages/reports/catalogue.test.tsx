import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  CallReport,
  HeatCell,
  HeatReport,
  MeasureRow,
  OutcomeReport,
  QueueReportRow,
  RepeatReport,
  WaitReport,
  WaitStepRow,
} from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import { ticksUpTo } from './Bars';
import { REPORTS, reportsOf } from './catalogue';
import { hoursShown, levelOf, shownOf } from './heat';
import { levelDays, monthsOf } from './levels';
import { kindsOf } from './outcomes';
import ReportsPage from './Page';
import { oftenBars } from './RepeatView';
import { markOf } from './WaitView';

beforeAll(async () => {
  await startLanguage('ru');
  await Promise.all([withWords('reports'), withWords('catalogue'), withWords('link')]);
});
beforeEach(() => {
  setFormat({ zone: 'Europe/Moscow' });
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const told = { zone: 'Europe/Moscow', as_of: '2026-11-21T12:00:00.000Z', behind_since: null };
const cell = (more: Partial<HeatCell> = {}): HeatCell => ({
  weekday: null,
  day: null,
  hour: null,
  hours: 1,
  start: null,
  stop: null,
  offered: 0,
  answered: 0,
  abandoned: 0,
  abandonment_rate: null,
  service_level: null,
  average_wait_seconds: null,
  aht_seconds: null,
  ...more,
});
const heat: HeatReport = {
  ...told,
  rows: 'weekday',
  cells: [
    cell({ weekday: 1, hour: 9, hours: 2, offered: 10, answered: 8, abandoned: 2, service_level: 0.5 }),
    cell({ weekday: 1, hour: 10, hours: 2 }),
    cell({ weekday: 2, hour: 10, hours: 1, offered: 3, answered: 3, service_level: 1 }),
  ],
  by_row: [cell({ weekday: 1, hours: 48, offered: 10 }), cell({ weekday: 2, hours: 24, offered: 3 })],
  by_hour: [
    cell({ hour: 8, hours: 3 }),
    cell({ hour: 9, hours: 3, offered: 10 }),
    cell({ hour: 10, hours: 3, offered: 3 }),
    cell({ hour: 11, hours: 3 }),
  ],
  total: cell({ hours: 72, offered: 13, answered: 11, abandoned: 2 }),
};
const step = (over: number, upTo: number | null, more: Partial<WaitStepRow> = {}): WaitStepRow => ({
  over_seconds: over,
  up_to_seconds: upTo,
  answered: 0,
  in_time: 0,
  abandoned: 0,
  short_abandons: 0,
  ...more,
});
const figures = {
  answered: 9,
  in_time: 6,
  wait_median_seconds: 12,
  wait_p90_seconds: 41,
  wait_longest_seconds: 55,
  abandoned: 3,
  abandoned_median_seconds: 8,
  abandoned_p90_seconds: 30,
  abandoned_longest_seconds: 30,
  patience_seconds: 80,
};
const waits: WaitReport = {
  ...told,
  steps: [
    step(0, 10, { answered: 4, in_time: 4, abandoned: 1 }),
    step(10, 30, { answered: 3, in_time: 2 }),
    step(30, null, { answered: 2, abandoned: 2 }),
  ],
  rows: [{ ...figures, queue: 'Поддержка', queue_id: 2, target: 0.8, threshold_seconds: 20 }],
  totals: figures,
};
const measure = (report: string, name: string, drill: string): MeasureRow => ({
  name,
  report,
  version: 1,
  unit: 'count',
  formula: name,
  source: '',
  parameters: [],
  drill,
});

describe('what is drawn', () => {
  it('takes counts of the map as the mean of an hour, and shares as they are', () => {
    const monday = heat.cells[0]!;
    expect(shownOf(monday, 'offered', false)).toBe(5);
    expect(shownOf(monday, 'offered', true)).toBe(10);
    expect(shownOf(monday, 'service_level', false)).toBe(0.5);
    expect(shownOf(cell({ hours: 0 }), 'offered', false)).toBeNull();
  });
  it('is darker where it is worse', () => {
    expect(levelOf('service_level', 0.2, 0.2, 1)).toBeGreaterThan(levelOf('service_level', 0.9, 0.2, 1));
    expect(levelOf('average_wait_seconds', 60, 0, 60)).toBe(1);
    expect(levelOf('offered', 0, 0, 0)).toBe(0);
  });
  it('leaves out the nights in which nobody came', () => {
    expect(hoursShown(heat)).toEqual([9, 10]);
  });
  it('has a threshold where it is: at the end of a step, or within one', () => {
    expect(markOf(waits.steps, 10)).toBe(1);
    expect(markOf(waits.steps, 20)).toBe(1.5);
    expect(markOf(waits.steps, 300)).toBeNull();
  });
  it('has round numbers at the axis', () => {
    expect(ticksUpTo(0)).toEqual([0, 1]);
    expect(ticksUpTo(7)).toEqual([0, 2, 4, 6, 8]);
    expect(ticksUpTo(930)).toEqual([0, 250, 500, 750, 1000]);
  });
  it('puts those who came very often together', () => {
    const bars = oftenBars(
      {
        often: [
          { contacts: 1, customers: 50 },
          { contacts: 8, customers: 2 },
          { contacts: 31, customers: 1 },
        ],
      },
      'Клиенты',
    );
    expect(bars.map((it) => it.parts[0]?.value)).toEqual([50, 0, 0, 0, 0, 0, 0, 3]);
    expect(bars[7]?.label).toBe('8+');
  });
  it('sums outcomes to a tree of kinds, those without one last', () => {
    const row = (disposition_id: number | null, kind: string, owner_id: number, chosen: number) => ({
      disposition_id,
      kind,
      owner_id,
      chosen,
      name_ru: '',
      name_en: '',
      owner: '',
      chosen_share: null,
      aht_seconds: null,
    });
    const kinds = kindsOf([
      row(null, '', 1, 90),
      row(1, 'lead', 1, 3),
      row(1, 'lead', 2, 4),
      row(2, 'spam', 1, 9),
    ]);
    expect(kinds.map((it) => [it.kind, it.chosen])).toEqual([
      ['spam', 9],
      ['lead', 7],
      ['', 90],
    ]);
  });
  it('weighs the targets of a day and counts its level from the sums', () => {
    const row = (queue_id: number, more: Partial<QueueReportRow>): QueueReportRow =>
      ({
        day: '2026-11-20',
        queue: `Q${queue_id}`,
        queue_id,
        offered: 0,
        answered: 0,
        abandoned: 0,
        short_abandons: 0,
        service_level: null,
        level_part: 0,
        level_whole: 0,
        target: 0.8,
        ...more,
      }) as QueueReportRow;
    const day = levelDays([
      row(1, { offered: 90, answered: 90, level_part: 81, level_whole: 90, target: 0.8 }),
      row(2, { offered: 10, answered: 10, level_part: 1, level_whole: 10, target: 0.9 }),
      row(3, { target: 0.5 }),
    ]).get('2026-11-20');
    expect(day?.level).toBeCloseTo(0.82, 10);
    expect(day?.target).toBeCloseTo(0.81, 10);
    expect(levelDays([row(1, {})]).get('2026-11-20')?.level).toBeNull();
  });
  it('lays a period out in months that begin on Mondays', () => {
    const months = monthsOf({ from: '2026-10-30', to: '2026-11-03' });
    expect(months.map((it) => it.key)).toEqual(['2026-10', '2026-11']);
    expect(months[0]?.weeks).toEqual([[null, null, null, null, '2026-10-30', '2026-10-31', null]]);
    expect(months[1]?.weeks[0]?.[6]).toBe('2026-11-01');
    expect(months[1]?.weeks[1]?.[0]).toBe('2026-11-02');
  });
});

describe('the catalogue', () => {
  const rights = ['view.reports', 'view.interactions', 'export.reports'];
  const pages = { '/reports': ReportsPage, '/interactions': () => <p>обращения</p> };
  const answers = () => ({
    'GET /api/v1/reports/heat': heat as unknown,
    'GET /api/v1/reports/waits': waits,
    'GET /api/v1/measures': [
      measure('heat', 'offered', 'offered'),
      measure('waits', 'answered', 'answered'),
      measure('waits', 'wait_p90_seconds', 'answered'),
    ],
    'GET /api/v1/queues': [{ id: 2, name: 'Поддержка', project_id: 1 }],
  });
  const days = 'from=2026-11-16&to=2026-11-22';

  it('has every report once, and of an imported log only what its lines tell', () => {
    expect(new Set(REPORTS.map((it) => it.kind)).size).toBe(REPORTS.length);
    expect(reportsOf(true).map((it) => it.kind)).not.toContain('links');
    expect(reportsOf(true).map((it) => it.kind)).toContain('heat');
  });

  it('is gone through by keyboard: type, Enter; a star keeps a report on top', async () => {
    serve(answers());
    const { router } = showPage(pages, `/reports?by=heat&${days}&rows=day`, { rights });
    await screen.findByRole('table');
    await userEvent.click(screen.getByRole('button', { name: 'Добавить в избранное' }));
    await userEvent.click(screen.getByRole('button', { name: 'Вид отчёта: Тепловая карта часов' }));
    const list = await screen.findByRole('listbox');
    expect(within(list).getByText('Избранное')).toBeTruthy();
    expect(plain(within(list).getAllByRole('option')[0]!)).toContain('Тепловая карта часов');
    await userEvent.keyboard('ожидан{Enter}');
    await waitFor(() => expect(router.state.location.search).toMatchObject({ by: 'waits' }));
    // What belonged to the other report is gone, the days stay.
    expect(router.state.location.search).toEqual({ by: 'waits', from: '2026-11-16', to: '2026-11-22' });
  });

  it('draws a map whose cells lead to the interactions of an hour of weekdays', async () => {
    serve(answers());
    const { container, router } = showPage(pages, `/reports?by=heat&${days}&queue=2`, { rights });
    const table = await screen.findByRole('table');
    const link = within(table).getByRole('link', { name: '5' });
    expect(link.closest('td')?.style.getPropertyValue('--level')).toBe('1');
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
    await userEvent.click(link);
    await screen.findByText('обращения');
    expect(router.state.location.search).toEqual({
      drill: 'offered',
      measure: 'offered',
      start: '2026-11-15T21:00:00.000Z',
      stop: '2026-11-21T21:00:00.000Z',
      queue: '2',
      weekday: '1',
      hour: '9',
    });
  });

  it('draws waits with their threshold; a bar and a file are what is seen', async () => {
    serve(answers());
    const { container, router } = showPage(pages, `/reports?by=waits&${days}&table=steps&step=10`, {
      rights,
    });
    expect(await screen.findByText('порог 0:20')).toBeTruthy();
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Скачать' }));
    const files = await screen.findAllByRole('menuitem');
    expect(files[0]?.getAttribute('href')).toBe(
      '/api/v1/reports/waits?from=2026-11-16&to=2026-11-22&step_seconds=10&table=steps&format=xlsx&locale=ru',
    );
    await userEvent.keyboard('{Escape}');
    await userEvent.click(screen.getByRole('link', { name: '0:30, Приняты после порога: 1' }));
    await screen.findByText('обращения');
    expect(router.state.location.search).toMatchObject({
      drill: 'late',
      over_seconds: '10',
      up_to_seconds: '30',
    });
  });

  it('says how many contacts are not settled yet, and who came most often', async () => {
    const sums = {
      contacts: 12,
      settled_contacts: 10,
      repeated_contacts: 3,
      first_contact_resolution: 0.7,
      unknown_contacts: 1,
    };
    const repeats: RepeatReport = {
      ...told,
      days: 7,
      rows: [{ ...sums, queue: 'Поддержка', queue_id: 2 }],
      totals: sums,
      often: [{ contacts: 2, customers: 4 }],
      customers: [
        {
          party_id: '9007199254740993',
          number: '+7 900 ***-**-07',
          name: 'Дарья',
          contacts: 5,
          answered: 4,
          unanswered: 1,
          queues: ['Поддержка'],
          last_at: '2026-11-21T10:00:00.000Z',
        },
      ],
    };
    const asked = serve({ ...answers(), 'GET /api/v1/reports/repeats': repeats });
    const { router } = showPage(pages, `/reports?by=repeats&${days}&table=customers&days=3`, { rights });
    expect(await screen.findByText('у 2 срок ещё идёт')).toBeTruthy();
    expect(plain(screen.getByRole('region', { name: 'Главное за период' }))).toContain('70,0 %');
    expect(asked.some((it) => it.line.includes('/repeats?from=2026-11-16&to=2026-11-22&days=3'))).toBe(true);
    await userEvent.click(screen.getByText('+7 900 ***-**-07'));
    await screen.findByText('обращения');
    expect(router.state.location.search).toMatchObject({ party: '9007199254740993' });
  });

  it('shows numbers by hour with the ends of their calls, and outcomes as a tree', async () => {
    const counts = { calls: 10, calls_answered: 6, calls_abandoned: 1, calls_by_rule: 1, calls_in_flow: 2 };
    const whole = { ...counts, answered_share: 0.6, customers: 8, talk_per_call_seconds: 90 };
    const calls: CallReport = {
      ...told,
      rows: [
        { ...whole, number_id: 4, number: '88005553535', label: 'Главный', hours: [{ hour: 9, ...counts }] },
      ],
      totals: whole,
      hours: [{ hour: 9, ...counts }],
    };
    const outcomes: OutcomeReport = {
      ...told,
      chosen: 4,
      aht_seconds: 120,
      rows: [
        {
          disposition_id: 1,
          name_ru: 'Продано',
          name_en: 'Sold',
          kind: 'main_sale',
          owner_id: null,
          owner: '',
          chosen: 4,
          chosen_share: 1,
          aht_seconds: 120,
        },
      ],
    };
    serve({ ...answers(), 'GET /api/v1/reports/numbers': calls, 'GET /api/v1/reports/outcomes': outcomes });
    showPage(pages, `/reports?by=numbers&${days}`, { rights });
    expect(await screen.findByText('88005553535 · Главный')).toBeTruthy();
    expect(screen.getByRole('link', { name: '9, Закончились в меню: 2' })).toBeTruthy();
    cleanup();
    const { router } = showPage(pages, `/reports?by=outcomes&${days}`, { rights });
    expect(await screen.findByText('Основная продажа', { selector: 'b' })).toBeTruthy();
    await userEvent.click(screen.getByRole('link', { name: '4' }));
    await screen.findByText('обращения');
    expect(router.state.location.search).toMatchObject({ disposition: '1', from: '2026-11-16' });
  });
});
