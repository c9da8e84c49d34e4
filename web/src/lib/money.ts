import { formatLanguage } from './format';

const locale = (): string => (formatLanguage() === 'en' ? 'en-GB' : formatLanguage());

/** Minor units of a currency with so many digits as an amount; nothing known is a dash, never 0. */
export function money(minor: number | null | undefined, currency: string, digits: number): string {
  if (minor === null || minor === undefined) return '—';
  return new Intl.NumberFormat(locale(), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(minor / 10 ** digits);
}

/** A decimal of whole units, as text, with all the digits that it has. */
export function amount(text: string, currency: string): string {
  const digits = text.split('.')[1]?.length ?? 0;
  const usual = new Intl.NumberFormat(locale(), { style: 'currency', currency }).resolvedOptions();
  return new Intl.NumberFormat(locale(), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits ? Math.max(digits, usual.minimumFractionDigits ?? 0) : 0,
    maximumFractionDigits: Math.max(digits, usual.maximumFractionDigits ?? 0),
  }).format(Number(text));
}

/** What a person types, as the server reads it: a point, and no spaces between thousands. */
export const decimal = (typed: string): string => typed.replace(/\s/g, '').replace(',', '.');
export const isDecimal = (typed: string): boolean => /^\d{1,7}(\.\d{1,6})?$/.test(decimal(typed));
