import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowRow } from '~/api/gen/types.gen';
import { dayTime } from '~/lib/format';
import { prettyNumber } from '~/lib/number';
import type { Column } from '~/ui/DataGrid';
import { ErrorState, Loading } from '~/ui/Notice';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { useThings } from './things';
import { useAuthors } from './useAuthors';

const FlowEditor = lazy(() => import('./FlowEditor'));

/** What customers hear before a person answers: the published flows, and the editor of one of them. */
export default function Flows() {
  const { t } = useTranslation();
  const flows = useThings('flows');
  const authorOf = useAuthors();
  const { open, close, set } = useOpen();
  const columns = useMemo<Column<FlowRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 1.6fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'version',
        title: t('admin.flows.version'),
        width: '90px',
        numeric: true,
        sort: (row) => row.version,
        cell: (row) => <span className="num">{row.version}</span>,
      },
      {
        key: 'at',
        title: t('admin.flows.published_at'),
        width: '150px',
        sort: (row) => row.published_at,
        cell: (row) => dayTime(row.published_at),
      },
      {
        key: 'by',
        title: t('admin.flows.published_by'),
        width: 'minmax(120px, 1fr)',
        sort: (row) => authorOf(row.published_by),
        cell: (row) => authorOf(row.published_by),
      },
      {
        key: 'numbers',
        title: t('admin.flows.numbers'),
        width: 'minmax(160px, 1.6fr)',
        cell: (row) => row.numbers.map(prettyNumber).join(', ') || '—',
      },
    ],
    [t, authorOf],
  );
  const row = typeof open === 'number' ? flows.data?.find((it) => it.id === open) : undefined;
  if (open === 'new' || row) {
    return (
      <Suspense
        fallback={
          <section className={`panel ${css.gone}`}>
            <Loading rows={10} />
          </section>
        }
      >
        <FlowEditor key={row?.id ?? 'new'} row={row ?? null} onClose={close} onCreated={set} />
      </Suspense>
    );
  }
  if (open !== null) {
    return (
      <section className={`panel ${css.gone}`}>
        {flows.data ? (
          <ErrorState title={t('refusals.unknown_flow')} text={t('admin.gone')} onRetry={close} />
        ) : (
          <Loading rows={10} />
        )}
      </section>
    );
  }
  return (
    <Area
      area="flows"
      rows={flows.data}
      error={flows.error}
      onRetry={() => void flows.refetch()}
      columns={columns}
      textOfRow={textOfRow}
      sort={BY_NAME}
      minWidth={760}
    />
  );
}

const BY_NAME = { key: 'name', descending: false };
const textOfRow = (row: FlowRow) =>
  `${row.name} ${row.numbers.join(' ')} ${row.numbers.map(prettyNumber).join(' ')}`;
