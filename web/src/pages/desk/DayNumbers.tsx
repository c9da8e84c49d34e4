import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { OwnDay } from '~/api/types';
import { count, duration, share } from '~/lib/format';
import { InfoTip } from '~/ui/InfoTip';
import css from './Desk.module.css';

/** The agent's own numbers of the day, each with its definition. */
export function DayNumbers() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['desk', 'day'],
    queryFn: ({ signal }) => get<OwnDay>('/api/v1/desk/day', {}, signal),
    refetchInterval: 60_000,
  });
  const numbers = [
    ['handled', count(data?.handled)],
    ['aht', duration(data?.aht_seconds)],
    ['occupancy', share(data?.occupancy)],
    ['missed', count(data?.missed_offers)],
  ] as const;
  return (
    <section className={`panel ${css.numbers}`} aria-label={t('desk.day.title')}>
      {numbers.map(([key, text]) => (
        <div key={key}>
          <b className="num">{text}</b>
          <InfoTip title={t(`desk.day.${key}`)} asLabel>
            {t(`desk.day.${key}_definition`)}
          </InfoTip>
        </div>
      ))}
    </section>
  );
}
