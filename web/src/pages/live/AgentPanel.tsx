import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import { named, useDeskWords } from '~/api/session';
import type { WhyIdle } from '~/api/types';
import { textOf } from '~/i18n';
import { count, duration, share } from '~/lib/format';
import { useLiveAgent } from '~/live/hooks';
import { practises } from '~/live/practice';
import { live } from '~/live/store';
import { Elapsed } from '~/ui/Elapsed';
import { Banner, ErrorState, Loading } from '~/ui/Notice';
import { StateBadge } from '~/ui/StateBadge';
import { InHand } from './InHand';
import css from './Live.module.css';
import { LoanHands } from './LoanHands';
import { PinButton } from './Pin';
import { PracticeHands } from './PracticeHands';
import { StateHands } from './StateHands';

interface IdleFacts {
  rule?: string;
  queues?: number[];
  before?: number;
}

/** One agent closer: the state, the figures of the day, and why no call comes. */
export function AgentPanel({ agentId, onClose }: { agentId: number | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={agentId !== null}
      onClose={onClose}
      position="right"
      size={380}
      title={agentId === null ? '' : live.agents.get(agentId)?.name}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.2 }}
    >
      {agentId === null ? null : <Content agentId={agentId} />}
    </Drawer>
  );
}

function Content({ agentId }: { agentId: number }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const agent = useLiveAgent(agentId);
  const { data, error, isLoading, refetch } = useQuery({
    queryKey: ['why', 'agent', agentId, agent?.state],
    queryFn: ({ signal }) => get<WhyIdle>(`/api/v1/agents/${agentId}/why`, {}, signal),
    refetchInterval: 5000,
  });
  if (!agent) return null;
  const reason = words.reason(agent.reason_id);
  const facts = (data?.facts ?? {}) as IdleFacts;
  const queues = (facts.queues ?? []).map((id) => live.queues.get(id)?.name ?? String(id));
  return (
    <div className={css.panel}>
      <div className={css.panelState}>
        <StateBadge
          state={agent.state}
          large
          {...(agent.state === 'not_ready' && reason ? { label: named(reason) } : {})}
        />
        <Elapsed since={agent.since_ms} className={css.wait} />
        <PinButton kind="agent" id={agentId} name={agent.name} />
      </div>
      <dl className={css.facts}>
        <dt>{t('live.column.handled')}</dt>
        <dd className="num">{count(agent.handled)}</dd>
        <dt>{t('live.column.aht')}</dt>
        <dd className="num">{duration(agent.aht_ms === null ? null : agent.aht_ms / 1000)}</dd>
        <dt>{t('live.column.occupancy')}</dt>
        <dd className="num">{share(agent.occupancy)}</dd>
        <dt>{t('live.column.missed')}</dt>
        <dd className="num">{count(agent.missed)}</dd>
        <dt>{t('live.mode.title')}</dt>
        <dd>
          {t(`live.mode.${agent.mode}`)}
          {textOf(`live.mode.rule.${agent.mode_rule}`) ? (
            <span className="muted"> · {textOf(`live.mode.rule.${agent.mode_rule}`)}</span>
          ) : null}
        </dd>
        <dt>{t('live.device')}</dt>
        <dd>{agent.reachable ? t('live.reachable') : t('live.unreachable')}</dd>
      </dl>
      <InHand agent={agent} />
      <StateHands agent={agent} />
      {practises(agent) ? null : <LoanHands agent={agent} />}
      <PracticeHands agent={agent} />
      {agent.guard ? (
        <Banner tone="warn">
          {t(`live.guard.${agent.guard}_help`, {
            count: agent.guard_handled ?? 0,
            time: duration((agent.guard_streak_ms ?? 0) / 1000),
          })}
        </Banner>
      ) : null}
      <h3>{t('live.why.title')}</h3>
      {isLoading ? <Loading rows={2} /> : null}
      {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
      {data ? (
        <>
          <p>{textOf(`live.why.${facts.rule}`) ?? facts.rule}</p>
          {queues.length ? (
            <p className="muted">{t('live.why.queues', { queues: queues.join(', ') })}</p>
          ) : null}
          {data.facts.before ? (
            <p className="muted">{t('live.why.before', { count: data.facts.before })}</p>
          ) : null}
        </>
      ) : null}
    </div>
  );
}
