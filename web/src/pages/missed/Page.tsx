import { Button, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Check, Phone, PhoneMissed } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { MissedCall } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { useCan, useMe } from '~/api/session';
import { textOf } from '~/i18n';
import { count, duration, when } from '~/lib/format';
import { useDeskActions } from '~/phone/useDeskActions';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { OutcomeChip } from '~/ui/OutcomeChip';
import { Party } from '~/ui/Party';
import { PhoneNumber } from '~/ui/PhoneNumber';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import css from './Missed.module.css';

const MOST = 500;
const REFRESH_MS = 10_000;

/** Customers who did not get through, the latest first, each one click from a call back. */
export default function MissedPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [address, setAddress] = useAddress();
  const queues = useQueues();
  const opens = useCan('view.interactions');
  const mayDirect = useCan('direct.agents');
  const queueIds = idsOf(address.queue);
  const all = address.all === 'true';
  const list = useQuery({
    queryKey: ['missed', 'page', all, queueIds],
    queryFn: ({ signal }) =>
      get<MissedCall[]>('/api/v1/missed', { include_handled: all, queue: queueIds, limit: MOST }, signal),
    refetchInterval: REFRESH_MS,
  });
  const sort = useMemo<Sort>(
    () =>
      address.sort
        ? { key: address.sort, descending: address.down === 'true' }
        : { key: 'arrived_at', descending: true },
    [address.sort, address.down],
  );
  const columns = useMemo<Column<MissedCall>[]>(
    () => [
      {
        key: 'arrived_at',
        title: t('missed.column.arrived_at'),
        width: 'minmax(100px, 140px)',
        sort: (row) => row.arrived_at,
        cell: (row) =>
          opens ? (
            <Link to={`/interactions/${row.interaction_id}`} className={`num ${css.link}`}>
              {when(row.arrived_at)}
            </Link>
          ) : (
            <span className="num">{when(row.arrived_at)}</span>
          ),
      },
      {
        key: 'customer',
        title: t('lists.customer'),
        width: 'minmax(150px, 1.6fr)',
        sort: (row) => row.customer_name || row.number,
        cell: (row) => <Party name={row.customer_name} number={row.number} />,
      },
      {
        key: 'queue',
        title: t('lists.queue'),
        width: 'minmax(90px, 1.2fr)',
        sort: (row) => queues.of(row.queue_id)?.name,
        cell: (row) => queues.of(row.queue_id)?.name ?? '—',
      },
      {
        key: 'number_called',
        title: t('missed.column.number_called'),
        width: 'minmax(70px, 1fr)',
        sort: (row) => row.number_called,
        cell: (row) => <span className="num">{row.number_called || '—'}</span>,
      },
      {
        key: 'waited',
        title: t('missed.column.waited'),
        numeric: true,
        width: '84px',
        sort: (row) => row.waited_seconds,
        cell: (row) => duration(row.waited_seconds),
      },
      {
        key: 'reason',
        title: t('missed.column.reason'),
        width: 'minmax(216px, 1.5fr)',
        sort: (row) => textOf(`common.end_reason.${row.reason}`),
        cell: (row) => <OutcomeChip outcome={row.reason} />,
      },
      {
        key: 'tries',
        title: t('missed.column.tries'),
        numeric: true,
        width: '110px',
        definition: t('missed.tries_definition'),
        sort: (row) => row.tries_since,
        cell: (row) =>
          row.tries_since ? (
            <Chip tone="warn">{count(row.tries_since)}</Chip>
          ) : (
            <span className="muted">0</span>
          ),
      },
      {
        key: 'handled',
        title: t('missed.column.handled'),
        width: 'minmax(190px, 2fr)',
        cell: (row) => <Handled row={row} opens={opens} />,
      },
      {
        key: 'call',
        title: '',
        width: '132px',
        cell: (row) =>
          row.handled_by_interaction_id || !row.number ? null : me.agent ? (
            <CallBack row={row} />
          ) : (
            <PhoneNumber value={row.number} copy />
          ),
      },
    ],
    [t, queues, opens, me.agent],
  );
  const open = list.data?.filter((it) => !it.handled_by_interaction_id).length;
  const shown = me.agent ? columns : columns.filter((it) => it.key !== 'call');
  return (
    <div className={css.page}>
      <div className={css.tools} role="search" aria-label={t('missed.filters')}>
        <PickMany
          label={t('lists.queue')}
          choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
          value={queueIds}
          onChange={(ids) => setAddress({ queue: ids.join(',') })}
        />
        <Switch
          label={t('missed.with_handled')}
          checked={all}
          onChange={(e) => setAddress({ all: e.currentTarget.checked })}
        />
        <span className={css.count}>{open ? t('missed.open', { count: open }) : null}</span>
        {mayDirect ? (
          <Link to={'/callbacks' as never} className={css.link}>
            {t('shell.page.callbacks')}
          </Link>
        ) : null}
      </div>
      <section className={`panel ${css.list}`}>
        <DataGrid
          label={t('shell.page.missed')}
          columns={shown}
          rows={list.data}
          rowKey={(row) => row.interaction_id}
          sort={sort}
          onSort={(next) => setAddress({ sort: next.key, down: next.descending })}
          error={list.error && !list.data ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={1080}
          className={css.grid ?? ''}
          empty={
            <EmptyState
              icon={all || queueIds.length ? PhoneMissed : Check}
              title={t(queueIds.length ? 'missed.empty.filtered' : 'missed.empty.title')}
              text={t('missed.empty.text')}
            >
              {queueIds.length ? (
                <Button variant="default" onClick={() => setAddress({ queue: null })}>
                  {t('lists.clear')}
                </Button>
              ) : null}
            </EmptyState>
          }
        />
      </section>
    </div>
  );
}

/** Whether somebody reached him meanwhile; else the last try. */
function Handled({ row, opens }: { row: MissedCall; opens: boolean }) {
  const { t } = useTranslation();
  if (row.handled_by_interaction_id) {
    const facts = { name: row.handled_by_name || '—', time: row.handled_at ? when(row.handled_at) : '' };
    const text = t(row.handled_direction === 'inbound' ? 'missed.came_back' : 'missed.called_back', facts);
    return opens ? (
      <Link to={`/interactions/${row.handled_by_interaction_id}`} className={css.link} title={text}>
        {text}
      </Link>
    ) : (
      <span title={text}>{text}</span>
    );
  }
  if (!row.attempt_at) return <span className="muted">{t('missed.not_yet')}</span>;
  const outcome = row.attempt_outcome
    ? (textOf(`common.end_reason.${row.attempt_outcome}`) ?? row.attempt_outcome)
    : t('lists.in_progress');
  const text = t('missed.attempt', { name: row.attempt_by_name || '—', time: when(row.attempt_at), outcome });
  return <span title={text}>{text}</span>;
}

function CallBack({ row }: { row: MissedCall }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const navigate = useNavigate();
  return (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<Phone size={14} aria-hidden />}
      disabled={!actions.can('dial') || actions.pending === 'dial'}
      aria-label={`${t('lists.call_back')}: ${row.customer_name || row.number}`}
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
