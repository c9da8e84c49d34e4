import { Button, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Building2, Star, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { SpeedDialKey } from '~/api/gen';
import { named, useDeskWords } from '~/api/session';
import { textOf } from '~/i18n';
import { prettyNumber } from '~/lib/number';
import type { AgentState } from '~/lib/state';
import { useDeskActions } from '~/phone/useDeskActions';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { StateBadge } from '~/ui/StateBadge';
import css from './Desk.module.css';

const REFRESH_MS = 3000;

/** One's own keys: colleagues with their presence and people outside, each one click from a call. */
export default function SpeedDial() {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const words = useDeskWords();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({
    queryKey: ['speed-dial'],
    queryFn: ({ signal }) => get<SpeedDialKey[]>('/api/v1/directory/speed-dial', {}, signal),
    refetchInterval: REFRESH_MS,
    staleTime: 0,
  });
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={4} height={36} />;
  const open = (
    <Button variant="default" size="xs" onClick={() => void navigate({ to: '/colleagues' })}>
      {t('colleagues.dial.open')}
    </Button>
  );
  if (!data.length) {
    return (
      <EmptyState icon={Star} title={t('colleagues.dial.empty')} text={t('colleagues.dial.empty_text')}>
        {open}
      </EmptyState>
    );
  }
  const call = (key: SpeedDialKey) =>
    key.kind === 'person' ? actions.callColleague(key.id) : actions.dial(key.number);
  return (
    <ul className={css.list}>
      {data.map((key) => {
        const isPerson = key.kind === 'person';
        const Icon = isPerson ? Users : Building2;
        const reason = key.state === 'not_ready' ? words.reason(key.reason_id) : undefined;
        const may = key.can_call && actions.can(isPerson ? 'call_colleague' : 'dial');
        return (
          <li key={`${key.kind} ${key.id}`} className={css.item}>
            <UnstyledButton
              className={css.pick}
              disabled={!may}
              data-off={!may || undefined}
              aria-label={`${t('colleagues.call')}: ${key.name}`}
              onClick={() => void call(key)}
            >
              <span className={css.icon} data-kind={isPerson ? 'internal' : 'outbound'}>
                <Icon size={15} aria-hidden />
              </span>
              <span className={css.name}>{key.name}</span>
              <span className={css.time}>
                {key.state ? (
                  <StateBadge state={key.state as AgentState} {...(reason ? { label: named(reason) } : {})} />
                ) : null}
              </span>
              <span className={css.sub}>
                {[key.company, prettyNumber(key.number)].filter(Boolean).join(' · ')}
                {key.why
                  ? ` · ${textOf(`transfer.why_outside.${key.why}`) ?? t('transfer.why_outside.other')}`
                  : ''}
              </span>
            </UnstyledButton>
          </li>
        );
      })}
      <li className={css.item}>{open}</li>
    </ul>
  );
}
