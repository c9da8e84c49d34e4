import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { AlertDetail } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { figureText } from '~/lib/figures';
import { full } from '~/lib/format';
import { ErrorState, Loading } from '~/ui/Notice';
import css from './Alerts.module.css';

/** One alert at the side, with everything that happened to it. */
export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const one = useQuery({
    queryKey: ['alerts', 'one', id],
    queryFn: ({ signal }) => get<AlertDetail>(`/api/v1/alerts/${encodeURIComponent(id)}`, {}, signal),
  });
  const row = one.data;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={row?.rule_name ?? t('alerts.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {one.error ? <ErrorState text={problemText(one.error)} /> : null}
      {row ? (
        <div className={css.detail}>
          <p>
            {row.scope === 'centre' ? t('alerts.centre') : row.place_name}
            {' · '}
            {t('alerts.said', {
              figure: t(`alerts.figure.${row.figure}` as 'alerts.figure.waiting'),
              value: figureText(row.fired_value, row.unit),
              limit: figureText(row.limit, row.unit),
            })}
            {' · '}
            {t('alerts.worst', { value: figureText(row.worst, row.unit) })}
          </p>
          <h3>{t('alerts.detail')}</h3>
          <ol>
            {row.events.map((event) => (
              <li key={`${event.at} ${event.kind}`}>
                <span className="num muted">{full(event.at)}</span>
                <b>{textOf(`alerts.event.${event.kind}`) ?? event.kind}</b>
                <span>
                  {[
                    event.value === null ? '' : figureText(event.value, row.unit),
                    event.by_name,
                    event.kind === 'cleared'
                      ? (textOf(`alerts.cause.${event.note}`) ?? event.note)
                      : event.note,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </li>
            ))}
          </ol>
        </div>
      ) : one.error ? null : (
        <Loading rows={4} />
      )}
    </Drawer>
  );
}
