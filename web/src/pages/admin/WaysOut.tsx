import { ActionIcon, Button, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { OverflowRuleFields, PromptRow, QueueRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import css from './Admin.module.css';
import { type Choice, idText, textId } from './things';

type When = NonNullable<OverflowRuleFields['when']>;
type To = NonNullable<OverflowRuleFields['to']>;

export interface WayValue {
  name: string;
  when: When;
  to: To;
  after_seconds: number | string;
  length: number | string;
  queue_id: string | null;
  target: string;
  keeps_wait: boolean;
}

const WHENS: readonly When[] = ['waited', 'length', 'nobody'];
const TOS: readonly To[] = ['queue', 'callback', 'message', 'node'];
const NEW: WayValue = {
  name: '',
  when: 'waited',
  to: 'callback',
  after_seconds: 120,
  length: 10,
  queue_id: null,
  target: '',
  keeps_wait: true,
};

export const waysOf = (row: QueueRow | null): WayValue[] =>
  row?.overflow.map((it) => ({
    name: it.name,
    when: it.when ?? 'waited',
    to: it.to ?? 'queue',
    after_seconds: it.after_seconds ?? 0,
    length: it.length ?? 0,
    queue_id: idText(it.queue_id),
    target: it.target ?? '',
    keeps_wait: it.keeps_wait ?? true,
  })) ?? [];

/** Only what the chosen kind of rule has: what stood in fields that are hidden now is not kept. */
export const waysBody = (ways: readonly WayValue[]): OverflowRuleFields[] =>
  ways.map((it) => ({
    name: it.name,
    when: it.when,
    to: it.to,
    after_seconds: it.when === 'length' ? 0 : Number(it.after_seconds),
    length: it.when === 'length' ? Number(it.length) : 0,
    queue_id: it.to === 'queue' || it.to === 'callback' ? textId(it.queue_id) : null,
    target: it.to === 'message' || it.to === 'node' ? it.target : '',
    keeps_wait: it.keeps_wait,
  }));

/** Where a queue's customers go when it takes too long, it is too long, or nobody is there: in this order. */
export function WaysOut<Values extends Record<string, unknown>>({
  form,
  field,
  queues,
}: {
  form: UseFormReturnType<Values>;
  field: string;
  /** The other queues. */
  queues: Choice[];
}) {
  const { t } = useTranslation();
  const rows = (form.getValues()[field] ?? []) as WayValue[];
  const mayFlows = useCan('manage.flows');
  const prompts = useQuery({
    queryKey: ['prompts'],
    queryFn: ({ signal }) => get<PromptRow[]>('/api/v1/prompts', {}, signal),
    enabled: mayFlows && rows.some((it) => it.to === 'message'),
  });
  const promptNames = [...new Set(prompts.data?.map((it) => it.name))].sort();
  const set = (next: WayValue[]) => form.setFieldValue(field as never, next as never);
  const move = (from: number, to: number) => {
    const next = [...rows];
    next.splice(to, 0, ...next.splice(from, 1));
    set(next);
  };
  return (
    <div className={css.rows} data-path={field}>
      {rows.map((row, index) => {
        const input = (name: keyof WayValue, options?: { type: 'checkbox' }) =>
          form.getInputProps(`${field}.${index}.${name}`, options);
        return (
          <div key={index} className={css.way}>
            <div className={css.rowLine}>
              <TextInput
                aria-label={t('admin.queues.ways.name')}
                placeholder={t('admin.queues.ways.name')}
                required
                {...input('name')}
              />
              <ActionIcon
                size={34}
                aria-label={`${t('admin.queues.ways.up')}: ${row.name}`}
                disabled={!index}
                onClick={() => move(index, index - 1)}
              >
                <ArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                size={34}
                aria-label={`${t('admin.queues.ways.down')}: ${row.name}`}
                disabled={index === rows.length - 1}
                onClick={() => move(index, index + 1)}
              >
                <ArrowDown size={16} />
              </ActionIcon>
              <ActionIcon
                size={34}
                aria-label={`${t('common.delete')}: ${row.name}`}
                onClick={() => set(rows.filter((_, at) => at !== index))}
              >
                <X size={16} />
              </ActionIcon>
            </div>
            <div className={css.pair}>
              <Select
                label={t('admin.queues.ways.when')}
                data={WHENS.map((value) => ({ value, label: t(`admin.queues.ways.whens.${value}`) }))}
                {...input('when')}
              />
              {row.when === 'length' ? (
                <NumberInput
                  label={t('admin.queues.ways.length')}
                  min={1}
                  max={10000}
                  allowDecimal={false}
                  {...input('length')}
                />
              ) : (
                <NumberInput
                  label={t('admin.queues.ways.after')}
                  suffix={` ${t('admin.unit.seconds')}`}
                  min={0}
                  max={86400}
                  {...input('after_seconds')}
                />
              )}
            </div>
            <div className={css.pair}>
              <Select
                label={t('admin.queues.ways.to')}
                data={TOS.map((value) => ({ value, label: t(`admin.queues.ways.tos.${value}`) }))}
                {...input('to')}
              />
              {row.to === 'queue' || row.to === 'callback' ? (
                <Select
                  label={t('admin.queues.ways.queue')}
                  searchable
                  clearable={row.to === 'callback'}
                  allowDeselect={row.to === 'callback'}
                  placeholder={row.to === 'callback' ? t('admin.queues.ways.this_queue') : ''}
                  data={queues}
                  nothingFoundMessage={t('lists.pick.nothing')}
                  {...input('queue_id')}
                />
              ) : row.to === 'message' && promptNames.length ? (
                <Select
                  label={t('admin.queues.ways.prompt')}
                  searchable
                  data={promptNames}
                  nothingFoundMessage={t('lists.pick.nothing')}
                  {...input('target')}
                />
              ) : (
                <TextInput
                  label={t(`admin.queues.ways.${row.to === 'message' ? 'prompt' : 'node'}`)}
                  maxLength={200}
                  {...input('target')}
                />
              )}
            </div>
            {row.to === 'queue' ? (
              <Switch
                label={t('admin.queues.ways.keeps_wait')}
                {...input('keeps_wait', { type: 'checkbox' })}
              />
            ) : null}
          </div>
        );
      })}
      {form.errors[field] ? <p className={css.error}>{form.errors[field]}</p> : null}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => set([...rows, NEW])}
        >
          {t('admin.queues.ways.add')}
        </Button>
      </div>
    </div>
  );
}
