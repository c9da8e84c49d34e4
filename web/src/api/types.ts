/* Shapes of the answers that the agent's side reads. */

export interface Me {
  person_id: number;
  login: string;
  name: string;
  language: 'ru' | 'en';
  theme: Theme;
  density: Density;
  rights: string[];
  /** May take calls. */
  agent: boolean;
  teams: { id: number; name: string }[];
  must_change_password: boolean;
  preferences: Preferences;
  zone: string;
  country: string;
}

export type Theme = 'light' | 'dark' | 'auto';
export type Density = 'compact' | 'normal' | 'comfortable';

export interface Preferences {
  melody: string;
  ring_volume: number;
  microphone_id: string;
  speaker_id: string;
  ringer_id: string;
  keys: Record<string, string>;
}
/** Only what is given changes. */
export interface PreferencesChange extends Partial<Preferences> {
  language?: 'ru' | 'en';
  theme?: Theme;
  density?: Density;
}

export interface PublicFacts {
  name: string;
  version: string;
  build: string;
  languages: string[];
  is_demo: boolean;
  channel: 'asterisk' | 'simulator';
  phone_codec: string;
}

export interface PhoneAccess {
  kind: 'browser' | 'sip' | 'simulated';
  uri: string;
  login: string;
  password: string;
  domain: string;
  codecs: string[];
  ice_servers: RTCIceServer[];
  rescue_timeout_seconds: number;
}

export interface SignIn {
  id: number;
  started_at: string;
  last_seen_at: string;
  address: string;
  browser: string;
  is_this: boolean;
}

export type DispositionKind = 'main_sale' | 'add_on_sale' | 'lead' | 'service' | 'wrong_number' | 'spam';

export interface Reason {
  id: number;
  name_ru: string;
  name_en: string;
  max_seconds: number | null;
  is_paid: boolean;
  needs_permission: boolean;
}
export interface Disposition {
  id: number;
  name_ru: string;
  name_en: string;
  kind: DispositionKind;
  /** Empty: for every queue. */
  queue_ids: number[];
  is_active?: boolean;
}
export interface QueueName {
  id: number;
  name: string;
  project_name: string | null;
  color: string | null;
}
export interface DeskSettings {
  reasons: Reason[];
  dispositions: Disposition[];
  queues: QueueName[];
}

export interface OwnCall {
  interaction_id: string;
  direction: 'inbound' | 'outbound';
  number: string;
  customer_name: string;
  party_id: string | null;
  queue_id: number | null;
  started_at: string;
  talk_seconds: number | null;
  disposition_id: number | null;
  outcome: string | null;
}
export interface OwnDay {
  handled: number;
  aht_seconds: number | null;
  occupancy: number | null;
  ready_seconds: number;
  not_ready_seconds: number;
  missed_offers: number;
  signed_in_seconds: number;
}
export interface MissedCall {
  interaction_id: string;
  number: string;
  customer_name: string;
  party_id: string | null;
  queue_id: number | null;
  number_called: string;
  arrived_at: string;
  waited_seconds: number | null;
  reason: string;
  tries_since: number;
  handled_by_interaction_id: string | null;
}
export interface EarlierInteraction {
  interaction_id: string;
  started_at: string;
  direction: 'inbound' | 'outbound';
  queue_id: number | null;
  agent_name: string;
  talk_seconds: number;
  disposition: string;
  disposition_id: number | null;
  outcome: string;
  note: string;
}
export interface Customer {
  /** Null until something is saved. */
  customer_id: number | null;
  name: string;
  note: string;
  company: string;
  numbers: string[];
  interactions: EarlierInteraction[];
}
