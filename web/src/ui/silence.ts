const QUIET = 0.05;
/** Shorter pauses belong to speech. */
const PAUSE_SECONDS = 1.2;
/** Speech begins a moment before it is loud. */
const LEAD_SECONDS = 0.2;

/** Where speech goes on, if nobody speaks for a while from this moment; null when somebody does. */
export function afterSilence(
  peaks: readonly (readonly number[])[],
  seconds: number,
  at: number,
): number | null {
  const count = Math.max(0, ...peaks.map((row) => row.length));
  if (!count || seconds <= 0) return null;
  const step = seconds / count;
  const isQuiet = (index: number) => peaks.every((row) => (row[index] ?? 0) < QUIET);
  const first = Math.floor(at / step);
  let next = first;
  while (next < count && isQuiet(next)) next++;
  if ((next - first) * step < PAUSE_SECONDS) return null;
  // At the end nobody comes back: the last moment, so that the player ends by itself.
  if (next >= count) return Math.max(at, seconds - LEAD_SECONDS) > at ? seconds - LEAD_SECONDS : null;
  const to = next * step - LEAD_SECONDS;
  return to > at + step ? to : null;
}
