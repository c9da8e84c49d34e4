import { Button, Modal } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { AgentTarget, MoveTarget, Targets } from '~/api/gen';
import { named, useDeskWords } from '~/api/session';
import { textOf } from '~/i18n';
import { count, duration } from '~/lib/format';
import { dialable, looksDialable, prettyNumber } from '~/lib/number';
import type { AgentState } from '~/lib/state';
import { type Choice, type ChoiceGroup, FindOne } from '~/ui/FindOne';
import { ErrorState, Loading } from '~/ui/Notice';
import { StateBadge } from '~/ui/StateBadge';
import css from './TargetDialog.module.css';
import type { Purpose } from './Targets';
import { useDeskActions } from './useDeskActions';

const REFRESH_MS = 3000;
const SEARCH_PAUSE_MS = 200;
const NUMBER = 'number';

/** Who or what the talk goes to, or is asked about it. Enter asks first, Ctrl+Enter transfers at once. */
export default function TargetDialog({ purpose, onClose }: { purpose: Purpose; onClose: () => void }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const words = useDeskWords();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const isCall = purpose === 'colleague';
  const search = useSettled(looksDialable(query) ? '' : query.trim());
  const { data, error, refetch } = useQuery({
    queryKey: ['targets', search],
    queryFn: ({ signal }) => get<Targets>('/api/v1/desk/targets', { search }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
    staleTime: 0,
  });
  const interaction = actions.desk?.interaction ?? null;
  const may = actions.can(isCall ? 'call_colleague' : 'transfer');
  const busy = actions.pending !== null;
  // The customer has gone, or the state is another: there is nothing left to decide.
  useEffect(() => {
    if (!may && !busy) onClose();
  }, [may, busy, onClose]);

  const number = looksDialable(query) ? dialable(query) : '';
  const queueId = interaction?.queue_id;
  const nextTier = queueId ? data?.next_tiers[String(queueId)] : undefined;
  const groups = useMemo<ChoiceGroup[]>(() => {
    if (!data) return [];
    const wanted = query.trim().toLocaleLowerCase();
    const fits = (name: string) => name.toLocaleLowerCase().includes(wanted);
    const colleagues = {
      title: t('transfer.colleagues'),
      choices: data.agents
        .filter((it) => fits(it.name))
        .map<Choice>((it) => {
          const state = it.state as AgentState;
          const reason = state === 'not_ready' ? words.reason(it.reason_id) : undefined;
          const why = whyNot(it, isCall);
          return {
            key: `agent ${it.id}`,
            name: it.name,
            detail: why ? t(`transfer.why.${why}`) : '',
            mark: <StateBadge state={state} {...(reason ? { label: named(reason) } : {})} />,
            disabled: !it.can_be_called,
          };
        }),
    };
    if (isCall) return [colleagues];
    const queues = {
      title: t('transfer.queues'),
      choices: data.queues
        .filter((it) => fits(it.name))
        .sort((a, b) => Number(b.id === nextTier) - Number(a.id === nextTier))
        .map<Choice>((it) => ({
          key: `queue ${it.id}`,
          name: it.name,
          disabled: Boolean(it.why),
          detail: [
            it.id === nextTier ? t('transfer.next_tier') : '',
            it.why ? t(`transfer.why_queue.${it.why}`) : '',
            t('transfer.queue_ready', { count: it.free, ready: count(it.free) }),
            t('transfer.queue_waiting', { waiting: count(it.waiting) }),
            !it.free && it.expected_wait_seconds !== null
              ? t('transfer.queue_wait', { time: duration(it.expected_wait_seconds) })
              : '',
          ]
            .filter(Boolean)
            .join(' · '),
        })),
    };
    const digits = query.replace(/\D/g, '');
    const contacts = {
      title: t('transfer.contacts'),
      choices: data.outside
        .filter(
          (it) =>
            [it.name, it.company, it.note].some(fits) || (digits.length >= 3 && it.number.includes(digits)),
        )
        .map<Choice>((it) => ({
          key: `outside ${it.id}`,
          name: it.name,
          detail: [
            it.why
              ? (textOf(`transfer.why_outside.${it.why}`, it.why_facts) ?? t('transfer.why_outside.other'))
              : '',
            it.company,
            prettyNumber(it.number),
          ]
            .filter(Boolean)
            .join(' · '),
          disabled: Boolean(it.why),
        })),
    };
    if (!number) return [colleagues, queues, contacts];
    const outside = {
      title: t('transfer.outside'),
      choices: [
        {
          key: NUMBER,
          name: prettyNumber(number) || number,
          disabled: !data.may_dial,
          detail: data.may_dial ? '' : t('transfer.why.no_right'),
        },
      ],
    };
    return [outside, contacts, colleagues, queues];
  }, [data, query, number, isCall, words, nextTier, t]);

  const [kind, id] = (active ?? '').split(' ');
  const chosen = kind === 'agent' ? data?.agents.find((it) => it.id === Number(id)) : undefined;
  const contact = kind === 'outside' ? data?.outside.find((it) => it.id === Number(id)) : undefined;
  const target: MoveTarget | null =
    kind === 'agent'
      ? { agent_id: Number(id) }
      : kind === 'queue'
        ? { queue_id: Number(id) }
        : kind === NUMBER
          ? { number }
          : contact
            ? { number: contact.number }
            : null;
  const canMove = target !== null && !busy && (!chosen || chosen.can_take);
  const go = async (isBlind: boolean) => {
    if (!target || busy) return;
    setRefusal(null);
    const done = isCall
      ? await actions.callColleague(Number(id), setRefusal)
      : isBlind
        ? canMove &&
          (await (target.queue_id && target.queue_id === nextTier
            ? actions.escalate(setRefusal)
            : actions.transfer(target, setRefusal)))
        : await actions.consult(target, setRefusal);
    if (done) onClose();
    else void refetch();
  };
  const who = interaction?.customer_name || prettyNumber(interaction?.number) || t('common.number_hidden');
  return (
    <Modal
      opened
      onClose={onClose}
      size={620}
      yOffset="8vh"
      title={isCall ? t('transfer.title_colleague') : t('transfer.title', { who })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      data-testid="targets"
    >
      {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
      <FindOne
        label={t(isCall ? 'transfer.find_colleague' : 'transfer.find')}
        query={query}
        onQuery={(next) => {
          setQuery(next);
          setRefusal(null);
        }}
        groups={groups}
        active={active}
        onActive={setActive}
        onEnter={(other) => void go(other)}
        empty={data ? t(query.trim() ? 'transfer.nothing' : 'transfer.nobody') : ''}
      />
      {data || error ? null : <Loading rows={1} />}
      <p className={css.hint} role={refusal ? 'alert' : undefined} data-refusal={refusal ? true : undefined}>
        {refusal ??
          (isCall
            ? t('transfer.hint_call')
            : chosen && !chosen.can_take
              ? t('transfer.hint_consult_only', { name: chosen.name })
              : t('transfer.hint'))}
      </p>
      <div className={css.foot}>
        {isCall ? (
          <Button
            disabled={!target || busy}
            loading={actions.pending === 'call_colleague'}
            rightSection={<kbd className={css.key}>Enter</kbd>}
            onClick={() => void go(false)}
          >
            {t('transfer.call')}
          </Button>
        ) : (
          <>
            <Button
              variant="default"
              disabled={!canMove}
              loading={actions.pending === 'transfer'}
              rightSection={<kbd className="kbd">Ctrl+Enter</kbd>}
              onClick={() => void go(true)}
            >
              {t('transfer.at_once')}
            </Button>
            <Button
              disabled={!target || busy}
              loading={actions.pending === 'consult'}
              rightSection={<kbd className={css.key}>Enter</kbd>}
              onClick={() => void go(false)}
            >
              {t('transfer.ask_first')}
            </Button>
          </>
        )}
      </div>
    </Modal>
  );
}

/** Why a colleague cannot be asked, or cannot be given the customer at once. */
function whyNot(it: AgentTarget, isCall: boolean): 'unreachable' | 'busy' | 'consult_only' | null {
  if (!it.can_be_called) return it.is_reachable ? 'busy' : 'unreachable';
  return it.can_take || isCall ? null : 'consult_only';
}

/** The text after a pause in typing: the server is not asked at every letter. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
