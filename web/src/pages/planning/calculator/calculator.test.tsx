import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ErlangAnswer, ErlangFigures, Staffing } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { plain, refusal, serve, showPage } from '~/test-page';
import PlanningPage from '../Page';
import { loadRows, loadText } from './load';
import { questionOf } from './question';

// There is no canvas here.
vi.mock('~/ui/Chart', () => ({ Chart: ({ label }: { label: string }) => <p>{label}</p> }));

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('planning');
  // What comes later is here already: a busy machine loads it slowly.
  await Promise.all([withWords('whatif'), import('../twin/TwinStaffing'), import('../twin/Outcome')]);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const figures: ErlangFigures = {
  load_erlangs: 10,
  occupancy: 0.7,
  probability_of_waiting: 0.13,
  service_level: 0.926,
  service_level_of_answered: 0.95,
  service_level_without_short_abandons: 0.931,
  service_level_counting_short_abandons: 0.93,
  average_wait_seconds: 3.4,
  average_speed_of_answer_seconds: 3,
  mean_queue_length: 0.19,
  abandonment_rate: 0.019,
  blocking_probability: 0,
};
const answer: ErlangAnswer = {
  agents: 14,
  is_overload: false,
  figures,
  curve: [13, 14, 15].map((agents) => ({ ...figures, agents })),
};

describe('a question in the address', () => {
  it('leaves with shares as fractions and only with what the formula knows', () => {
    expect(questionOf({ model: 'c', goal: 'target', target: '80', patience: '99', minutes: '15' })).toEqual({
      model: 'c',
      interval: 900,
      calls: '100',
      aht: '180',
      threshold: '20',
      service_cv: '1',
      target: 0.8,
      max_occupancy: 0.88,
    });
  });

  it('is about Erlang A and 14 agents when nothing is said', () => {
    expect(questionOf({})).toMatchObject({ model: 'a', agents: '14', patience: '180', interval: 1800 });
  });

  it('keeps an emptied field empty, so that the server can say that it is missing', () => {
    expect(questionOf({ calls: ' ' }).calls).toBe('');
    expect(questionOf({ goal: 'target', max_occupancy: ' ' })).not.toHaveProperty('max_occupancy');
  });

  it('takes a decimal comma', () => {
    expect(questionOf({ calls: '12,5' }).calls).toBe('12.5');
  });
});

describe('a load as text', () => {
  it('is read with any separator, and a head line is passed over', () => {
    const rows = [{ from: '09:00', to: '09:15', calls: 31.5, aht_seconds: 240 }];
    for (const line of [
      '09:00 09:15 31.5 240',
      '09:00;09:15;31,5;240',
      '09:00\t09:15\t31.5\t240',
      '09:00, 09:15, 31.5, 240',
    ]) {
      expect(loadRows(`с до звонки\n${line}\n\n`), line).toEqual({ rows, wrongLine: null });
    }
    expect(loadRows(loadText(rows)).rows).toEqual(rows);
  });

  it('names the first line that is none', () => {
    expect(loadRows('09:00 09:15 31 240\n09:15 31 240')).toEqual({ rows: [], wrongLine: 2 });
    expect(loadRows('9 o 31 240').wrongLine).toBe(1);
  });
});

