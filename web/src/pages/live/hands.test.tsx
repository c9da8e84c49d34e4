import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import type { ReactNode } from 'react';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeProvider } from '~/api/session';
import type { Me } from '~/api/types';
import { startLanguage, withWords } from '~/i18n';
import { live } from '~/live/store';
import type { LiveAgent, LiveInteraction } from '~/live/types';
import { ConfirmProvider } from '~/ui/Confirm';
import { InHand } from './InHand';
import { canBeCalled, handsOn } from './useHands';
import { WaitingList } from './WaitingList';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('transfer');
  await withWords('supervision');
  await import('./AssignDialog');
});

const me = {
  person_id: 7,
  name: 'Супервизор',
  language: 'ru',
  theme: 'light',
  density: 'normal',
  rights: ['watch.board', 'direct.agents', 'take.calls'],
  agent: true,
  teams: [],
  preferences: { keys: {} },
  zone: 'Europe/Moscow',
  country: 'RU',
} as unknown as Me;

const agent = (id: number, name: string, state: LiveAgent['state'], more: Partial<LiveAgent> = {}) =>
  ({
    id,
    name,
    state,
    team_id: null,
    reason_id: null,
    cause: null,
    since_ms: 1000 - id,
    queue_id: null,
    interaction_id: null,
    direction: null,
    reachable: true,
    ...more,
  }) as LiveAgent;
const interaction = (id: string, phase: string, more: Partial<LiveInteraction> = {}): LiveInteraction => ({
  id,
  phase,
  queue_id: 2,
  number_masked: '+79••••••4567',
  customer_name: 'Дарья Ершова',
  agent_id: null,
  since_ms: 1000,
  queued_ms: 1000,
  deadline_ms: null,
  direction: 'inbound',
  priority: 0,
  is_callback: false,
  ...more,
});

let asked: { line: string; body: unknown }[] = [];
let refusal: { code: string } | null;
beforeEach(() => {
  asked = [];
  refusal = null;
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 0));
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (init.method === 'POST') asked.push({ line: url, body: JSON.parse(String(init.body)) });
    if (init.method === 'DELETE') asked.push({ line: url, body: null });
    const refused = init.method === 'POST' && refusal;
    const answer = refused || { reasons: [], dispositions: [], queues: [], seq: '1' };
    return new Response(JSON.stringify(answer), {
      status: refused ? 409 : 200,
      headers: { 'Content-Type': 'application/json' },
    });
  });
});
afterEach(() => {
  live.clear();
  live.flush();
  vi.unstubAllGlobals();
});

function board(agents: LiveAgent[], interactions: LiveInteraction[]) {
  act(() => {
    live.apply({ k: 's', topic: 'board', seq: '1', now: Date.now(), agents, queues: [], interactions });
    live.flush();
  });
}
const show = (node: ReactNode, who: Me = me) =>
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <MeProvider me={who}>
          <ConfirmProvider>{node}</ConfirmProvider>
        </MeProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );

describe('what can be done with a customer', () => {
  it.each([
    ['waiting', {}, true, false],
    ['offered', { agent_id: 3 }, true, true],
    ['connected', { agent_id: 3 }, false, true],
    ['connected', { agent_id: 3, queue_id: null }, false, false],
    ['in_flow', {}, false, false],
    ['offered', { direction: 'internal', queue_id: null } as const, false, false],
  ])('%s %o', (phase, more, assign, takeBack) => {
    const may = handsOn(interaction('1', phase, more));
    expect([may.assign, may.takeBack]).toEqual([assign, takeBack]);
  });
  it('calls those who are there and free, ready or not', () => {
    expect(canBeCalled('not_ready', true)).toBe(true);
    expect(canBeCalled('ready', false)).toBe(false);
    expect(canBeCalled('connected', true)).toBe(false);
  });
});

