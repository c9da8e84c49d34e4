import { formatLanguage } from '~/lib/format';

const words = (value: number, digits: number): string =>
  new Intl.NumberFormat(formatLanguage() === 'en' ? 'en-GB' : formatLanguage(), {
    maximumFractionDigits: digits,
  }).format(value);

/** A number of agents, erlangs, calls: as many digits as one can use. */
export const decimal = (value: number): string => words(value, value < 10 ? 2 : 1);

/** A wait: tenths while it is short. */
export const seconds = (value: number | null): string =>
  value === null ? '∞' : words(value, value < 100 ? 1 : 0);
