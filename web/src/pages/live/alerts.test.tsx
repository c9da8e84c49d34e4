import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AlertRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setServerNow } from '~/lib/clock';
import Alerts, { placeFilter } from './Alerts';
import * as sound from './alertSound';

vi.mock('~/api/session', () => ({ useCan: () => true }));
vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: React.ReactNode }) => <span>{children}</span>,
}));

const NOW = Date.parse('2026-11-23T09:00:00Z');
const alert = (more: Partial<AlertRow> = {}): AlertRow => ({
  id: 5,
  rule_id: 1,
  rule_name: 'Много ждут',
  figure: 'waiting',
  unit: 'count',
  side: 'above',
  limit: 5,
  severity: 'critical',
  has_sound: true,
  scope: 'queue',
  place_name: 'Продажи',
  queue_id: 3,
  team_id: null,
  agent_id: null,
  fired_at: '2026-11-23T08:58:00.000Z',
  fired_value: 6,
  worst: 9,
  cleared_at: null,
  cleared_value: null,
  cause: null,
  owner_id: null,
  owner_name: '',
  acknowledged_at: null,
  acknowledged_by: '',
  snoozed_until: null,
  snoozed_by: '',
  snooze_reason: '',
  ...more,
});

let shown: AlertRow[] = [];
const asked: { url: string; body: unknown }[] = [];
const show = (onPick = vi.fn()) => {
  const page = render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <Alerts onPick={onPick} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return { ...page, onPick };
};

beforeEach(async () => {
  await startLanguage('ru');
  await withWords('alerts');
  localStorage.clear();
  setServerNow(NOW);
  asked.length = 0;
  shown = [alert()];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (init.method === 'POST') asked.push({ url, body: JSON.parse(String(init.body)) });
    return new Response(JSON.stringify(shown), {
      status: 200,
      headers: { 'content-type': 'application/json' },
    });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('alerts above the board', () => {
  it('say what, where and how bad, and filter the board by the place', async () => {
    const { onPick, container } = show();
    await screen.findByText('Много ждут');
    expect(container.textContent).toContain('Ждут в очереди: 9 (порог 5)');
    await userEvent.click(screen.getByRole('button', { name: 'Показать на доске: Продажи' }));
    expect(onPick).toHaveBeenCalledWith({ queue: 3, team: null, find: null, state: null });
    expect(placeFilter(alert({ scope: 'agent', queue_id: null, agent_id: 4, place_name: 'Анна' })).find).toBe(
      'Анна',
    );
  });

  it('sound once for a new one, not for what was heard, sleeps or is seen to', async () => {
    const chime = vi.spyOn(sound, 'chime').mockImplementation(() => undefined);
    const page = show();
    await waitFor(() => expect(chime).toHaveBeenCalledTimes(1));
    page.unmount();
    show().unmount();
    shown = [
      alert({ id: 6, snoozed_until: '2026-11-23T10:00:00.000Z' }),
      alert({ id: 7, acknowledged_at: '2026-11-23T08:59:00.000Z' }),
    ];
    show();
    await screen.findByText(/Отложено до/);
    expect(chime).toHaveBeenCalledTimes(1);
  });

  it('are taken over by keyboard, and put to sleep with a reason only', async () => {
    show();
    const take = await screen.findByRole('button', { name: 'Беру' });
    take.focus();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(asked.at(-1)).toEqual({ url: '/api/v1/alerts/5/acknowledge', body: {} }));
    await userEvent.click(screen.getByRole('button', { name: 'Отложить' }));
    const reason = await screen.findByLabelText(/Почему/);
    const form = reason.closest('form') as HTMLFormElement;
    fireEvent.submit(form);
    fireEvent.change(reason, { target: { value: 'Рассылка' } });
    fireEvent.submit(form);
    await waitFor(() =>
      expect(asked.at(-1)).toEqual({
        url: '/api/v1/alerts/5/snooze',
        body: { minutes: 15, reason: 'Рассылка' },
      }),
    );
  });

  it('take no room while nothing fires', async () => {
    shown = [];
    const { container } = show();
    await waitFor(() => expect(container.querySelector('section')).toBeNull());
  });
});
