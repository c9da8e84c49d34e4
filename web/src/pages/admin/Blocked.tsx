import { Button, Select, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PhoneOff } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { BlockedRow, SuspectRow } from '~/api/gen/types.gen';
import { useMe } from '~/api/session';
import { day, dayTime, isoDay } from '~/lib/format';
import { addDays, startOfDay } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { DayField } from '~/ui/DayField';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor, Pair } from './Editor';
import { refresh, useThings } from './things';

const TREATMENTS = ['decline', 'busy', 'prompt'] as const;

interface Values extends Record<string, unknown> {
  number: string;
  is_prefix: boolean;
  treatment: string;
  prompt: string;
  reason: string;
  /** The last day, "" for good. */
  last: string;
}

/** Whose calls are turned away, and who is worth a look. */
export default function Blocked() {
  const { t } = useTranslation();
  const blocked = useThings('blocked');
  const { open, close } = useOpen();
  const columns = useMemo<Column<BlockedRow>[]>(
    () => [
      {
        key: 'number',
        title: t('admin.blocked.number'),
        width: 'minmax(170px, 1.4fr)',
        sort: (row) => row.number,
        cell: (row) => (
          <>
            {row.is_prefix ? <span className="muted">{t('admin.blocked.prefix_short')} </span> : null}
            <span className="num">{row.number}</span>
          </>
        ),
      },
      {
        key: 'treatment',
        title: t('admin.blocked.treatment'),
        width: 'minmax(130px, 1fr)',
        sort: (row) => row.treatment,
        cell: (row) => t(`admin.blocked.treatments.${row.treatment}`),
      },
      {
        key: 'until',
        title: t('admin.blocked.until'),
        width: 'minmax(120px, 1fr)',
        sort: (row) => row.until ?? '9',
        cell: (row) =>
          row.is_over ? (
            <Chip tone="mute">{t('admin.blocked.over')}</Chip>
          ) : row.until ? (
            day(new Date(new Date(row.until).getTime() - 1))
          ) : (
            t('admin.blocked.for_good')
          ),
      },
      {
        key: 'reason',
        title: t('admin.blocked.reason'),
        width: 'minmax(160px, 2fr)',
        cell: (row) => row.reason,
      },
      {
        key: 'by',
        title: t('admin.blocked.by'),
        width: 'minmax(120px, 1fr)',
        sort: (row) => row.changed_at,
        cell: (row) => <span title={dayTime(row.changed_at)}>{row.by_name}</span>,
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="blocked"
        rows={blocked.data}
        error={blocked.error}
        onRetry={() => void blocked.refetch()}
        columns={columns}
        textOfRow={searchText}
        notice={<Suspects />}
        minWidth={760}
      />
      <OpenEditor open={open} rows={blocked.data} onClose={close}>
        {(row) => <BlockedEditor row={row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function Suspects() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['admin', 'blocked', 'suspects'],
    queryFn: ({ signal }) => get<SuspectRow[]>('/api/v1/blocked/suspects', {}, signal),
  });
  const block = useMutation({
    mutationFn: (number: string) => post<BlockedRow>('/api/v1/blocked', { number }),
    onSettled: () => refresh(queries),
  });
  if (!data?.length) return null;
  return (
    <section className={`panel ${css.inset}`} aria-labelledby="suspects">
      <h3 id="suspects">{t('admin.blocked.suspects')}</h3>
      <p className={css.hint}>{t('admin.blocked.suspects_help')}</p>
      {block.error ? <p role="alert">{problemText(block.error)}</p> : null}
      {data.slice(0, 8).map((it) => (
        <p key={it.number} className={css.result}>
          <span className="num">{it.number}</span>
          <span className="muted">
            {it.wrong ? `${t('admin.blocked.wrong', { count: it.wrong })} ` : ''}
            {it.short ? t('admin.blocked.short', { count: it.short }) : ''} · {dayTime(it.last_at)}
          </span>
          <span className={css.push} />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<PhoneOff size={14} aria-hidden />}
            loading={block.isPending && block.variables === it.number}
            onClick={() => block.mutate(it.number)}
          >
            {t('admin.blocked.block')}
          </Button>
        </p>
      ))}
    </section>
  );
}

function BlockedEditor({ row, onClose }: { row: BlockedRow | null; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const values: Values = {
    number: row?.number ?? '',
    is_prefix: row?.is_prefix ?? false,
    treatment: row?.treatment ?? 'decline',
    prompt: row?.prompt ?? '',
    reason: row?.reason ?? '',
    last: row?.until ? addDays(isoDay(row.until), -1) : '',
  };
  return (
    <Editor<BlockedRow, Values>
      area="blocked"
      row={row}
      title={row?.number ?? t('admin.blocked.new')}
      values={values}
      bodyOf={({ last, ...it }) => ({
        ...it,
        prompt: it.treatment === 'prompt' ? it.prompt : '',
        // Through the chosen day.
        until: last ? startOfDay(addDays(last, 1), me.zone) : null,
      })}
      placeOf={(place) => (place === 'until' ? 'last' : place)}
      validate={(it) => ({ number: it.number.trim() ? null : t('common.required') })}
      onClose={onClose}
      onCreated={onClose}
      removeText={t('admin.blocked.remove')}
    >
      {({ form }) => (
        <>
          <TextInput
            label={t('admin.blocked.number')}
            description={t('admin.blocked.number_help')}
            inputWrapperOrder={ORDER}
            required
            data-autofocus
            {...form.getInputProps('number')}
          />
          <Switch
            label={t('admin.blocked.prefix')}
            {...form.getInputProps('is_prefix', { type: 'checkbox' })}
          />
          <Pair>
            <Select
              label={t('admin.blocked.treatment')}
              allowDeselect={false}
              data={TREATMENTS.map((value) => ({ value, label: t(`admin.blocked.treatments.${value}`) }))}
              {...form.getInputProps('treatment')}
            />
            {form.getValues().treatment === 'prompt' ? (
              <TextInput
                label={t('admin.blocked.prompt')}
                description={t('admin.blocked.prompt_help')}
                inputWrapperOrder={ORDER}
                {...form.getInputProps('prompt')}
              />
            ) : null}
          </Pair>
          <DayField
            label={t('admin.blocked.until')}
            description={t('admin.blocked.for_good')}
            clearable
            value={form.getValues().last}
            onChange={(value) => form.setFieldValue('last', value)}
            error={form.errors.last}
          />
          <TextInput label={t('admin.blocked.reason')} {...form.getInputProps('reason')} />
        </>
      )}
    </Editor>
  );
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
const searchText = (row: BlockedRow) => `${row.number} ${row.reason}`;
