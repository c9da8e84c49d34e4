import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, renderHook, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeProvider } from '~/api/session';
import type { Me } from '~/api/types';
import { startLanguage } from '~/i18n';
import { readStored, writeStored } from '~/lib/storage';
import { live } from '~/live/store';
import type { DeskBody, DeskInteraction } from '~/live/types';
import type { PhoneEngine, PhoneState } from '~/phone/engine';
import { PhoneProvider } from '~/phone/PhoneProvider';
import { ReadyGate } from '~/phone/ReadyGate';
import { sendLeftDrafts, useOutcome } from './outcome';
import DeskPage from './Page';

beforeAll(() => startLanguage('ru'));

const me: Me = {
  person_id: 7,
  login: 'a',
  name: 'Анна Белова',
  language: 'ru',
  theme: 'light',
  density: 'normal',
  rights: ['take.calls', 'dial.numbers', 'view.missed', 'view.customers', 'edit.customers'],
  agent: true,
  teams: [],
  must_change_password: false,
  preferences: {
    melody: 'classic',
    ring_volume: 0.5,
    microphone_id: '',
    speaker_id: '',
    ringer_id: '',
    keys: {},
    pinned_queue_ids: [],
    pinned_agent_ids: [],
  },
  zone: 'Europe/Moscow',
  country: 'RU',
};
const answers: Record<string, unknown> = {
  'GET /api/v1/desk/settings': {
    reasons: [],
    dispositions: [
      { id: 1, kind: 'main_sale', name_ru: 'Заказ', name_en: 'Order', queue_ids: [] },
      { id: 2, kind: 'spam', name_ru: 'Реклама', name_en: 'Ads', queue_ids: [] },
      { id: 3, kind: 'service', name_ru: 'Другая очередь', name_en: 'Other', queue_ids: [99] },
    ],
    queues: [{ id: 2, name: 'Поддержка', project_name: 'Ромашка', color: '#2563eb' }],
  },
  'GET /api/v1/desk/calls': [],
  'GET /api/v1/desk/day': {
    handled: 3,
    aht_seconds: null,
    occupancy: null,
    ready_seconds: 0,
    not_ready_seconds: 0,
    missed_offers: 0,
    signed_in_seconds: 0,
  },
  'GET /api/v1/missed': [
    {
      interaction_id: '900',
      number: '+79030001122',
      customer_name: 'Пётр Ильин',
      party_id: '4',
      queue_id: 2,
      number_called: '',
      arrived_at: '2026-11-20T10:00:00.000Z',
      waited_seconds: 44,
      reason: 'abandoned',
      tries_since: 1,
      attempt_at: '2026-11-20T10:05:00.000Z',
      attempt_outcome: 'busy',
      handled_by_interaction_id: null,
    },
  ],
  'GET /api/v1/customers/by-party/55': {
    customer_id: 3,
    name: 'Дарья Ершова',
    note: 'Просит звонить после 18:00',
    company: '',
    numbers: ['+79161234567'],
    interactions: [],
  },
  'PUT /api/v1/interactions/1794837265014784000/outcome': { saved_at: '2026-11-20T10:00:00.000Z' },
  'POST /api/v1/desk/dial': { seq: '1', interaction_id: '5' },
  'POST /api/v1/desk/hold': { seq: '1' },
  'POST /api/v1/desk/decline': { seq: '1' },
};
let asked: { line: string; body: unknown; headers: Headers }[] = [];
let fail: (line: string) => Response | Error | null = () => null;
beforeEach(() => {
  asked = [];
  fail = () => null;
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 0));
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const line = `${init.method} ${url}`;
    asked.push({
      line,
      body: init.body ? JSON.parse(String(init.body)) : null,
      headers: new Headers(init.headers),
    });
    const failure = fail(line);
    if (failure instanceof Error) throw failure;
    if (failure) return failure;
    const known = line in answers ? line : (line.split('?')[0] ?? line);
    return new Response(JSON.stringify(answers[known] ?? { code: 'not_found' }), {
      status: known in answers ? 200 : 404,
      headers: { 'Content-Type': 'application/json' },
    });
  });
});
afterEach(() => {
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
const words = (element: Element | null) => (element?.textContent ?? '').replaceAll('\u00a0', ' ');
const bodiesOf = (line: string) => asked.filter((it) => it.line === line).map((it) => it.body);

const interaction = (phase: string): DeskInteraction => ({
  id: '1794837265014784000',
  phase,
  direction: 'inbound',
  queue_id: 2,
  queue_name: 'Поддержка',
  project_name: 'Ромашка',
  color: '#2563eb',
  number: '+79161234567',
  number_called: '+74951234567',
  party_id: '55',
  customer_name: 'Дарья Ершова',
  offer_id: '99',
  deadline_ms: Date.now() + 20_000,
  since_ms: Date.now() - 5000,
  connected_ms: null,
  disposition_id: null,
  note: '',
  priority: 0,
  callback_of: null,
  is_callback: false,
  greeting: 'Ромашка, добрый день!',
  role: 'owner',
  about: null,
  about_note: '',
  colleague: '',
  consult: null,
  failed_consult: null,
  others: [],
  is_return: false,
});
function desk(part: Partial<DeskBody>) {
  act(() => {
    live.apply({
      k: 's',
      topic: 'desk',
      seq: '100',
      now: Date.now(),
      agent: null,
      interaction: null,
      wrap_up: null,
      actions: [],
      missed_count: 1,
      waiting: [],
      ...part,
    });
    live.flush();
  });
}
function fakePhone(part: Partial<PhoneState> = {}) {
  let state: PhoneState = {
    kind: 'browser',
    line: 'registered',
    here: true,
    call: null,
    microphone: 'ready',
    sound: true,
    ...part,
  };
  const watchers = new Set<() => void>();
  return {
    start: vi.fn(),
    stop: vi.fn(),
    send: vi.fn(),
    soundChanged: vi.fn(),
    changeMicrophone: vi.fn(),
    subscribe: (watch: () => void) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    snapshot: () => state,
    become(next: Partial<PhoneState>) {
      act(() => {
        state = { ...state, ...next };
        for (const watch of watchers) watch();
      });
    },
  };
}
const call = (phase: 'ringing' | 'active') => ({
  id: 'sip-1',
  interactionId: '1794837265014784000',
  number: '+79161234567',
  phase,
  muted: false,
  automatic: false,
  since: Date.now(),
  media: 'ok' as const,
  video: false,
  pictures: 0,
});
function show(phone = fakePhone()) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const page = render(
    <QueryClientProvider client={queries}>
      <MantineProvider env="test">
        <MeProvider me={me}>
          <PhoneProvider engine={phone as unknown as PhoneEngine}>
            <ReadyGate>
              <main>
                <DeskPage />
              </main>
            </ReadyGate>
          </PhoneProvider>
        </MeProvider>
      </MantineProvider>
    </QueryClientProvider>,
  );
  return { phone, ...page };
}

describe('a call rings', () => {
  it('shows line, name and note before the answer; Enter answers', async () => {
    const { phone, container } = show();
    phone.become({ call: call('ringing') });
    desk({ interaction: interaction('offered'), actions: ['answer', 'decline', 'outcome'] });
    const card = await screen.findByTestId('ringing');
    expect(words(card)).toContain('Поддержка · Ромашка');
    expect(words(card)).toContain('Дарья Ершова');
    expect(words(card)).toContain('Ромашка, добрый день!');
    await waitFor(() => expect(words(card)).toContain('Просит звонить после 18:00'));
    await waitFor(() => expect(words(document.activeElement)).toContain('Ответить'));
    await userEvent.keyboard('{Enter}');
    expect(phone.send).toHaveBeenCalledWith({ command: 'answer' });
    const result = await axe.run(container, {
      rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
    });
    expect(result.violations.map((it) => `${it.id}: ${it.nodes[0]?.html}`)).toEqual([]);
  });

  it('tells a promised call from one that rings', async () => {
    const { phone } = show();
    phone.become({ call: call('ringing') });
    desk({ interaction: { ...interaction('offered'), is_callback: true }, actions: ['answer', 'decline'] });
    const card = await screen.findByTestId('ringing');
    await waitFor(() => expect(words(card)).toContain('Обещанный звонок'));
    expect(words(card)).toContain('Когда примете, наберём клиента.');
  });

  it('declines by the offer, through the server', async () => {
    const { phone } = show();
    phone.become({ call: call('ringing') });
    desk({ interaction: interaction('offered'), actions: ['answer', 'decline'] });
    await userEvent.click(await screen.findByRole('button', { name: 'Отклонить' }));
    await waitFor(() => expect(bodiesOf('POST /api/v1/desk/decline')).toEqual([{ offer_id: '99' }]));
    expect(phone.send).not.toHaveBeenCalled();
  });

  it('rings from the phone alone while the feed is away', async () => {
    const { phone } = show();
    desk({});
    phone.become({ call: call('ringing') });
    expect(words(await screen.findByTestId('ringing'))).toContain('916');
  });
});

describe('in a talk', () => {
  it('offers only what the server allows', async () => {
    const { phone } = show();
    phone.become({ call: call('active') });
    desk({ interaction: interaction('connected'), actions: ['hang_up', 'outcome'] });
    const card = within(await screen.findByTestId('call'));
    expect((card.getByRole('button', { name: 'Поставить на удержание' }) as HTMLButtonElement).disabled).toBe(
      true,
    );
    desk({ interaction: interaction('connected'), actions: ['hold', 'hang_up', 'outcome'] });
    await userEvent.click(card.getByRole('button', { name: 'Поставить на удержание' }));
    await waitFor(() =>
      expect(bodiesOf('POST /api/v1/desk/hold')).toEqual([{ interaction_id: '1794837265014784000' }]),
    );
    const sent = asked.find((it) => it.line === 'POST /api/v1/desk/hold')!;
    expect(sent.headers.get('X-Otklik')).toBe('1');
    expect(sent.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('mutes in the phone', async () => {
    const { phone } = show();
    phone.become({ call: call('active') });
    desk({ interaction: interaction('connected'), actions: ['hang_up'] });
    await userEvent.click(await screen.findByRole('button', { name: 'Выключить микрофон' }));
    expect(phone.send).toHaveBeenCalledWith({ command: 'mute', muted: true });
  });

  it('keeps the outcome by the keystroke and sends it by itself', async () => {
    const { phone } = show();
    phone.become({ call: call('active') });
    desk({ interaction: interaction('connected'), actions: ['hang_up', 'outcome'] });
    const note = await screen.findByRole('textbox', { name: 'Заметка' });
    await userEvent.type(note, 'Да');
    expect(readStored('draft.1794837265014784000', null)).toMatchObject({ note: 'Да' });
    const options = within(screen.getByRole('radiogroup', { name: 'Результат обращения' }))
      .getAllByRole('radio')
      .map((it) => it.textContent);
    expect(options).toEqual(['Заказ', 'Реклама']);
    await userEvent.click(screen.getByRole('radio', { name: 'Заказ' }));
    await waitFor(
      () =>
        expect(bodiesOf('PUT /api/v1/interactions/1794837265014784000/outcome').at(-1)).toEqual({
          disposition_id: 1,
          note: 'Да',
        }),
      { timeout: 3000 },
    );
    await waitFor(() => expect(readStored('draft.1794837265014784000', null)).toBeNull());
    expect(words(screen.getByTestId('outcome'))).toContain('Сохранено');
  });
});

describe('between calls', () => {
  it('dials a number pasted in any form', async () => {
    show();
    desk({ actions: ['dial', 'ready'] });
    const field = await screen.findByRole('textbox', { name: 'Номер для звонка' });
    await userEvent.click(field);
    await userEvent.paste('тел.: 8 (916) 123-45-67');
    expect((field as HTMLInputElement).value).toBe('89161234567');
  });

  it('calls a missed customer back with one click', async () => {
    show(fakePhone());
    desk({ actions: ['dial'] });
    await userEvent.click(await screen.findByRole('radio', { name: /Пропущенные/ }));
    const item = await screen.findByText('Пётр Ильин');
    expect(words(item.closest('li'))).toContain('не дождался, 0:44');
    expect(
      (within(item.closest('li')!).getByRole('button', { name: /Перезвонить/ }) as HTMLButtonElement)
        .disabled,
    ).toBe(false);
  });
});

describe('a call picked from the list', () => {
  const own = {
    interaction_id: '700',
    direction: 'inbound',
    number: '+79161234567',
    customer_name: 'Дарья Ершова',
    party_id: '55',
    queue_id: 2,
    started_at: '2026-11-20T10:00:00.000Z',
    talk_seconds: 60,
    disposition_id: 1,
    outcome: 'answered',
  };
  afterEach(() => {
    answers['GET /api/v1/desk/calls'] = [];
    delete answers['GET /api/v1/interactions/700'];
  });

  it('is not saved over a note that was never seen', async () => {
    answers['GET /api/v1/desk/calls'] = [own];
    me.rights.push('edit.outcomes', 'view.interactions');
    fail = (line) => (line === 'GET /api/v1/interactions/700' ? new Response('{}', { status: 503 }) : null);
    show();
    desk({ actions: ['dial'] });
    await userEvent.click(await screen.findByRole('button', { name: /Дарья Ершова.*Заказ/ }));
    const note = await screen.findByRole('textbox', { name: 'Заметка' });
    expect((note as HTMLTextAreaElement).disabled).toBe(true);
    me.rights.splice(-2);
  });

  it('opens with its note, and is saved under its own id', async () => {
    answers['GET /api/v1/desk/calls'] = [own];
    answers['GET /api/v1/interactions/700'] = { interaction_id: '700', disposition_id: 1, note: 'было' };
    answers['PUT /api/v1/interactions/700/outcome'] = { saved_at: '2026-11-20T10:00:00.000Z' };
    me.rights.push('edit.outcomes', 'view.interactions');
    show();
    desk({ actions: ['dial'] });
    await userEvent.click(await screen.findByRole('button', { name: /Дарья Ершова.*Заказ/ }));
    const note = (await screen.findByRole('textbox', { name: 'Заметка' })) as HTMLTextAreaElement;
    await waitFor(() => expect(note.value).toBe('было'));
    await userEvent.type(note, '!');
    await waitFor(
      () =>
        expect(bodiesOf('PUT /api/v1/interactions/700/outcome')).toEqual([
          { disposition_id: 1, note: 'было!' },
        ]),
      { timeout: 3000 },
    );
    me.rights.splice(-2);
  });
});

describe('an outcome', () => {
  const server = { disposition_id: null, note: '' };
  const LINE = 'PUT /api/v1/interactions/1794837265014784000/outcome';

  it('waits for the network and gets there without the person', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    let away = true;
    fail = () => (away ? new Response('{"code":"journal_unavailable"}', { status: 503 }) : null);
    const { result } = renderHook(() => useOutcome('1794837265014784000', server));
    act(() => result.current.setNote('важно'));
    await act(() => vi.advanceTimersByTimeAsync(700));
    expect(result.current.saving).toBe('waiting');
    expect(readStored('draft.1794837265014784000', null)).toMatchObject({ note: 'важно' });
    away = false;
    await act(() => vi.advanceTimersByTimeAsync(6000));
    expect(result.current.saving).toBe('saved');
    expect(readStored('draft.1794837265014784000', null)).toBeNull();
    expect(bodiesOf(LINE).length).toBe(2);
  });

  it('comes back after a reload with what was typed', async () => {
    writeStored('draft.1794837265014784000', { disposition_id: 2, note: 'до перезагрузки', at: Date.now() });
    const { result } = renderHook(() => useOutcome('1794837265014784000', server));
    expect(result.current.note).toBe('до перезагрузки');
    await waitFor(() => expect(bodiesOf(LINE)).toEqual([{ disposition_id: 2, note: 'до перезагрузки' }]));
  });

  it('does not take the words of one call to the next', async () => {
    const { result, rerender } = renderHook(({ id }) => useOutcome(id, server), {
      initialProps: { id: '1794837265014784000' as string | null },
    });
    act(() => result.current.setNote('первый'));
    rerender({ id: null });
    expect(result.current.note).toBe('');
    await waitFor(() => expect(bodiesOf(LINE)).toEqual([{ disposition_id: null, note: 'первый' }]));
  });

  it('left by a closed tab is sent when the desk opens, and an old or refused one is dropped', async () => {
    const now = Date.now();
    writeStored('draft.1794837265014784000', { disposition_id: 1, note: 'a', at: now });
    writeStored('draft.5', { disposition_id: 1, note: 'not mine', at: now });
    writeStored('draft.6', { disposition_id: 1, note: 'old', at: now - 30 * 86_400_000 });
    expect(await sendLeftDrafts(null, now)).toBe(1);
    for (const id of ['1794837265014784000', '5', '6']) expect(readStored(`draft.${id}`, null)).toBeNull();
  });
});
