import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { TeamAgentRow, TeamToday as Today } from '~/api/gen';
import { named, useDeskWords } from '~/api/session';
import { count, duration, share } from '~/lib/format';
import type { AgentState } from '~/lib/state';
import { useHeard } from '~/live/hooks';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { StateBadge } from '~/ui/StateBadge';
import { AttendanceChip } from './Attendance';
import css from './Live.module.css';

const REFRESH_MS = 15_000;

/** Each agent's numbers of today: work, breaks against what a day allows, and how he stands against the list. */
export default function TeamToday({
  find,
  team,
  onClose,
}: {
  find: string;
  team: number | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const queries = useQueryClient();
  const again = () => void queries.invalidateQueries({ queryKey: ['team', 'today'] });
  useHeard('shifts', again);
  useHeard('breaks', again);
  const { data, error, refetch } = useQuery({
    queryKey: ['team', 'today'],
    queryFn: ({ signal }) => get<Today>('/api/v1/team/today', {}, signal),
    refetchInterval: REFRESH_MS,
  });
  const wanted = find.trim().toLocaleLowerCase();
  const rows = data?.rows.filter(
    (it) =>
      (!team || it.team_ids.includes(team)) && (!wanted || it.name.toLocaleLowerCase().includes(wanted)),
  );
  const hasList = data?.has_list ?? false;
  const columns = useMemo<Column<TeamAgentRow>[]>(() => {
    const time = (key: 'talk_seconds' | 'hold_seconds' | 'wrap_up_seconds' | 'ready_seconds') => ({
      key,
      title: t(`team.today.${key}`),
      numeric: true,
      width: '80px',
      sort: (it: TeamAgentRow) => it[key],
      cell: (it: TeamAgentRow) => duration(it[key]),
    });
    return [
      {
        key: 'name',
        title: t('live.column.agent'),
        width: 'minmax(110px, 1.4fr)',
        sort: (it) => it.name,
        cell: (it) => it.name,
      },
      {
        key: 'state',
        title: t('live.column.state'),
        width: 'minmax(140px, 1fr)',
        sort: (it) => it.state,
        cell: (it) => {
          const reason = it.state === 'not_ready' ? words.reason(it.reason_id) : undefined;
          return <StateBadge state={it.state as AgentState} {...(reason ? { label: named(reason) } : {})} />;
        },
      },
      ...(hasList
        ? [
            {
              key: 'attendance',
              title: t('team.today.attendance'),
              width: 'minmax(142px, 1fr)',
              sort: (it: TeamAgentRow) => it.attendance?.minutes ?? 0,
              cell: (it: TeamAgentRow) => <AttendanceChip row={it.attendance} full />,
            },
          ]
        : []),
      {
        key: 'handled',
        title: t('live.column.handled'),
        numeric: true,
        width: '66px',
        sort: (it) => it.handled,
        cell: (it) => count(it.handled),
      },
      time('talk_seconds'),
      time('hold_seconds'),
      time('wrap_up_seconds'),
      {
        key: 'aht',
        title: t('live.column.aht'),
        numeric: true,
        width: '60px',
        sort: (it) => it.aht_seconds,
        cell: (it) => duration(it.aht_seconds),
      },
      {
        key: 'occupancy',
        title: t('live.column.occupancy'),
        numeric: true,
        width: '78px',
        sort: (it) => it.occupancy,
        cell: (it) => share(it.occupancy),
      },
      {
        key: 'missed',
        title: t('live.column.missed'),
        numeric: true,
        width: '84px',
        sort: (it) => it.missed,
        cell: (it) => (it.missed ? <b data-level="bad">{count(it.missed)}</b> : ''),
      },
      {
        key: 'guard',
        title: t('team.today.guard'),
        width: '84px',
        sort: (it) => it.guard,
        cell: (it) =>
          it.guard ? (
            <Chip tone="warn">
              {t(it.guard === 'streak' ? 'live.guard.streak' : 'live.guard.handled', {
                count: it.guard_handled,
                time: duration(it.guard_streak_seconds),
              })}
            </Chip>
          ) : (
            ''
          ),
      },
      {
        key: 'breaks',
        title: t('team.today.breaks'),
        width: 'minmax(170px, 2fr)',
        sort: (it) => it.break_seconds,
        cell: (it) => (
          <span className={css.used}>
            {it.breaks
              .filter((one) => one.times || one.minutes)
              .map((one) => {
                const reason = words.reason(one.reason_id);
                const isOver =
                  (one.allowed_minutes !== null && one.minutes > one.allowed_minutes) ||
                  (one.allowed_times !== null && one.times > one.allowed_times);
                return (
                  <Chip key={one.reason_id} tone={isOver ? 'bad' : 'mute'}>
                    {t('team.today.used', {
                      reason: reason ? named(reason) : String(one.reason_id),
                      times: count(one.times),
                      minutes: count(Math.round(one.minutes)),
                    })}
                    {one.allowed_minutes === null
                      ? ''
                      : t('team.today.allowed', { minutes: count(one.allowed_minutes) })}
                  </Chip>
                );
              })}
          </span>
        ),
      },
    ];
  }, [t, words, hasList]);
  return (
    <section className={`panel ${css.today}`} aria-label={t('team.today.title')}>
      <div className={css.tools}>
        <h2 className={css.todayTitle}>{t('team.today.title')}</h2>
        <Button variant="default" size="xs" className={css.wallLink} onClick={onClose}>
          {t('team.today.close')}
        </Button>
      </div>
      <DataGrid
        label={t('team.today.title')}
        columns={columns}
        rows={rows}
        rowKey={(it) => it.agent_id}
        error={error && !data ? problemText(error) : null}
        onRetry={() => void refetch()}
        minWidth={1120}
        className={css.todayGrid ?? ''}
      />
    </section>
  );
}
