import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { History as HistoryIcon, X } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { ChangeRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { full } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import css from './Admin.module.css';
import { differences, nameOfThing, type Speak } from './differences';
import { useSpeak } from './useSpeak';

const PAGE = 100;
const ENTITIES = [
  'queue',
  'number',
  'hours',
  'trunk',
  'project',
  'team',
  'skill',
  'agent',
  'device',
  'reason',
  'disposition',
  'site',
] as const;

/** Who changed which setting, and how. */
export default function History() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const entity = ENTITIES.find((it) => it === address.entity) ?? null;
  const of = /^\d{1,9}$/.test(address.of ?? '') ? address.of! : null;
  const { people, speak } = useSpeak();
  const list = useInfiniteQuery({
    queryKey: ['admin', 'history', entity, of],
    queryFn: ({ signal, pageParam }) =>
      get<ChangeRow[]>('/api/v1/history', { entity, id: of, before: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.length === PAGE ? (last[last.length - 1]?.seq ?? null) : null),
  });
  const rows = useMemo(() => list.data?.pages.flat(), [list.data]);
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.history.title')}</h2>
          <p>{t('admin.history.about')}</p>
        </div>
        <PickMany
          single
          label={t('admin.history.entity')}
          choices={ENTITIES.map((value) => ({ value, label: t(`admin.entity.${value}`) }))}
          value={entity ? [entity] : []}
          onChange={([one]) => setAddress({ entity: one, of: null })}
        />
        {of ? (
          <Button
            variant="subtle"
            leftSection={<X size={15} aria-hidden />}
            onClick={() => setAddress({ of: null })}
          >
            {t('admin.show_all')}
          </Button>
        ) : null}
      </header>
      <div
        className={`panel ${css.logBox}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {list.error && !rows ? (
          <ErrorState text={problemText(list.error)} onRetry={() => void list.refetch()} />
        ) : null}
        {!rows && !list.error ? <Loading rows={8} /> : null}
        {rows && !rows.length ? (
          <EmptyState icon={HistoryIcon} title={t('common.empty.title')} text={t('admin.history.about')} />
        ) : null}
        {rows?.length ? (
          <table className={css.log}>
            <thead>
              <tr>
                <th scope="col">{t('admin.history.at')}</th>
                <th scope="col">{t('admin.history.by')}</th>
                <th scope="col">{t('admin.history.what')}</th>
                <th scope="col">{t('admin.history.how')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Change key={row.seq} row={row} people={people} speak={speak(row.entity)} />
              ))}
            </tbody>
          </table>
        ) : null}
        {list.hasNextPage ? (
          <div className={css.logFoot}>
            <Button
              variant="default"
              size="compact-sm"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t('lists.more')}
            </Button>
          </div>
        ) : null}
      </div>
    </section>
  );
}

function Change({
  row,
  people,
  speak,
}: {
  row: ChangeRow;
  people: ReadonlyMap<number, string>;
  speak: Speak;
}) {
  const { t } = useTranslation();
  const kind = row.before ? (row.after ? 'changed' : 'removed') : 'created';
  const changes = differences(row.before, row.after, speak).filter((it) => it.field !== `${row.entity}_id`);
  return (
    <tr>
      <td className="num">{full(row.at)}</td>
      <td>{row.by_name || t('admin.history.setup')}</td>
      <td>
        {textOf(`admin.entity.${row.entity}`) ?? row.entity} <b>{nameOfThing(row, people)}</b>{' '}
        <Chip tone={kind === 'removed' ? 'bad' : kind === 'created' ? 'ok' : 'info'}>
          {t(`admin.history.kind.${kind}`)}
        </Chip>
      </td>
      <td>
        {kind === 'changed' ? (
          <ul className={css.diff}>
            {changes.map((it) => (
              <li key={it.field}>
                {textOf(`admin.field.${it.field}`) ?? it.field}: <del>{it.before}</del> →{' '}
                <ins>{it.after}</ins>
              </li>
            ))}
          </ul>
        ) : (
          <details>
            <summary>{t('admin.history.values', { count: changes.length })}</summary>
            <ul className={css.diff}>
              {changes.map((it) => (
                <li key={it.field}>
                  {textOf(`admin.field.${it.field}`) ?? it.field}:{' '}
                  {kind === 'created' ? <ins>{it.after}</ins> : <del>{it.before}</del>}
                </li>
              ))}
            </ul>
          </details>
        )}
      </td>
    </tr>
  );
}
