/* Sound in the browser: recorded from the microphone, made a WAV that any server reads, played. */

import { useCallback, useEffect, useRef, useState } from 'react';

const RATE = 48_000;

/** Whatever the browser can decode (its own recordings, AAC, ...) as a WAV: one channel, 16 bit. */
export async function asWav(sound: Blob): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, RATE);
  const buffer = await context.decodeAudioData(await sound.arrayBuffer());
  const sides = Array.from({ length: buffer.numberOfChannels }, (_, side) => buffer.getChannelData(side));
  const mono = new Float32Array(buffer.length);
  for (const side of sides) {
    for (let at = 0; at < mono.length; at++) mono[at] = mono[at]! + side[at]! / sides.length;
  }
  return wavOf(mono, buffer.sampleRate);
}

/** A WAV file of samples from -1 to 1. */
export function wavOf(samples: Float32Array, rate: number): Blob {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i++) view.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, at) => {
    view.setInt16(44 + at * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
  });
  return new Blob([view], { type: 'audio/wav' });
}

/** Records until stopped; the microphone is given back then. */
export function record(stream: MediaStream): { stop: () => Promise<Blob> } {
  const parts: Blob[] = [];
  const recorder = new MediaRecorder(stream);
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.start();
  return {
    stop: () =>
      new Promise<Blob>((done) => {
        recorder.onstop = () => {
          for (const track of stream.getTracks()) track.stop();
          done(new Blob(parts, { type: recorder.mimeType }));
        };
        recorder.stop();
      }),
  };
}

/** One sound at a time: what plays (by its key), and a switch. */
export function usePlayback(onFail: () => void): {
  playing: string | null;
  toggle: (key: string, source: string | Blob) => void;
} {
  const audio = useRef<HTMLAudioElement | null>(null);
  const [playing, setPlaying] = useState<string | null>(null);
  const failed = useRef(onFail);
  failed.current = onFail;
  const halt = useCallback(() => {
    const old = audio.current;
    audio.current = null;
    if (!old) return;
    old.pause();
    if (old.src.startsWith('blob:')) URL.revokeObjectURL(old.src);
  }, []);
  useEffect(() => halt, [halt]);
  const toggle = (key: string, source: string | Blob) => {
    const stops = playing === key;
    halt();
    setPlaying(stops ? null : key);
    if (stops) return;
    const it = new Audio(typeof source === 'string' ? source : URL.createObjectURL(source));
    audio.current = it;
    const over = () => {
      if (audio.current === it) setPlaying(null);
    };
    it.onended = over;
    it.play().catch((error: unknown) => {
      if (audio.current !== it || (error instanceof DOMException && error.name === 'AbortError')) return;
      over();
      failed.current();
    });
  };
  return { playing, toggle };
}

const LATIN: Record<string, string> = {
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  д: 'd',
  е: 'e',
  ё: 'e',
  ж: 'zh',
  з: 'z',
  и: 'i',
  й: 'y',
  к: 'k',
  л: 'l',
  м: 'm',
  н: 'n',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  у: 'u',
  ф: 'f',
  х: 'h',
  ц: 'ts',
  ч: 'ch',
  ш: 'sh',
  щ: 'sch',
  ъ: '',
  ы: 'y',
  ь: '',
  э: 'e',
  ю: 'yu',
  я: 'ya',
};

/** A file's name as a prompt may be called: Приветствие (2).mp3 becomes privetstvie_2. */
export const nameOfFile = (file: string): string =>
  [...file.replace(/\.[^.]*$/, '').toLowerCase()]
    .map((letter) => LATIN[letter] ?? letter)
    .join('')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
