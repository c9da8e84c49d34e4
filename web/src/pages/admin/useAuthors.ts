import { useCallback, useMemo } from 'react';
import { useCan, useMe } from '~/api/session';
import { useThings } from './things';

/** Names of those who did something; who may not see people sees numbers, and himself. */
export function useAuthors(): (id: number) => string {
  const me = useMe();
  const manages = useCan('manage.people');
  const looks = useCan('watch.board');
  const people = useThings('people', { may: manages || looks }).data;
  const names = useMemo(() => new Map(people?.map((it) => [it.id, it.name])), [people]);
  return useCallback(
    (id: number) => names.get(id) ?? (id === me.person_id ? me.name : `№ ${id}`),
    [names, me.person_id, me.name],
  );
}
