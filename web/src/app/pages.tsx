import { Activity, Headset, type LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import { holds } from '~/api/session';
import type { Me } from '~/api/types';

export type PageKey = 'desk' | 'live' | 'interactions' | 'recordings' | 'reports' | 'admin' | 'settings';

export interface PageLine {
  path: string;
  /** Title and tooltip: `shell.page.<key>`. */
  key: PageKey;
  /** Stands in the rail; a page without an icon is reached from another one. */
  icon?: LucideIcon;
  /** "G", then this letter's key. */
  go?: string;
  isSeenBy: (me: Me) => boolean;
  load: () => Promise<{ default: ComponentType }>;
}

const everyone = () => true;

/* A new page is one line here and its words in i18n/<language>/<area>.json. */
export const PAGES: readonly PageLine[] = [
  {
    path: '/desk',
    key: 'desk',
    icon: Headset,
    go: 'KeyD',
    isSeenBy: (me) => me.agent,
    load: () => import('~/pages/desk/Page'),
  },
  {
    path: '/live',
    key: 'live',
    icon: Activity,
    go: 'KeyL',
    isSeenBy: (me) => holds(me, 'watch.board'),
    load: () => import('~/pages/live/Page'),
  },
  {
    path: '/settings',
    key: 'settings',
    go: 'KeyS',
    isSeenBy: everyone,
    load: () => import('~/pages/settings/Page'),
  },
];

export const firstPage = (me: Me): string => PAGES.find((page) => page.isSeenBy(me))?.path ?? '/settings';
