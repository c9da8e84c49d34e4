import {
  AlarmClock,
  AppWindow,
  Archive,
  ArrowLeftRight,
  AudioLines,
  Banknote,
  BellPlus,
  BookOpenCheck,
  Briefcase,
  Building2,
  Clock,
  Coffee,
  Contact,
  DatabaseBackup,
  GraduationCap,
  Hash,
  History,
  KeyRound,
  ListOrdered,
  type LucideIcon,
  Mail,
  MailCheck,
  Megaphone,
  Network,
  PhoneForwarded,
  PhoneOff,
  Plug,
  ScrollText,
  ShieldCheck,
  Tv,
  UserRound,
  UsersRound,
  Webhook,
  Workflow,
} from 'lucide-react';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { holds } from '~/api/session';
import type { Me } from '~/api/types';
import { withWords } from '~/i18n';

export type AreaKey =
  | 'people'
  | 'roles'
  | 'teams'
  | 'skills'
  | 'queues'
  | 'plans'
  | 'numbers'
  | 'emergency'
  | 'blocked'
  | 'flows'
  | 'prompts'
  | 'hours'
  | 'trunks'
  | 'outside'
  | 'systems'
  | 'projects'
  | 'customers'
  | 'alert-rules'
  | 'receivers'
  | 'delivery-ways'
  | 'deliveries'
  | 'webhooks'
  | 'screen-pops'
  | 'rates'
  | 'reasons'
  | 'dispositions'
  | 'site'
  | 'retention'
  | 'sources'
  | 'tokens'
  | 'walls'
  | 'history'
  | 'audit';
export type AreaGroup = 'people' | 'calls' | 'work' | 'system';

export interface AreaLine {
  key: AreaKey;
  group: AreaGroup;
  icon: LucideIcon;
  rights: readonly string[];
  Content: LazyExoticComponent<ComponentType>;
}

const line = (
  key: AreaKey,
  group: AreaGroup,
  icon: LucideIcon,
  rights: readonly string[],
  load: () => Promise<{ default: ComponentType }>,
): AreaLine => ({ key, group, icon, rights, Content: lazy(load) });

/* What can be set up, in the order of the list at the left; each only for whoever may. */
export const AREAS: readonly AreaLine[] = [
  line('people', 'people', UserRound, ['manage.people'], () => import('./People')),
  line('roles', 'people', ShieldCheck, ['manage.roles'], () => import('./Roles')),
  line('teams', 'people', UsersRound, ['manage.teams'], () => import('./Teams')),
  line('skills', 'people', GraduationCap, ['manage.skills'], () => import('./Skills')),
  line('emergency', 'calls', Megaphone, ['announce.emergency'], () => import('./Emergency')),
  line('queues', 'calls', ListOrdered, ['manage.queues'], () => import('./Queues')),
  line('plans', 'calls', ArrowLeftRight, ['manage.queues'], () => import('./Plans')),
  line('numbers', 'calls', Hash, ['manage.numbers'], () => import('./Numbers')),
  line('blocked', 'calls', PhoneOff, ['manage.blocked'], () => import('./Blocked')),
  line('flows', 'calls', Workflow, ['manage.flows'], () => import('./Flows')),
  line('prompts', 'calls', AudioLines, ['manage.flows'], () => import('./prompts/Prompts')),
  line('hours', 'calls', Clock, ['manage.hours'], () => import('./Hours')),
  line('trunks', 'calls', Network, ['manage.trunks'], () => import('./Trunks')),
  line('outside', 'calls', PhoneForwarded, ['manage.trunks'], () => import('./OutsideRules')),
  line('systems', 'calls', Plug, ['manage.systems'], () => import('./Systems')),
  line('screen-pops', 'calls', AppWindow, ['manage.systems'], () =>
    Promise.all([import('./ScreenPops'), withWords('alerts')]).then(([page]) => page),
  ),
  line('projects', 'calls', Briefcase, ['manage.projects'], () => import('./Projects')),
  line('customers', 'work', Contact, ['import.customers'], () => import('./Customers')),
  line('alert-rules', 'work', AlarmClock, ['manage.alerts'], () =>
    Promise.all([import('./AlertRules'), withWords('alerts')]).then(([page]) => page),
  ),
  line('receivers', 'work', BellPlus, ['manage.deliveries'], () => import('./Receivers')),
  line('reasons', 'work', Coffee, ['manage.reasons'], () => import('./Reasons')),
  line('dispositions', 'work', BookOpenCheck, ['manage.dispositions'], () => import('./Dispositions')),
  line('rates', 'work', Banknote, ['manage.rates'], () =>
    Promise.all([import('./Rates'), withWords('rates')]).then(([page]) => page),
  ),
  line('site', 'system', Building2, ['manage.site'], () => import('./Site')),
  line('delivery-ways', 'system', Mail, ['manage.deliveries'], () => import('./DeliveryWays')),
  line('deliveries', 'system', MailCheck, ['manage.deliveries'], () => import('./Deliveries')),
  line('webhooks', 'system', Webhook, ['manage.webhooks'], () =>
    Promise.all([import('./Webhooks'), withWords('alerts')]).then(([page]) => page),
  ),
  line('retention', 'system', Archive, ['manage.recordings'], () => import('./Retention')),
  line('sources', 'system', DatabaseBackup, ['manage.site'], () => import('./Sources')),
  line('tokens', 'system', KeyRound, ['manage.tokens'], () => import('./Tokens')),
  line('walls', 'system', Tv, ['manage.tokens'], () => import('./Walls')),
  line('history', 'system', History, ['view.history'], () => import('./History')),
  line('audit', 'system', ScrollText, ['view.audit'], () => import('./Audit')),
];
export const GROUPS: readonly AreaGroup[] = ['people', 'calls', 'work', 'system'];

export const areasOf = (me: Pick<Me, 'rights'>): AreaLine[] =>
  AREAS.filter((area) => area.rights.some((right) => holds(me, right)));
