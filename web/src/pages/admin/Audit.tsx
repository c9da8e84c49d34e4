import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { AuditRow } from '~/api/gen/types.gen';
import { named, useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { full } from '~/lib/format';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import css from './Admin.module.css';
import { valueText } from './differences';
import { choices, useThings } from './things';

const PAGE = 100;
const ACTIONS = [
  'sign_in.opened',
  'sign_in.ended',
  'sign_in.failed',
  'sign_ins.ended',
  'password.changed',
  'reset_link.made',
  'reset_link.used',
  'person.created',
  'person.changed',
  'person.blocked',
  'person.unblocked',
  'role.saved',
  'role.removed',
  'device.created',
  'device.removed',
  'token.created',
  'token.revoked',
  'wall.created',
  'wall.revoked',
  'recording.listened',
  'recording.downloaded',
  'recording.exported',
  'recording.held',
  'recording.released',
  'retention.saved',
  'customers.imported',
  'customers.merged',
  'interaction.direct_callback',
  'report.exported',
  'prompt.saved',
  'prompt.renamed',
  'prompt.removed',
  'alert_rule.created',
  'alert_rule.changed',
  'alert_rule.removed',
  'delivery_way.created',
  'delivery_way.changed',
  'delivery_way.removed',
  'receiver.created',
  'receiver.changed',
  'receiver.removed',
  'webhook.created',
  'webhook.changed',
  'webhook.removed',
  'webhook.key_renewed',
  'webhook.replayed',
  'screen_pop.created',
  'screen_pop.changed',
  'screen_pop.removed',
  'screen_pop.hosts_changed',
  'agent.dialed_for',
  'rate.set',
  'rate.withdrawn',
  'tariff.set',
  'tariff.withdrawn',
  'source.named',
  'source.mapped',
  'source.imported',
  'source.counted_anew',
] as const;

/** Who did what: sign-ins, rights, recordings listened to, data taken away. */
export default function Audit() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const mayPeople = useCan('manage.people');
  const people = useThings('people', { may: mayPeople });
  const action = ACTIONS.find((it) => it === address.action) ?? null;
  const person = /^\d{1,9}$/.test(address.person ?? '') ? address.person! : null;
  const roles = useThings('roles', { may: useCan('manage.roles') });
  const roleNames = useMemo(() => new Map(roles.data?.map((it) => [it.id, named(it)])), [roles.data]);
  const names = useMemo(() => new Map(people.data?.map((it) => [it.id, it.name])), [people.data]);
  const list = useInfiniteQuery({
    queryKey: ['admin', 'audit', action, person],
    queryFn: ({ signal, pageParam }) =>
      get<AuditRow[]>('/api/v1/audit', { action, person, before: pageParam, limit: PAGE }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length === PAGE ? (last[last.length - 1]?.id ?? null) : null),
  });
  const rows = useMemo(() => list.data?.pages.flat(), [list.data]);
  const rolesText = (key: string, value: unknown): string | null =>
    /^role_ids?$/.test(key)
      ? [value]
          .flat()
          .map((id) => roleNames.get(Number(id)) ?? `№ ${id}`)
          .join(', ') || null
      : null;
  const whatText = (row: AuditRow) => {
    const name = row.entity === 'person' ? names.get(Number(row.entity_id)) : undefined;
    const facts = Object.entries(row.facts)
      .filter(([, value]) => value !== null && value !== '')
      .map(
        ([key, value]) =>
          `${textOf(`admin.field.${key}`) ?? key}: ${rolesText(key, value) ?? valueText(value)}`,
      );
    return [name, ...facts].filter(Boolean).join(' · ');
  };
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.audit.title')}</h2>
          <p>{t('admin.audit.about')}</p>
        </div>
        {mayPeople ? (
          <PickMany
            single
            label={t('admin.audit.person')}
            choices={choices(people.data?.filter((it) => !it.is_robot))}
            value={person ? [person] : []}
            onChange={([one]) => setAddress({ person: one })}
          />
        ) : null}
        <PickMany
          single
          label={t('admin.audit.action')}
          choices={ACTIONS.map((value) => ({ value, label: textOf(`admin.action.${value}`) ?? value }))}
          value={action ? [action] : []}
          onChange={([one]) => setAddress({ action: one })}
        />
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
          <EmptyState icon={ScrollText} title={t('common.empty.title')}>
            <Button variant="default" onClick={() => setAddress({ action: null, person: null })}>
              {t('admin.show_all')}
            </Button>
          </EmptyState>
        ) : null}
        {rows?.length ? (
          <table className={css.log}>
            <thead>
              <tr>
                <th scope="col">{t('admin.history.at')}</th>
                <th scope="col">{t('admin.history.by')}</th>
                <th scope="col">{t('admin.audit.action')}</th>
                <th scope="col">{t('admin.audit.details')}</th>
                <th scope="col">{t('admin.audit.address')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="num">{full(row.at)}</td>
                  <td>{row.by_name || t('admin.audit.program')}</td>
                  <td>{textOf(`admin.action.${row.action}`) ?? row.action}</td>
                  <td>{whatText(row)}</td>
                  <td className="num">{row.address || '—'}</td>
                </tr>
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
