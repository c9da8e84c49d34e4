import { Button, Switch } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Check, ExternalLink, Phone, Undo2, Voicemail } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, put } from '~/api/client';
import type { VoicemailRow, VoicemailRows } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { useCan, useMe } from '~/api/session';
import { textOf } from '~/i18n';
import { duration, when } from '~/lib/format';
import { useDeskActions } from '~/phone/useDeskActions';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { Party } from '~/ui/Party';
import { RecordingPlayer } from '~/ui/RecordingPlayer';
import { useAddress } from '~/ui/useAddress';
import css from './Voicemail.module.css';

const PAGE = 100;
const REFRESH_MS = 10_000;

/** Spoken messages of customers: listen, call back, and say that it is done. */
export default function VoicemailPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [address, setAddress] = useAddress();
  const queues = useQueues();
  const all = address.all === 'true';
  const list = useInfiniteQuery({
    queryKey: ['voicemails', 'page', all],
    queryFn: ({ signal, pageParam }) =>
      get<VoicemailRows>(
        '/api/v1/voicemails',
        { include_handled: all, cursor: pageParam, limit: PAGE },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const open = list.data?.pages[0]?.open ?? 0;
  const picked = rows?.find((it) => it.voicemail_id === address.id) ?? null;
  const close = useCallback(() => setAddress({ id: null }), [setAddress]);
  const listName = useCallback(
    (row: VoicemailRow) =>
      row.team_id ? row.team_name || `№ ${row.team_id}` : (queues.of(row.queue_id)?.name ?? '—'),
    [queues],
  );
  const columns = useMemo<Column<VoicemailRow>[]>(
    () => [
      {
        key: 'left_at',
        title: t('voicemail.column.left_at'),
        width: 'minmax(110px, 140px)',
        cell: (row) => <span className="num">{when(row.left_at)}</span>,
      },
      {
        key: 'customer',
        title: t('lists.customer'),
        width: 'minmax(160px, 2fr)',
        cell: (row) => <Party name={row.customer_name} number={row.number} />,
      },
      {
        key: 'list',
        title: t('voicemail.column.list'),
        width: 'minmax(110px, 1.2fr)',
        cell: (row) => <span className="ellipsis">{listName(row)}</span>,
      },
      {
        key: 'number_called',
        title: t('voicemail.column.number_called'),
        width: 'minmax(80px, 1fr)',
        cell: (row) => <span className="num">{row.number_called || '—'}</span>,
      },
      {
        key: 'duration',
        title: t('voicemail.column.duration'),
        numeric: true,
        width: '90px',
        cell: (row) => duration(row.duration_seconds),
      },
      {
        key: 'handled',
        title: t('voicemail.column.handled'),
        width: 'minmax(190px, 2fr)',
        cell: (row) =>
          row.handled_at ? (
            <span className="ellipsis">
              {t('voicemail.handled_by', { name: row.handled_by_name || '—', time: when(row.handled_at) })}
            </span>
          ) : (
            <Chip tone={row.state === 'missing' ? 'bad' : 'warn'}>
              {t(row.state === 'waits' ? 'voicemail.waits' : 'voicemail.open')}
            </Chip>
          ),
      },
      {
        key: 'act',
        title: '',
        width: 'minmax(150px, 190px)',
        cell: (row) => <Handle row={row} />,
      },
    ],
    [t, listName],
  );
  return (
    <div className={css.page}>
      <div className={css.tools} role="search" aria-label={t('voicemail.filters')}>
        <Switch
          label={t('voicemail.with_handled')}
          checked={all}
          onChange={(e) => setAddress({ all: e.currentTarget.checked })}
        />
        <span className={css.count}>{open ? t('voicemail.count', { count: open }) : null}</span>
      </div>
      <section className={`panel ${css.list}`}>
        <DataGrid
          label={t('shell.page.voicemail')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.voicemail_id}
          onOpen={(row) => setAddress({ id: row.voicemail_id })}
          selected={address.id ?? null}
          sortedByServer
          error={list.error && !rows ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={1000}
          className={css.grid ?? ''}
          empty={
            <EmptyState
              icon={Voicemail}
              title={t('voicemail.empty.title')}
              text={t('voicemail.empty.text')}
            />
          }
        />
        {list.hasNextPage ? (
          <footer className={css.foot}>
            <Button
              size="compact-sm"
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t('lists.more')}
            </Button>
          </footer>
        ) : null}
      </section>
      {picked ? (
        <Listening row={picked} list={listName(picked)} onClose={close} mayCall={me.agent} />
      ) : (
        <p className={css.hint}>
          <Voicemail size={15} aria-hidden />
          {t('voicemail.hint')}
        </p>
      )}
    </div>
  );
}

/** Done, or to be done again: one click, and no question, since it can be undone. */
function Handle({ row }: { row: VoicemailRow }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const handle = useMutation({
    mutationFn: (is_handled: boolean) =>
      put(`/api/v1/voicemails/${row.voicemail_id}/handled`, { is_handled }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['voicemails'] }),
  });
  const Icon = row.handled_at ? Undo2 : Check;
  const words = t(row.handled_at ? 'voicemail.undo' : 'voicemail.done');
  return (
    <Button
      size="compact-sm"
      variant={row.handled_at ? 'subtle' : 'light'}
      leftSection={<Icon size={14} aria-hidden />}
      loading={handle.isPending}
      title={handle.error ? problemText(handle.error) : undefined}
      color={handle.error ? 'red' : undefined}
      aria-label={`${words}: ${row.customer_name || row.number || when(row.left_at)}`}
      onClick={(event) => {
        event.stopPropagation();
        handle.mutate(!row.handled_at);
      }}
    >
      {words}
    </Button>
  );
}

interface ListeningProps {
  row: VoicemailRow;
  list: string;
  mayCall: boolean;
  onClose: () => void;
}

function Listening({ row, list, mayCall, onClose }: ListeningProps) {
  const { t } = useTranslation();
  const opens = useCan('view.interactions');
  const recording = {
    segment_id: row.voicemail_id,
    duration_seconds: row.duration_seconds,
    size_bytes: null,
    state: row.state,
    missing_cause: row.missing_cause,
  };
  return (
    <section className={`panel ${css.player}`} aria-label={t('voicemail.player')}>
      <header>
        <b>
          <Party name={row.customer_name} number={row.number} />
        </b>
        <span className="muted">{[list, when(row.left_at)].join(' · ')}</span>
        <span className={css.push} />
        {mayCall && row.number ? <CallBack row={row} /> : null}
        {opens ? (
          <Button
            component={Link}
            to={`/interactions/${row.interaction_id}`}
            size="compact-sm"
            variant="subtle"
            leftSection={<ExternalLink size={14} aria-hidden />}
          >
            {t('voicemail.interaction')}
          </Button>
        ) : null}
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          {t('common.close')}
        </Button>
      </header>
      {row.state === 'waits' ? (
        <p className={css.hint}>{textOf('voicemail.waits_long')}</p>
      ) : (
        <RecordingPlayer
          key={row.voicemail_id}
          recording={recording}
          path={`/api/v1/voicemails/${row.voicemail_id}`}
        />
      )}
    </section>
  );
}

function CallBack({ row }: { row: VoicemailRow }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const navigate = useNavigate();
  return (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<Phone size={14} aria-hidden />}
      disabled={!actions.can('dial') || actions.pending === 'dial'}
      // The desk holds what a call needs: keys, customer, outcome.
      onClick={() =>
        void actions.dial(row.number, row.queue_id, row.interaction_id).then((dialed) => {
          if (dialed) void navigate({ to: '/desk' });
        })
      }
    >
      {t('lists.call_back')}
    </Button>
  );
}
