import { Button, Select, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, CalendarClock, Ear, ListX, Pin, Search, Sigma, Tv } from 'lucide-react';
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AttendanceRow } from '~/api/gen';
import { named, useCan, useDeskWords, useMe } from '~/api/session';
import type { Reason } from '~/api/types';
import { serverNow } from '~/lib/clock';
import { count, duration, share } from '~/lib/format';
import { type AgentState, BY_ATTENTION } from '~/lib/state';
import { useLiveAgent, useThrottled } from '~/live/hooks';
import { practises } from '~/live/practice';
import { live } from '~/live/store';
import type { LiveAgent } from '~/live/types';
import { announce } from '~/ui/announce';
import { Chip } from '~/ui/Chip';
import { decimal } from '~/ui/decimal';
import { Elapsed, Overrun } from '~/ui/Elapsed';
import { EmptyState, Loading } from '~/ui/Notice';
import { StateChip } from '~/ui/StateBadge';
import { AgentPanel } from './AgentPanel';
import { AttendanceChip, useAttendance } from './Attendance';
import { BreaksButton, useBreaks } from './BreaksButton';
import css from './Live.module.css';
import { NoticeButton } from './NoticeButton';
import { type BoardFilter, orderedAgents, type SortKey } from './order';
import { usePins } from './Pin';

/** Rows are drawn by recycled slots: more of them than fit on any screen. A change of order patches texts. */
const SLOTS = 96;

/** Below it many are dissatisfied with what they hear (R 70 of the E-model). */
const FAIR_MOS = 3.6;

/** Seconds in a state from which it needs a look: amber, red. */
const LIMITS: Partial<Record<AgentState, readonly [number, number]>> = {
  offered: [10, 20],
  held: [60, 180],
  connected: [480, 900],
  reconnecting: [3, 8],
  connecting: [20, 45],
};

interface Words {
  state: Record<AgentState, string>;
  reason: (id: number | null) => Reason | undefined;
  unreachable: string;
  overLimit: string;
  afterwards: string;
  attendance: Map<number, AttendanceRow>;
  /** Seconds that an approved break may last, by agent and reason. */
  allowed: Map<string, number>;
}

const HEADS: readonly {
  key: SortKey | null;
  word: 'agent' | 'state' | 'in_state' | 'queue' | 'handled' | 'aht' | 'occupancy' | 'missed';
  numeric?: boolean;
}[] = [
  { key: 'name', word: 'agent' },
  { key: 'state', word: 'state' },
  { key: 'since', word: 'in_state' },
  { key: null, word: 'queue' },
  { key: 'handled', word: 'handled', numeric: true },
  { key: 'aht', word: 'aht', numeric: true },
  { key: 'occupancy', word: 'occupancy', numeric: true },
  { key: 'missed', word: 'missed', numeric: true },
];

