/* The live feed, as the server sends it: a snapshot per topic, then what changed. */

import type { AgentState } from '~/lib/state';

/** How good a link is now: E-model. `cause`: what takes most from it. */
export interface LiveLink {
  mos: number;
  grade: 'good' | 'fair' | 'bad';
  cause: 'loss' | 'delay' | 'jitter';
  loss_percent: number;
  jitter_ms: number;
  round_trip_ms: number | null;
}

export interface LiveAgent {
  id: number;
  name: string;
  team_id: number | null;
  state: AgentState;
  reason_id: number | null;
  /** Who made the agent not ready: the person, or a rule of the engine. */
  cause: string | null;
  since_ms: number;
  queue_id: number | null;
  interaction_id: string | null;
  direction: 'inbound' | 'outbound' | 'internal' | null;
  /** What follows the present interaction. */
  intent: 'ready' | 'not_ready' | 'signed_out' | null;
  intent_reason_id: number | null;
  deadline_ms: number | null;
  /** The device is registered. */
  reachable: boolean;
  handled: number;
  aht_ms: number | null;
  occupancy: number | null;
  missed: number;
  /** Which side of the work the agent does now, and what says so: a plan, the load, a supervisor. */
  mode: 'inbound' | 'outbound' | 'blended';
  mode_rule: string;
  /** Kept for a campaign's call until then. */
  reserved_until_ms?: number | null;
  /** Why a break is proposed, with what was handled and worked without one by then. */
  guard?: 'handled' | 'streak' | null;
  guard_handled?: number;
  guard_streak_ms?: number;
  /** Other queues for a while; `loan_is_only`: and no others. */
  loan_queue_ids?: number[];
  loan_until_ms?: number | null;
  loan_is_only?: boolean;
  /** Of his own link in the talk of now; null while nobody measured it. */
  link_mos?: number | null;
}

export interface LiveQueue {
  id: number;
  name: string;
  project_id: number | null;
  project_name: string | null;
  color: string | null;
  waiting: number;
  longest_since_ms: number | null;
  offered: number;
  answered: number;
  abandoned: number;
  short_abandons: number;
  overflows: number;
  in_sl: number;
  service_level: number | null;
  service_level_strict: number | null;
  target: number;
  threshold_seconds: number;
  wait_ms_total: number;
  agents_ready: number;
  agents_busy: number;
  agents_signed_in: number;
  is_closed?: boolean;
  /** Of the service level; since: the site's day from which it is defined so, null: by the queue's settings. */
  level_formula?: string;
  level_since?: string | null;
}

/** monitor: nobody hears the supervisor; whisper: the agent does; barge: all do. */
export type SupervisionMode = 'monitor' | 'whisper' | 'barge';

/** A supervisor who listens to a talk. */
export interface Watcher {
  id: number;
  name: string;
  mode: SupervisionMode;
  since_ms: number;
}

/** The talk to which the reader listens. */
export interface DeskSupervision {
  interaction_id: string;
  agent_id: number;
  agent_name: string;
  mode: SupervisionMode;
  since_ms: number;
}

export interface LiveInteraction {
  id: string;
  phase: string;
  queue_id: number | null;
  number_masked: string | null;
  customer_name: string | null;
  agent_id: number | null;
  since_ms: number;
  queued_ms: number | null;
  deadline_ms: number | null;
  direction: 'inbound' | 'outbound' | 'internal' | null;
  priority: number;
  /** A promised call. */
  is_callback: boolean;
  /** Nothing is recorded since then, because card data is being said; when its agent is asked if it is over. */
  card_since_ms?: number | null;
  card_asks_ms?: number | null;
  watchers?: Watcher[];
  /** Of the worst link in the talk, and of its two sides. */
  link_mos?: number | null;
  agent_link?: LiveLink | null;
  customer_link?: LiveLink | null;
}

/** Whom the agent asks about his customer: a colleague or a queue by name, or a number. */
export interface DeskConsult {
  id: string;
  phase: string;
  agent_id: number | null;
  name: string;
  queue_name: string;
  number: string;
  since_ms: number;
}

/** Whom he asked and did not get. `reason`: an end reason; busy: said no. */
export interface DeskFailedConsult {
  name: string;
  queue_name: string;
  number: string;
  reason: string;
  at_ms: number;
  /** A colleague who may be asked again. */
  agent_id: number | null;
}

