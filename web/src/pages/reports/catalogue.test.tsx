import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import { REPORTS, reportsOf } from './catalogue';
import ReportsPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('reports');
});
beforeEach(() => {
  setFormat({ zone: 'Europe/Moscow' });
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('the catalogue', () => {
  const pages = { '/reports': ReportsPage };

  it('has every report once, and of an imported log only what its lines tell', () => {
    expect(new Set(REPORTS.map((it) => it.kind)).size).toBe(REPORTS.length);
    expect(reportsOf(true).map((it) => it.kind)).not.toContain('links');
    expect(reportsOf(true).map((it) => it.kind)).toContain('days');
  });

  it('is gone through by keyboard: type, Enter; a star keeps a report on top', async () => {
    serve({ 'GET /api/v1/measures': [], 'GET /api/v1/reports/moves': { counts: [], rows: [] } });
    const { router } = showPage(pages, '/reports?by=moves&from=2026-11-16&to=2026-11-22&moves=3', {
      rights: ['view.reports'],
    });
    await screen.findByText('Не меньше 3');
    await userEvent.click(screen.getByRole('button', { name: 'Добавить в избранное' }));
    await userEvent.click(screen.getByRole('button', { name: 'Вид отчёта: Переводы' }));
    const list = await screen.findByRole('listbox');
    expect(within(list).getByText('Избранное')).toBeTruthy();
    expect(plain(within(list).getAllByRole('option')[0]!)).toContain('Переводы');
    await userEvent.keyboard('четвертям{Enter}');
    await waitFor(() => expect(router.state.location.search).toMatchObject({ by: 'intervals' }));
    // What belonged to the other report is gone, the days stay.
    expect(router.state.location.search).toEqual({
      by: 'intervals',
      from: '2026-11-16',
      to: '2026-11-22',
    });
  });
});
