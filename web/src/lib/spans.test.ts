import { expect, test } from 'vitest';
import { secondsOf } from './spans';

test.each([
  ['PT20S', 20],
  ['PT301.5S', 301.5],
  ['P1D', 86_400],
  ['P2DT0.25S', 172_800.25],
  ['soon', 0],
])('a duration %s has %d seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});
