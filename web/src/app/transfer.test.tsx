import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeProvider } from '~/api/session';
import type { Me } from '~/api/types';
import { startLanguage, withWords } from '~/i18n';
import { DEFAULT_KEYS } from '~/lib/keys';
import { live } from '~/live/store';
import type { DeskAction, DeskConsult, DeskInteraction } from '~/live/types';
import { IncomingCall } from '~/phone/CallCard';
import { CurrentCall } from '~/phone/CurrentCall';
import type { PhoneEngine, PhoneState } from '~/phone/engine';
import { PhoneProvider } from '~/phone/PhoneProvider';
import { ReadyGate } from '~/phone/ReadyGate';
import { closeTargets, openTargets, Targets } from '~/phone/Targets';
import { AgentHotkeys } from './hotkeys';

vi.mock('@tanstack/react-router', async (real) => ({
  ...(await real<object>()),
  useNavigate: () => () => Promise.resolve(),
}));

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('transfer');
});

const me = {
  person_id: 7,
  login: 'a',
  name: 'Анна Белова',
  language: 'ru',
  theme: 'light',
  density: 'normal',
  rights: ['take.calls', 'dial.numbers'],
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
} as Me;

const TARGETS = {
  agents: [
    {
      id: 11,
      name: 'Борис Орлов',
      state: 'ready',
      reason_id: null,
      is_reachable: true,
      can_take: true,
      can_be_called: true,
    },
    {
      id: 12,
      name: 'Вера Котова',
      state: 'not_ready',
      reason_id: 1,
      is_reachable: true,
      can_take: false,
      can_be_called: true,
    },
    {
      id: 13,
      name: 'Глеб Сомов',
      state: 'connected',
      reason_id: null,
      is_reachable: true,
      can_take: false,
      can_be_called: false,
    },
    {
      id: 14,
      name: 'Дина Рыбина',
      state: 'ready',
      reason_id: null,
      is_reachable: false,
      can_take: false,
      can_be_called: false,
    },
  ],
  queues: [{ id: 2, name: 'Поддержка', waiting: 3, free: 0, expected_wait_seconds: 80 }],
  outside: [
    {
      id: 31,
      name: 'Склад',
      company: 'Перевозчик',
      number: '+78123001020',
      note: 'до 18:00',
      is_favourite: false,
      why: '',
      why_facts: {},
    },
    {
      id: 32,
      name: 'Лондон',
      company: '',
      number: '+442070000000',
      note: '',
      is_favourite: false,
      why: 'number_not_allowed',
      why_facts: { why: 'country' },
    },
  ],
  may_dial: true,
  next_tiers: {},
};
let targets: object;
let asked: { line: string; body: unknown }[] = [];
let refusal: { code: string } | null;
beforeEach(() => {
  asked = [];
  refusal = null;
  targets = TARGETS;
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 0));
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const line = `${init.method} ${url.split('?')[0]}`;
    asked.push({ line, body: init.body ? JSON.parse(String(init.body)) : null });
    const found = line.endsWith('/desk/targets')
      ? targets
      : line.endsWith('/desk/settings')
        ? {
            reasons: [
              {
                id: 1,
                name_ru: 'Обед',
                name_en: 'Lunch',
                max_seconds: null,
                is_paid: false,
                needs_permission: false,
              },
            ],
            dispositions: [],
            queues: [],
          }
        : { seq: '1', interaction_id: '5' };
    const answer = init.method === 'POST' && refusal ? refusal : found;
    return new Response(JSON.stringify(answer), {
      status: answer === refusal ? 409 : 200,
      headers: { 'Content-Type': 'application/json' },
    });
  });
});
afterEach(() => {
  act(() => closeTargets());
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

const customer: DeskInteraction = {
  id: '900',
  phase: 'connected',
  direction: 'inbound',
  queue_id: 2,
  queue_name: 'Поддержка',
  project_name: 'Ромашка',
  color: '#2563eb',
  number: '+79161234567',
  number_called: null,
  party_id: null,
  customer_name: 'Дарья Ершова',
  offer_id: null,
  deadline_ms: null,
  since_ms: Date.now() - 42_000,
  connected_ms: Date.now() - 60_000,
  disposition_id: null,
  note: '',
  priority: 0,
  callback_of: null,
  is_callback: false,
  greeting: '',
  role: 'owner',
  about: null,
  about_note: '',
  colleague: '',
  consult: null,
  failed_consult: null,
  others: [],
  is_return: false,
};
const consult = (phase: string): DeskConsult => ({
  id: '901',
  phase,
  agent_id: 11,
  name: 'Борис Орлов',
  queue_name: '',
  number: '',
  since_ms: Date.now() - 5000,
});

function desk(interaction: Partial<DeskInteraction>, actions: DeskAction[]) {
  act(() => {
    live.apply({
      k: 's',
      topic: 'desk',
      seq: '1',
      now: Date.now(),
      agent: null,
      interaction: { ...customer, ...interaction },
      wrap_up: null,
      missed_count: 0,
      waiting: [],
      actions,
    });
    live.flush();
  });
}

const phoneState = {
  kind: 'sip',
  line: 'registered',
  call: null,
  here: false,
  sound: true,
  microphone: 'ready',
} as unknown as PhoneState;
const engine = {
  start: () => undefined,
  stop: () => undefined,
  subscribe: () => () => undefined,
  snapshot: () => phoneState,
  send: () => undefined,
  soundChanged: () => undefined,
} as unknown as PhoneEngine;

function show(card = <CurrentCall />) {
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <MeProvider me={me}>
          <PhoneProvider engine={engine}>
            <ReadyGate>
              {card}
              <AgentHotkeys keys={DEFAULT_KEYS} />
              <Targets />
            </ReadyGate>
          </PhoneProvider>
        </MeProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
}
const words = (element: Element | null) => (element?.textContent ?? '').replaceAll('\u00a0', ' ');
const sent = (line: string) => asked.filter((it) => it.line === line).map((it) => it.body);
const violations = async () =>
  (
    await axe.run(document.body, {
      rules: { region: { enabled: false }, 'color-contrast': { enabled: false } },
    })
  ).violations.map((it) => `${it.id}: ${it.nodes[0]?.html}`);
const TALK: DeskAction[] = ['hold', 'hang_up', 'transfer', 'consult'];

describe('where a talk goes', () => {
  const opened = async () => {
    desk({}, TALK);
    show();
    await userEvent.keyboard('{Control>}{Shift>}[KeyX]{/Shift}{/Control}');
    return screen.findByRole('option', { name: /Борис Орлов/ });
  };

  it('is chosen by keyboard alone: one key opens, typing finds, Enter asks first', async () => {
    await opened();
    expect(document.activeElement).toBe(screen.getByRole('combobox'));
    expect(words(screen.getByRole('dialog'))).toContain('Перевести: Дарья Ершова');
    await userEvent.keyboard('вера');
    await waitFor(() => expect(screen.queryByRole('option', { name: /Борис/ })).toBeNull());
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent('POST /api/v1/desk/consult')).toEqual([{ interaction_id: '900', to: { agent_id: 12 } }]);
    expect(sent('POST /api/v1/desk/transfer')).toEqual([]);
  });

  it('gives the customer to the next tier with his history when that queue is chosen', async () => {
    targets = {
      ...TARGETS,
      queues: [...TARGETS.queues, { id: 5, name: 'Эксперты', waiting: 0, free: 1, expected_wait_seconds: 0 }],
      next_tiers: { 1: 5, 2: 5 },
    };
    await opened();
    await userEvent.keyboard('Эксперты');
    const next = await screen.findByRole('option', { name: /Эксперты/ });
    expect(words(next)).toContain('следующая линия');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(sent('POST /api/v1/desk/escalate')).toEqual([{ interaction_id: '900' }]));
    expect(sent('POST /api/v1/desk/transfer')).toEqual([]);
  });

  it('moves by arrows over what can be chosen, and Ctrl+Enter transfers at once', async () => {
    await opened();
    const boris = screen.getByRole('option', { name: /Борис/ });
    expect(boris.getAttribute('aria-selected')).toBe('true');
    expect(screen.getByRole('combobox').getAttribute('aria-activedescendant')).toBe(boris.id);
    expect(boris.id).not.toContain(' ');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    const queue = screen.getByRole('option', { name: /Поддержка/ });
    expect(queue.getAttribute('aria-selected')).toBe('true');
    expect(words(queue)).toContain('ждут 3 · ожидание ≈ 1:20');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() =>
      expect(sent('POST /api/v1/desk/transfer')).toEqual([{ interaction_id: '900', to: { queue_id: 2 } }]),
    );
  });

  it('shows who cannot take it, and why', async () => {
    await opened();
    const gleb = screen.getByRole('option', { name: /Глеб/ });
    expect(gleb.getAttribute('aria-disabled')).toBe('true');
    expect(words(gleb)).toContain('занят');
    expect(words(screen.getByRole('option', { name: /Дина/ }))).toContain('телефон не на связи');
    const vera = screen.getByRole('option', { name: /Вера/ });
    expect(words(vera)).toContain('только спросить');
    expect(words(vera)).toContain('Обед');
    await userEvent.click(vera);
    expect(screen.getByRole('button', { name: /Перевести сразу/ })).toHaveProperty('disabled', true);
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    expect(sent('POST /api/v1/desk/transfer')).toEqual([]);
    expect(await violations()).toEqual([]);
  });

  it('takes an outside number as it is typed, and says what the server says about it', async () => {
    await opened();
    refusal = { code: 'country_not_allowed' };
    await userEvent.keyboard('8 (916) 555-44-33');
    await screen.findByRole('option', { name: /8\D*916/ });
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    const said = await screen.findByText('Звонки в эту страну запрещены.');
    expect(said.getAttribute('role')).toBe('alert');
    expect(sent('POST /api/v1/desk/transfer')).toEqual([
      { interaction_id: '900', to: { number: '89165554433' } },
    ]);
    expect(screen.queryByRole('dialog')).not.toBeNull();
  });

  it('offers no outside number to one who may not dial', async () => {
    targets = { ...TARGETS, may_dial: false };
    await opened();
    await userEvent.keyboard('+79165554433');
    const option = await screen.findByRole('option', { name: /916/ });
    expect(option.getAttribute('aria-disabled')).toBe('true');
    expect(words(option)).toContain('нет права звонить наружу');
  });

  it('gives the customer to somebody of the directory, but to nobody whom the rules forbid', async () => {
    await opened();
    const london = screen.getByRole('option', { name: /Лондон/ });
    expect(london.getAttribute('aria-disabled')).toBe('true');
    expect(words(london)).toContain('звонить туда нельзя');
    await userEvent.keyboard('перевозчик');
    await screen.findByRole('option', { name: /Склад/, selected: true });
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() =>
      expect(sent('POST /api/v1/desk/transfer')).toEqual([
        { interaction_id: '900', to: { number: '+78123001020' } },
      ]),
    );
  });

  it('says why a queue takes nobody', async () => {
    targets = { ...TARGETS, queues: [{ ...TARGETS.queues[0], why: 'closed' }] };
    await opened();
    const queue = screen.getByRole('option', { name: /Поддержка/ });
    expect(queue.getAttribute('aria-disabled')).toBe('true');
    expect(words(queue)).toContain('закрыта');
  });

  it('closes by itself when the customer hangs up', async () => {
    await opened();
    desk({ phase: 'wrap_up' }, ['finish_wrap_up']);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('calls a colleague without any customer', async () => {
    desk({}, ['call_colleague']);
    show();
    act(() => openTargets('colleague'));
    await screen.findByRole('option', { name: /Борис/ });
    expect(screen.queryByRole('option', { name: /Поддержка/ })).toBeNull();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(sent('POST /api/v1/desk/call-colleague')).toEqual([{ agent_id: 11 }]));
  });
});