export function AgentTable({
  filter,
  onFilter,
}: {
  filter: BoardFilter;
  onFilter: (change: Record<string, string | number | boolean | null>) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const mayWall = useCan('watch.wall');
  const mayDirect = useCan('direct.agents');
  const words = useDeskWords();
  const box = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState<number | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  const pointer = useRef(false);
  const held = useRef<{ filter: BoardFilter; pinned: ReadonlySet<number>; ids: number[] } | null>(null);
  const { agents: pinned, toggle } = usePins();

  const counts = useThrottled(['agents'], 250, () => {
    const by: Partial<Record<AgentState, number>> = {};
    for (const agent of live.agents.values()) by[agent.state] = (by[agent.state] ?? 0) + 1;
    return { by, all: live.agents.size };
  });
  // The order changes once a second at most, and not at all under the pointer: nobody clicks the wrong row.
  const ids = useThrottled(
    ['agents'],
    1000,
    () => {
      const last = held.current;
      const isSame = last?.filter === filter && last.pinned === pinned;
      if (pointer.current && last && isSame && last.ids.length) {
        return last.ids.every((id) => live.agents.has(id))
          ? last.ids
          : last.ids.filter((id) => live.agents.has(id));
      }
      const next = orderedAgents(live.agents.values(), filter, pinned);
      if (last && isSame && last.ids.length === next.length && last.ids.every((id, i) => id === next[i])) {
        return last.ids;
      }
      held.current = { filter, pinned, ids: next };
      return next;
    },
    [filter, pinned],
  );
  const attendance = useAttendance();
  const { data: breaks } = useBreaks(useCan('direct.agents'));
  const allowed = useMemo(
    () =>
      new Map(
        breaks
          ?.filter((it) => it.status === 'begun' && !it.is_over)
          .map((it) => [`${it.agent_id} ${it.reason_id}`, it.minutes * 60]),
      ),
    [breaks],
  );
  const rowWords = useMemo<Words>(
    () => ({
      state: Object.fromEntries(
        BY_ATTENTION.map((state) => [state, t(`common.state.${state}`)]),
      ) as Words['state'],
      reason: words.reason,
      unreachable: t('live.unreachable'),
      overLimit: t('live.over_limit_short'),
      afterwards: t('shell.state.then'),
      attendance,
      allowed,
    }),
    [t, words, attendance, allowed],
  );
  const rowHeight = useRowHeight();
  const virtualizer = useVirtualizer({
    count: ids.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the density changes
  useEffect(() => virtualizer.measure(), [rowHeight]);

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== box.current) return;
    const at = selected === null ? -1 : ids.indexOf(selected);
    if (e.key === 'Enter' && selected !== null) {
      e.preventDefault();
      setOpen(selected);
      return;
    }
    if (e.code === 'KeyP' && selected !== null && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      const name = live.agents.get(selected)?.name ?? '';
      const said = toggle('agent', selected) ? 'supervision.pin.on_said' : 'supervision.pin.off_said';
      announce(t(said, { name }));
      return;
    }
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 400) / rowHeight) - 2);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: ids.length - 1,
      PageDown: at + page,
      PageUp: at - page,
    }[e.key];
    if (to === undefined || !ids.length) return;
    e.preventDefault();
    const next = Math.min(ids.length - 1, Math.max(0, to));
    setSelected(ids[next]!);
    virtualizer.scrollToIndex(next);
  };
  const teams = me.teams.length > 1 ? me.teams : null;

  return (
    <section
      className={`panel ${css.agents}`}
      aria-label={t('live.agents')}
      onPointerEnter={() => {
        pointer.current = true;
      }}
      onPointerLeave={() => {
        pointer.current = false;
      }}
    >
      <div className={css.tools}>
        <TextInput
          className={css.find}
          leftSection={<Search size={15} aria-hidden />}
          placeholder={t('live.find')}
          aria-label={t('live.find')}
          value={filter.find}
          onChange={(e) => onFilter({ find: e.currentTarget.value })}
        />
        {teams ? (
          <Select
            className={css.team}
            clearable
            placeholder={t('live.all_teams')}
            aria-label={t('live.team')}
            value={filter.team ? String(filter.team) : null}
            data={teams.map((team) => ({ value: String(team.id), label: team.name }))}
            onChange={(value) => onFilter({ team: value })}
          />
        ) : null}
        <div className={css.states} role="group" aria-label={t('live.by_state')}>
          <button type="button" aria-pressed={!filter.state} onClick={() => onFilter({ state: null })}>
            {t('common.all')} <b className="num">{count(counts.all)}</b>
          </button>
          {BY_ATTENTION.filter((state) => counts.by[state] || filter.state === state).map((state) => (
            <button
              key={state}
              type="button"
              aria-pressed={filter.state === state}
              onClick={() => onFilter({ state: filter.state === state ? null : state })}
            >
              <i className={css.dot} data-state={state} aria-hidden />
              {rowWords.state[state]} <b className="num">{count(counts.by[state] ?? 0)}</b>
            </button>
          ))}
        </div>
        <Button
          variant="default"
          size="xs"
          leftSection={<Sigma size={15} aria-hidden />}
          onClick={() => onFilter({ view: 'today' })}
        >
          {t('team.today.open')}
        </Button>
        <BreaksButton />
        {mayDirect ? (
          <Button
            component={Link}
            to={'/callbacks' as never}
            variant="default"
            size="xs"
            leftSection={<CalendarClock size={15} aria-hidden />}
          >
            {t('shell.page.callbacks')}
          </Button>
        ) : null}
        <NoticeButton />
        {/* In a tab of its own: leaving this page would take the phone with it. */}
        {mayWall ? (
          <Button
            component="a"
            href="/wall"
            target="_blank"
            rel="noopener"
            variant="default"
            size="xs"
            leftSection={<Tv size={15} aria-hidden />}
            className={css.wallLink}
          >
            {t('live.wall')}
          </Button>
        ) : null}
      </div>
      <div
        ref={box}
        className={css.body}
        role="table"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
        aria-label={t('live.agents')}
        aria-rowcount={ids.length + 1}
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className={css.sticky}>
          <div className={css.headRow} role="row" aria-rowindex={1}>
            {HEADS.map((head) => (
              <div
                key={head.word}
                role="columnheader"
                data-numeric={head.numeric}
                aria-sort={
                  head.key && filter.sort === head.key
                    ? filter.descending
                      ? 'descending'
                      : 'ascending'
                    : undefined
                }
              >
                {head.key ? (
                  <button
                    type="button"
                    onClick={() =>
                      onFilter({
                        sort: head.key,
                        down: filter.sort === head.key ? !filter.descending : null,
                      })
                    }
                  >
                    {t(`live.column.${head.word}`)}
                    {filter.sort === head.key ? (
                      filter.descending ? (
                        <ArrowUp size={12} aria-hidden />
                      ) : (
                        <ArrowDown size={12} aria-hidden />
                      )
                    ) : null}
                  </button>
                ) : (
                  t(`live.column.${head.word}`)
                )}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={css.rows} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => (
            <Row
              key={item.index % SLOTS}
              id={ids[item.index]!}
              y={item.start}
              index={item.index}
              on={selected === ids[item.index]}
              isPinned={pinned.has(ids[item.index]!)}
              words={rowWords}
              onPick={setSelected}
              onOpen={setOpen}
            />
          ))}
        </div>
        {counts.all === 0 ? <Loading rows={8} /> : null}
        {counts.all > 0 && !ids.length ? (
          <EmptyState icon={ListX} title={t('live.nobody_fits')}>
            <Button
              variant="default"
              onClick={() => onFilter({ find: null, state: null, team: null, queue: null })}
            >
              {t('live.show_all')}
            </Button>
          </EmptyState>
        ) : null}
      </div>
      <AgentPanel agentId={open} onClose={() => setOpen(null)} />
    </section>
  );
}

