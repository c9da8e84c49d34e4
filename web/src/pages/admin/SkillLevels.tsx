import { ActionIcon, Button, Checkbox, NumberInput, Select } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Plus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import css from './Admin.module.css';
import { choices, useThings } from './things';

export interface NeedValue {
  skill_id: string;
  minimum: number | string;
  /** Of a queue: never lowered, however long somebody waits. */
  is_firm?: boolean;
}

/** Skills with a level from 1 to 10: those that a person has, or that a queue asks for. */
export function SkillLevels<Values extends Record<string, unknown>>({
  form,
  field,
  levelLabel,
  firmLabel,
}: {
  form: UseFormReturnType<Values>;
  field: string;
  levelLabel: string;
  /** Where a level may be marked as one that is never lowered. */
  firmLabel?: string;
}) {
  const { t } = useTranslation();
  const may = useCan('manage.skills');
  const looks = useCan('watch.board');
  const skills = useThings('skills', { may: may || looks });
  const rows = (form.getValues()[field] ?? []) as NeedValue[];
  const all = choices(skills.data);
  const set = (next: NeedValue[]) => form.setFieldValue(field as never, next as never);
  const taken = new Set(rows.map((it) => it.skill_id));
  const free = all.filter((it) => !taken.has(it.value));
  return (
    <div className={css.rows} data-path={field}>
      {rows.map((row, index) => (
        <div key={row.skill_id || `new ${index}`} className={css.rowLine}>
          <Select
            aria-label={t('admin.skill')}
            searchable
            data={all.filter((it) => it.value === row.skill_id || !taken.has(it.value))}
            nothingFoundMessage={t('lists.pick.nothing')}
            {...form.getInputProps(`${field}.${index}.skill_id`)}
          />
          <NumberInput
            className={css.number ?? ''}
            aria-label={levelLabel}
            prefix={`${levelLabel}: `}
            min={1}
            max={10}
            clampBehavior="strict"
            allowDecimal={false}
            {...form.getInputProps(`${field}.${index}.minimum`)}
          />
          {firmLabel ? (
            <Checkbox
              label={firmLabel}
              {...form.getInputProps(`${field}.${index}.is_firm`, { type: 'checkbox' })}
            />
          ) : null}
          <ActionIcon
            size={34}
            aria-label={`${t('common.delete')}: ${all.find((it) => it.value === row.skill_id)?.label ?? ''}`}
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
          onClick={() =>
            set([
              ...rows,
              { skill_id: free[0]?.value ?? '', minimum: 5, ...(firmLabel ? { is_firm: false } : {}) },
            ])
          }
        >
          {t('admin.add_skill')}
        </Button>
      </div>
    </div>
  );
}
