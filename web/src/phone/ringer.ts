/* Sound made by WebAudio. A browser lets a page sound only after a gesture: the click on "Ready" unlocks it.
   Two contexts, because a context has one output: the headset's and the second ringer's. */

import { type Melody, NOTES, type Note, ROUND_SECONDS } from './melodies';
import { audioPreferences, watchAudioPreferences } from './preferences';

type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> };

let headset: SinkContext | undefined;
let ringer: SinkContext | undefined;
const watchers = new Set<() => void>();

function tell(): void {
  for (const watch of watchers) watch();
}

function make(sink: string | null): SinkContext | undefined {
  if (typeof AudioContext === 'undefined') return undefined;
  const context = new AudioContext() as SinkContext;
  if (sink && context.setSinkId) void context.setSinkId(sink).catch(() => undefined);
  context.addEventListener?.('statechange', tell);
  return context;
}

/** Called inside a click or a key press. */
export function unlockSound(): void {
  const { headset: main, ringer: second } = audioPreferences();
  headset ??= make(main);
  void headset?.resume().catch(() => undefined);
  if (second) {
    ringer ??= make(second);
    void ringer?.resume().catch(() => undefined);
  }
  tell();
}

/** Tries without a gesture: allowed while the page captures the microphone, as after a reload in a talk. */
export function tryUnlockSound(): void {
  if (!soundUnlocked()) unlockSound();
}

export const soundUnlocked = (): boolean => headset?.state === 'running';
export function watchSound(watch: () => void): () => void {
  watchers.add(watch);
  return () => {
    watchers.delete(watch);
  };
}

watchAudioPreferences(() => {
  const { headset: main, ringer: second } = audioPreferences();
  if (headset?.setSinkId) void headset.setSinkId(main ?? '').catch(() => undefined);
  if (ringer && !second) {
    void ringer.close().catch(() => undefined);
    ringer = undefined;
  } else if (second && ringer?.setSinkId) {
    void ringer.setSinkId(second).catch(() => undefined);
  } else if (second && !ringer && soundUnlocked()) {
    ringer = make(second);
  }
});

function play(context: AudioContext | undefined, notes: readonly Note[], volume: number): void {
  if (context?.state !== 'running' || volume <= 0) return;
  const start = context.currentTime + 0.02;
  for (const [at, frequency, length, wave] of notes) {
    const source = context.createOscillator();
    const gain = context.createGain();
    source.type = wave;
    source.frequency.value = frequency;
    // A square wave is about three times as loud to the ear as a sine of the same height.
    const peak = volume * (wave === 'square' ? 0.15 : 0.45);
    gain.gain.setValueAtTime(0, start + at);
    gain.gain.linearRampToValueAtTime(peak, start + at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0008, start + at + length);
    source.connect(gain).connect(context.destination);
    source.start(start + at);
    source.stop(start + at + length + 0.02);
  }
}

/** Rings until the returned function is called. Reads volume and melody anew each round. */
export function startRinging(): () => void {
  tryUnlockSound();
  const round = () => {
    const { melody, volume } = audioPreferences();
    play(headset, NOTES[melody], volume);
    play(ringer, NOTES[melody], volume);
  };
  round();
  const timer = setInterval(round, ROUND_SECONDS * 1000);
  return () => clearInterval(timer);
}

export function playMelody(melody: Melody, volume: number): void {
  unlockSound();
  // A fresh context may still be starting: its first note would be swallowed.
  setTimeout(() => {
    play(headset, NOTES[melody], volume);
    play(ringer, NOTES[melody], volume);
  }, 60);
}

/** Short signal before an automatic answer: somebody will hear the agent from now on. */
export const beep = (): void =>
  play(
    headset,
    [
      [0, 880, 0.12, 'sine'],
      [0.15, 1174.66, 0.18, 'sine'],
    ],
    0.5,
  );

/** Somebody wrote: soft, once. */
export const chime = (): void =>
  play(
    headset,
    [
      [0, 587.33, 0.14, 'sine'],
      [0.12, 880, 0.22, 'sine'],
    ],
    0.25,
  );

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
/** The tone of a key, quietly, for the agent's own ear. */
export function keyTone(digit: string): void {
  const index = '123456789*0#'.indexOf(digit);
  if (index < 0) return;
  play(
    headset,
    [
      [0, ROWS[Math.floor(index / 3)]!, 0.12, 'sine'],
      [0, COLUMNS[index % 3]!, 0.12, 'sine'],
    ],
    0.2,
  );
}

/** A test tone to one output, for the settings. */
export async function testOutput(sink: string | null, volume: number): Promise<void> {
  const context = make(sink);
  if (!context) return;
  await context.resume().catch(() => undefined);
  play(context, NOTES.soft, Math.max(0.3, volume));
  setTimeout(() => void context.close().catch(() => undefined), 2500);
}
