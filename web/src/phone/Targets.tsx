import { lazy, Suspense, useSyncExternalStore } from 'react';
import { withWords } from '~/i18n';

/** `customer`: where the talk goes or who is asked about it; `colleague`: whom the agent calls himself. */
export type Purpose = 'customer' | 'colleague';

let open: Purpose | null = null;
const watchers = new Set<() => void>();
function become(next: Purpose | null): void {
  open = next;
  for (const wake of watchers) wake();
}
/** Opened by a button of the card, by its key on any page, or from the palette. */
export const openTargets = (purpose: Purpose): void => become(purpose);
export const closeTargets = (): void => become(null);

const subscribe = (wake: () => void) => {
  watchers.add(wake);
  return () => {
    watchers.delete(wake);
  };
};

const load = async () => (await Promise.all([import('./TargetDialog'), withWords('transfer')]))[0];
const TargetDialog = lazy(load);
/** Fetched when a talk begins, so that the key opens it at once. */
export const preloadTargets = (): void => void load();

/** The dialog's place in the shell; its code and words come when it is first needed. */
export function Targets() {
  const purpose = useSyncExternalStore(subscribe, () => open);
  return purpose ? (
    <Suspense>
      <TargetDialog purpose={purpose} onClose={closeTargets} />
    </Suspense>
  ) : null;
}
