import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { AttendanceRow, Attendances } from '~/api/gen';
import { clock, count } from '~/lib/format';
import { useHeard } from '~/live/hooks';
import { Chip, type Tone } from '~/ui/Chip';

const REFRESH_MS = 30_000;
const TONE: Record<AttendanceRow['word'], Tone> = {
  expected: 'mute',
  present: 'ok',
  came_late: 'warn',
  late: 'warn',
  absent: 'bad',
  left: 'bad',
  done: 'mute',
  outside: 'info',
};
/** What a board must show; who comes as expected needs no mark. */
const LOUD = new Set<AttendanceRow['word']>(['came_late', 'late', 'absent', 'left', 'outside']);

/** How agents in sight stand against the list of shifts, by agent. */
export function useAttendance(): Map<number, AttendanceRow> {
  const queries = useQueryClient();
  useHeard('shifts', () => void queries.invalidateQueries({ queryKey: ['attendance'] }));
  const { data } = useQuery({
    queryKey: ['attendance'],
    queryFn: ({ signal }) => get<Attendances>('/api/v1/attendance', {}, signal),
    refetchInterval: REFRESH_MS,
  });
  return useMemo(() => new Map(data?.rows.map((it) => [it.agent_id, it])), [data]);
}

/** Late, absent, gone or outside the list, with minutes. `full`: also that all is as expected. */
export function AttendanceChip({ row, full }: { row: AttendanceRow | null | undefined; full?: boolean }) {
  const { t } = useTranslation();
  if (!row || (!full && !LOUD.has(row.word))) return null;
  const hours =
    row.starts_at && row.ends_at
      ? t('team.attendance.hours', { from: clock(row.starts_at), to: clock(row.ends_at) })
      : '';
  return (
    <Chip tone={TONE[row.word]} title={hours}>
      {t(full ? `team.attendance.${row.word}` : `team.attendance.short.${row.word}`, {
        minutes: count(row.minutes),
      })}
    </Chip>
  );
}
