import { Select, Switch, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowRow, NumberRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { prettyNumber } from '~/lib/number';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { PhoneField } from '~/ui/PhoneField';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { type Choice, choices, idText, textId, useThings } from './things';

interface Values extends Record<string, unknown> {
  number: string;
  name: string;
  language: 'ru' | 'en';
  is_recorded: boolean;
  hours_id: string | null;
  queue_id: string | null;
  flow_id: string;
  trunk_id: string | null;
}

export default function Numbers() {
  const { t } = useTranslation();
  const looks = useCan('watch.board');
  const numbers = useThings('numbers');
  const mayQueues = useCan('manage.queues');
  const queues = useThings('queues', { may: mayQueues || looks });
  const mayHours = useCan('manage.hours');
  const hours = useThings('hours', { may: mayHours || looks });
  const flows = useThings('flows');
  const trunks = useThings('trunks');
  const { open, close } = useOpen();
  const columns = useMemo<Column<NumberRow>[]>(() => {
    const queueOf = new Map(queues.data?.map((it) => [it.id, it.name]));
    const hoursOf = new Map(hours.data?.map((it) => [it.id, it]));
    return [
      {
        key: 'number',
        title: t('admin.numbers.number'),
        width: 'minmax(150px, 1.2fr)',
        sort: (row) => row.number,
        cell: (row) => <span className="num">{prettyNumber(row.number)}</span>,
      },
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(120px, 1.4fr)',
        sort: (row) => row.name,
        cell: (row) => row.name || '—',
      },
      {
        key: 'queue',
        title: t('lists.queue'),
        width: 'minmax(110px, 1.2fr)',
        sort: (row) => queueOf.get(row.queue_id),
        cell: (row) => queueOf.get(row.queue_id) ?? '—',
      },
      {
        key: 'hours',
        title: t('admin.numbers.hours'),
        width: 'minmax(150px, 1.4fr)',
        sort: (row) => (row.hours_id ? hoursOf.get(row.hours_id)?.name : ''),
        cell: (row) => {
          if (!row.hours_id) return t('admin.numbers.always');
          const found = hoursOf.get(row.hours_id);
          if (!found) return '…';
          return (
            <>
              {found.name}{' '}
              <Chip tone={found.is_open ? 'ok' : 'mute'}>
                {t(found.is_open ? 'admin.hours.open' : 'admin.hours.closed')}
              </Chip>
            </>
          );
        },
      },
      {
        key: 'language',
        title: t('admin.numbers.language_short'),
        width: '90px',
        sort: (row) => row.language,
        cell: (row) => (row.language === 'ru' ? 'Русский' : 'English'),
      },
      {
        key: 'recorded',
        title: t('admin.numbers.recorded_short'),
        width: '90px',
        sort: (row) => Number(row.is_recorded),
        cell: (row) => t(row.is_recorded ? 'common.yes' : 'common.no'),
      },
    ];
  }, [t, queues.data, hours.data]);
  return (
    <>
      <Area
        area="numbers"
        rows={numbers.data}
        error={numbers.error}
        onRetry={() => void numbers.refetch()}
        columns={columns}
        textOfRow={searchText}
        minWidth={820}
      />
      <OpenEditor open={open} rows={numbers.data} onClose={close}>
        {(row) => (
          <Editor<NumberRow, Values>
            area="numbers"
            row={row}
            title={row ? prettyNumber(row.number) : t('admin.numbers.new')}
            values={{
              number: row?.number ?? '',
              name: row?.name ?? '',
              language: row?.language ?? 'ru',
              is_recorded: row?.is_recorded ?? true,
              hours_id: idText(row?.hours_id),
              queue_id: idText(row?.queue_id),
              flow_id: flowText(row?.flow_id),
              trunk_id: idText(row?.trunk_id),
            }}
            bodyOf={(it) => ({
              ...it,
              hours_id: textId(it.hours_id),
              queue_id: Number(it.queue_id),
              trunk_id: textId(it.trunk_id),
              flow_id: it.flow_id === STARTER ? null : Number(it.flow_id),
              // Not edited here: what a flow was given stays as it is.
              parameters: row?.parameters ?? {},
            })}
            validate={(it) => ({
              number: it.number.trim() ? null : t('common.required'),
              queue_id: it.queue_id ? null : t('common.required'),
            })}
            onClose={close}
            removeText={t('admin.numbers.remove')}
            entity="number"
          >
            {({ form }) => {
              const { value, onChange, ...rest } = form.getInputProps('number');
              return (
                <>
                  <PhoneField
                    label={t('admin.numbers.number')}
                    description={t('admin.numbers.number_help')}
                    inputWrapperOrder={ORDER}
                    required
                    data-autofocus
                    value={value as string}
                    onChange={onChange}
                    {...rest}
                  />
                  <TextInput
                    label={t('admin.name')}
                    description={t('admin.numbers.name_help')}
                    inputWrapperOrder={ORDER}
                    {...form.getInputProps('name')}
                  />
                  <Fieldset title={t('admin.numbers.flow')}>
                    <Select
                      label={t('admin.numbers.flow_choice')}
                      description={t(
                        form.values.flow_id === STARTER
                          ? 'admin.numbers.flow_help'
                          : 'admin.numbers.flow_own_help',
                      )}
                      inputWrapperOrder={ORDER}
                      data={[
                        { value: STARTER, label: t('admin.numbers.starter') },
                        ...flowChoices(flows.data, row?.flow_id),
                      ]}
                      {...form.getInputProps('flow_id')}
                    />
                    <Select
                      label={t('admin.numbers.language')}
                      description={t('admin.numbers.language_help')}
                      inputWrapperOrder={ORDER}
                      data={LANGUAGES}
                      {...form.getInputProps('language')}
                    />
                    <Switch
                      label={t('admin.numbers.recorded')}
                      description={t('admin.numbers.recorded_help')}
                      {...form.getInputProps('is_recorded', { type: 'checkbox' })}
                    />
                    <Pair>
                      <Select
                        label={t('admin.numbers.hours')}
                        clearable
                        allowDeselect
                        placeholder={t('admin.numbers.always')}
                        data={choices(hours.data)}
                        {...form.getInputProps('hours_id')}
                      />
                      <Select
                        label={t('lists.queue')}
                        required
                        data={choices(queues.data)}
                        {...form.getInputProps('queue_id')}
                      />
                    </Pair>
                  </Fieldset>
                  <Fieldset title={t('admin.numbers.line')}>
                    <Select
                      label={t('admin.numbers.trunk')}
                      description={t('admin.numbers.trunk_help')}
                      inputWrapperOrder={ORDER}
                      clearable
                      allowDeselect
                      placeholder={t('admin.numbers.any_trunk')}
                      data={choices(trunks.data)}
                      {...form.getInputProps('trunk_id')}
                    />
                  </Fieldset>
                </>
              );
            }}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

/** The flow that every centre has: 0, or 1 in what older versions kept. */
const STARTER = 'starter';
const flowText = (id: number | null | undefined): string => (id && id > 1 ? String(id) : STARTER);
/** The published ones, and the one that the number has, whatever has become of it. */
function flowChoices(flows: readonly FlowRow[] | undefined, own: number | null | undefined): Choice[] {
  const published = choices(flows);
  const value = flowText(own);
  if (value === STARTER || published.some((it) => it.value === value)) return published;
  return [...published, { value, label: `№ ${value}` }];
}
const LANGUAGES = [
  { value: 'ru', label: 'Русский' },
  { value: 'en', label: 'English' },
];
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
const searchText = (row: NumberRow) => `${row.number} ${prettyNumber(row.number)} ${row.name}`;