/** He has had enough for now: others get calls first, somebody should let him rest. */
function GuardChip({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const facts = {
    count: agent.guard_handled ?? 0,
    time: duration((agent.guard_streak_ms ?? 0) / 1000),
  };
  return (
    <Chip tone="warn">
      <span title={t(`live.guard.${agent.guard ?? 'handled'}_help`, facts)}>
        {t(`live.guard.${agent.guard ?? 'handled'}`, facts)}
      </span>
    </Chip>
  );
}

/** A supervisor is at this talk: two need not be. */
function Listened({ id }: { id: string }) {
  const { t } = useTranslation();
  const names = useThrottled(
    ['interactions'],
    500,
    () => (live.interactions.get(id)?.watchers ?? []).map((it) => it.name).join(', '),
    [id],
  );
  return names ? (
    <small title={t('supervision.listened', { names })}>
      <Ear size={13} aria-label={t('supervision.listened', { names })} />
    </small>
  ) : null;
}

/** Nothing of this talk is recorded now. Late: the agent was asked whether it is over and did not say. */
function CardPaused({ id }: { id: string }) {
  const { t } = useTranslation();
  const state = useThrottled(
    ['interactions'],
    500,
    () => {
      const it = live.interactions.get(id);
      if (!it?.card_since_ms) return '';
      return (it.card_asks_ms ?? 0) < serverNow() ? 'late' : 'paused';
    },
    [id],
  );
  return state ? (
    <Chip tone={state === 'late' ? 'bad' : 'warn'} title={t('live.card_title')}>
      {t('live.card')}
    </Chip>
  ) : null;
}

/** Somebody in this talk is hard to understand. */
function BadLink({ id }: { id: string }) {
  const { t } = useTranslation();
  const mos = useThrottled(['interactions'], 500, () => live.interactions.get(id)?.link_mos ?? null, [id]);
  if (mos === null || mos >= FAIR_MOS) return null;
  const facts = { mos: decimal(mos, 1) };
  return (
    <Chip tone="bad" title={t('live.link_title', facts)}>
      {t('live.link', facts)}
    </Chip>
  );
}

function useRowHeight(): number {
  const { density } = useMe();
  return { compact: 28, normal: 36, comfortable: 44 }[density] ?? 36;
}

const Row = memo(function Row({
  id,
  y,
  index,
  on,
  isPinned,
  words,
  onPick,
  onOpen,
}: {
  id: number;
  y: number;
  index: number;
  on: boolean;
  isPinned: boolean;
  words: Words;
  onPick: (id: number) => void;
  onOpen: (id: number) => void;
}) {
  const { t } = useTranslation();
  const agent = useLiveAgent(id);
  if (!agent) return null;
  const reason = agent.state === 'not_ready' ? words.reason(agent.reason_id) : undefined;
  const limits = LIMITS[agent.state];
  const limit = words.allowed.get(`${id} ${agent.reason_id}`) ?? reason?.max_seconds ?? undefined;
  const until =
    agent.state === 'wrap_up' && agent.deadline_ms ? (agent.deadline_ms - agent.since_ms) / 1000 : undefined;
  const intent = words.reason(agent.intent_reason_id);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the table's
    <div
      className={css.row}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={on}
      style={{ transform: `translateY(${y}px)` }}
      onClick={() => {
        onPick(id);
        // A finger has no second click and no Enter.
        if (matchMedia('(pointer: coarse)').matches) onOpen(id);
      }}
      onDoubleClick={() => onOpen(id)}
    >
      <div role="cell" className={css.name}>
        {isPinned ? <Pin size={12} aria-label={t('supervision.pin.mark')} /> : null}
        {agent.name}
      </div>
      <div role="cell" className={css.stateCell}>
        <StateChip state={agent.state} label={reason ? named(reason) : words.state[agent.state]} />
        {limit ? <Overrun since={agent.since_ms} limit={limit} label={words.overLimit} /> : null}
        {agent.intent === 'not_ready' && intent ? (
          <small title={words.afterwards}>→ {named(intent)}</small>
        ) : null}
        {agent.state === 'ready' && !agent.reachable ? (
          <small data-level="bad">{words.unreachable}</small>
        ) : null}
        {agent.reserved_until_ms ? <small>{t('live.reserved')}</small> : null}
        {agent.guard ? <GuardChip agent={agent} /> : null}
        {practises(agent) ? <Chip tone="info">{t('team.practice.mark')}</Chip> : null}
        <AttendanceChip row={words.attendance.get(id)} />
        {agent.interaction_id ? <Listened id={agent.interaction_id} /> : null}
        {agent.interaction_id ? <CardPaused id={agent.interaction_id} /> : null}
        {agent.interaction_id ? <BadLink id={agent.interaction_id} /> : null}
      </div>
      <div role="cell">
        <Elapsed
          since={agent.since_ms}
          warn={limits?.[0]}
          bad={limit ?? until ?? limits?.[1]}
          className={css.wait}
        />
      </div>
      <div role="cell" className={css.dim}>
        {agent.queue_id ? live.queues.get(agent.queue_id)?.name : ''}
      </div>
      <div role="cell" data-numeric className="num">
        {agent.handled}
      </div>
      <div role="cell" data-numeric className="num">
        {duration(agent.aht_ms === null ? null : agent.aht_ms / 1000)}
      </div>
      <div role="cell" data-numeric className={css.occupancy}>
        <span className={css.meter} aria-hidden>
          <i style={{ transform: `scaleX(${agent.occupancy ?? 0})` }} />
        </span>
        <span className="num">{share(agent.occupancy)}</span>
      </div>
      <div role="cell" data-numeric className="num" data-level={agent.missed ? 'bad' : undefined}>
        {agent.missed || ''}
      </div>
    </div>
  );
});
