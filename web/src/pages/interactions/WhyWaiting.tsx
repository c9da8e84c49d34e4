import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { WhyWaiting as Answer } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import css from './Interactions.module.css';
import { LeftOut } from './Offers';

const REFRESH_MS = 3000;

interface Facts {
  position?: number | null;
  counts?: Record<string, number>;
  fitting?: number;
  free?: number;
}

/** Why nobody has taken this customer yet, as it stands now. */
export function WhyWaiting({ id }: { id: string }) {
  const { t } = useTranslation();
  const may = useCan('view.interactions');
  const { data } = useQuery({
    queryKey: ['why', 'interaction', id],
    queryFn: ({ signal }) => get<Answer>(`/api/v1/interactions/${id}/why`, {}, signal),
    refetchInterval: REFRESH_MS,
    retry: false,
    enabled: may,
  });
  const facts = data?.facts as Facts | undefined;
  if (!facts?.counts) return null;
  return (
    <section className={css.waiting} aria-live="polite">
      <b>{t('interactions.waits_now', { position: facts.position ?? 1 })}</b>
      <p>{t('interactions.fitting', { fitting: facts.fitting ?? 0, free: facts.free ?? 0 })}</p>
      <LeftOut counts={facts.counts} />
    </section>
  );
}
