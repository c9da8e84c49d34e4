import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLanguage } from '~/i18n';
import { live } from '~/live/store';
import type { DeskBody } from '~/live/types';
import ScreenPop, { openPage } from './ScreenPop';

const URL = 'https://crm.example.ru/?phone=%2B79161234567';
const opened: string[] = [];
let tab: { opener: unknown; location: { replace: (url: string) => void } } | null;

const desk = (id: string | null, phase = 'offered') =>
  act(() => {
    live.desk = (id
      ? { interaction: { id, phase, role: 'owner' }, actions: [] }
      : { interaction: null, actions: [] }) as unknown as DeskBody;
    live.setLink(live.link === 'open' ? 'connecting' : 'open');
    for (const wake of ['desk'] as const) (live as unknown as { mark: (it: string) => void }).mark(wake);
    live.flush();
  });

const show = (pops: object[], id = '77') => {
  vi.stubGlobal(
    'fetch',
    async () =>
      new Response(JSON.stringify({ interaction_id: id, pops }), {
        status: 200,
        headers: { 'content-type': 'application/json' },
      }),
  );
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <ScreenPop />
      </MantineProvider>
    </QueryClientProvider>,
  );
};
const pop = (moment: string) => ({
  name: `CRM ${moment}`,
  url: `${URL}&m=${moment}`,
  moment,
  reuses_tab: true,
});

beforeEach(async () => {
  await startLanguage('ru');
  localStorage.clear();
  opened.length = 0;
  tab = { opener: {}, location: { replace: (url) => opened.push(url) } };
  vi.stubGlobal('open', () => tab);
});
afterEach(() => {
  vi.unstubAllGlobals();
  live.clear();
});

describe('a page of another system', () => {
  it('learns nothing of ours, and says when the browser forbids it', () => {
    expect(openPage({ url: URL, reuses_tab: true })).toBe(true);
    expect(tab?.opener).toBeNull();
    expect(opened).toEqual([URL]);
    tab = null;
    expect(openPage({ url: URL, reuses_tab: false })).toBe(false);
  });

  it('opens once at its moment, and stays a link', async () => {
    desk('77', 'offered');
    const page = show([pop('ring'), pop('answer')]);
    await waitFor(() => expect(opened).toEqual([`${URL}&m=ring`]));
    expect(screen.getByRole('link', { name: 'CRM answer' }).getAttribute('href')).toBe(`${URL}&m=answer`);
    desk('77', 'connected');
    await waitFor(() => expect(opened).toEqual([`${URL}&m=ring`, `${URL}&m=answer`]));
    page.unmount();
    show([pop('ring'), pop('answer')]);
    await screen.findByRole('link', { name: 'CRM ring' });
    expect(opened).toHaveLength(2);
  });

  it('is not the page of the customer before', async () => {
    desk('78', 'offered');
    show([pop('ring')], '77');
    await act(() => new Promise((done) => setTimeout(done, 50)));
    expect(opened).toEqual([]);
    expect(screen.queryByRole('link')).toBeNull();
  });

  it('is offered as a link when it could not open', async () => {
    tab = null;
    desk('79', 'offered');
    show([pop('ring')], '79');
    await screen.findByText(/разрешите всплывающие окна/);
  });
});
