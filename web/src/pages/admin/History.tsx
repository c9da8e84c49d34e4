import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { History as HistoryIcon, Undo2, X } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { ChangeRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { full } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { PickMany } from '~/ui/PickMany';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import css from './Admin.module.css';
import { differences, nameOfThing, type Speak } from './differences';
import { refresh } from './things';
import { useSpeak } from './useSpeak';

const PAGE = 100;
const ENTITIES = [
  'queue',
  'plan',
  'number',
  'hours',
  'trunk',
  'system',
  'project',
  'team',
  'skill',
  'agent',
  'device',
  'reason',
  'disposition',
  'site',
] as const;

/** Right that bringing back a thing of this kind takes; others are not brought back from here. */
const RESTORABLE: Record<string, string> = {
  site: 'manage.site',
  project: 'manage.projects',
  team: 'manage.teams',
  skill: 'manage.skills',
  queue: 'manage.queues',
  plan: 'manage.queues',
  number: 'manage.numbers',
  trunk: 'manage.trunks',
  system: 'manage.systems',
  hours: 'manage.hours',
  reason: 'manage.reasons',
  agent: 'manage.people',
};

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
                <td />
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
      <td>
        <Restore row={row} name={nameOfThing(row, people)} />
      </td>
    </tr>
  );
}

/** Brings back what was before the change; of what was made, how it was made. So every version is within reach. */
function Restore({ row, name }: { row: ChangeRow; name: string }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const may = useCan(RESTORABLE[row.entity] ?? '');
  const version = row.before ? 'before' : 'after';
  const restore = useMutation({
    mutationFn: () => post(`/api/v1/history/${row.seq}/restore`, undefined, { query: { version } }),
    onSuccess: async () => {
      await refresh(queries);
      toast(t('admin.history.restored'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  if (!may || !RESTORABLE[row.entity]) return null;
  const word = t(`admin.history.restore_${version}`);
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      leftSection={<Undo2 size={14} aria-hidden />}
      aria-label={`${word}: ${name}`}
      title={word}
      loading={restore.isPending}
      onClick={() =>
        void ask({
          title: t('admin.history.restore_title', { name: name || t('admin.entity.site') }),
          text: t('admin.history.restore_text', { time: full(row.at) }),
          confirm: t('admin.history.restore'),
        }).then((yes) => yes && restore.mutate())
      }
    >
      {t('admin.history.restore')}
    </Button>
  );
}
