import { type ComponentType, lazy } from 'react';
import { withWords } from '~/i18n';
import type { Chosen, Preset } from '~/lib/period';
import { CounterReport } from './CounterReport';

export type Kind =
  | 'page'
  | 'days'
  | 'intervals'
  | 'levels'
  | 'heat'
  | 'waits'
  | 'agents'
  | 'timesheet'
  | 'agent_day'
  | 'teams'
  | 'moves'
  | 'outcomes'
  | 'repeats'
  | 'numbers'
  | 'links'
  | 'alerts'
  | 'sales'
  | 'costs'
  | 'growth';
export type Group = 'queues' | 'agents' | 'customers' | 'quality' | 'business';
export const GROUPS: readonly Group[] = ['queues', 'agents', 'customers', 'quality', 'business'];

export type Ask = Record<string, string | number | boolean | readonly string[] | undefined>;

/** What every report is drawn with; what it shows beside stands in the address. */
export interface ReportProps {
  kind: Kind;
  period: Chosen;
  today: string;
  path: string;
  /** What the server is asked: days, filters and the report's own choices. The file is asked the same. */
  ask: Ask;
  /** A log that was imported: its queues and agents are not those of the own centre. */
  isForeign: boolean;
}

/** Filters and switches of the line at the top. own_days: it picks its days itself. */
type Takes = 'own_days' | 'source' | 'queue' | 'team' | 'compare' | 'meant' | 'chart';

export interface Report {
  kind: Kind;
  group: Group;
  View: ComponentType<ReportProps>;
  takes: readonly Takes[];
  /** The period of a first look. */
  usual: Preset;
  path: string;
  /** The server makes a file of it. */
  exports: boolean;
  /** What it adds to the question, read from the address. */
  asks: (address: Record<string, string>) => Ask;
  /** What a file is asked beside: which of its tables. */
  files: (address: Record<string, string>) => Ask;
  /** Whose definitions stand behind its "i". */
  measures: string;
  /** The right that it takes beside that to see reports. */
  right: string | null;
}

const report = (
  kind: Kind,
  group: Group,
  View: ComponentType<ReportProps>,
  takes: readonly Takes[],
  more: Partial<Report> = {},
): Report => ({
  kind,
  group,
  View,
  takes,
  usual: 'last_7',
  path: `/api/v1/reports/${kind}`,
  exports: true,
  asks: () => ({}),
  files: () => ({}),
  measures: 'queues',
  right: null,
  ...more,
});

const wordsToo = (load: () => Promise<{ default: ComponentType<ReportProps> }>) =>
  lazy(async () => (await Promise.all([load(), withWords('catalogue')]))[0]);
const wholeNumber = (text: string | undefined): string | undefined =>
  text && /^\d{1,3}$/.test(text) ? text : undefined;

/** Views that bring filters and files of their own, and the words of agents' attendance. */
const attended = (load: () => Promise<{ default: ComponentType<ReportProps> }>) =>
  lazy(async () => (await Promise.all([load(), withWords('attendance')]))[0]);
const OWN_FILES = { exports: false };

/* Every report is one line here, its title and sentence in reports.json (`kind`, `about`), and a view of its own
   that is loaded when it is opened. */
