import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CALLBACKS, type CallbackRow } from '~/api/callbacks';
import { get } from '~/api/client';
import { formatZone, when } from '~/lib/format';
import { dayTimeIn, isSameClock } from '~/lib/zoned';
import css from './Callbacks.module.css';

/** While an arranged call rings or is dialled: what was agreed, when, by whom. */
export default function Agreed({ interactionId }: { interactionId: string }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: [CALLBACKS, 'one', interactionId],
    queryFn: ({ signal }) => get<CallbackRow>(`/api/v1/desk/callbacks/${interactionId}`, {}, signal),
    staleTime: 60_000,
    retry: 1,
  });
  if (!data) return null;
  const own = formatZone();
  const isOther = own && !isSameClock(Date.parse(data.due_at), own, data.zone);
  return (
    <div className={css.agreed} data-testid="agreed">
      <p>
        <b>{t('callbacks.agreed_at', { time: dayTimeIn(data.due_at) })}</b>
        {isOther ? ` · ${t('callbacks.his_time', { time: dayTimeIn(data.due_at, data.zone) })}` : ''}
      </p>
      <p className={css.hint}>
        {data.is_promised
          ? t('callbacks.promised')
          : t('callbacks.agreed_by', { when: when(data.arranged_at), name: data.arranged_by_name || '—' })}
        {data.attempts ? ` · ${t('callbacks.tries', { total: data.attempts })}` : ''}
      </p>
      {data.note ? <blockquote>{data.note}</blockquote> : null}
    </div>
  );
}
