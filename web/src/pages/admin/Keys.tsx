import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, fieldErrors, get, post, problemText } from '~/api/client';
import { day, when } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import type { Column } from '~/ui/DataGrid';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Secret } from './Secret';

interface KeyRow {
  id: number;
  name: string;
  made_at: string;
  last_used_at: string | null;
  token: string | null;
}

/** Keys of programs and of televisions: made, shown once, taken away. They are never changed. */
export function Keys<Row extends KeyRow>({
  area,
  columns: more,
  fields,
  bodyOf,
  isComplete = true,
  shownOf,
}: {
  area: 'tokens' | 'walls';
  columns?: readonly Column<Row>[];
  /** Further fields of a new one. */
  fields?: (errors: Record<string, string>) => ReactNode;
  bodyOf: (name: string) => unknown;
  isComplete?: boolean;
  /** What is shown once of a new one. */
  shownOf: (row: Row) => readonly (readonly [string, string])[];
}) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const { open, close } = useOpen();
  const [name, setName] = useState('');
  const path = `/api/v1/${area}`;
  const list = useQuery({
    queryKey: ['admin', area],
    queryFn: ({ signal }) => get<Row[]>(path, {}, signal),
  });
  const again = () => queries.invalidateQueries({ queryKey: ['admin', area] });
  const make = useMutation({ mutationFn: () => post<Row>(path, bodyOf(name)), onSuccess: again });
  const revoke = useMutation({
    mutationFn: (id: number) => del(`${path}/${id}`),
    onSuccess: async () => {
      await again();
      toast(t('admin.keys.revoked'));
    },
    onError: (problem) => toast(problemText(problem), 'bad'),
  });
  const { mutate: take } = revoke;
  const columns = useMemo<Column<Row>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      ...(more ?? []),
      {
        key: 'made_at',
        title: t('admin.keys.made'),
        width: 'minmax(110px, 1fr)',
        sort: (row) => row.made_at,
        cell: (row) => <span className="num">{day(row.made_at)}</span>,
      },
      {
        key: 'used',
        title: t('admin.keys.used'),
        width: 'minmax(120px, 1fr)',
        sort: (row) => row.last_used_at,
        cell: (row) => (
          <span className="num">{row.last_used_at ? when(row.last_used_at) : t('admin.people.never')}</span>
        ),
      },
      {
        key: 'revoke',
        title: '',
        width: '112px',
        cell: (row) => (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`${t('admin.people.revoke')}: ${row.name}`}
            onClick={() =>
              void ask({
                title: t('admin.keys.revoke_title', { name: row.name }),
                text: t(`admin.${area}.revoke_text`),
                confirm: t('admin.people.revoke'),
                danger: true,
              }).then((yes) => yes && take(row.id))
            }
          >
            {t('admin.people.revoke')}
          </Button>
        ),
      },
    ],
    [t, more, ask, area, take],
  );
  const errors = fieldErrors(make.error);
  const done = () => {
    make.reset();
    setName('');
    close();
  };
  return (
    <>
      <Area
        area={area}
        rows={list.data}
        error={list.error}
        onRetry={() => void list.refetch()}
        columns={columns}
        textOfRow={nameOf}
        canOpen={false}
      />
      <Modal
        opened={open === 'new'}
        onClose={done}
        title={t(`admin.${area}.new`)}
        size="lg"
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {make.data?.token ? (
          <div className={css.rows}>
            <Secret text={t('admin.secret_once')} lines={shownOf(make.data)} />
            <div className={css.actions} style={{ justifyContent: 'flex-end' }}>
              <Button onClick={done}>{t('admin.keys.noted')}</Button>
            </div>
          </div>
        ) : (
          <form
            className={css.rows}
            onSubmit={(e) => {
              e.preventDefault();
              make.mutate();
            }}
          >
            <TextInput
              label={t('admin.name')}
              description={t(`admin.${area}.name_help`)}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              required
              data-autofocus
              value={name}
              error={errors.name}
              onChange={(e) => setName(e.currentTarget.value)}
            />
            {fields?.(errors)}
            {make.error && !Object.keys(errors).length ? (
              <p className={css.error} role="alert">
                {problemText(make.error)}
              </p>
            ) : null}
            <div className={css.actions} style={{ justifyContent: 'flex-end' }}>
              <Button variant="default" onClick={done}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" loading={make.isPending} disabled={!name.trim() || !isComplete}>
                {t('admin.keys.make')}
              </Button>
            </div>
          </form>
        )}
      </Modal>
    </>
  );
}

const nameOf = (row: KeyRow) => row.name;
