import type { LiveAgent } from './types';

/** The queue in which robots call; as the server has it. */
const PRACTICE = 9998;

/** Robots call him and nobody else does; nothing of it is counted. */
export const practises = (agent: LiveAgent | null | undefined): boolean =>
  Boolean(agent?.loan_is_only && agent.loan_queue_ids?.length === 1 && agent.loan_queue_ids[0] === PRACTICE);
