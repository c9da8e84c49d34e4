import { Link } from '@tanstack/react-router';
import { PhoneIncoming, PhoneOutgoing } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import { useDispositions } from '~/api/names';
import { named, useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { duration, when } from '~/lib/format';
import { useCustomer } from '~/phone/useCustomer';
import { ErrorState, Loading } from '~/ui/Notice';
import { PhoneNumber } from '~/ui/PhoneNumber';
import css from './Interactions.module.css';

const SHOWN = 5;

/** Who it was, and what came before and after. */
export function CustomerPart({ partyId, interactionId }: { partyId: string; interactionId: string }) {
  const { t } = useTranslation();
  const dispositions = useDispositions();
  const lists = useCan('view.interactions');
  const { data, error, refetch } = useCustomer(partyId, interactionId);
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={3} />;
  const others = data.interactions.filter((it) => it.interaction_id !== interactionId);
  return (
    <div className={css.customer}>
      <div>
        <b>{data.name || t('common.unknown_customer')}</b>
        {data.company ? <span className="muted"> · {data.company}</span> : null}
      </div>
      {data.note ? <p className={css.noteText}>{data.note}</p> : null}
      {data.numbers.length > 1 ? (
        <p className={css.hint}>
          {data.numbers.map((number) => (
            <PhoneNumber key={number} value={number} copy />
          ))}
        </p>
      ) : null}
      {others.length ? (
        <ul className={css.earlier}>
          {others.slice(0, SHOWN).map((it) => {
            const Icon = it.direction === 'outbound' ? PhoneOutgoing : PhoneIncoming;
            const disposition = dispositions.of(it.disposition_id);
            return (
              <li key={it.interaction_id}>
                <Icon size={13} aria-label={t(`common.direction.${it.direction}`)} />
                <Link to={`/interactions/${it.interaction_id}`} className="num">
                  {when(it.started_at)}
                </Link>
                <span className="ellipsis">
                  {[
                    it.agent_name,
                    disposition ? named(disposition) : textOf(`common.end_reason.${it.outcome}`),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
                <span className="num">{it.talk_seconds ? duration(it.talk_seconds) : '—'}</span>
              </li>
            );
          })}
        </ul>
      ) : (
        <p className={css.hint}>{t('interactions.customer.first')}</p>
      )}
      {lists && others.length > SHOWN ? (
        <Link to="/interactions" search={{ party: partyId, period: 'last_30' } as never}>
          {t('interactions.customer.all')}
        </Link>
      ) : null}
    </div>
  );
}
