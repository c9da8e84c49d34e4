import { cleanup, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CostFigures, CostReport } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { amount, decimal, isDecimal, money } from '~/lib/money';
import { plain, serve, showPage } from '~/test-page';
import { reportsOf } from './catalogue';
import ReportsPage from './Page';

beforeAll(async () => {
  await startLanguage('ru');
  await Promise.all([withWords('reports'), withWords('catalogue')]);
});
beforeEach(() => {
  setFormat({ zone: 'Europe/Moscow', language: 'ru' });
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const known: CostFigures = {
  signed_in_seconds: 28_800,
  payable_seconds: 27_000,
  pay_cost: 240_000,
  trunk_cost: 20_000,
  total_cost: 260_000,
  handled: 40,
  cost_per_contact: 6_500,
  sales: 0,
  cost_per_sale: null,
};
const unknown: CostFigures = {
  ...known,
  pay_cost: null,
  total_cost: null,
  cost_per_contact: null,
};
const report: CostReport = {
  zone: 'Europe/Moscow',
  as_of: '2026-11-21T12:00:00.000Z',
  behind_since: null,
  currency: 'RUB',
  digits: 2,
  rows: [
    { ...known, owner_id: 2, owner: 'Поддержка', day: null },
    { ...unknown, owner_id: null, owner: '', day: null },
  ],
  totals: unknown,
  unpaid: [{ agent_id: 11, agent: 'Борис Орлов', since: '2026-11-16' }],
  unpriced: [
    { is_inbound: true, trunk_id: 1, trunk: 'Город', number_id: 8, number: '8-800', since: '2026-11-17' },
  ],
  is_folded: true,
};
const address = '/reports?by=costs&from=2026-11-16&to=2026-11-22';
const pages = { '/reports': ReportsPage };

describe('the report of costs', () => {
  it('has no number where a rate is missing, and says whose', async () => {
    serve({ 'GET /api/v1/reports/costs': report, 'GET /api/v1/measures': [] });
    showPage(pages, address, { rights: ['view.reports', 'view.costs'] });
    const table = await screen.findByRole('table');
    const lines = within(table)
      .getAllByRole('row')
      .map((it) => spaced(plain(it)));
    const support = lines.find((it) => it.includes('Поддержка'))!;
    expect(support).toContain('2 400,00 ₽');
    expect(support).toContain('65,00 ₽');
    expect(support).not.toContain('нет данных');
    const bare = lines.find((it) => it.includes('Без очереди'))!;
    expect(bare.match(/нет данных/g)).toHaveLength(4);
    const told = screen.getAllByRole('alert').map((it) => spaced(plain(it)));
    expect(told[0]).toContain('Борис Орлов (с 16 нояб. 2026 г.).');
    expect(told[1]).toContain('Город, 8-800, входящие (с 17 нояб. 2026 г.).');
    expect(screen.queryByText('Задать ставки и тарифы')).toBeNull();
  });

  it('stands in the catalogue only of those who may see it', () => {
    const kinds = (may: boolean) => reportsOf(false, () => may).map((it) => it.kind);
    expect(kinds(true)).toContain('costs');
    expect(kinds(false)).not.toContain('costs');
    expect(kinds(false)).toContain('sales');
  });
});

describe('money', () => {
  it('has all the digits of its currency, and none where nothing is known', () => {
    expect(spaced(money(123_456, 'RUB', 2))).toBe('1 234,56 ₽');
    expect(spaced(money(1234, 'JPY', 0))).toBe('1 234 ¥');
    expect(money(null, 'RUB', 2)).toBe('—');
    expect(spaced(amount('1.4567', 'RUB'))).toBe('1,4567 ₽');
    expect(spaced(amount('350', 'RUB'))).toBe('350 ₽');
    expect(decimal('1 400,10')).toBe('1400.10');
    expect([isDecimal('3,5'), isDecimal('-3'), isDecimal(''), isDecimal('3.1234567')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
