import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { MessageRow, Threads } from '~/api/gen';
import { startLanguage, withWords } from '~/i18n';
import { live } from '~/live/store';
import type { DeskBody } from '~/live/types';
import { type Asked, refusal, serve, showPage } from '~/test-page';
import ChatButton from './ChatButton';

const chimes = vi.hoisted(() => ({ count: 0 }));
vi.mock('~/phone/ringer', async (real) => ({
  ...(await real<object>()),
  chime: () => {
    chimes.count += 1;
  },
}));

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('colleagues');
});
beforeEach(() => {
  localStorage.clear();
  chimes.count = 0;
});
afterEach(() => {
  cleanup();
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

const message = (more: Partial<MessageRow> = {}): MessageRow => ({
  id: 10,
  thread_id: 4,
  by_id: 2,
  by_name: 'Борис Орлов',
  text: 'обед в час?',
  is_own: false,
  is_lead: false,
  at: '2026-11-20T10:00:00.000Z',
  key: '',
  ...more,
});
let threads: Threads;
let messages: MessageRow[];
let isDown: boolean;
let person = 100;

function show(): Asked[] {
  threads = {
    threads: [
      { id: 4, person_id: 2, team_id: null, name: 'Борис Орлов', unread: 1, last: message() },
      { id: null, person_id: null, team_id: 1, name: 'Продажи', unread: 0, last: null },
    ],
    unread: 1,
  };
  messages = [message()];
  isDown = false;
  const asked = serve({
    'GET /api/v1/chat/threads': () => refusal(200, threads),
    'GET /api/v1/chat/threads/4/messages': () => refusal(200, messages),
    'GET /api/v1/directory': { colleagues: [], entries: [], has_more: false, favourites: [], teams: {} },
    'POST /api/v1/chat/threads/4/read': () => {
      threads = {
        threads: threads.threads.map((it) => ({ ...it, unread: 0 })),
        unread: 0,
      };
      return new Response(null, { status: 204 });
    },
    'POST /api/v1/chat/messages': (it: Asked) => {
      if (isDown) return refusal(503, { code: 'journal_unavailable' });
      const made = { ...message({ id: 11, is_own: true }), ...(it.body as object), by_id: person };
      if (!messages.some((one) => one.id === made.id)) messages = [made, ...messages];
      return refusal(201, made);
    },
  });
  // A person of his own for each test: what one wrote is not another one's.
  person += 1;
  showPage({ '/': ChatButton }, '/', { person_id: person, agent: true, rights: ['chat.colleagues'] });
  return asked;
}
const sent = (asked: Asked[]) =>
  asked
    .filter((it) => it.line === 'POST /api/v1/chat/messages')
    .map((it) => it.body as { text: string; key: string });
const tell = (it: MessageRow) =>
  act(() => {
    live.apply({ k: 'news', what: 'chat', message: it });
  });

it('counts what is unread, and reading a thread takes it from the count', async () => {
  const asked = show();
  expect((await screen.findByTestId('chat-unread')).textContent).toBe('1');
  await userEvent.click(screen.getByRole('button', { name: 'Чат: 1 непрочитанное' }));
  await userEvent.click(await screen.findByRole('option', { name: /Борис/ }));
  const log = await screen.findByRole('log');
  await within(log).findByText('обед в час?');
  await waitFor(() => expect(screen.queryByTestId('chat-unread')).toBeNull());
  expect(asked.find((it) => it.line.endsWith('/threads/4/read'))?.body).toEqual({ message_id: 10 });
  const found = await axe.run(document.body, { rules: { region: { enabled: false } } });
  expect(found.violations).toEqual([]);
});

it('shows words as the feed brings them, and marks those of a supervisor', async () => {
  show();
  await userEvent.click(await screen.findByRole('button', { name: /Чат/ }));
  await userEvent.click(await screen.findByRole('option', { name: /Борис/ }));
  const log = await screen.findByRole('log');
  await within(log).findByText('обед в час?');
  tell(message({ id: 12, by_name: 'Вера Котова', text: 'в два', is_lead: true }));
  await within(log).findByText('в два');
  within(log).getByText('Супервизор');
  tell(message({ id: 12, text: 'в два' }));
  expect(within(log).getAllByText('в два')).toHaveLength(1);
});

it('sounds between talks, and only counts in one', async () => {
  show();
  await screen.findByTestId('chat-unread');
  tell(message({ id: 13 }));
  expect(chimes.count).toBe(1);
  live.desk = { interaction: { id: '5', phase: 'connected' } } as unknown as DeskBody;
  threads = { ...threads, unread: 3 };
  tell(message({ id: 14 }));
  expect(chimes.count).toBe(1);
  await waitFor(() => expect(screen.getByTestId('chat-unread').textContent).toBe('3'));
});

it('keeps what could not be sent, and sends it once with the same key when it can', async () => {
  const asked = show();
  await userEvent.click(await screen.findByRole('button', { name: /Чат/ }));
  await userEvent.click(await screen.findByRole('option', { name: /Борис/ }));
  isDown = true;
  await userEvent.type(await screen.findByRole('textbox', { name: /Сообщение/ }), 'буду{Enter}');
  await screen.findByText('Отправляется…');
  await waitFor(() => expect(sent(asked).length).toBeGreaterThan(0));
  expect(localStorage.getItem(`otklik.chat.outbox.${person}`)).toContain('буду');
  isDown = false;
  act(() => live.setLink('lost'));
  act(() => live.flush());
  act(() => live.setLink('open'));
  act(() => live.flush());
  await waitFor(() => expect(screen.queryByText('Отправляется…')).toBeNull());
  expect(localStorage.getItem(`otklik.chat.outbox.${person}`)).toBeNull();
  expect(new Set(sent(asked).map((it) => it.key)).size).toBe(1);
  await within(screen.getByRole('log')).findByText('буду');
});

it('keeps a draft by the keystroke', async () => {
  show();
  await userEvent.click(await screen.findByRole('button', { name: /Чат/ }));
  await userEvent.click(await screen.findByRole('option', { name: /Борис/ }));
  await userEvent.type(await screen.findByRole('textbox', { name: /Сообщение/ }), 'недопис');
  expect(localStorage.getItem(`otklik.chat.draft.${person}.person 2`)).toBe('"недопис"');
});
