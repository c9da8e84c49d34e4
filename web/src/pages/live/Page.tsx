import { lazy, Suspense, useMemo } from 'react';
import { withWords } from '~/i18n';
import { AGENT_STATES, type AgentState } from '~/lib/state';
import { useTopic } from '~/live/LiveProvider';
import { Loading } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import { AgentTable } from './AgentTable';
import { EmergencyBanner } from './EmergencyBanner';
import css from './Live.module.css';
import { type BoardFilter, SORTS, type SortKey } from './order';
import { QueueHands } from './QueueHands';
import { QueueStrip } from './QueueStrip';
import { WaitingList } from './WaitingList';

const Alerts = lazy(() => Promise.all([import('./Alerts'), withWords('alerts')]).then(([page]) => page));
const TeamToday = lazy(() => import('./TeamToday'));

export default function LivePage() {
  useTopic('board');
  const [address, setAddress] = useAddress();
  const { find = '', state, queue, team, sort, down, view } = address;
  const filter = useMemo<BoardFilter>(
    () => ({
      find,
      state: AGENT_STATES.includes(state as AgentState) ? (state as AgentState) : null,
      queue: Number(queue) || null,
      team: Number(team) || null,
      sort: SORTS.includes(sort as SortKey) ? (sort as SortKey) : 'state',
      descending: down === 'true',
    }),
    [find, state, queue, team, sort, down],
  );
  return (
    <div className={css.page}>
      <div className={css.top}>
        <EmergencyBanner />
        <Suspense fallback={null}>
          <Alerts onPick={setAddress} />
        </Suspense>
        <QueueStrip
          picked={filter.queue}
          onPick={(id) => setAddress({ queue: filter.queue === id ? null : id })}
        />
        {filter.queue ? <QueueHands queueId={filter.queue} /> : null}
      </div>
      <div className={css.boards}>
        {view === 'today' ? (
          <Suspense fallback={<Loading rows={8} />}>
            <TeamToday find={filter.find} team={filter.team} onClose={() => setAddress({ view: null })} />
          </Suspense>
        ) : (
          <AgentTable filter={filter} onFilter={setAddress} />
        )}
        {view === 'today' ? null : <WaitingList queue={filter.queue} />}
      </div>
    </div>
  );
}
