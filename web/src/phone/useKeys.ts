import { useMemo } from 'react';
import { useMe } from '~/api/session';
import { type KeyMap, keyMap } from '~/lib/keys';

/** The hot keys as this person has them. */
export function useKeys(): KeyMap {
  const { preferences } = useMe();
  return useMemo(() => keyMap(preferences.keys), [preferences.keys]);
}