/** One more in a conference. */
export interface DeskParticipant {
  id: string;
  agent_id: number | null;
  name: string;
  number: string;
}

export interface DeskInteraction {
  id: string;
  phase: string;
  direction: 'inbound' | 'outbound' | 'internal';
  queue_id: number | null;
  queue_name: string | null;
  project_name: string | null;
  color: string | null;
  number: string | null;
  number_called: string | null;
  party_id: string | number | null;
  customer_name: string | null;
  offer_id: string | null;
  deadline_ms: number | null;
  since_ms: number;
  connected_ms: number | null;
  disposition_id: number | null;
  note: string | null;
  priority: number;
  callback_of: string | null;
  /** A promised call: it is dialled once the agent takes it. */
  is_callback: boolean;
  /** What the agent says first, of the queue. */
  greeting: string;
  /** `caller`: of an internal call. */
  role: 'owner' | 'conferee' | 'caller';
  /** Of a consultation: the customer's interaction that it is about, whose customer is shown. */
  about: string | null;
  about_note: string;
  /** Who calls, asks or transferred it, or whose conference it is. */
  colleague: string;
  consult: DeskConsult | null;
  failed_consult: DeskFailedConsult | null;
  /** When the desk reminds of a customer who is held. */
  hold_reminds_ms?: number | null;
  /** Nothing is recorded since then, because card data is being said; when the agent is asked if it is over. */
  card_since_ms?: number | null;
  card_asks_ms?: number | null;
  others: DeskParticipant[];
  agent_link?: LiveLink | null;
  customer_link?: LiveLink | null;
  /** Offered to the very agent who transferred it. */
  is_return: boolean;
}

/** What the server allows at this moment; buttons are drawn from it. */
export type DeskAction =
  | 'ready'
  | 'not_ready'
  | 'sign_out'
  | 'answer'
  | 'decline'
  | 'hold'
  | 'resume'
  | 'hang_up'
  | 'keys'
  | 'dial'
  | 'extend_wrap_up'
  | 'finish_wrap_up'
  | 'outcome'
  | 'transfer'
  | 'consult'
  | 'swap'
  | 'complete'
  | 'cancel_consult'
  | 'conference'
  | 'leave'
  | 'remove'
  | 'call_colleague'
  | 'pause_for_card'
  | 'keep_card_pause'
  | 'end_card_pause';

export interface DeskBody {
  agent: LiveAgent | null;
  interaction: DeskInteraction | null;
  wrap_up: { interaction_id: string; deadline_ms: number; limit_ms: number | null } | null;
  actions: DeskAction[];
  missed_count: number;
  supervision?: DeskSupervision | null;
  waiting: { queue_id: number; waiting: number; longest_since_ms: number | null }[];
}

export interface BoardBody {
  agents: LiveAgent[];
  queues: LiveQueue[];
  interactions: LiveInteraction[];
}

export interface BannerItem {
  code: string;
  level: 'bad' | 'warn' | 'info';
  facts: Record<string, unknown>;
}

export type DashboardTopic = `dashboard.${number}`;
export type Topic = 'desk' | 'board' | DashboardTopic;
/** Of a topic that a page folds by itself. */
export interface OtherMessage {
  k: 's' | 'd';
  tiles: unknown[];
}

type Stamp = { seq: string; now: number };
/** Something that no topic holds is new; of chat with the message itself. */
export interface News {
  k: 'news' | 'no' | 'wall';
  what?: string;
  message?: unknown;
  /** Of `no`: what may not be watched. */
  topic?: string;
}

export type ServerMessage =
  | ({ k: 's'; topic: 'board'; build?: string } & Stamp & BoardBody)
  | ({ k: 's'; topic: 'desk'; build?: string } & Stamp & DeskBody)
  | ({ k: 'd'; topic: 'board'; prev: string } & Stamp & BoardDelta)
  | ({ k: 'd'; topic: 'desk'; prev: string } & Stamp & Partial<DeskBody>)
  | { k: 'k'; now: number; build?: string }
  | { k: 'bye'; code: string }
  | { k: 'banner'; items: BannerItem[] }
  | News;

export interface BoardDelta {
  agents?: (Partial<LiveAgent> & { id: number })[];
  queues?: (Partial<LiveQueue> & { id: number })[];
  interactions?: (Partial<LiveInteraction> & { id: string })[];
  gone?: { agents?: number[]; queues?: number[]; interactions?: string[] };
}