export const REPORTS: readonly Report[] = [
  report('days', 'queues', CounterReport, ['source', 'queue', 'compare', 'meant', 'chart']),
  report('intervals', 'queues', CounterReport, ['source', 'queue', 'compare', 'meant', 'chart'], {
    usual: 'today',
  }),
  report(
    'page',
    'queues',
    attended(() => import('./SummaryView')),
    ['own_days'],
    { ...OWN_FILES, measures: 'page' },
  ),
  report(
    'levels',
    'queues',
    wordsToo(() => import('./LevelCalendar')),
    ['source', 'queue', 'meant'],
    { usual: 'this_month', path: '/api/v1/reports/days' },
  ),
  report(
    'heat',
    'queues',
    wordsToo(() => import('./HeatView')),
    ['source', 'queue'],
    {
      usual: 'last_30',
      asks: ({ rows }) => (rows === 'day' ? { rows } : {}),
      measures: 'heat',
    },
  ),
  report(
    'waits',
    'queues',
    wordsToo(() => import('./WaitView')),
    ['source', 'queue'],
    {
      asks: ({ step }) => ({ step_seconds: wholeNumber(step) }),
      files: ({ table }) => (table === 'steps' ? { table } : {}),
      measures: 'waits',
    },
  ),
  report('agents', 'agents', CounterReport, ['source', 'team', 'compare', 'chart'], { measures: 'agents' }),
  report(
    'timesheet',
    'agents',
    attended(() => import('./TimesheetView')),
    [],
    OWN_FILES,
  ),
  report(
    'agent_day',
    'agents',
    attended(() => import('./AgentDayView')),
    ['own_days'],
    OWN_FILES,
  ),
  report(
    'teams',
    'agents',
    attended(() => import('./TeamsView')),
    [],
    OWN_FILES,
  ),
  report(
    'moves',
    'agents',
    lazy(() => import('./MoveReportView')),
    [],
    {
      asks: ({ moves }) => ({ at_least: moves === '1' || moves === '3' ? moves : undefined }),
    },
  ),
  report(
    'repeats',
    'customers',
    wordsToo(() => import('./RepeatView')),
    ['source', 'queue'],
    {
      usual: 'last_30',
      asks: ({ days, same_queue }) => ({
        days: wholeNumber(days),
        ...(same_queue === 'true' ? { same_queue: true } : {}),
      }),
      files: ({ table }) => (table === 'customers' ? { table } : {}),
      measures: 'repeats',
    },
  ),
  report(
    'numbers',
    'customers',
    wordsToo(() => import('./NumberView')),
    ['source'],
    { measures: 'calls' },
  ),
  report(
    'outcomes',
    'quality',
    wordsToo(() => import('./OutcomeView')),
    ['queue'],
    {
      asks: ({ split }) => (split === 'queue' || split === 'agent' ? { by: split } : {}),
      measures: 'outcomes',
    },
  ),
  report(
    'links',
    'quality',
    lazy(async () => (await Promise.all([import('./LinkReportView'), withWords('link')]))[0]),
    [],
    {
      asks: ({ links_by }) => (links_by === 'trunk' || links_by === 'queue' ? { by: links_by } : {}),
    },
  ),
  report(
    'alerts',
    'quality',
    lazy(
      async () =>
        (await Promise.all([import('./AlertReportView'), withWords('alerts'), withWords('catalogue')]))[0],
    ),
    ['queue', 'compare'],
    {
      asks: ({ severity, scope, rule }) => ({ severity, scope, rule: wholeNumber(rule) }),
      files: ({ table }) => (table === 'rules' ? { table } : {}),
      measures: 'alerts',
    },
  ),
  report(
    'sales',
    'business',
    wordsToo(() => import('./SaleView')),
    ['queue', 'team', 'compare'],
    {
      usual: 'last_30',
      asks: ({ split }) => (split === 'queue' || split === 'day' ? { by: split } : {}),
      measures: 'sales',
    },
  ),
  report(
    'costs',
    'business',
    wordsToo(() => import('./CostView')),
    ['queue', 'team', 'compare'],
    {
      usual: 'this_month',
      asks: ({ split }) => (split === 'team' || split === 'day' ? { by: split } : {}),
      measures: 'costs',
      right: 'view.costs',
    },
  ),
  report(
    'growth',
    'business',
    wordsToo(() => import('./GrowthView')),
    ['queue', 'team', 'compare'],
    {
      usual: 'last_30',
      asks: ({ weeks }) => ({ weeks: wholeNumber(weeks) }),
      files: ({ table }) => ({ table: ['weeks', 'peaks', 'queues'].find((it) => it === table) }),
      measures: 'growth',
    },
  ),
];
const FIRST = REPORTS[0]!;

/** Those that can be asked: of an imported log only what its lines tell, and what a person may see. */
export const reportsOf = (
  isForeign: boolean,
  may: (right: string) => boolean = () => true,
): readonly Report[] =>
  REPORTS.filter((it) => (!isForeign || it.takes.includes('source')) && (!it.right || may(it.right)));

export const reportOf = (kind: string | undefined, isForeign: boolean): Report =>
  reportsOf(isForeign).find((it) => it.kind === kind) ?? FIRST;

/** The address without what belongs to one report only. */
export const leaving = (address: Record<string, string>): Record<string, null> =>
  Object.fromEntries(
    Object.keys(address)
      .filter((name) => !SHARED.has(name))
      .map((name) => [name, null]),
  );
const SHARED: ReadonlySet<string> = new Set([
  'by',
  'period',
  'from',
  'to',
  'source',
  'queue',
  'team',
  'compare',
  'meant',
  'chart',
  'mailed',
]);
