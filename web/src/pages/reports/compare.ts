import { duration, formatLanguage } from '~/lib/format';
import type { Change } from '~/ui/Figures';

export type Unit = 'count' | 'share' | 'seconds';

const signed = (value: number, options: Intl.NumberFormatOptions): string =>
  new Intl.NumberFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
    ...options,
    signDisplay: 'exceptZero',
  }).format(value);

/**
 * What became of a number since the earlier period: counts in per cent, shares in points, times in minutes.
 * Null where one of both is missing, or where there was nothing to grow from.
 */
export function changeOf(
  unit: Unit,
  now: number | null | undefined,
  before: number | null | undefined,
  better: 'more' | 'less' | null,
  words: { points: string; against: string },
): Change | null {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  const difference = now - before;
  let text: string;
  let isSame: boolean;
  if (unit === 'count') {
    if (before === 0) return null;
    const share = difference / before;
    isSame = Math.abs(share) < 0.0005;
    text = signed(share, { style: 'percent', maximumFractionDigits: Math.abs(share) < 0.1 ? 1 : 0 });
  } else if (unit === 'share') {
    isSame = Math.abs(difference) < 0.0005;
    text = `${signed(difference * 100, { maximumFractionDigits: 1 })} ${words.points}`;
  } else {
    isSame = Math.abs(difference) < 0.5;
    const sign = isSame ? '' : difference > 0 ? '+' : '−';
    text = `${sign}${duration(Math.round(Math.abs(difference)))}`;
  }
  const direction = isSame ? 'same' : difference > 0 ? 'up' : 'down';
  const isGood = isSame || better === null ? null : (direction === 'up') === (better === 'more');
  return { text, direction, isGood, against: words.against };
}
