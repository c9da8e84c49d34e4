/* Calls arranged for later: what desk and supervisor share. */

import { del, put } from './client';
import type { CallbackRow } from './gen/types.gen';

export type { CallbackPlan, CallbackRow, CallbackUnmade } from './gen/types.gen';
export type ZoneSource = CallbackRow['zone_source'];

/** The key under which every list of them is kept, so that one change brings all of them up to date. */
export const CALLBACKS = 'callbacks';

export const moveOwn = (
  id: string,
  due: string,
  isPersonal: boolean | null = null,
): Promise<{ seq?: string }> => put(`/api/v1/desk/callbacks/${id}`, { due_at: due, is_personal: isPersonal });
export const takeBackOwn = (id: string): Promise<unknown> => del(`/api/v1/desk/callbacks/${id}`);
export const direct = (id: string, due: string, agentId: number | null): Promise<unknown> =>
  put(`/api/v1/interactions/${id}/callback`, { due_at: due, agent_id: agentId });
export const cancel = (id: string): Promise<unknown> => del(`/api/v1/interactions/${id}/callback`);
