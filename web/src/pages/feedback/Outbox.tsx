import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Send } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { TextRow, TextRows } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { when } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { Party } from '~/ui/Party';
import css from './Feedback.module.css';

const PAGE = 100;
const REFRESH_MS = 15_000;

/** Texts for customers, and what became of each. */
export function Outbox({ choice }: { choice: ReactNode }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['outbox'],
    queryFn: ({ signal, pageParam }) =>
      get<TextRows>('/api/v1/outbox', { cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const columns = useMemo<Column<TextRow>[]>(
    () => [
      {
        key: 'queued_at',
        title: t('feedback.column.queued_at'),
        width: 'minmax(110px, 140px)',
        cell: (row) => (
          <Link to={`/interactions/${row.interaction_id}`} className={`num ${css.link}`}>
            {when(row.queued_at)}
          </Link>
        ),
      },
      {
        key: 'customer',
        title: t('lists.customer'),
        width: 'minmax(150px, 1.4fr)',
        cell: (row) => <Party name={row.customer_name} number={row.number} />,
      },
      {
        key: 'purpose',
        title: t('feedback.column.purpose'),
        width: 'minmax(90px, 130px)',
        cell: (row) => t(`feedback.purpose.${row.purpose}`),
      },
      {
        key: 'body',
        title: t('feedback.column.body'),
        width: 'minmax(220px, 4fr)',
        cell: (row) => (
          <span className="ellipsis" title={row.body}>
            {row.body}
          </span>
        ),
      },
      {
        key: 'state',
        title: t('feedback.column.state'),
        width: 'minmax(250px, 2fr)',
        cell: (row) => {
          const cause = row.cause ? (textOf(`feedback.cause.${row.cause}`) ?? row.cause) : null;
          return (
            <Chip tone={row.state === 'failed' ? 'bad' : 'mute'} {...(cause ? { title: cause } : {})}>
              <span className="ellipsis">
                {cause ?? textOf(`feedback.text_state.${row.state}`) ?? row.state}
              </span>
            </Chip>
          );
        },
      },
    ],
    [t],
  );
  return (
    <>
      <div className={css.tools}>{choice}</div>
      <section className={`panel ${css.list}`}>
        <DataGrid
          label={t('feedback.tab.outbox')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.text_id}
          sortedByServer
          error={list.error && !rows ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={900}
          className={css.grid ?? ''}
          empty={
            <EmptyState
              icon={Send}
              title={t('feedback.empty.outbox')}
              text={t('feedback.empty.outbox_text')}
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
    </>
  );
}
