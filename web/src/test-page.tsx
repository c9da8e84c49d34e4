/* Puts one page on a screen without a server: an address, a person, answers by "METHOD /path?query". */

import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  type AnyRouter,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RouteComponent,
  RouterProvider,
} from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { vi } from 'vitest';
import { MeProvider } from '~/api/session';
import type { Me } from '~/api/types';
import { parseSearch, stringifySearch } from '~/lib/search';
import { ConfirmProvider } from '~/ui/Confirm';

export const somebody: Me = {
  person_id: 1,
  login: 'a',
  name: 'Анна Белова',
  language: 'ru',
  theme: 'light',
  density: 'normal',
  rights: [],
  agent: false,
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

export interface Asked {
  line: string;
  body: unknown;
}
export type Answer = unknown | ((asked: Asked) => Response);

export const refusal = (status: number, body: object): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

/** Answers are read at each request, so a test may change them. Gives everything that was asked. */
export function serve(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const it = { line: `${init.method} ${url}`, body: init.body ? JSON.parse(String(init.body)) : null };
    asked.push(it);
    // With the query first; without it, for tests to which it does not matter.
    const key = it.line in answers ? it.line : it.line.split('?')[0]!;
    if (!(key in answers)) return refusal(404, { code: 'not_found' });
    const answer = answers[key];
    return typeof answer === 'function'
      ? (answer as (it: Asked) => Response)(it)
      : refusal(200, answer as object);
  });
  return asked;
}

export function showPage(
  pages: Record<string, RouteComponent>,
  address: string,
  me: Partial<Me>,
): { router: AnyRouter; container: HTMLElement } {
  const root = createRootRoute({ component: Outlet });
  const router = createRouter({
    routeTree: root.addChildren(
      Object.entries(pages).map(([path, component]) =>
        createRoute({ getParentRoute: () => root, path, component }),
      ),
    ),
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch,
    stringifySearch,
    defaultPendingMinMs: 0,
  }) as unknown as AnyRouter;
  const { container } = render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MantineProvider env="test">
        <ConfirmProvider>
          <MeProvider me={{ ...somebody, ...me }}>
            <RouterProvider router={router} />
          </MeProvider>
        </ConfirmProvider>
      </MantineProvider>
    </QueryClientProvider>,
  );
  return { router, container };
}

/** Text without the no-break spaces and hyphens that figures and numbers have. */
export const plain = (node: Element | null): string =>
  (node?.textContent ?? '').replace(/[\u00a0\u202f]/g, ' ').replaceAll('\u2011', '-');