describe('the calculator', () => {
  it('shows the answer and six service levels', async () => {
    const asked = serve({ 'GET /api/v1/planning/erlang': answer });
    const { container } = showPage({ '/planning': PlanningPage }, '/planning', { rights: ['plan.work'] });

    const results = await screen.findByRole('region', { name: 'Результат' });
    expect(plain(results)).toContain('92,6 %');
    const levels = within(screen.getByRole('region', { name: /шесть уровней/ })).getAllByRole('row');
    expect(levels).toHaveLength(7);
    expect(asked.some((it) => it.line.includes('short_abandon=5'))).toBe(true);
    expect(asked.some((it) => !it.line.includes('short_abandon'))).toBe(true);
    expect((await axe.run(container, { rules: { region: { enabled: false } } })).violations).toEqual([]);
  });

  it('asks anew at each change', async () => {
    const asked = serve({ 'GET /api/v1/planning/erlang': answer });
    showPage({ '/planning': PlanningPage }, '/planning', { rights: ['plan.work'] });
    const field = await screen.findByLabelText('Звонков');

    await userEvent.clear(field);
    await userEvent.type(field, '250');

    await waitFor(() => expect(asked.some((it) => it.line.includes('calls=250'))).toBe(true));
  });

  it('says at the field what is wrong', async () => {
    serve({
      'GET /api/v1/planning/erlang': () =>
        refusal(422, { code: 'not_positive', problems: [{ place: 'aht', code: 'not_positive', facts: {} }] }),
    });
    showPage({ '/planning': PlanningPage }, '/planning?aht=0', { rights: ['plan.work'] });

    expect(await screen.findByText('Должно быть больше нуля.')).toBeTruthy();
    expect(screen.getByLabelText('Обработка').getAttribute('aria-invalid')).toBe('true');
  });

  it('says that a queue grows for ever instead of a number', async () => {
    const none = {
      average_wait_seconds: null,
      average_speed_of_answer_seconds: null,
      mean_queue_length: null,
    };
    serve({
      'GET /api/v1/planning/erlang': { ...answer, is_overload: true, figures: { ...figures, ...none } },
    });
    showPage({ '/planning': PlanningPage }, '/planning?model=c&agents=9', { rights: ['plan.work'] });

    expect(await screen.findByText(/очередь растёт без конца/)).toBeTruthy();
    expect(screen.getByText('∞')).toBeTruthy();
  });
});

describe('the staff of queues and skills', () => {
  const intervals = [
    {
      from: '09:00',
      to: '09:15',
      calls: 31,
      aht_seconds: 240,
      load_erlangs: 8.3,
      agents: 11,
      agents_gross: 16,
      service_level: 0.84,
      occupancy: 0.74,
      abandonment_rate: 0.03,
    },
  ];
  const group = (name: string, agents: number) => ({ name, intervals: [{ agents, agents_gross: agents }] });
  const queue = (name: string, level: number) => ({ name, intervals: [{ service_level_p50: level }] });
  const found = {
    name: 'day',
    seed: 1,
    replications: 20,
    rules: { target: 0.8, service_level_formula: 'answered_in_time/offered' },
    is_kept: false,
    broken_on_other_days: 1,
    promises: 2,
    rounds: [{ agent_hours: 3.5, broken_promises: 0 }],
    intervals,
    queues: [queue('sales', 0.91), queue('support', 0.77)],
    groups: [group('both', 7), group('sales only', 4)],
  };
  const run = {
    run_id: 5,
    state: 'running',
    done: 3,
    of: 20,
    round: 2,
    broken_promises: 4,
    agent_hours: 3.25,
  };

  it('are looked for by the twin, round by round, and shown by kind', async () => {
    let state = 'running';
    const asked = serve({
      'GET /api/v1/queues': [],
      'GET /api/v1/planning/scenarios': [],
      'GET /api/v1/planning/runs': [],
      'POST /api/v1/planning/staffing/runs': run,
      'GET /api/v1/planning/runs/5': () =>
        Response.json(state === 'done' ? { ...run, state, result: found } : { ...run, state }),
      'DELETE /api/v1/planning/runs/5': { ...run, state: 'cancelled' },
    });
    showPage({ '/planning': PlanningPage }, '/planning?view=staffing&source=scenario&max_occupancy=85', {
      rights: ['plan.work'],
    });

    await userEvent.click(await screen.findByRole('button', { name: 'Подобрать' }));
    const status = await screen.findByText(/Раунд 3: день 3 из 20 · 3,\d+ ч работы, нарушено обещаний: 4/);
    expect(status).toBeTruthy();
    const sent = asked.find((it) => it.line.startsWith('POST'))?.body;
    expect(sent).toMatchObject({ target: 0.8, max_occupancy: 0.85, replications: 20 });
    expect(sent).not.toHaveProperty('patience');
    state = 'done';
    expect(await screen.findByText('09:00–09:15')).toBeTruthy();
    const grid = plain(screen.getByRole('table', { name: 'Операторы по интервалам' }));
    for (const words of ['both', '7', 'sales only', '4', 'support, P50', '77,0 %'])
      expect(grid).toContain(words);
    expect(screen.getByText(/Не все обещания удалось сдержать/)).toBeTruthy();
    expect(screen.getByText(/Одна формула просит 3,5 ч/)).toBeTruthy();
  });

  it('are found again when the page is opened anew', async () => {
    serve({
      'GET /api/v1/queues': [],
      'GET /api/v1/planning/scenarios': [],
      'GET /api/v1/planning/runs': [
        { run_id: 6, kind: 'what_if', state: 'running', done: 0, of: 20 },
        { run_id: 5, kind: 'staffing', state: 'running', done: 3, of: 20 },
      ],
      'GET /api/v1/planning/runs/5': run,
      'DELETE /api/v1/planning/runs/5': { ...run, state: 'cancelled' },
    });
    showPage({ '/planning': PlanningPage }, '/planning?view=staffing&source=scenario', {
      rights: ['plan.work'],
    });

    expect(await screen.findByText(/Раунд 3: день 3 из 20/)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Отменить' }));
    expect(await screen.findByText('Отменено.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Подобрать' })).toBeTruthy();
  });

  it('say at the field which rule nobody can keep', async () => {
    serve({
      'GET /api/v1/queues': [],
      'GET /api/v1/planning/scenarios': [],
      'GET /api/v1/planning/runs': [],
      'POST /api/v1/planning/staffing/runs': () =>
        refusal(422, {
          code: 'above_whole',
          problems: [{ place: 'max_occupancy', code: 'above_whole', facts: {} }],
        }),
    });
    showPage({ '/planning': PlanningPage }, '/planning?view=staffing&source=scenario', {
      rights: ['plan.work'],
    });

    await userEvent.click(await screen.findByRole('button', { name: 'Подобрать' }));

    await waitFor(() =>
      expect(screen.getByLabelText('Загрузка до').getAttribute('aria-invalid')).toBe('true'),
    );
  });
});

