import { Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { SourceNowBoard, SourceRow } from '~/api/gen/types.gen';
import { serverNow } from '~/lib/clock';
import { count, dayTime, duration } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import own from '../Sources.module.css';

const LOOK_MS = 2000;
/** The follower says every ten seconds that it is there. */
const STALE_MS = 40_000;
const TONE = { ready: 'ok', not_ready: 'warn', talking: 'info' } as const;

/** Queues and agents of a source whose log is followed as it is written. */
export function Now({ source }: { source: SourceRow }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['source', source.id, 'now'],
    queryFn: ({ signal }) => get<SourceNowBoard>(`/api/v1/sources/${source.id}/now`, {}, signal),
    refetchInterval: LOOK_MS,
  });
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={6} />;
  if (!data.at) {
    return (
      <EmptyState
        title={t('admin.sources.now.never')}
        text={t('admin.sources.now.how', { name: source.name })}
      />
    );
  }
  const since = (moment: string | null) =>
    moment ? duration((serverNow() - Date.parse(moment)) / 1000) : '—';
  const isStale = serverNow() - Date.parse(data.at) > STALE_MS;
  return (
    <div className={own.found}>
      {isStale ? <p role="alert">{t('admin.sources.now.stale', { time: dayTime(data.at) })}</p> : null}
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('lists.queue')}</Table.Th>
            <Table.Th className={own.figure}>{t('admin.sources.now.waiting')}</Table.Th>
            <Table.Th className={own.figure}>{t('admin.sources.now.oldest')}</Table.Th>
            <Table.Th className={own.figure}>{t('admin.sources.now.talking')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.queues.map((one) => (
            <Table.Tr key={one.queue}>
              <Table.Td>{one.queue}</Table.Td>
              <Table.Td className={own.figure}>{count(one.waiting)}</Table.Td>
              <Table.Td className={own.figure}>{since(one.oldest)}</Table.Td>
              <Table.Td className={own.figure}>{count(one.talking)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {data.agents.length ? (
        <Table>
          <Table.Tbody>
            {data.agents.map((one) => (
              <Table.Tr key={one.agent}>
                <Table.Td>{one.agent}</Table.Td>
                <Table.Td>
                  <Chip tone={TONE[one.state]}>{t(`admin.sources.now.state.${one.state}`)}</Chip>
                </Table.Td>
                <Table.Td>{one.reason || one.queue}</Table.Td>
                <Table.Td className={own.figure}>{one.since ? since(one.since) : ''}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : (
        <p className="muted">{t('admin.sources.now.nobody')}</p>
      )}
    </div>
  );
}
