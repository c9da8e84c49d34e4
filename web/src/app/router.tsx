import {
  type AnyRouter,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { withWords } from '~/i18n';
import { parseSearch, stringifySearch } from '~/lib/search';
import { Loading } from '~/ui/Notice';
import { PageError, PageNotFound } from './Fallbacks';
import { Home, Inside, Seen } from './Inside';
import { PAGES, type PageLine, SUBPAGES } from './pages';

const root = createRootRoute({ component: Outlet, notFoundComponent: PageNotFound });

/** Everything behind the sign-in. */
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Inside });
const home = createRoute({ getParentRoute: () => inside, path: '/', component: Home });

function pageRoute(page: PageLine) {
  const Page = lazyRouteComponent(page.load) as ComponentType;
  return createRoute({
    getParentRoute: () => inside,
    path: page.path,
    component: () => (
      <Seen page={page}>
        <Page />
      </Seen>
    ),
    loader: () => void (Page as ComponentType & { preload?: () => Promise<unknown> }).preload?.(),
  });
}

const open = (path: string, load: () => Promise<{ default: ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) });

export const router = createRouter({
  parseSearch,
  stringifySearch,
  routeTree: root.addChildren([
    inside.addChildren([home, ...[...PAGES, ...SUBPAGES].map(pageRoute)]),
    open('/reset/$token', () => import('~/pages/signin/Reset')),
    open('/wall', () => import('~/pages/wall/Page')),
    open('/wall/$token', async () => {
      const [page] = await Promise.all([import('~/pages/dashboards/Wall'), withWords('dashboards')]);
      return page;
    }),
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading rows={8} />,
  defaultErrorComponent: PageError,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    // The pages come from a table, so their paths are plain text to the compiler.
    router: AnyRouter;
  }
}
