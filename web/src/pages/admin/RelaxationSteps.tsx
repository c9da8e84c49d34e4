import { ActionIcon, Button, MultiSelect, NumberInput, Select } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Plus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { QueueRow } from '~/api/gen/types.gen';
import css from './Admin.module.css';

export interface StepValue {
  after_seconds: number | string;
  /** '0' is anyone, also without the skill. */
  minimum: string;
  /** For which skills; none is for all. */
  skill_ids: string[];
}

const LEVELS = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
const FIRST_AFTER = 20;
const NEXT_AFTER = 40;

export const stepsOf = (row: QueueRow | null): StepValue[] =>
  row?.relaxation.map((it) => ({
    after_seconds: it.after_seconds,
    minimum: String(it.minimum),
    skill_ids: (it.skill_ids ?? []).map(String),
  })) ?? [];

export const stepsBody = (steps: readonly StepValue[]) =>
  steps.map((it) => ({
    after_seconds: Number(it.after_seconds),
    minimum: Number(it.minimum),
    skill_ids: it.skill_ids.map(Number),
  }));

/** What suffices for those who wait long, step by step. */
export function RelaxationSteps<Values extends Record<string, unknown>>({
  form,
  field,
  skills,
}: {
  form: UseFormReturnType<Values>;
  field: string;
  skills: { value: string; label: string }[];
}) {
  const { t } = useTranslation();
  const rows = (form.getValues()[field] ?? []) as StepValue[];
  const set = (next: StepValue[]) => form.setFieldValue(field as never, next as never);
  const add = () => {
    const last = rows.at(-1);
    const after = last ? Number(last.after_seconds) + NEXT_AFTER : FIRST_AFTER;
    set([...rows, { after_seconds: after, minimum: last ? '0' : '5', skill_ids: [] }]);
  };
  return (
    <div className={css.rows} data-path={field}>
      {rows.map((row, index) => (
        <div key={index} className={css.rowLine}>
          <NumberInput
            className={css.number ?? ''}
            aria-label={t('admin.queues.relaxation.after')}
            prefix={`${t('admin.queues.relaxation.after')}: `}
            suffix={` ${t('admin.unit.seconds')}`}
            min={1}
            {...form.getInputProps(`${field}.${index}.after_seconds`)}
          />
          <Select
            aria-label={t('admin.queues.relaxation.suffices')}
            data={LEVELS.map((level) => ({
              value: String(level),
              label: level
                ? t('admin.queues.relaxation.level', { level })
                : t('admin.queues.relaxation.anyone'),
            }))}
            {...form.getInputProps(`${field}.${index}.minimum`)}
          />
          <MultiSelect
            aria-label={t('admin.queues.relaxation.skills')}
            placeholder={row.skill_ids.length ? '' : t('admin.queues.relaxation.all_skills')}
            data={skills}
            {...form.getInputProps(`${field}.${index}.skill_ids`)}
          />
          <ActionIcon
            size={34}
            aria-label={`${t('common.delete')}: ${row.after_seconds}`}
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
          onClick={add}
        >
          {t('admin.queues.relaxation.add')}
        </Button>
      </div>
    </div>
  );
}
