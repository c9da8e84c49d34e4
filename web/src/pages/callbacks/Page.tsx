import { ActionIcon, Button, Switch, Tooltip } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarClock, Pencil, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CALLBACKS, type CallbackRow, cancel, direct } from '~/api/callbacks';
import { get, problemText } from '~/api/client';
import { useAgents, useQueues } from '~/api/names';
import { duration, when } from '~/lib/format';
import { prettyNumber } from '~/lib/number';
import { dayTimeIn } from '~/lib/zoned';
import MoveDialog from '~/phone/callbacks/MoveDialog';
import { lateSeconds, OVERDUE_SECONDS } from '~/phone/callbacks/useCallbacks';
import { announce } from '~/ui/announce';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { Party } from '~/ui/Party';
import { idsOf, PickMany } from '~/ui/PickMany';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import css from './Callbacks.module.css';

const REFRESH_MS = 15_000;

/** Every call that was arranged with a customer or promised to him: moved, given to somebody, taken back. */
export default function CallbacksPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const queries = useQueryClient();
  const queues = useQueues();
  const agents = useAgents();
  const ask = useConfirm();
  const [changing, setChanging] = useState<CallbackRow | null>(null);
  const list = useQuery({
    queryKey: [CALLBACKS, 'all'],
    queryFn: ({ signal }) => get<CallbackRow[]>('/api/v1/callbacks', {}, signal),
    refetchInterval: REFRESH_MS,
  });
  const queueIds = idsOf(address.queue);
  const onlyLate = address.late === 'true';
  const rows = list.data?.filter(
    (it) =>
      (!queueIds.length || queueIds.includes(String(it.queue_id))) &&
      (!onlyLate || (it.is_free && lateSeconds(it) >= OVERDUE_SECONDS)),
  );
  const sort = useMemo<Sort>(
    () =>
      address.sort
        ? { key: address.sort, descending: address.down === 'true' }
        : { key: 'due_at', descending: false },
    [address.sort, address.down],
  );
  const again = () => queries.invalidateQueries({ queryKey: [CALLBACKS] });
  const takeBack = async (row: CallbackRow) => {
    const name = row.customer_name || prettyNumber(row.number) || t('common.number_hidden');
    const sure = await ask({
      title: t('callbacks.take_back_title'),
      text: t('callbacks.take_back_text', { name, time: dayTimeIn(row.due_at) }),
      confirm: t('callbacks.take_back_sure'),
      danger: true,
    });
    if (!sure) return;
    try {
      await cancel(row.interaction_id);
      announce(t('callbacks.taken_back'));
      toast(t('callbacks.taken_back'));
    } catch (refused) {
      toast(problemText(refused), 'bad');
    }
    await again();
  };
  const columns: Column<CallbackRow>[] = [
    {
      key: 'due_at',
      title: t('callbacks.page.due_at'),
      width: 'minmax(270px, 1.8fr)',
      sort: (row) => row.next_at,
      cell: (row) => <Due row={row} />,
    },
    {
      key: 'customer',
      title: t('lists.customer'),
      width: 'minmax(150px, 1.6fr)',
      sort: (row) => row.customer_name || row.number,
      cell: (row) => <Party name={row.customer_name} number={row.number} />,
    },
    {
      key: 'his_clock',
      title: t('callbacks.page.his_clock'),
      width: 'minmax(150px, 1fr)',
      cell: (row) => <span className="num">{dayTimeIn(row.due_at, row.zone)}</span>,
    },
    {
      key: 'queue',
      title: t('lists.queue'),
      width: 'minmax(90px, 1fr)',
      sort: (row) => row.queue_name,
      cell: (row) => row.queue_name || '—',
    },
    {
      key: 'owner',
      title: t('callbacks.page.owner'),
      width: 'minmax(130px, 1.2fr)',
      sort: (row) => row.owner_name,
      cell: (row) => row.owner_name || <span className="muted">{t('callbacks.page.owner_any')}</span>,
    },
    {
      key: 'arranged',
      title: t('callbacks.page.arranged'),
      width: 'minmax(140px, 1.4fr)',
      sort: (row) => row.arranged_at,
      cell: (row) => {
        const who = row.is_promised ? t('lists.customer') : row.arranged_by_name || '—';
        return <span title={who}>{`${when(row.arranged_at)} · ${who}`}</span>;
      },
    },
    {
      key: 'tries',
      title: t('callbacks.page.tries'),
      numeric: true,
      width: '86px',
      sort: (row) => row.attempts,
      cell: (row) => (row.attempts ? <Chip tone="warn">{String(row.attempts)}</Chip> : '0'),
    },
    {
      key: 'note',
      title: t('callbacks.page.note'),
      width: 'minmax(100px, 1.6fr)',
      cell: (row) => (
        <span className={css.note} title={row.note}>
          {row.note || '—'}
        </span>
      ),
    },
    {
      key: 'acts',
      title: '',
      width: '76px',
      cell: (row) =>
        row.is_free ? (
          <span className={css.acts}>
            <Tooltip label={t('callbacks.page.edit')}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={28}
                aria-label={`${t('callbacks.page.edit')}: ${row.customer_name || row.number}`}
                onClick={() => setChanging(row)}
              >
                <Pencil size={15} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t('callbacks.take_back')}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={28}
                aria-label={`${t('callbacks.take_back')}: ${row.customer_name || row.number}`}
                onClick={() => void takeBack(row)}
              >
                <Trash2 size={15} />
              </ActionIcon>
            </Tooltip>
          </span>
        ) : null,
    },
  ];
  const isFiltered = queueIds.length > 0 || onlyLate;
  return (
    <div className={css.page}>
      <div className={css.tools} role="search" aria-label={t('callbacks.page.filters')}>
        <PickMany
          label={t('lists.queue')}
          choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
          value={queueIds}
          onChange={(ids) => setAddress({ queue: ids.join(',') })}
        />
        <Switch
          label={t('callbacks.page.only_overdue')}
          checked={onlyLate}
          onChange={(e) => setAddress({ late: e.currentTarget.checked })}
        />
        <span className={css.count}>
          {rows?.length ? t('callbacks.page.count', { count: rows.length }) : null}
        </span>
      </div>
      <section className={`panel ${css.list}`}>
        <DataGrid
          label={t('shell.page.callbacks')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.interaction_id}
          sort={sort}
          onSort={(next) => setAddress({ sort: next.key, down: next.descending })}
          error={list.error && !list.data ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={1240}
          className={css.grid ?? ''}
          empty={
            <EmptyState
              icon={CalendarClock}
              title={t('callbacks.empty')}
              text={t('callbacks.page.empty_text')}
            >
              {isFiltered ? (
                <Button variant="default" onClick={() => setAddress({ queue: null, late: null })}>
                  {t('lists.clear')}
                </Button>
              ) : null}
            </EmptyState>
          }
        />
      </section>
      {changing ? (
        <MoveDialog
          row={changing}
          owners={agents}
          onSave={async (due, ownerId) => {
            await direct(changing.interaction_id, due, ownerId);
            await again();
          }}
          onClose={() => setChanging(null)}
        />
      ) : null}
    </div>
  );
}

/** When it is due by the reader's clock, and how late it is. */
function Due({ row }: { row: CallbackRow }) {
  const { t } = useTranslation();
  const late = lateSeconds(row);
  return (
    <>
      <span className="num">{dayTimeIn(row.next_at)}</span>{' '}
      {!row.is_free ? (
        <Chip tone="ok">{t('callbacks.taken', { name: row.taken_by_name })}</Chip>
      ) : late >= OVERDUE_SECONDS ? (
        <Chip tone="bad">{t('callbacks.overdue', { time: duration(late) })}</Chip>
      ) : late >= 0 ? (
        <Chip tone="warn">{t('callbacks.due')}</Chip>
      ) : null}
    </>
  );
}
