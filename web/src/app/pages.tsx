import {
  Activity,
  AudioLines,
  BookUser,
  Calculator,
  ChartColumn,
  Headset,
  LayoutDashboard,
  type LucideIcon,
  MessageSquareHeart,
  MessagesSquare,
  PhoneMissed,
  SlidersHorizontal,
  Voicemail,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { holds } from '~/api/session';
import type { Me } from '~/api/types';
import { withWords } from '~/i18n';
import type { LaterWords } from '~/i18n/ru';

export type PageKey =
  | 'desk'
  | 'live'
  | 'interactions'
  | 'missed'
  | 'voicemail'
  | 'recordings'
  | 'reports'
  | 'feedback'
  | 'planning'
  | 'colleagues'
  | 'admin'
  | 'settings'
  | 'alerts'
  | 'dashboards'
  | 'callbacks';

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
const administers = (me: Me) => holds(me, 'manage.*') || holds(me, 'view.history') || holds(me, 'view.audit');

/** A page whose words are not in the first load. */
const withItsWords =
  (area: keyof LaterWords, load: PageLine['load']): PageLine['load'] =>
  async () => {
    const [page] = await Promise.all([load(), withWords(area)]);
    return page;
  };

/* A new page is one line here and its words in i18n/<language>/<area>.json. */
export const PAGES: readonly PageLine[] = [
  {
    path: '/desk',
    key: 'desk',
    icon: Headset,
    go: 'KeyD',
    isSeenBy: (me) => me.agent,
    load: withItsWords('transfer', () => import('~/pages/desk/Page')),
  },
  {
    path: '/live',
    key: 'live',
    icon: Activity,
    go: 'KeyL',
    isSeenBy: (me) => holds(me, 'watch.board'),
    load: withItsWords(
      'transfer',
      withItsWords(
        'link',
        withItsWords(
          'team',
          withItsWords('supervision', () => import('~/pages/live/Page')),
        ),
      ),
    ),
  },
  {
    path: '/dashboards',
    key: 'dashboards',
    icon: LayoutDashboard,
    go: 'KeyO',
    isSeenBy: (me) => holds(me, 'watch.board') || holds(me, 'watch.wall'),
    load: withItsWords('dashboards', () => import('~/pages/dashboards/Page')),
  },
  {
    path: '/interactions',
    key: 'interactions',
    icon: MessagesSquare,
    go: 'KeyI',
    isSeenBy: (me) => holds(me, 'view.interactions'),
    load: withItsWords(
      'link',
      withItsWords('interactions', () => import('~/pages/interactions/Page')),
    ),
  },
  {
    path: '/missed',
    key: 'missed',
    icon: PhoneMissed,
    go: 'KeyM',
    isSeenBy: (me) => holds(me, 'view.missed'),
    load: withItsWords('missed', () => import('~/pages/missed/Page')),
  },
  {
    path: '/voicemail',
    key: 'voicemail',
    icon: Voicemail,
    go: 'KeyV',
    isSeenBy: (me) => holds(me, 'view.missed'),
    load: withItsWords('voicemail', () => import('~/pages/voicemail/Page')),
  },
  {
    path: '/recordings',
    key: 'recordings',
    icon: AudioLines,
    go: 'KeyE',
    isSeenBy: (me) => holds(me, 'listen.recordings'),
    load: withItsWords('recordings', () => import('~/pages/recordings/Page')),
  },
  {
    path: '/reports',
    key: 'reports',
    icon: ChartColumn,
    go: 'KeyR',
    isSeenBy: (me) => holds(me, 'view.reports'),
    load: withItsWords(
      'link',
      withItsWords('reports', () => import('~/pages/reports/Page')),
    ),
  },
  {
    path: '/feedback',
    key: 'feedback',
    icon: MessageSquareHeart,
    go: 'KeyF',
    isSeenBy: (me) => holds(me, 'view.reports'),
    load: withItsWords('feedback', () => import('~/pages/feedback/Page')),
  },
  {
    path: '/planning',
    key: 'planning',
    icon: Calculator,
    go: 'KeyP',
    isSeenBy: (me) => holds(me, 'plan.work'),
    load: withItsWords('planning', () => import('~/pages/planning/Page')),
  },
  {
    path: '/colleagues',
    key: 'colleagues',
    icon: BookUser,
    go: 'KeyB',
    isSeenBy: (me) => me.agent || holds(me, 'direct.agents') || holds(me, 'manage.directory'),
    load: withItsWords('colleagues', () => import('~/pages/colleagues/Page')),
  },
  {
    path: '/admin',
    key: 'admin',
    icon: SlidersHorizontal,
    go: 'KeyA',
    isSeenBy: administers,
    load: withItsWords('admin', () => import('~/pages/admin/Page')),
  },
  {
    path: '/settings',
    key: 'settings',
    go: 'KeyS',
    isSeenBy: everyone,
    load: withItsWords('settings', () => import('~/pages/settings/Page')),
  },
];

/* Reached from another page only. */
export const SUBPAGES: readonly PageLine[] = [
  {
    path: '/callbacks',
    key: 'callbacks',
    isSeenBy: (me) => holds(me, 'direct.agents'),
    load: withItsWords('callbacks', () => import('~/pages/callbacks/Page')),
  },
  {
    path: '/alerts',
    key: 'alerts',
    isSeenBy: (me) => holds(me, 'watch.board'),
    load: withItsWords('alerts', () => import('~/pages/alerts/Page')),
  },
  {
    path: '/interactions/$id',
    key: 'interactions',
    isSeenBy: (me) => holds(me, 'view.interactions') || me.agent,
    load: withItsWords(
      'link',
      withItsWords('interactions', () => import('~/pages/interactions/One')),
    ),
  },
  {
    path: '/admin/$area',
    key: 'admin',
    isSeenBy: administers,
    load: withItsWords('admin', () => import('~/pages/admin/Page')),
  },
];

export const firstPage = (me: Me): string => PAGES.find((page) => page.isSeenBy(me))?.path ?? '/settings';