describe('the list of those who wait', () => {
  const people = [
    agent(3, 'Борис Орлов', 'connected'),
    agent(4, 'Вера Котова', 'not_ready'),
    agent(5, 'Глеб Сомов', 'ready'),
    agent(6, 'Ушедший', 'signed_out'),
  ];

  it('gives a customer to an agent by keyboard alone', async () => {
    board(people, [interaction('901', 'waiting'), interaction('902', 'offered', { direction: 'internal' })]);
    show(<WaitingList queue={null} />);
    const rows = await screen.findAllByRole('button');
    expect(rows).toHaveLength(1);
    await userEvent.tab();
    await userEvent.keyboard('{Enter}');
    const options = await screen.findAllByRole('option');
    expect(options.map((it) => it.getAttribute('aria-disabled'))).toEqual([null, null, 'true']);
    expect(options[0]?.textContent).toContain('Глеб Сомов');
    expect(options[1]?.textContent).toContain('зазвонит и так');
    const found = await axe.run(document.body, {
      rules: { region: { enabled: false }, 'color-contrast': { enabled: false } },
    });
    expect(found.violations.map((it) => `${it.id}: ${it.nodes[0]?.html}`)).toEqual([]);
    await userEvent.keyboard('вера{Enter}');
    await waitFor(() =>
      expect(asked).toEqual([{ line: '/api/v1/interactions/901/assign', body: { agent_id: 4 } }]),
    );
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('takes a promised call back, asked twice', async () => {
    board(people, [interaction('905', 'waiting', { is_callback: true })]);
    show(<WaitingList queue={null} />);
    await userEvent.click(await screen.findByRole('button'));
    await userEvent.click(await screen.findByRole('button', { name: 'Отменить обещанный звонок' }));
    expect(asked).toEqual([]);
    await userEvent.click(await screen.findByRole('button', { name: 'Клиенту не позвонят. Точно?' }));
    await waitFor(() => expect(asked).toEqual([{ line: '/api/v1/interactions/905/callback', body: null }]));
  });

  it('counts those whom the centre sent outside', async () => {
    board(people, [interaction('903', 'outside'), interaction('904', 'outside', { queue_id: 7 })]);
    show(<WaitingList queue={null} />);
    expect(await screen.findByText(/2 клиента говорят снаружи/)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('says why it was refused, about the agent and not about oneself', async () => {
    board(people, [interaction('901', 'waiting')]);
    show(<WaitingList queue={null} />);
    await userEvent.click(await screen.findByRole('button'));
    await screen.findAllByRole('option');
    refusal = { code: 'agent_busy' };
    await userEvent.keyboard('{Enter}');
    await screen.findByText('Он только что занялся другим обращением.');
    expect(screen.getByRole('dialog')).toBeTruthy();
  });

  it('lets go of one who does not wait any more', async () => {
    board(people, [interaction('901', 'waiting')]);
    show(<WaitingList queue={null} />);
    await userEvent.click(await screen.findByRole('button'));
    await screen.findAllByRole('option');
    board(people, [interaction('901', 'connected', { agent_id: 5 })]);
    await screen.findByText('Клиент уже не ждёт ответа.');
    expect(screen.getByRole('button', { name: /Назначить/ })).toHaveProperty('disabled', true);
    await userEvent.keyboard('{Enter}');
    expect(asked).toEqual([]);
  });

  it('is only read by one who does not direct agents', async () => {
    board(people, [interaction('901', 'waiting')]);
    show(<WaitingList queue={null} />, { ...me, rights: ['watch.board'] });
    await screen.findByText('Дарья Ершова');
    expect(screen.queryByRole('button')).toBeNull();
  });
});

describe('a talk in an agent’s hands', () => {
  const boris = agent(3, 'Борис Орлов', 'connected', { interaction_id: '901' });

  it('is broken off only after a question', async () => {
    board([boris], [interaction('901', 'connected', { agent_id: 3 })]);
    show(<InHand agent={boris} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Забрать себе' }));
    const question = await screen.findByRole('dialog');
    expect(question.textContent).toContain('Борис Орлов занимается этим клиентом');
    expect(asked).toEqual([]);
    await userEvent.click(within(question).getByRole('button', { name: 'Забрать себе' }));
    await waitFor(() =>
      expect(asked).toEqual([{ line: '/api/v1/interactions/901/pull', body: { onto_me: true } }]),
    );
  });

  it('that only rings goes back to the queue at once, and a refusal stays on screen', async () => {
    board([boris], [interaction('901', 'offered', { agent_id: 3 })]);
    refusal = { code: 'wrong_phase' };
    show(<InHand agent={boris} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Вернуть в очередь' }));
    await screen.findByText('Поздно: с клиентом уже что-то другое.');
    expect(asked).toEqual([{ line: '/api/v1/interactions/901/pull', body: { onto_me: false } }]);
  });

  it('is not shown when the customer is another agent’s by now', async () => {
    board([boris], [interaction('901', 'connected', { agent_id: 5 })]);
    const { container } = show(<InHand agent={boris} />);
    expect(container.querySelector('section')).toBeNull();
  });
});
