import { readStored, writeStored } from '~/lib/storage';
import { isMelody, type Melody } from './melodies';

/** What belongs to this browser and its sockets, not to the person: devices, melody, loudness. */
export interface AudioPreferences {
  microphone: string | null;
  headset: string | null;
  /** A second output that rings too: a loudspeaker beside the headset. */
  ringer: string | null;
  /** For video calls; off until it is turned on in each. */
  camera: string | null;
  melody: Melody;
  /** 0 … 1 */
  volume: number;
  notifications: boolean;
  /** The buttons of a headset answer, end and mute. */
  buttons: boolean;
}

const KEY = 'audio';
const DEFAULTS: AudioPreferences = {
  microphone: null,
  headset: null,
  ringer: null,
  camera: null,
  melody: 'classic',
  volume: 0.6,
  notifications: true,
  buttons: false,
};

let current: AudioPreferences | undefined;
const watchers = new Set<() => void>();

function read(): AudioPreferences {
  const stored = readStored<Partial<AudioPreferences>>(KEY, {});
  const merged = { ...DEFAULTS, ...stored };
  if (!isMelody(merged.melody)) merged.melody = DEFAULTS.melody;
  if (!(merged.volume >= 0 && merged.volume <= 1)) merged.volume = DEFAULTS.volume;
  return merged;
}

export const audioPreferences = (): AudioPreferences => {
  current ??= read();
  return current;
};

export function setAudioPreferences(change: Partial<AudioPreferences>): void {
  current = { ...audioPreferences(), ...change };
  writeStored(KEY, current);
  for (const watch of watchers) watch();
}

/** A browser that was never used here begins with the melody and the loudness that the person chose elsewhere. */
export function adoptAudioPreferences(melody: string, volume: number): void {
  if (readStored<object | null>(KEY, null) !== null) return;
  setAudioPreferences({ ...(isMelody(melody) ? { melody } : {}), volume });
}

export function watchAudioPreferences(watch: () => void): () => void {
  watchers.add(watch);
  return () => {
    watchers.delete(watch);
  };
}

/* Another tab changed them: the tab that holds the phone must ring with the new ones. */
addEventListener('storage', (event) => {
  if (event.key !== `otklik.${KEY}`) return;
  current = read();
  for (const watch of watchers) watch();
});
