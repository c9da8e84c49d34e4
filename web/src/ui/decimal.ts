import { formatLanguage } from '~/lib/format';

/** A number with so many digits after the comma (or the point), as the language writes it. */
export const decimal = (value: number, digits: number): string =>
  new Intl.NumberFormat(formatLanguage(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
