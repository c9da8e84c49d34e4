import { Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TokenRow } from '~/api/gen/types.gen';
import { named, useCan, useMe } from '~/api/session';
import { day } from '~/lib/format';
import { addDays, startOfDay } from '~/lib/period';
import type { Column } from '~/ui/DataGrid';
import { DayField } from '~/ui/DayField';
import { useToday } from '~/ui/useToday';
import { Keys } from './Keys';
import { useThings } from './things';

/** Keys with which programs use the API. */
export default function Tokens() {
  const { t } = useTranslation();
  const me = useMe();
  const today = useToday();
  const mayRoles = useCan('manage.roles');
  const mayPeople = useCan('manage.people');
  const roles = useThings('roles', { may: mayRoles || mayPeople });
  const [role, setRole] = useState<string | null>(null);
  const [last, setLast] = useState('');
  const columns = useMemo<Column<TokenRow>[]>(() => {
    const names = new Map(roles.data?.map((it) => [it.id, named(it)]));
    return [
      {
        key: 'role',
        title: t('admin.tokens.role'),
        width: 'minmax(140px, 1.4fr)',
        sort: (row) => (row.role_id ? names.get(row.role_id) : ''),
        cell: (row) => (row.role_id ? (names.get(row.role_id) ?? '…') : '—'),
      },
      {
        key: 'expires',
        title: t('admin.tokens.expires'),
        width: 'minmax(120px, 1fr)',
        sort: (row) => row.expires_at,
        cell: (row) =>
          row.expires_at ? <span className="num">{day(row.expires_at)}</span> : t('admin.tokens.for_ever'),
      },
    ];
  }, [t, roles.data]);
  return (
    <Keys<TokenRow>
      area="tokens"
      columns={columns}
      isComplete={role !== null}
      bodyOf={(name) => ({
        name,
        role_id: Number(role),
        // Through the chosen day.
        expires_at: last ? startOfDay(addDays(last, 1), me.zone) : null,
      })}
      shownOf={(row) => [[t('admin.tokens.token'), row.token ?? '']]}
      fields={(errors) => (
        <>
          <Select
            label={t('admin.tokens.role')}
            description={t('admin.tokens.role_help')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            required
            value={role}
            onChange={setRole}
            error={errors.role_id}
            data={(roles.data ?? []).map((it) => ({ value: String(it.id), label: named(it) }))}
          />
          <DayField
            label={t('admin.tokens.expires')}
            description={t('admin.tokens.expires_help')}
            min={today}
            clearable
            value={last}
            error={errors.expires_at}
            onChange={setLast}
          />
        </>
      )}
    />
  );
}
