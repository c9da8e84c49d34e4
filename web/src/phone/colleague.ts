import type { DeskInteraction } from '~/live/types';

/** With whom the agent talks or is to talk where there is no customer; null in every other interaction. */
export const colleagueOf = (it: DeskInteraction | null | undefined): string | null =>
  it?.direction === 'internal' && !it.about ? it.colleague : null;
