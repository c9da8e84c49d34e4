import { MultiSelect, Select, Switch } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { DispositionRow } from '~/api/gen/types.gen';
import { named, useCan } from '~/api/session';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor } from './Editor';
import { NamePair } from './Named';
import { choices, useThings } from './things';

const KINDS = ['main_sale', 'add_on_sale', 'lead', 'service', 'wrong_number', 'spam'] as const;

interface Values extends Record<string, unknown> {
  name_ru: string;
  name_en: string;
  kind: DispositionRow['kind'];
  queue_ids: string[];
  is_active: boolean;
}

export default function Dispositions() {
  const { t } = useTranslation();
  const dispositions = useThings('dispositions');
  const mayQueues = useCan('manage.queues');
  const looks = useCan('watch.board');
  const queues = useThings('queues', { may: mayQueues || looks });
  const { open, close } = useOpen();
  const columns = useMemo<Column<DispositionRow>[]>(() => {
    const names = new Map(queues.data?.map((it) => [it.id, it.name]));
    return [
      {
        key: 'kind',
        title: t('admin.dispositions.kind'),
        width: 'minmax(160px, 1.2fr)',
        sort: (row) => KINDS.indexOf(row.kind),
        cell: (row) => t(`common.disposition_kind.${row.kind}`),
      },
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 2fr)',
        sort: named,
        cell: named,
      },
      {
        key: 'queues',
        title: t('admin.dispositions.queues'),
        width: 'minmax(150px, 2fr)',
        cell: (row) =>
          row.queue_ids.length
            ? row.queue_ids.map((id) => names.get(id) ?? '…').join(', ')
            : t('admin.dispositions.every_queue'),
      },
      {
        key: 'active',
        title: t('admin.dispositions.use'),
        width: '140px',
        sort: (row) => Number(row.is_active),
        cell: (row) =>
          row.is_active ? (
            <Chip tone="ok">{t('admin.dispositions.active')}</Chip>
          ) : (
            <Chip tone="mute">{t('admin.dispositions.inactive')}</Chip>
          ),
      },
    ];
  }, [t, queues.data]);
  return (
    <>
      <Area
        area="dispositions"
        rows={dispositions.data}
        error={dispositions.error}
        onRetry={() => void dispositions.refetch()}
        columns={columns}
        textOfRow={searchText}
        sort={BY_KIND}
      />
      <OpenEditor open={open} rows={dispositions.data} onClose={close}>
        {(row) => (
          <Editor<DispositionRow, Values>
            area="dispositions"
            row={row}
            title={row ? named(row) : t('admin.dispositions.new')}
            values={{
              name_ru: row?.name_ru ?? '',
              name_en: row?.name_en ?? '',
              kind: row?.kind ?? 'service',
              queue_ids: row?.queue_ids.map(String) ?? [],
              is_active: row?.is_active ?? true,
            }}
            bodyOf={(it) => ({ ...it, queue_ids: it.queue_ids.map(Number) })}
            placeOf={(place) => place.replace(/^queue_ids\..*$/, 'queue_ids')}
            onClose={close}
            removeText={t('admin.dispositions.remove')}
            entity="disposition"
          >
            {({ form }) => (
              <>
                <NamePair form={form} />
                <Select
                  label={t('admin.dispositions.kind')}
                  description={t('admin.dispositions.kind_help')}
                  inputWrapperOrder={['label', 'input', 'description', 'error']}
                  data={KINDS.map((value) => ({ value, label: t(`common.disposition_kind.${value}`) }))}
                  {...form.getInputProps('kind')}
                />
                <MultiSelect
                  label={t('admin.dispositions.queues')}
                  placeholder={form.getValues().queue_ids.length ? '' : t('admin.dispositions.every_queue')}
                  clearable
                  data={choices(queues.data)}
                  {...form.getInputProps('queue_ids')}
                />
                <Switch
                  label={t('admin.dispositions.active_label')}
                  description={t('admin.dispositions.active_help')}
                  {...form.getInputProps('is_active', { type: 'checkbox' })}
                />
              </>
            )}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

const BY_KIND = { key: 'kind', descending: false };
const searchText = (row: DispositionRow) => `${row.name_ru} ${row.name_en}`;
