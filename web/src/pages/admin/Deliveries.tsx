import { Button, Select } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { MailX, RotateCw } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { DeliveryPage, DeliveryRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { count, when } from '~/lib/format';
import { Chip, type Tone } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import css from './Admin.module.css';
import { useThings } from './things';

const STATES = ['waiting', 'delivered', 'failed', 'skipped'] as const;
export const DELIVERY_TONE: Record<DeliveryRow['state'], Tone> = {
  waiting: 'info',
  delivered: 'ok',
  failed: 'bad',
  skipped: 'mute',
};

/** The other side's own words, or ours where it said nothing. */
export const answerText = (answer: string): string => {
  const [code = '', ...rest] = answer.split(' ');
  const words = textOf(`admin.deliveries.answers.${code}`);
  return words ? [words, ...rest].join(' ') : answer;
};

/** What was told, what is to be told, and what the other side said. */
export default function Deliveries() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [address, setAddress] = useAddress();
  const ways = useThings('delivery-ways');
  const names = useMemo(() => new Map(ways.data?.map((it) => [it.id, it.name])), [ways.data]);
  const state = STATES.find((it) => it === address.state) ?? null;
  const list = useInfiniteQuery({
    queryKey: ['deliveries', state],
    queryFn: ({ signal, pageParam }) =>
      get<DeliveryPage>('/api/v1/deliveries', { state, before: pageParam }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 5_000,
  });
  const again = useMutation({
    mutationFn: (id: number) => post(`/api/v1/deliveries/${id}/again`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const { mutate } = again;
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const columns = useMemo<Column<DeliveryRow>[]>(
    () => [
      {
        key: 'made_at',
        title: t('admin.deliveries.made'),
        width: 'minmax(110px, 140px)',
        cell: (row) => <span className="num">{when(row.made_at)}</span>,
      },
      {
        key: 'state',
        title: t('admin.delivery-ways.state'),
        width: '130px',
        cell: (row) => (
          <Chip tone={DELIVERY_TONE[row.state]}>{t(`admin.deliveries.states.${row.state}`)}</Chip>
        ),
      },
      {
        key: 'subject',
        title: t('admin.deliveries.subject'),
        width: 'minmax(220px, 2.4fr)',
        cell: (row) => <span className="ellipsis">{row.subject}</span>,
      },
      {
        key: 'to',
        title: t('admin.deliveries.to'),
        width: 'minmax(150px, 1.4fr)',
        cell: (row) => (
          <span className="ellipsis">{[names.get(row.way_id), row.address].filter(Boolean).join(' · ')}</span>
        ),
      },
      {
        key: 'tries',
        title: t('admin.deliveries.tries'),
        numeric: true,
        width: '90px',
        cell: (row) => count(row.tries),
      },
      {
        key: 'answer',
        title: t('admin.deliveries.answer'),
        width: 'minmax(180px, 2fr)',
        cell: (row) => (
          <span className="ellipsis" title={row.answer}>
            {answerText(row.answer) || '—'}
          </span>
        ),
      },
      {
        key: 'again',
        title: '',
        width: '120px',
        cell: (row) =>
          row.state === 'failed' ? (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<RotateCw size={14} aria-hidden />}
              onClick={() => mutate(row.id)}
            >
              {t('admin.deliveries.again')}
            </Button>
          ) : null,
      },
    ],
    [t, names, mutate],
  );
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.deliveries.title')}</h2>
          <p>{t('admin.deliveries.about')}</p>
        </div>
        <Select
          aria-label={t('admin.delivery-ways.state')}
          placeholder={t('admin.delivery-ways.state')}
          data={STATES.map((value) => ({ value, label: t(`admin.deliveries.states.${value}`) }))}
          value={state}
          onChange={(value) => setAddress({ state: value })}
          clearable
        />
      </header>
      <div className={`panel ${css.listBox}`}>
        <DataGrid
          label={t('admin.deliveries.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          error={list.error && !rows ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={1040}
          className={css.grid ?? ''}
          empty={<EmptyState icon={MailX} title={t('admin.deliveries.none')} />}
        />
      </div>
      {list.hasNextPage ? (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('lists.more')}
        </Button>
      ) : null}
    </section>
  );
}
