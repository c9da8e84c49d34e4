import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { WhyWaiting as Answer } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { duration } from '~/lib/format';
import { secondsOf } from '~/lib/spans';
import css from './Interactions.module.css';
import { LeftOut } from './Offers';

const REFRESH_MS = 3000;

interface Facts {
  position?: number | null;
  counts?: Record<string, number>;
  fitting?: number;
  free?: number;
  /** A duration as the server writes it, null when nobody can tell. */
  expected?: string | null;
  /** What would take it, the nearest first. */
  remedies?: string[];
  step?: number;
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
  const remedies = (facts.remedies ?? []).map((one) => textOf(`interactions.remedy.${one}`) ?? one);
  return (
    <section className={css.waiting} aria-live="polite">
      <b>{t('interactions.waits_now', { position: facts.position ?? 1 })}</b>
      <p>{t('interactions.fitting', { fitting: facts.fitting ?? 0, free: facts.free ?? 0 })}</p>
      {facts.expected ? (
        <p>{t('interactions.expected', { time: duration(secondsOf(facts.expected)) })}</p>
      ) : null}
      {facts.step ? <p>{t('interactions.relaxed_step', { count: facts.step })}</p> : null}
      {remedies.length ? (
        <p>
          {t('interactions.would_help')} {remedies.join('; ')}.
        </p>
      ) : null}
      <LeftOut counts={facts.counts} />
    </section>
  );
}
