import { useCallback, useMemo } from 'react';
import { useCan, useMe } from '~/api/session';
import { useThings } from './things';

const PRODUCT = 'Otklik';

/** Names of those who did something (0: the product itself); who may not see people sees numbers, and himself. */
export function useAuthors(): (id: number) => string {
  const me = useMe();
  const manages = useCan('manage.people');
  const looks = useCan('watch.board');
  const people = useThings('people', { may: manages || looks }).data;
  const names = useMemo(() => new Map(people?.map((it) => [it.id, it.name])), [people]);
  return useCallback(
    (id: number) => names.get(id) ?? (id === me.person_id ? me.name : id === 0 ? PRODUCT : `№ ${id}`),
    [names, me.person_id, me.name],
  );
}
