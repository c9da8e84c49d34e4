import { ActionIcon, SegmentedControl, Tooltip, UnstyledButton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarClock, Phone, PhoneIncoming, PhoneMissed, PhoneOutgoing, Star, Users } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import { named, useCan, useDeskWords } from '~/api/session';
import type { MissedCall, OwnCall } from '~/api/types';
import { textOf, withWords } from '~/i18n';
import { duration, when, whenShort } from '~/lib/format';
import { prettyNumber } from '~/lib/number';
import { useDesk } from '~/live/hooks';
import { useDueCount, useOwnCallbacks } from '~/phone/callbacks/useCallbacks';
import { useDeskActions } from '~/phone/useDeskActions';
import { announce } from '~/ui/announce';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Desk.module.css';

type List = 'own' | 'missed' | 'callbacks' | 'dial';
const Callbacks = lazy(async () => (await Promise.all([import('./Callbacks'), withWords('callbacks')]))[0]);
const SpeedDial = lazy(async () => (await Promise.all([import('./SpeedDial'), withWords('colleagues')]))[0]);

/** The agent's last calls, and the customers who did not get through, each one click from a call back. */
export function Lists({ picked, onPick }: { picked: string | null; onPick: (call: OwnCall | null) => void }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const seesMissed = useCan('view.missed');
  const [list, setList] = useState<List>('own');
  const missed = actions.desk?.missed_count ?? 0;
  const due = useDueCount(useOwnCallbacks().data);
  return (
    <section className={`panel ${css.lists}`} aria-label={t('desk.lists.title')}>
      <SegmentedControl
        fullWidth
        size="xs"
        className={css.tabs}
        value={list}
        onChange={(value) => setList(value as List)}
        data={[
          { value: 'own', label: t('desk.lists.own') },
          ...(seesMissed
            ? [
                {
                  value: 'missed',
                  label: (
                    <>
                      {t('desk.lists.missed')}
                      {missed ? <span className={css.count}>{missed}</span> : null}
                    </>
                  ),
                },
              ]
            : []),
          {
            value: 'callbacks',
            label: (
              <>
                <CalendarClock
                  size={14}
                  className={css.tabIcon}
                  role="img"
                  aria-label={t('desk.lists.callbacks')}
                />
                {due ? <span className={css.count}>{due}</span> : null}
              </>
            ),
          },
          {
            value: 'dial',
            label: <Star size={14} className={css.tabIcon} aria-label={t('desk.lists.dial')} />,
          },
        ]}
      />
      {list === 'own' ? (
        <OwnCalls picked={picked} onPick={onPick} />
      ) : list === 'missed' ? (
        <Missed count={missed} />
      ) : list === 'callbacks' ? (
        <Suspense fallback={<Loading rows={4} height={36} />}>
          <Callbacks />
        </Suspense>
      ) : (
        <Suspense fallback={<Loading rows={4} height={36} />}>
          <SpeedDial />
        </Suspense>
      )}
    </section>
  );
}

function OwnCalls({ picked, onPick }: { picked: string | null; onPick: (call: OwnCall | null) => void }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const words = useDeskWords();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['desk', 'calls'],
    queryFn: ({ signal }) => get<OwnCall[]>('/api/v1/desk/calls', {}, signal),
  });
  const current = actions.desk?.interaction?.id ?? null;
  const wrapUp = actions.desk?.wrap_up?.interaction_id ?? null;
  // A call came or went, or its outcome was finished: the list and the numbers of the day are others now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew at each change of what is in hand
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['desk', 'calls'] });
    void queries.invalidateQueries({ queryKey: ['desk', 'day'] });
  }, [current, wrapUp, queries]);
  useFailedDialTold(data);
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={5} height={36} />;
  if (!data.length) return <EmptyState icon={Phone} title={t('desk.lists.own_empty')} />;
  return (
    <ul className={css.list}>
      {data.map((call) => {
        const isInternal = call.direction === 'internal';
        const Icon = isInternal ? Users : call.direction === 'outbound' ? PhoneOutgoing : PhoneIncoming;
        const disposition = words.disposition(call.disposition_id);
        const name = isInternal
          ? t('transfer.internal.title')
          : call.customer_name || prettyNumber(call.number) || t('common.number_hidden');
        return (
          <li
            key={call.interaction_id}
            className={css.item}
            data-on={picked === call.interaction_id || undefined}
          >
            <UnstyledButton
              className={css.pick}
              aria-pressed={picked === call.interaction_id}
              onClick={() => onPick(picked === call.interaction_id ? null : call)}
            >
              <span className={css.icon} data-kind={call.talk_seconds ? call.direction : 'missed'}>
                <Icon size={15} aria-label={t(`common.direction.${call.direction}`)} />
              </span>
              <span className={css.name}>{name}</span>
              <time className={`num ${css.time}`} dateTime={call.started_at} title={when(call.started_at)}>
                {whenShort(call.started_at)}
              </time>
              <span className={css.sub}>
                {disposition
                  ? named(disposition)
                  : ((call.talk_seconds ? null : textOf(`common.end_reason.${call.outcome}`)) ??
                    (isInternal ? '' : t('desk.lists.no_disposition')))}
              </span>
              <span className={`num ${css.time}`}>
                {call.talk_seconds ? duration(call.talk_seconds) : '—'}
              </span>
            </UnstyledButton>
            <CallBack number={call.number} name={name} queueId={call.queue_id} callbackOf={null} />
          </li>
        );
      })}
    </ul>
  );
}

