import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PayRates, RateRow, TariffRows } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { plain, serve, showPage } from '~/test-page';
import Rates from './Rates';

beforeAll(async () => {
  await startLanguage('ru');
  await Promise.all([withWords('admin'), withWords('rates')]);
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const dated = {
  by: 'Анна Ким',
  at: '2026-11-10T08:00:00.000Z',
  is_of_past: false,
  withdrawn_by: null,
  withdrawn_at: null,
  currency: 'RUB',
};
const rate = (more: Partial<RateRow>): RateRow => ({
  id: 1,
  agent_id: 11,
  role_id: null,
  name_ru: 'Борис Орлов',
  name_en: 'Борис Орлов',
  since: '2026-11-16',
  state: 'now',
  per_hour: '350.5',
  ...dated,
  ...more,
});
const same = (id: number, name: string) => ({ id, name_ru: name, name_en: name });
const rates: PayRates = {
  today: '2026-11-22',
  currency: 'RUB',
  rates: [
    rate({}),
    rate({ id: 2, state: 'before', since: '2026-01-01', per_hour: '300' }),
    rate({ id: 3, agent_id: null, role_id: 3, name_ru: 'Оператор', name_en: 'Agent', currency: 'USD' }),
  ],
  agents: [same(11, 'Борис Орлов'), same(12, 'Вера Новикова')],
  roles: [{ id: 3, name_ru: 'Оператор', name_en: 'Agent' }],
  missing: [same(12, 'Вера Новикова')],
};
const tariffs: TariffRows = {
  today: '2026-11-22',
  currency: 'RUB',
  tariffs: [
    {
      id: 5,
      since: '2026-11-01',
      state: 'now',
      ...dated,
      is_inbound: true,
      trunk_id: null,
      trunk: '',
      number_id: 8,
      number: '8-800',
      is_ours: true,
      per_minute: '2.5',
      connection_fee: '0.3',
      free_seconds: 3,
      first_seconds: 60,
      step_seconds: 1,
    },
  ],
  trunks: [same(1, 'Город')],
  numbers: [same(8, '8-800 +78005553535')],
};
const pages = { '/rates': Rates };
const rights = ['manage.rates'];

describe('rates and tariffs', () => {
  it('are told with who set them and who has none; earlier ones on demand', async () => {
    serve({ 'GET /api/v1/rates': rates, 'GET /api/v1/tariffs': tariffs });
    const { container } = showPage(pages, '/rates', { rights });
    const table = await screen.findByRole('table');
    expect(plain(screen.getByRole('alert'))).toContain('Сегодня без ставки: Вера Новикова');
    const lines = () => within(table).getAllByRole('row').slice(1).map(plain);
    expect(lines()).toHaveLength(2);
    expect(lines()[0]).toMatch(/Борис Орлов.*350,50.*16 нояб. 2026 г.*действует.*Анна Ким/);
    expect(lines()[1]).toMatch(/Оператор.*роль.*другая валюта: не считается/);
    await userEvent.click(screen.getByRole('switch'));
    await waitFor(() => expect(lines()).toHaveLength(3));
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((it) => it.id)).toEqual([]);
    await userEvent.click(screen.getByText('Тарифы связи'));
    await waitFor(() =>
      expect(plain(screen.getAllByRole('row')[1]!)).toMatch(/8-800.*входящие.*2,50.*60\/1.*0,30.*до 3 с/),
    );
  });

  it('are set as decimals, exactly as they were typed', async () => {
    const asked = serve({ 'GET /api/v1/rates': rates, 'POST /api/v1/rates': {} });
    showPage(pages, '/rates', { rights });
    await screen.findByRole('table');
    await userEvent.click(screen.getByRole('button', { name: 'Новая ставка' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('combobox', { name: 'Кому' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Вера Новикова' }));
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'За час, RUB' }), '1 400,10');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Задать' }));
    await waitFor(() => expect(asked.find((it) => it.line === 'POST /api/v1/rates')).toBeDefined());
    expect(asked.find((it) => it.line === 'POST /api/v1/rates')?.body).toEqual({
      agent_id: 12,
      role_id: null,
      since: '2026-11-22',
      per_hour: '1400.10',
    });
  });

  it('are pasted: looked at first, and set only when every line fits', async () => {
    const lines = [
      { number: 1, text: 'Вера;2026-11-01;300', refusal: '' },
      { number: 2, text: 'Никто;2026-11-01;300', refusal: 'paste_who' },
    ];
    const answers: Record<string, unknown> = {
      'GET /api/v1/rates': rates,
      'POST /api/v1/rates/paste': { lines, saved: 0 },
    };
    const asked = serve(answers);
    showPage(pages, '/rates', { rights });
    await screen.findByRole('table');
    await userEvent.click(screen.getByRole('button', { name: 'Вставить из таблицы' }));
    const dialog = await screen.findByRole('dialog');
    const box = within(dialog).getByRole('textbox', { name: 'Строки' });
    await userEvent.type(box, 'x;y;z');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Проверить' }));
    expect(await within(dialog).findByText('Нет ни такого оператора, ни такой роли.')).toBeTruthy();
    expect(within(dialog).queryByRole('button', { name: 'Задать все' })).toBeNull();
    answers['POST /api/v1/rates/paste'] = { lines: lines.slice(0, 1), saved: 0 };
    await userEvent.type(box, '1');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Проверить' }));
    await userEvent.click(await within(dialog).findByRole('button', { name: 'Задать все' }));
    await waitFor(() => expect(asked.filter((it) => it.line.startsWith('POST'))).toHaveLength(3));
    expect(asked.filter((it) => it.line.startsWith('POST')).map((it) => it.body)).toEqual([
      { text: 'x;y;z', is_trial: true },
      { text: 'x;y;z1', is_trial: true },
      { text: 'x;y;z1', is_trial: false },
    ]);
  });
});
