/* The answers that the agent's side reads, under the names used here. They come from the generated types, so that
   a change of the API that touches them fails the type check. */

import type * as api from './gen/types.gen';

export type Preferences = Required<api.Preferences>;
export type PreferencesChange = {
  [Key in keyof api.PreferencesChange]?: NonNullable<api.PreferencesChange[Key]>;
};
export type Me = Omit<api.Me, 'preferences'> & { preferences: Preferences };
export type Theme = Me['theme'];
export type Density = Me['density'];
export type PublicFacts = api.Public;
export type PhoneAccess = api.Phone;
export type SignIn = api.SignInRow;

export type DispositionKind = 'main_sale' | 'add_on_sale' | 'lead' | 'service' | 'wrong_number' | 'spam';
export type Reason = api.DeskReason;
/** Empty `queue_ids`: for every queue. */
export type Disposition = api.DeskDisposition;
export type QueueName = api.DeskQueue;
export type DeskSettings = api.DeskSettings;

export type OwnCall = api.OwnCall;
export type OwnDay = api.OwnDay;
export type MissedCall = api.MissedCall;
export type EarlierInteraction = api.CustomerCall;
export type Customer = api.Customer;
export type WhyIdle = api.WhyIdle;