/** A dialled number that nobody took: the card is gone in a moment, so the reason is said. */
function useFailedDialTold(calls: OwnCall[] | undefined): void {
  const interaction = useDesk()?.interaction ?? null;
  const dialled = useRef<string | null>(null);
  if (interaction?.direction === 'outbound') dialled.current = interaction.id;
  const isOver = !interaction;
  useEffect(() => {
    if (!isOver || !dialled.current) return;
    const call = calls?.find((it) => it.interaction_id === dialled.current);
    if (!call) return;
    dialled.current = null;
    const reason = textOf(`common.end_reason.${call.outcome}`);
    if (call.talk_seconds || !reason) return;
    const text = `${prettyNumber(call.number)}: ${reason}`;
    toast(text, 'bad');
    announce(text);
  }, [isOver, calls]);
}

function Missed({ count }: { count: number }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['missed'],
    queryFn: ({ signal }) => get<MissedCall[]>('/api/v1/missed', {}, signal),
    refetchInterval: 15_000,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the feed tells that the list is another
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['missed'] });
  }, [count, queries]);
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={5} height={36} />;
  const open = data.filter((it) => !it.handled_by_interaction_id);
  if (!open.length) {
    return (
      <EmptyState
        icon={PhoneMissed}
        title={t('desk.lists.missed_empty')}
        text={t('desk.lists.missed_empty_text')}
      />
    );
  }
  return (
    <ul className={css.list}>
      {open.map((call) => {
        const name = call.customer_name || prettyNumber(call.number) || t('common.number_hidden');
        return (
          <li key={call.interaction_id} className={css.item}>
            <div className={css.pick}>
              <span className={css.icon} data-kind="missed">
                <PhoneMissed size={15} aria-hidden />
              </span>
              <span className={css.name}>{name}</span>
              <time className={`num ${css.time}`} dateTime={call.arrived_at} title={when(call.arrived_at)}>
                {whenShort(call.arrived_at)}
              </time>
              <span className={css.sub}>
                {[
                  words.queue(call.queue_id)?.name,
                  textOf(`desk.missed_reason.${call.reason}`, { time: duration(call.waited_seconds) }),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              {call.attempt_at ? (
                <span className={css.attempt}>
                  {t('desk.lists.attempt', {
                    time: when(call.attempt_at),
                    outcome: textOf(`common.end_reason.${call.attempt_outcome}`) ?? '…',
                  })}
                </span>
              ) : null}
            </div>
            <CallBack
              number={call.number}
              name={name}
              queueId={call.queue_id}
              callbackOf={call.interaction_id}
            />
          </li>
        );
      })}
    </ul>
  );
}

function CallBack({
  number,
  name,
  queueId,
  callbackOf,
}: {
  number: string;
  name: string;
  queueId: number | null;
  callbackOf: string | null;
}) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  if (!number) return null;
  return (
    <Tooltip label={t('desk.lists.call_back')}>
      <ActionIcon
        size={32}
        className={css.callBack}
        variant={callbackOf ? 'light' : 'subtle'}
        color={callbackOf ? 'brand' : 'gray'}
        disabled={!actions.can('dial') || actions.pending === 'dial'}
        aria-label={`${t('desk.lists.call_back')}: ${name}`}
        onClick={() => void actions.dial(number, queueId, callbackOf)}
      >
        <Phone size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
