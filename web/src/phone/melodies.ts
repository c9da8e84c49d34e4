/* Ring melodies as notes, not files: nothing to load, nothing to licence, any loudness. */

export const MELODIES = ['classic', 'soft', 'bells', 'pulse'] as const;
export type Melody = (typeof MELODIES)[number];
export const isMelody = (value: unknown): value is Melody => MELODIES.includes(value as Melody);

/** Seconds from the start of a round, Hz, length in seconds, wave. */
export type Note = readonly [at: number, frequency: number, length: number, wave: OscillatorType];

/** One round of each melody; a round begins every ROUND_SECONDS. */
export const ROUND_SECONDS = 2;
export const NOTES: Record<Melody, readonly Note[]> = {
  classic: [
    [0, 660, 0.16, 'sine'],
    [0.16, 880, 0.16, 'sine'],
    [0.42, 660, 0.16, 'sine'],
    [0.58, 880, 0.2, 'sine'],
  ],
  soft: [
    [0, 523.25, 0.4, 'sine'],
    [0.28, 659.25, 0.4, 'sine'],
    [0.56, 783.99, 0.6, 'sine'],
  ],
  bells: [
    [0, 987.77, 0.7, 'triangle'],
    [0.05, 1975.5, 0.5, 'sine'],
    [0.5, 783.99, 0.8, 'triangle'],
    [0.55, 1568, 0.6, 'sine'],
  ],
  pulse: [
    [0, 440, 0.12, 'square'],
    [0.2, 440, 0.12, 'square'],
    [0.4, 440, 0.12, 'square'],
  ],
};
