import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import i18n from 'i18next';
import { Coffee } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { BreakRow, OwnBreaks, UsedRow } from '~/api/gen';
import { named, useDeskWords } from '~/api/session';
import { serverNow } from '~/lib/clock';
import { clock, count } from '~/lib/format';
import { actionOf, keyLabel } from '~/lib/keys';
import { readStored, writeStored } from '~/lib/storage';
import { useDesk, useHeard } from '~/live/hooks';
import { useDeskActions } from '~/phone/useDeskActions';
import { useKeys } from '~/phone/useKeys';
import { Countdown, Overrun } from '~/ui/Elapsed';
import { Banner } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Breaks.module.css';

const BreakDialog = lazy(() => import('./BreakDialog'));

const EARLY_MS = 2 * 60_000;
const TOLD_MS = 30 * 60_000;
/** Asked for by the menu of states. */
export const ASK_BREAK = 'otklik-ask-break';

/** One's own breaks: what waits for a word, what may begin, what runs and how long it may; on every page. */
export default function BreakBar() {
  const queries = useQueryClient();
  const keys = useKeys();
  const [asking, setAsking] = useState(false);
  const { data } = useQuery({
    queryKey: ['breaks', 'own'],
    queryFn: ({ signal }) => get<OwnBreaks>('/api/v1/breaks/own', {}, signal),
    refetchInterval: 60_000,
  });
  useHeard('breaks', () => void queries.invalidateQueries({ queryKey: ['breaks'] }));
  useMinute();
  const [read, setRead] = useState<number>(() => readStored('breaks.read', 0));
  const now = serverNow();
  const shown = (data?.requests ?? []).filter((it) => {
    if (it.status === 'asked' || it.status === 'approved') return true;
    if (it.status === 'begun') return !it.is_over;
    const decided = Date.parse(it.decided_at ?? '');
    return it.status === 'declined' && it.id > read && decided > now - TOLD_MS;
  });
  const next = shown.find((it) => it.status === 'approved' && Date.parse(it.starts_at) - EARLY_MS <= now);
  const run = async (ask: () => Promise<unknown>) => {
    try {
      await ask();
    } catch (problem) {
      toast(problemText(problem), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['breaks'] });
  };
  const begin = (it: BreakRow) => void run(() => post(`/api/v1/breaks/${it.id}/begin`));
  const nextId = next?.id;
  useEffect(() => {
    const ask = () => setAsking(true);
    const listen = (event: KeyboardEvent) => {
      if (actionOf(keys, event) !== 'break') return;
      event.preventDefault();
      if (nextId) void post(`/api/v1/breaks/${nextId}/begin`).catch((it) => toast(problemText(it), 'bad'));
      else setAsking(true);
    };
    addEventListener(ASK_BREAK, ask);
    addEventListener('keydown', listen);
    return () => {
      removeEventListener(ASK_BREAK, ask);
      removeEventListener('keydown', listen);
    };
  }, [keys, nextId]);
  return (
    <>
      {shown.map((it) => (
        <Line
          key={it.id}
          request={it}
          mayBegin={it.id === nextId}
          onBegin={() => begin(it)}
          onWithdraw={() => void run(() => post(`/api/v1/breaks/${it.id}/withdraw`))}
          onRead={() => {
            writeStored('breaks.read', it.id);
            setRead(it.id);
          }}
          keyText={keyLabel(keys.break)}
        />
      ))}
      {asking ? (
        <Suspense>
          <BreakDialog used={data?.used ?? []} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function Line({
  request,
  mayBegin,
  keyText,
  onBegin,
  onWithdraw,
  onRead,
}: {
  request: BreakRow;
  mayBegin: boolean;
  keyText: string;
  onBegin: () => void;
  onWithdraw: () => void;
  onRead: () => void;
}) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const agent = useDesk()?.agent;
  const actions = useDeskActions();
  const reason = words.reason(request.reason_id);
  const facts = {
    reason: reason ? named(reason) : '',
    count: request.minutes,
    time: clock(request.starts_at),
    name: request.by_name,
  };
  const word = request.word ? <> «{request.word}»</> : null;
  const withdraw = (
    <Button size="xs" variant="default" onClick={onWithdraw}>
      {t('team.break.withdraw')}
    </Button>
  );
  switch (request.status) {
    case 'asked':
      return (
        <Banner tone="info" icon={Coffee} action={withdraw}>
          {t('team.break.waits', facts)} <span className="muted">{t(`team.rule.${request.rule}`)}</span>
        </Banner>
      );
    case 'approved':
      return (
        <Banner
          tone="info"
          icon={Coffee}
          action={
            <div className={css.acts}>
              {mayBegin ? (
                <Button size="xs" onClick={onBegin} rightSection={<kbd className={css.key}>{keyText}</kbd>}>
                  {t('team.break.begin')}
                </Button>
              ) : (
                <Countdown until={Date.parse(request.starts_at)} />
              )}
              {withdraw}
            </div>
          }
        >
          {t(request.by_name ? 'team.break.approved_by' : 'team.break.approved', facts)}
          {word}
        </Banner>
      );
    case 'declined':
      return (
        <Banner
          tone="warn"
          icon={Coffee}
          action={
            <Button size="xs" variant="default" onClick={onRead}>
              {t('team.break.read')}
            </Button>
          }
        >
          {t('team.break.declined', facts)}
          {word}
        </Banner>
      );
    case 'begun': {
      const isOn = agent?.state === 'not_ready' && agent.reason_id === request.reason_id;
      if (!isOn) return null;
      const until = agent.since_ms + request.minutes * 60_000;
      const isOver = until <= serverNow();
      return (
        <Banner
          tone={isOver ? 'bad' : 'info'}
          icon={Coffee}
          action={
            <Button size="xs" loading={actions.pending === 'ready'} onClick={() => void actions.ready()}>
              {t('common.state.ready')}
            </Button>
          }
        >
          {isOver ? (
            <>
              {t('team.break.over', facts)}{' '}
              <b>
                <Overrun
                  since={agent.since_ms}
                  limit={request.minutes * 60}
                  label={t('team.break.over', facts)}
                />
              </b>
            </>
          ) : (
            <>
              {t('team.break.runs', facts)}{' '}
              <b data-testid="break-left">
                <Countdown until={until} soon={60} />
              </b>
            </>
          )}
        </Banner>
      );
    }
    default:
      return null;
  }
}

/** Drawn anew often enough that a break may begin, and be over, in its minute. */
function useMinute(): void {
  const [, setNow] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setNow((it) => it + 1), 5000);
    return () => clearInterval(timer);
  }, []);
}

/** Minutes and times of a reason today, against what a day allows. */
export const usedText = (
  it: Pick<UsedRow, 'minutes' | 'times' | 'allowed_minutes' | 'allowed_times'>,
): string =>
  [
    it.allowed_minutes === null
      ? i18n.t('team.used.minutes', { used: count(Math.round(it.minutes)) })
      : i18n.t('team.used.minutes_of', {
          used: count(Math.round(it.minutes)),
          allowed: count(it.allowed_minutes),
        }),
    it.allowed_times === null
      ? i18n.t('team.used.times', { used: count(it.times) })
      : i18n.t('team.used.times_of', { used: count(it.times), allowed: count(it.allowed_times) }),
  ].join(' · ');
