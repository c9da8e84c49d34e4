import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LevelRow, ServiceLevels as Levels } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import ServiceLevels from './ServiceLevels';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('admin');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const rules = { threshold_seconds: 20, target: 0.8, short_abandon_seconds: 5 };
const row = (more: Partial<LevelRow>): LevelRow => ({
  id: 1,
  queue_id: 7,
  since: '2026-11-16',
  formula: 'F3',
  by: 'Анна Ким',
  at: '2026-11-10T08:00:00.000Z',
  is_of_past: false,
  withdrawn_by: null,
  withdrawn_at: null,
  ...rules,
  ...more,
});
const levels = (definitions: LevelRow[], now: number | null): Levels => ({
  today: '2026-11-22',
  zone: 'Europe/Moscow',
  formulas: (['F1', 'F2', 'F3', 'F4', 'F5', 'F6'] as const).map((key) => ({
    key,
    name: key,
    formula: 'in_sl / answered',
    source: `как у ${key}`,
  })),
  definitions,
  queues: [
    {
      queue_id: 7,
      queue: 'Продажи',
      definition_id: now,
      formula: definitions.find((it) => it.id === now)?.formula ?? 'F6',
      ...rules,
    },
  ],
});
const pages = { '/levels': () => <ServiceLevels queueId={7} /> };
const PATH = '/api/v1/service-levels';

describe('definitions of the service level of a queue', () => {
  it('are told with since when, by whom, and which one is in force', async () => {
    const rows = [
      row({ id: 3, since: '2026-12-01', formula: 'F1' }),
      row({ id: 2 }),
      row({ id: 1, queue_id: null, since: '2026-10-01', formula: 'F4', is_of_past: true }),
      row({ id: 4, queue_id: 8, since: '2026-11-20', formula: 'F2' }),
    ];
    serve({ [`GET ${PATH}`]: levels(rows, 2) });
    const { container } = showPage(pages, '/levels', { rights: ['manage.queues'] });
    const lines = within(await screen.findByRole('table'))
      .getAllByRole('row')
      .slice(1)
      .map(plain);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/1 дек. 2026 г.*ещё не началось.*F1/);
    expect(lines[1]).toMatch(/16 нояб. 2026 г.*действует.*F3 · 80 % за 0:20.*Анна Ким/);
    expect(lines[2]).toMatch(/прежнее.*F4.*Все очереди.*изменило прошлые числа/);
    expect(plain(container)).toContain('действует с 16 нояб. 2026 г.');
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
  });

  it('begin today by themselves, and ask nothing about the past', async () => {
    const asked = serve({ [`GET ${PATH}`]: levels([], null), [`POST ${PATH}`]: row({}) });
    showPage(pages, '/levels', { rights: ['manage.queues'] });
    expect(plain(await screen.findByText(/настройки самой очереди/))).toContain('F6');
    await userEvent.click(screen.getByRole('button', { name: 'Определить с даты' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).queryByRole('alert')).toBeNull();
    const target = within(dialog).getByRole('textbox', { name: 'Принять не меньше' });
    await userEvent.clear(target);
    await userEvent.type(target, '92.5');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Определить' }));
    await waitFor(() => expect(asked.find((it) => it.line === `POST ${PATH}`)).toBeDefined());
    expect(asked.find((it) => it.line === `POST ${PATH}`)?.body).toEqual({
      queue_id: 7,
      since: '2026-11-22',
      formula: 'F6',
      threshold_seconds: 20,
      target: 0.925,
      short_abandon_seconds: 5,
      past_is_meant: false,
    });
  });

  it('warn before a withdrawn day of the past changes its numbers', async () => {
    const asked = serve({ [`GET ${PATH}`]: levels([row({ id: 2 })], 2), [`DELETE ${PATH}/2`]: {} });
    showPage(pages, '/levels', { rights: ['manage.queues'] });
    await userEvent.click(await screen.findByRole('button', { name: /Отозвать определение с 16 нояб/ }));
    const dialog = await screen.findByRole('dialog');
    expect(plain(dialog)).toContain('Числа прошлых дней изменятся');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Отозвать' }));
    await waitFor(() => expect(asked.some((it) => it.line.startsWith(`DELETE ${PATH}/2`))).toBe(true));
  });
});