describe('a consultation', () => {
  const ANSWERED: DeskAction[] = ['keys', 'swap', 'conference', 'complete', 'cancel_consult'];

  it('says whom I ask, whether it rings, and where the customer is', async () => {
    desk({ phase: 'held', since_ms: Date.now() - 42_000, consult: consult('offered') }, [
      'complete',
      'cancel_consult',
    ]);
    show();
    const bar = await screen.findByTestId('consult');
    expect(words(bar)).toContain('Клиентслышит музыку0:4');
    expect(words(bar)).toContain('Борис Орловзвоним…0:0');
    expect(within(bar).queryByRole('button', { name: /К клиенту/ })).toBeNull();
    expect(screen.queryByRole('button', { name: /Завершить/ })).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('has a key for every step, and hanging up lets the colleague go first', async () => {
    desk({ phase: 'held', consult: consult('connected') }, ANSWERED);
    show();
    await screen.findByTestId('consult');
    for (const [key, path] of [
      ['KeyS', 'swap'],
      ['KeyK', 'conference'],
      ['KeyX', 'complete'],
      ['KeyE', 'cancel'],
    ]) {
      await userEvent.keyboard(`{Control>}{Shift>}[${key}]{/Shift}{/Control}`);
      await waitFor(() => expect(sent(`POST /api/v1/desk/${path}`)).toEqual([{ interaction_id: '900' }]));
    }
    expect(sent('POST /api/v1/desk/hang-up')).toEqual([]);
  });

  it('names the way back by where I am', async () => {
    desk({ phase: 'connected', consult: consult('held') }, ANSWERED);
    show();
    const bar = await screen.findByTestId('consult');
    expect(words(bar)).toContain('Клиентговорит с вами');
    expect(words(bar)).toContain('Борис Орловждёт вас');
    expect(within(bar).getByRole('button', { name: /Отпустить коллегу/ })).toBeTruthy();
    expect(within(bar).getByRole('button', { name: /К коллеге/ })).toBeTruthy();
  });

  it('tells who said no, until it is put away', async () => {
    const failed = {
      name: 'Борис Орлов',
      queue_name: '',
      number: '',
      reason: 'busy',
      at_ms: 5,
      agent_id: 11,
    };
    desk({ failed_consult: failed }, TALK);
    show();
    const notice = await screen.findByTestId('failed-consult');
    expect(words(notice)).toContain('Борис Орлов: отказ. Вы снова с клиентом.');
    await userEvent.click(within(notice).getByRole('button', { name: 'Закрыть' }));
    expect(screen.queryByTestId('failed-consult')).toBeNull();
    desk({ failed_consult: { ...failed, reason: 'no_answer', at_ms: 9 } }, TALK);
    expect(words(await screen.findByTestId('failed-consult'))).toContain('нет ответа');
    expect(screen.queryByRole('button', { name: 'Спросить ещё раз' })).toBeNull();
  });

  it('tells that whoever was asked has hung up, and asks him again', async () => {
    const failed = {
      name: 'Борис Орлов',
      queue_name: '',
      number: '',
      reason: 'answered',
      at_ms: 5,
      agent_id: 11,
    };
    desk({ failed_consult: failed }, TALK);
    show();
    const notice = await screen.findByTestId('failed-consult');
    expect(words(notice)).toContain('Борис Орлов: больше не на линии. Разговор с клиентом продолжается.');
    await userEvent.click(within(notice).getByRole('button', { name: 'Спросить ещё раз' }));
    await waitFor(() =>
      expect(sent('POST /api/v1/desk/consult')).toEqual([{ interaction_id: '900', to: { agent_id: 11 } }]),
    );
  });
});

describe('a talk of three', () => {
  const boris = { id: '901', agent_id: 11, name: 'Борис Орлов', number: '' };
  const outside = { id: '902', agent_id: null, name: '', number: '+79165554433' };

  it('lists who is there, and its owner takes somebody out', async () => {
    desk({ others: [boris, outside] }, [...TALK, 'leave', 'remove']);
    show();
    const parties = await screen.findByTestId('parties');
    expect(words(parties)).toContain('В разговоре: 4');
    await userEvent.click(within(parties).getByRole('button', { name: 'Отключить: Борис Орлов' }));
    await waitFor(() =>
      expect(sent('POST /api/v1/desk/remove')).toEqual([{ interaction_id: '900', participant_id: '901' }]),
    );
    expect(await violations()).toEqual([]);
  });

  it('is left, not ended, by one who takes part', async () => {
    desk({ role: 'conferee', colleague: 'Анна Белова', others: [] }, ['keys', 'leave']);
    show();
    expect(words(await screen.findByTestId('parties'))).toContain('В разговоре: 3');
    expect(words(screen.getByTestId('parties'))).toContain('Анна Белова');
    expect(screen.queryByRole('button', { name: /Отключить/ })).toBeNull();
    await userEvent.click(await screen.findByRole('button', { name: /Выйти/ }));
    await waitFor(() => expect(sent('POST /api/v1/desk/leave')).toEqual([{ interaction_id: '900' }]));
  });

  it('is left by the key of hanging up', async () => {
    desk({ others: [boris] }, [...TALK, 'leave', 'remove']);
    show();
    await screen.findByTestId('parties');
    await userEvent.keyboard('{Control>}{Shift>}[KeyE]{/Shift}{/Control}');
    await waitFor(() => expect(sent('POST /api/v1/desk/leave')).toHaveLength(1));
    expect(sent('POST /api/v1/desk/hang-up')).toEqual([]);
  });
});

describe('before the answer', () => {
  it('a colleague who is asked sees who asks, whose call it is and what is written', async () => {
    desk(
      {
        phase: 'offered',
        direction: 'internal',
        about: '900',
        colleague: 'Анна Белова',
        about_note: 'Хочет возврат',
      },
      ['answer', 'decline'],
    );
    show(<IncomingCall />);
    const card = await screen.findByTestId('ringing');
    expect(words(card)).toContain('Консультация');
    expect(words(card)).toContain('Дарья Ершова');
    expect(words(card)).toContain('Спрашивает: Анна Белова');
    expect(words(card)).toContain('Хочет возврат');
  });

  it('a transferred call names who transfers it, one that comes back says so', async () => {
    desk({ phase: 'offered', colleague: 'Анна Белова', note: 'Ждёт счёт' }, ['answer', 'decline']);
    show(<IncomingCall />);
    expect(words(await screen.findByTestId('ringing'))).toContain('Переводит: Анна БеловаЖдёт счёт');
    desk({ phase: 'offered', is_return: true }, ['answer', 'decline']);
    await waitFor(() =>
      expect(words(screen.getByTestId('ringing'))).toContain('Клиент вернулся после вашего перевода.'),
    );
  });

  it('a call between colleagues names the colleague and no customer', async () => {
    desk(
      {
        phase: 'offered',
        direction: 'internal',
        colleague: 'Анна Белова',
        number: null,
        customer_name: null,
      },
      ['answer', 'decline'],
    );
    show(<IncomingCall />);
    const card = await screen.findByTestId('ringing');
    expect(words(card)).toContain('Внутренний звонок');
    expect(words(card)).toContain('Анна Белова');
    expect(words(card)).not.toContain('Номер скрыт');
  });
});
