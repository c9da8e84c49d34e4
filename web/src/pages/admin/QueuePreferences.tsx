import { ActionIcon, Button, NumberInput, Select } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Plus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import css from './Admin.module.css';
import { choices, useThings } from './things';

export interface PreferenceValue {
  queue_id: string;
  place: number | string;
}

/** Which queues an agent serves in the second or a later place: he gets their calls when nobody waits in the first. */
export function QueuePreferences<Values extends Record<string, unknown>>({
  form,
  field,
}: {
  form: UseFormReturnType<Values>;
  field: string;
}) {
  const { t } = useTranslation();
  const may = useCan('manage.queues');
  const looks = useCan('watch.board');
  const queues = useThings('queues', { may: may || looks });
  const rows = (form.getValues()[field] ?? []) as PreferenceValue[];
  const all = choices(queues.data);
  const set = (next: PreferenceValue[]) => form.setFieldValue(field as never, next as never);
  const taken = new Set(rows.map((it) => it.queue_id));
  const free = all.filter((it) => !taken.has(it.value));
  const label = t('admin.people.place');
  return (
    <div className={css.rows} data-path={field}>
      {rows.map((row, index) => (
        <div key={row.queue_id || `new ${index}`} className={css.rowLine}>
          <Select
            aria-label={t('admin.people.queue')}
            searchable
            data={all.filter((it) => it.value === row.queue_id || !taken.has(it.value))}
            nothingFoundMessage={t('lists.pick.nothing')}
            {...form.getInputProps(`${field}.${index}.queue_id`)}
          />
          <NumberInput
            className={css.number ?? ''}
            aria-label={label}
            prefix={`${label}: `}
            min={1}
            max={10}
            clampBehavior="strict"
            allowDecimal={false}
            {...form.getInputProps(`${field}.${index}.place`)}
          />
          <ActionIcon
            size={34}
            aria-label={`${t('common.delete')}: ${all.find((it) => it.value === row.queue_id)?.label ?? ''}`}
            onClick={() => set(rows.filter((_, at) => at !== index))}
          >
            <X size={16} />
          </ActionIcon>
        </div>
      ))}
      {form.errors[field] ? <p className={css.error}>{form.errors[field]}</p> : null}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          disabled={!free.length}
          onClick={() => set([...rows, { queue_id: free[0]?.value ?? '', place: 2 }])}
        >
          {t('admin.people.add_preference')}
        </Button>
      </div>
    </div>
  );
}
