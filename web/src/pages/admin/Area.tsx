import { Button, TextInput } from '@mantine/core';
import { Plus, Search, SearchX } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import css from './Admin.module.css';
import type { AreaKey } from './areas';

/** A list that is searched, sorted and opened; what is open stands in the address. */
export function Area<Row extends { id: number }>({
  area,
  rows,
  error,
  onRetry,
  columns,
  textOfRow,
  filters,
  actions,
  notice,
  shown,
  minWidth,
  canAdd = true,
  canOpen = true,
  sort: usual,
}: {
  area: AreaKey;
  rows: readonly Row[] | undefined;
  error: unknown;
  onRetry: () => void;
  columns: readonly Column<Row>[];
  /** What the search looks through. */
  textOfRow: (row: Row) => string;
  filters?: ReactNode;
  /** What else can be done here, before the button that adds one. */
  actions?: ReactNode;
  /** Between the head and the list. */
  notice?: ReactNode;
  /** Further filters, beside the search. */
  shown?: (row: Row) => boolean;
  minWidth?: number;
  canAdd?: boolean;
  canOpen?: boolean;
  sort?: Sort;
}) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const find = address.find ?? '';
  const wanted = find.trim().toLocaleLowerCase();
  const found = useMemo(
    () =>
      rows?.filter(
        (row) => (!wanted || textOfRow(row).toLocaleLowerCase().includes(wanted)) && (!shown || shown(row)),
      ),
    [rows, wanted, textOfRow, shown],
  );
  const sort = useMemo<Sort | null>(
    () => (address.sort ? { key: address.sort, descending: address.down === 'true' } : (usual ?? null)),
    [address.sort, address.down, usual],
  );
  const add = () => setAddress({ id: 'new' });
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t(`admin.${area}.title`)}</h2>
          <p>{t(`admin.${area}.about`)}</p>
        </div>
        <TextInput
          className={css.search ?? ''}
          type="search"
          leftSection={<Search size={15} aria-hidden />}
          aria-label={t('common.search')}
          placeholder={t('common.search')}
          value={find}
          onChange={(e) => setAddress({ find: e.currentTarget.value })}
        />
        {actions}
        {canAdd ? (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={add}>
            {t('common.add')}
          </Button>
        ) : null}
        {filters ? <div className={css.filters}>{filters}</div> : null}
        {notice ? <div className={css.filters}>{notice}</div> : null}
      </header>
      <div className={`panel ${css.listBox}`}>
        <DataGrid
          label={t(`admin.${area}.title`)}
          columns={columns}
          rows={found}
          rowKey={(row) => row.id}
          {...(canOpen ? { onOpen: (row: Row) => setAddress({ id: row.id }) } : {})}
          selected={address.id ? Number(address.id) : null}
          sort={sort}
          onSort={(next) => setAddress({ sort: next.key, down: next.descending })}
          error={error && !rows ? problemText(error) : null}
          onRetry={onRetry}
          {...(minWidth ? { minWidth } : {})}
          className={css.grid ?? ''}
          empty={
            rows?.length ? (
              <EmptyState icon={SearchX} title={t('lists.pick.nothing')}>
                <Button variant="default" onClick={() => setAddress(NO_SEARCH)}>
                  {t('admin.show_all')}
                </Button>
              </EmptyState>
            ) : (
              <EmptyState title={t('common.empty.title')} text={t(`admin.${area}.about`)}>
                {canAdd ? (
                  <Button leftSection={<Plus size={16} aria-hidden />} onClick={add}>
                    {t('common.add')}
                  </Button>
                ) : null}
              </EmptyState>
            )
          }
        />
      </div>
    </section>
  );
}

const NO_SEARCH = { find: null, role: null, team: null, show: null } as const;

/** What the address has open: an id, a new one, or nothing. */
export function useOpen(): {
  open: number | 'new' | null;
  close: () => void;
  set: (id: number | null) => void;
} {
  const [address, setAddress] = useAddress();
  const id = address.id;
  return {
    open: id === 'new' ? 'new' : id && /^\d+$/.test(id) ? Number(id) : null,
    close: () => setAddress({ id: null }),
    set: (next) => setAddress({ id: next }),
  };
}
