import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Megaphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { EmergencyRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { dayTime } from '~/lib/format';
import css from './Live.module.css';

/** Whoever watches the board knows that every customer hears something else now. */
export function EmergencyBanner() {
  const { t } = useTranslation();
  const mayEnd = useCan('announce.emergency');
  const { data } = useQuery({
    queryKey: ['emergency'],
    queryFn: ({ signal }) => get<EmergencyRow>('/api/v1/emergency', {}, signal),
    refetchInterval: 15_000,
    retry: false,
  });
  if (!data?.is_on || !data.until) return null;
  return (
    <p className={css.emergency} role="status">
      <Megaphone size={16} aria-hidden />
      <strong>{t(data.ends_call ? 'live.emergency.ends' : 'live.emergency.on')}</strong>
      <span>
        {data.note} {t('live.emergency.until', { moment: dayTime(data.until) })}
      </span>
      {mayEnd ? (
        <Link to={'/admin/$area' as never} params={{ area: 'emergency' } as never}>
          {t('live.emergency.open')}
        </Link>
      ) : null}
    </p>
  );
}
