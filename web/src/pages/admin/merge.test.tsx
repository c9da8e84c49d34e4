import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { CustomerCard } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { plain, refusal, serve, showPage } from '~/test-page';
import CustomerMerge from './CustomerMerge';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('admin');
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const card = (more: Partial<CustomerCard>): CustomerCard => ({
  id: 1,
  name: 'Нина',
  company: '',
  note: '',
  customer_class: '',
  code: 'N-1',
  email: '',
  phones: ['+79161234567'],
  fields: {},
  consents: { calls: true },
  personal_agent_id: null,
  personal_agent_name: '',
  changed_at: '2026-11-22T10:00:00.000Z',
  ...more,
});
const KEPT = card({});
const GONE = card({
  id: 2,
  name: 'Нина Петрова',
  email: 'n@example.com',
  code: 'N-2',
  phones: ['+79161234568'],
  consents: { calls: false },
  changed_at: '2026-11-22T11:00:00.000Z',
});
const WHOLE = card({
  email: 'n@example.com',
  phones: ['+79161234567', '+79161234568'],
  consents: { calls: false },
});
const MERGE = 'POST /api/v1/customers/merge';
const routes = {
  'GET /api/v1/customers': { rows: [GONE, KEPT], before: null },
  'GET /api/v1/customers/2': GONE,
  [MERGE]: { is_trial: true, kept: KEPT, gone: GONE, whole: WHOLE },
};
const closed = vi.fn();
const Dialog = () => <CustomerMerge first={KEPT} onClose={closed} />;

async function choose(): Promise<HTMLElement> {
  const dialog = await screen.findByRole('dialog', { name: 'Объединить две карточки' });
  await userEvent.click(within(dialog).getByLabelText('Войдёт в неё', { selector: 'input' }));
  await userEvent.click(await screen.findByRole('option', { name: /Нина Петрова/ }));
  return dialog;
}

it('shows two cards side by side with what comes of them, and merges them when one is sure', async () => {
  const asked = serve(routes);
  showPage({ '/': Dialog }, '/', { rights: ['import.customers', 'edit.customers', 'view.customers'] });
  const dialog = await choose();
  const table = await within(dialog).findByRole('table');
  expect(plain(within(table).getByRole('row', { name: /^Имя/ }))).toMatch(/Нина.*Нина Петрова.*Нина/);
  // What does not stay is struck out: the other name, the other code, the consent that was refused elsewhere.
  expect([...table.querySelectorAll('del')].map((it) => it.textContent)).toEqual([
    'Нина Петрова',
    'N-2',
    'согласен',
  ]);
  const found = await axe.run(dialog, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map((one) => one.id)).toEqual([]);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Объединить карточки' }));
  const sure = await screen.findByText(/Отменить это нельзя: карточка «Нина Петрова» войдёт в «Нина»/);
  expect(asked.filter((it) => it.line === MERGE)).toHaveLength(1);
  const box = sure.closest('[role="dialog"]') as HTMLElement;
  await userEvent.click(within(box).getByRole('button', { name: 'Объединить карточки' }));
  await waitFor(() => expect(closed).toHaveBeenCalled());
  expect(asked.filter((it) => it.line === MERGE)[1]?.body).toEqual({
    kept_id: 1,
    gone_id: 2,
    kept_changed_at: '2026-11-22T10:00:00.000Z',
    gone_changed_at: '2026-11-22T11:00:00.000Z',
  });
});

it('says that a card was changed meanwhile and stays open', async () => {
  closed.mockClear();
  let times = 0;
  serve({
    ...routes,
    [MERGE]: () => {
      times += 1;
      return times === 2
        ? refusal(409, { code: 'card_changed', facts: {} })
        : refusal(200, { is_trial: true, kept: KEPT, gone: GONE, whole: WHOLE });
    },
  });
  showPage({ '/': Dialog }, '/', { rights: ['import.customers', 'edit.customers', 'view.customers'] });
  const dialog = await choose();
  await within(dialog).findByRole('table');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Объединить карточки' }));
  const sure = await screen.findByText(/Отменить это нельзя/);
  const box = sure.closest('[role="dialog"]') as HTMLElement;
  await userEvent.click(within(box).getByRole('button', { name: 'Объединить карточки' }));
  expect(await within(dialog).findByText(/только что изменили/)).toBeTruthy();
  expect(closed).not.toHaveBeenCalled();
});
