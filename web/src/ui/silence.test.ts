import { expect, it } from 'vitest';
import { afterSilence } from './silence';

// Ten slices of one second: both silent from 2 to 6, the agent speaks from 6 on.
const customer = [0.5, 0.4, 0, 0, 0, 0, 0, 0, 0, 0];
const agent = [0, 0, 0.01, 0, 0.02, 0, 0.6, 0.5, 0, 0];

it('goes on shortly before the next words when both sides are silent', () => {
  expect(afterSilence([customer, agent], 10, 2.1)).toBeCloseTo(5.8);
});
it('stays where somebody speaks, and in pauses that belong to speech', () => {
  expect(afterSilence([customer, agent], 10, 0.5)).toBeNull();
  expect(afterSilence([customer, agent], 10, 5.3)).toBeNull();
});
it('goes to the end when nobody speaks again, and stays there', () => {
  expect(afterSilence([customer, agent], 10, 8)).toBeCloseTo(9.8);
  expect(afterSilence([customer, agent], 10, 9.8)).toBeNull();
});
it('does nothing without a picture of the sound', () => {
  expect(afterSilence([[], []], 10, 0)).toBeNull();
});
