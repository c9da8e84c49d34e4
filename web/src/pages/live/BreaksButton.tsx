import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Coffee } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { BreakRow } from '~/api/gen';
import { useCan } from '~/api/session';
import { count } from '~/lib/format';
import { useHeard } from '~/live/hooks';
import css from './Live.module.css';

const BreaksDrawer = lazy(() => import('./BreaksDrawer'));
const REFRESH_MS = 60_000;

/** Requests of agents in sight: told by the feed, asked for again now and then for what lapses. */
export function useBreaks(enabled: boolean) {
  const queries = useQueryClient();
  useHeard('breaks', () => void queries.invalidateQueries({ queryKey: ['breaks'] }));
  return useQuery({
    queryKey: ['breaks', 'all'],
    queryFn: ({ signal }) => get<BreakRow[]>('/api/v1/breaks', {}, signal),
    refetchInterval: REFRESH_MS,
    enabled,
  });
}

/** How many agents wait for a word about their break; opens them. */
export function BreaksButton() {
  const { t } = useTranslation();
  const mayDirect = useCan('direct.agents');
  const [open, setOpen] = useState(false);
  const { data } = useBreaks(mayDirect);
  if (!mayDirect) return null;
  const waiting = data?.filter((it) => it.status === 'asked').length ?? 0;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<Coffee size={15} aria-hidden />}
        rightSection={waiting ? <b className={`num ${css.askedCount}`}>{count(waiting)}</b> : undefined}
        onClick={() => setOpen(true)}
      >
        {t('team.break.title')}
      </Button>
      {open ? (
        <Suspense>
          <BreaksDrawer onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
