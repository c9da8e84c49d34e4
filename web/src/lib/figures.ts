/* Figures of alerts as people read them. */

import { count, duration, share } from './format';

export type FigureUnit = 'count' | 'seconds' | 'share' | 'score' | 'milliseconds';

export function figureText(value: number | null | undefined, unit: FigureUnit): string {
  if (value === null || value === undefined) return '—';
  switch (unit) {
    case 'share':
      return share(value, Number.isInteger(Math.round(value * 1e6) / 1e4) ? 0 : 1);
    case 'seconds':
      return duration(value);
    case 'score':
      return value.toFixed(1);
    case 'milliseconds':
      return `${count(Math.round(value))} ms`;
    case 'count':
      return count(value);
  }
}
