/** The exclusive voice state of an agent; the server's numbers 0-8 in this order. */
export const AGENT_STATES = [
  'signed_out',
  'not_ready',
  'ready',
  'offered',
  'connecting',
  'connected',
  'held',
  'wrap_up',
  'reconnecting',
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** Order of attention on a board: what may need a supervisor first. */
export const BY_ATTENTION: readonly AgentState[] = [
  'reconnecting',
  'offered',
  'connecting',
  'held',
  'connected',
  'wrap_up',
  'ready',
  'not_ready',
  'signed_out',
];
export const ATTENTION = Object.fromEntries(BY_ATTENTION.map((s, i) => [s, i])) as Record<AgentState, number>;

export type Level = 'ok' | 'warn' | 'bad';

/** Distance of a service level to its target; no figure yet is no level. */
export function serviceLevel(share: number | null | undefined, target: number): Level | undefined {
  if (share === null || share === undefined) return undefined;
  if (share < target - 0.1) return 'bad';
  return share < target ? 'warn' : 'ok';
}
