/* How good the agent's own link was in his last talk, and a try of the line to the server after a bad one. A talk is
   the only full proof, so what is remembered fades. */

import type { LiveLink } from '~/live/types';

export interface LastLink {
  grade: LiveLink['grade'];
  cause: LiveLink['cause'];
  at: number;
}

const FADES_MS = 10 * 60_000;
const TRIES = 8;
const EACH_MS = 150;
/** Of a quarter of a second there and back, a talk has long pauses. */
const SLOW_MS = 250;
const UNEVEN_MS = 120;

let last: LastLink | null = null;

export const rememberLink = (link: LiveLink, at = Date.now()): void => {
  last = { grade: link.grade, cause: link.cause, at };
};
export const forgetLink = (): void => {
  last = null;
};
export const lastLink = (now = Date.now()): LastLink | null =>
  last && now - last.at < FADES_MS ? last : null;

/** Whether these answers of the server (ms; null: none) are good enough to talk over. */
export function isSteady(answers: readonly (number | null)[]): boolean {
  const came = answers.filter((it): it is number => it !== null).sort((a, b) => a - b);
  if (came.length < answers.length || !came.length) return false;
  const middle = came[Math.floor(came.length / 2)]!;
  return middle < SLOW_MS && came[came.length - 1]! - middle < UNEVEN_MS;
}

/** Asks the server a few times in a row; a line that is good again is no longer held against the agent. */
export async function tryLine(
  ask: () => Promise<unknown> = () => fetch('/api/health', { cache: 'no-store' }),
) {
  const answers: (number | null)[] = [];
  for (let i = 0; i < TRIES; i++) {
    const began = performance.now();
    answers.push(
      await ask().then(
        () => performance.now() - began,
        () => null,
      ),
    );
    await new Promise((done) => setTimeout(done, EACH_MS));
  }
  // The first one may have had to open a connection.
  if (isSteady(answers.slice(1))) forgetLink();
}
