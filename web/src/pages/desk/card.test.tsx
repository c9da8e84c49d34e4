import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLanguage, withWords } from '~/i18n';
import { plain, refusal, serve, showPage } from '~/test-page';
import { CustomerCard } from './CustomerCard';
import type { Subject } from './subject';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('card');
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const SHOWN = {
  customer_id: 7,
  name: 'Ольга',
  note: '',
  company: '',
  customer_class: '',
  numbers: ['+79161234567'],
  nps: null,
  interactions: [],
  is_identified: false,
  code: 'K-1',
  email: '',
  fields: { Город: 'Тверь' },
  consents: { calls: false },
  personal_agent_name: 'Анна Белова',
};
const CARD = {
  id: 7,
  name: 'Ольга',
  note: '',
  company: '',
  customer_class: '',
  code: 'K-1',
  email: '',
  phones: ['+79161234567'],
  fields: { Город: 'Тверь' },
  consents: { calls: false },
  personal_agent_id: 1,
  personal_agent_name: 'Анна Белова',
  changed_at: null,
};
const change = (more: object) => ({
  at: '2026-11-22T10:00:00.000Z',
  by_name: 'Борис Орлов',
  ...CARD,
  ...more,
});
const routes = {
  'GET /api/v1/desk/settings': { reasons: [], dispositions: [], queues: [] },
  'GET /api/v1/customers/by-party/4': SHOWN,
  'GET /api/v1/customers/7': CARD,
  'GET /api/v1/customers/agents': [
    { id: 1, name: 'Анна Белова' },
    { id: 2, name: 'Борис Орлов' },
  ],
  'GET /api/v1/customers/7/history': [change({}), change({ code: '', consents: {}, by_name: '' })],
};
const subject = { id: '9', party_id: '4', number: '+79161234567' } as unknown as Subject;
const Card = () => <CustomerCard subject={subject} />;
const rights = ['take.calls', 'view.customers', 'edit.customers', 'view.numbers'];

describe('the whole card at the desk', () => {
  it('shows what else is known, and changes all of it in one dialog', async () => {
    const asked = serve({
      ...routes,
      'PUT /api/v1/customers/7': { ...CARD, name: 'Ольга Ким', email: 'o@example.com' },
    });
    showPage({ '/': Card }, '/', { agent: true, rights });
    const panel = await screen.findByRole('complementary', { name: 'Клиент' });
    expect(await within(panel).findByText('не звонить')).toBeTruthy();
    expect(plain(panel)).toMatch(/K-1.*Личный оператор: Анна Белова.*Город: Тверь/);
    await userEvent.click(within(panel).getByRole('button', { name: 'Все данные' }));
    const dialog = await screen.findByRole('dialog', { name: 'Карточка клиента' });
    const name = await within(dialog).findByRole('textbox', { name: 'Имя' });
    expect(document.activeElement).toBe(name);
    await userEvent.clear(name);
    await userEvent.type(name, 'Ольга Ким');
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Почта' }), 'o@example.com');
    await userEvent.click(within(dialog).getByLabelText('Согласие на звонки', { selector: 'input' }));
    await userEvent.click(await screen.findByRole('option', { name: 'не спрашивали' }));
    const told = await within(dialog).findByRole('region', { name: 'Кто и что менял' });
    expect(plain(told)).toMatch(/Борис Орлов.*Код: K-1.*Согласие на звонки: отказался.*программа/);
    const found = await axe.run(dialog, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map((one) => one.id)).toEqual([]);
    await userEvent.type(name, '{Control>}{Enter}{/Control}');
    await waitFor(() =>
      expect(asked.find((it) => it.line === 'PUT /api/v1/customers/7')?.body).toEqual({
        name: 'Ольга Ким',
        company: '',
        email: 'o@example.com',
        code: 'K-1',
        customer_class: '',
        note: '',
        fields: { Город: 'Тверь' },
        consents: {},
        personal_agent_id: 1,
        phones: ['+79161234567'],
      }),
    );
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(within(panel).getByRole('textbox', { name: 'Имя' })).toHaveProperty('value', 'Ольга Ким');
  });

  it('leaves numbers alone for who does not see them, and says why a save is refused', async () => {
    const asked = serve({
      ...routes,
      'PUT /api/v1/customers/7': () => refusal(422, { code: 'invalid_email', facts: {} }),
    });
    showPage({ '/': Card }, '/', { agent: true, rights: rights.slice(0, 3) });
    await userEvent.click(await screen.findByRole('button', { name: 'Все данные' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText(/Номера видны не полностью/)).toBeTruthy();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(asked.some((it) => it.line.startsWith('PUT'))).toBe(true));
    expect(asked.find((it) => it.line.startsWith('PUT'))?.body).not.toHaveProperty('phones');
    expect(screen.getByRole('dialog')).toBeTruthy();
  });

  it('makes the card first when there is none', async () => {
    const asked = serve({
      ...routes,
      'GET /api/v1/customers/by-party/4': { ...SHOWN, customer_id: null, name: '' },
      'PUT /api/v1/customers/by-party/4': { ...SHOWN, name: '' },
    });
    showPage({ '/': Card }, '/', { agent: true, rights });
    await userEvent.click(await screen.findByRole('button', { name: 'Все данные' }));
    expect(await screen.findByRole('dialog', { name: 'Карточка клиента' })).toBeTruthy();
    expect(asked.filter((it) => it.line.startsWith('PUT /api/v1/customers/by-party/4'))).toHaveLength(1);
  });
});
