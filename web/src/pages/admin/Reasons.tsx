import { NumberInput, Switch } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReasonRow } from '~/api/gen/types.gen';
import { named } from '~/api/session';
import { duration } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor } from './Editor';
import { NamePair } from './Named';
import { useThings } from './things';

interface Values extends Record<string, unknown> {
  name_ru: string;
  name_en: string;
  /** Empty: no limit. */
  max_minutes: number | string;
  is_paid: boolean;
  needs_permission: boolean;
}

export default function Reasons() {
  const { t } = useTranslation();
  const reasons = useThings('reasons');
  const { open, close } = useOpen();
  const columns = useMemo<Column<ReasonRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 2fr)',
        sort: named,
        cell: named,
      },
      {
        key: 'limit',
        title: t('admin.reasons.limit'),
        numeric: true,
        width: '150px',
        sort: (row) => row.max_seconds,
        cell: (row) => (row.max_seconds ? duration(row.max_seconds) : t('admin.unlimited')),
      },
      {
        key: 'paid',
        title: t('admin.reasons.paid'),
        width: '150px',
        sort: (row) => Number(row.is_paid),
        cell: (row) => t(row.is_paid ? 'common.yes' : 'common.no'),
      },
      {
        key: 'permission',
        title: t('admin.reasons.permission_short'),
        width: 'minmax(150px, 1fr)',
        sort: (row) => Number(row.needs_permission),
        cell: (row) => (row.needs_permission ? <Chip tone="warn">{t('admin.reasons.needed')}</Chip> : '—'),
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="reasons"
        rows={reasons.data}
        error={reasons.error}
        onRetry={() => void reasons.refetch()}
        columns={columns}
        textOfRow={searchText}
      />
      <OpenEditor open={open} rows={reasons.data} onClose={close}>
        {(row) => (
          <Editor<ReasonRow, Values>
            area="reasons"
            row={row}
            title={row ? named(row) : t('admin.reasons.new')}
            values={{
              name_ru: row?.name_ru ?? '',
              name_en: row?.name_en ?? '',
              max_minutes: row?.max_seconds ? row.max_seconds / 60 : '',
              is_paid: row?.is_paid ?? true,
              needs_permission: row?.needs_permission ?? false,
            }}
            bodyOf={({ max_minutes, ...it }) => ({
              ...it,
              max_seconds: max_minutes === '' ? null : Math.round(Number(max_minutes) * 60),
            })}
            placeOf={(place) => (place === 'max_seconds' ? 'max_minutes' : place)}
            onClose={close}
            removeText={t('admin.reasons.remove')}
            entity="reason"
          >
            {({ form }) => (
              <>
                <NamePair form={form} />
                <NumberInput
                  label={t('admin.reasons.limit')}
                  description={t('admin.reasons.limit_help')}
                  inputWrapperOrder={['label', 'input', 'description', 'error']}
                  suffix={` ${t('admin.unit.minutes')}`}
                  min={0}
                  max={1440}
                  placeholder={t('admin.unlimited')}
                  {...form.getInputProps('max_minutes')}
                />
                <Switch
                  label={t('admin.reasons.paid')}
                  {...form.getInputProps('is_paid', { type: 'checkbox' })}
                />
                <Switch
                  label={t('admin.reasons.permission')}
                  description={t('admin.reasons.permission_help')}
                  {...form.getInputProps('needs_permission', { type: 'checkbox' })}
                />
              </>
            )}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

const searchText = (row: ReasonRow) => `${row.name_ru} ${row.name_en}`;
