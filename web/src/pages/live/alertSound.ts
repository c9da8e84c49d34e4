/* The sound of a new alert: lower than any ring, and once. Browsers let a page sound only after a gesture. */

import { readStored, writeStored } from '~/lib/storage';

const NOTES = [
  [0, 587, 0.18],
  [0.2, 440, 0.18],
  [0.4, 587, 0.28],
] as const;

let context: AudioContext | undefined;

export const isMuted = (): boolean => readStored<boolean>('alerts.muted', false);
export const setMuted = (muted: boolean): void => void writeStored('alerts.muted', muted);

/** The newest alert that was heard in this browser: a page that comes back does not sound again. */
export const lastHeard = (): number => readStored<number>('alerts.heard', 0);
export const setHeard = (id: number): void => void writeStored('alerts.heard', Math.max(id, lastHeard()));

export function chime(): void {
  if (isMuted() || typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  const sounding = context;
  void sounding
    .resume()
    .then(() => {
      const start = sounding.currentTime + 0.02;
      for (const [at, frequency, length] of NOTES) {
        const source = sounding.createOscillator();
        const gain = sounding.createGain();
        source.type = 'triangle';
        source.frequency.value = frequency;
        gain.gain.setValueAtTime(0, start + at);
        gain.gain.linearRampToValueAtTime(0.4, start + at + 0.02);
        gain.gain.exponentialRampToValueAtTime(0.001, start + at + length);
        source.connect(gain).connect(sounding.destination);
        source.start(start + at);
        source.stop(start + at + length + 0.02);
      }
    })
    .catch(() => undefined);
}