describe('the staff of a day', () => {
  const staffed: Staffing = {
    intervals: [
      {
        from: '09:00',
        to: '09:15',
        calls: 31,
        aht_seconds: 240,
        load_erlangs: 8.3,
        agents: 11,
        agents_gross: 16,
        service_level: 0.84,
        occupancy: 0.74,
        abandonment_rate: 0.03,
      },
    ],
    totals: { calls: 31, most_agents: 11, agent_hours: 2.75, agent_hours_gross: 4 },
  };

  it('comes from the history, with the patience that it shows', async () => {
    const intervals = [{ from: '09:00', to: '09:15', calls: 31, aht_seconds: 240 }];
    const asked = serve({
      'GET /api/v1/planning/history': { days: 6, patience_seconds: 228, intervals },
      'POST /api/v1/planning/staffing': staffed,
      'GET /api/v1/queues': [],
    });
    showPage({ '/planning': PlanningPage }, '/planning?view=staffing', { rights: ['plan.work'] });

    const row = await screen.findByText('09:00–09:15');
    expect(row).toBeTruthy();
    const sent = asked.find((it) => it.line.startsWith('POST'))?.body;
    expect(sent).toMatchObject({ intervals, patience: 228, target: 0.8, shrinkage: 0.3 });
  });

  it('names the line that is no interval', async () => {
    serve({ 'POST /api/v1/planning/staffing': staffed, 'GET /api/v1/queues': [] });
    showPage({ '/planning': PlanningPage }, '/planning?view=staffing&source=typed', {
      rights: ['plan.work'],
    });
    const field = await screen.findByLabelText('Нагрузка дня');

    await userEvent.clear(field);
    await userEvent.type(field, 'завтра 9');

    expect(await screen.findByText(/Строка 1/)).toBeTruthy();
  });
});
