import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AudioLines, ExternalLink, MicOff, PhoneIncoming, PhoneOutgoing } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { RecordingRow, RecordingRows } from '~/api/gen/types.gen';
import { useAgents, useQueues } from '~/api/names';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { count, duration, when } from '~/lib/format';
import { readPeriod } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { Party } from '~/ui/Party';
import { PeriodPicker, periodText } from '~/ui/PeriodPicker';
import { idsOf, PickMany } from '~/ui/PickMany';
import { RecordingPlayer } from '~/ui/RecordingPlayer';
import { useAddress } from '~/ui/useAddress';
import { useToday } from '~/ui/useToday';
import { Archive, Hold, Uses } from './Keeping';
import css from './Recordings.module.css';

const PAGE = 100;

/** Talks that were recorded, and those that should have been: pick one and listen below the list. */
export default function RecordingsPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const today = useToday();
  const queues = useQueues();
  const agents = useAgents();
  const period = readPeriod(address, today, 'last_7');
  const queueIds = idsOf(address.queue);
  const agentIds = idsOf(address.agent);
  const query = { from: period.from, to: period.to, queue: queueIds, agent: agentIds };
  const list = useInfiniteQuery({
    queryKey: ['recordings', query],
    queryFn: ({ signal, pageParam }) =>
      get<RecordingRows>('/api/v1/recordings', { ...query, cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const picked = rows?.find((it) => it.segment_id === address.id) ?? null;
  const close = useCallback(() => setAddress({ id: null }), [setAddress]);
  const columns = useMemo<Column<RecordingRow>[]>(
    () => [
      {
        key: 'started_at',
        title: t('recordings.column.started_at'),
        width: 'minmax(110px, 150px)',
        cell: (row) => (
          <span className={css.when}>
            {row.direction === 'outbound' ? (
              <PhoneOutgoing size={14} aria-label={t('common.direction.outbound')} />
            ) : (
              <PhoneIncoming size={14} aria-label={t('common.direction.inbound')} />
            )}
            <span className="num">{when(row.started_at)}</span>
          </span>
        ),
      },
      {
        key: 'customer',
        title: t('lists.customer'),
        width: 'minmax(160px, 2fr)',
        cell: (row) => <Party name={row.customer_name} number={row.number} />,
      },
      {
        key: 'queue',
        title: t('lists.queue'),
        width: 'minmax(90px, 1.2fr)',
        cell: (row) => queues.of(row.queue_id)?.name ?? '—',
      },
      {
        key: 'agent',
        title: t('lists.agent'),
        width: 'minmax(100px, 1.4fr)',
        cell: (row) => row.agent_name || '—',
      },
      {
        key: 'state',
        title: t('recordings.column.state'),
        width: 'minmax(130px, 1fr)',
        cell: (row) => {
          const cause = row.missing_cause ? textOf(`lists.recording.cause.${row.missing_cause}`) : null;
          return (
            <Chip
              tone={row.state === 'stored' ? 'ok' : row.state === 'missing' ? 'bad' : 'mute'}
              {...(cause ? { title: cause } : {})}
            >
              <span className="ellipsis">{textOf(`lists.recording.state.${row.state}`) ?? row.state}</span>
            </Chip>
          );
        },
      },
      {
        key: 'duration',
        title: t('recordings.column.duration'),
        numeric: true,
        width: '110px',
        cell: (row) => duration(row.duration_seconds),
      },
    ],
    [t, queues],
  );
  const filtered = queueIds.length > 0 || agentIds.length > 0;
  return (
    <div className={css.page}>
      <div className={css.tools} role="search" aria-label={t('recordings.filters')}>
        <PeriodPicker value={period} today={today} onChange={setAddress} />
        <PickMany
          label={t('lists.queue')}
          choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
          value={queueIds}
          onChange={(ids) => setAddress({ queue: ids.join(',') })}
        />
        <PickMany
          label={t('lists.agent')}
          choices={agents.map((it) => ({ value: String(it.id), label: it.name }))}
          value={agentIds}
          onChange={(ids) => setAddress({ agent: ids.join(',') })}
        />
        <Archive query={query} isEmpty={!rows?.some((it) => it.state === 'stored')} />
      </div>
      <section className={`panel ${css.list}`}>
        <DataGrid
          label={t('shell.page.recordings')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.segment_id}
          onOpen={(row) => setAddress({ id: row.segment_id })}
          selected={address.id ?? null}
          sortedByServer
          error={list.error && !rows ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={820}
          className={css.grid ?? ''}
          empty={
            <EmptyState
              icon={MicOff}
              title={t('recordings.empty.title')}
              text={t(filtered ? 'recordings.empty.filtered' : 'recordings.empty.text', {
                period: periodText(period),
              })}
            >
              {filtered ? (
                <Button variant="default" onClick={() => setAddress({ queue: null, agent: null })}>
                  {t('lists.clear')}
                </Button>
              ) : null}
            </EmptyState>
          }
        />
        {rows?.length ? (
          <footer className={css.foot}>
            <span>{t('recordings.shown', { count: rows.length, text: count(rows.length) })}</span>
            {list.hasNextPage ? (
              <Button
                size="compact-sm"
                variant="default"
                loading={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {t('lists.more')}
              </Button>
            ) : null}
          </footer>
        ) : null}
      </section>
      {picked ? <Listening recording={picked} onClose={close} /> : <Hint />}
    </div>
  );
}

function Hint() {
  const { t } = useTranslation();
  return (
    <p className={css.hint}>
      <AudioLines size={15} aria-hidden />
      {t('recordings.hint')}
    </p>
  );
}

function Listening({ recording, onClose }: { recording: RecordingRow; onClose: () => void }) {
  const { t } = useTranslation();
  const opens = useCan('view.interactions');
  return (
    <section className={`panel ${css.player}`} aria-label={t('recordings.player')}>
      <header>
        <b>
          <Party name={recording.customer_name} number={recording.number} />
        </b>
        <span className="muted">
          {[recording.agent_name, when(recording.started_at)].filter(Boolean).join(' · ')}
        </span>
        <span className={css.push} />
        {opens ? (
          <Button
            component={Link}
            to={`/interactions/${recording.interaction_id}`}
            size="compact-sm"
            variant="subtle"
            leftSection={<ExternalLink size={14} aria-hidden />}
          >
            {t('recordings.interaction')}
          </Button>
        ) : null}
        <Hold recording={recording} />
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          {t('common.close')}
        </Button>
      </header>
      <RecordingPlayer key={recording.segment_id} recording={recording} />
      <Uses key={`uses ${recording.segment_id}`} segmentId={recording.segment_id} />
    </section>
  );
}
