import {
  Button,
  Checkbox,
  Chip,
  Drawer,
  Group,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Mail, Pencil, Plus, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, fieldErrors, get, post, problemText, put } from '~/api/client';
import type { MailedReportRow, MailedReportSave, SourceRow } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { textOf } from '~/i18n';
import { dayTime } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import { Banner, EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { TimeField } from '~/ui/TimeField';
import { toast } from '~/ui/toast';
import css from './Mailed.module.css';

const PATH = '/api/v1/mailed-reports';
const REPORTS = ['page', 'days', 'intervals', 'agents', 'timesheet', 'teams'] as const;
/** Those that an imported log has. */
const OF_SOURCES: ReadonlySet<string> = new Set(['days', 'intervals', 'agents']);
const OF_QUEUES: ReadonlySet<string> = new Set(['page', 'days', 'intervals']);
const EVERY = ['day', 'week', 'month'] as const;
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;
/** A Monday: weekdays are named from it. */
const MONDAY = Date.UTC(2024, 0, 1);

/** Reports that go out by mail: what, for whom, when. */
export default function Mailed({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<MailedReportRow | 'new' | null>(null);
  const rows = useQuery({
    queryKey: ['mailed'],
    queryFn: ({ signal }) => get<MailedReportRow[]>(PATH, {}, signal),
  });
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={560}
      title={t('reports.mailed.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      {edited ? (
        <Form row={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      ) : rows.error && !rows.data ? (
        <ErrorState text={problemText(rows.error)} onRetry={() => void rows.refetch()} />
      ) : !rows.data ? (
        <Loading rows={4} />
      ) : !rows.data.length ? (
        <EmptyState icon={Mail} title={t('reports.mailed.empty')} text={t('reports.mailed.empty_text')}>
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setEdited('new')}>
            {t('common.add')}
          </Button>
        </EmptyState>
      ) : (
        <Stack gap="sm">
          <ul className={css.list}>
            {rows.data.map((row) => (
              <Line key={row.id} row={row} onEdit={() => setEdited(row)} />
            ))}
          </ul>
          <Group>
            <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setEdited('new')}>
              {t('common.add')}
            </Button>
          </Group>
        </Stack>
      )}
    </Drawer>
  );
}

function Line({ row, onEdit }: { row: MailedReportRow; onEdit: () => void }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['mailed'] });
  const send = useMutation({
    mutationFn: () => post(`${PATH}/${row.id}/send`, {}),
    onSuccess: () => toast(t('reports.mailed.sent_now')),
  });
  const remove = useMutation({ mutationFn: () => del(`${PATH}/${row.id}`), onSuccess: refresh });
  const failed = row.told && row.told !== 'sent';
  return (
    <li className={css.line}>
      <div className={css.what}>
        <b>{row.name}</b>
        <span>
          {t(`reports.kind.${row.report}`)} · {t(`reports.mailed.every.${row.every}`)} · {row.at}
        </span>
        <span>{row.addresses}</span>
        <span>
          {row.is_on ? t('reports.mailed.next', { time: dayTime(row.due_at) }) : t('reports.mailed.off')}
          {row.sent_at && !failed ? ` · ${t('reports.mailed.last', { time: dayTime(row.sent_at) })}` : null}
        </span>
        {failed ? (
          <span className={css.failed}>
            {t('reports.mailed.failed')}: {textOf(`refusals.${row.told}`) ?? row.told}
          </span>
        ) : null}
        {send.error || remove.error ? (
          <span className={css.failed}>{problemText(send.error ?? remove.error)}</span>
        ) : null}
      </div>
      <Group gap={6} wrap="nowrap">
        <Button
          variant="default"
          px={9}
          loading={send.isPending}
          aria-label={`${t('reports.mailed.send')}: ${row.name}`}
          title={t('reports.mailed.send')}
          onClick={() => send.mutate()}
        >
          <Send size={15} aria-hidden />
        </Button>
        <Button
          variant="default"
          px={9}
          aria-label={`${t('common.edit')}: ${row.name}`}
          title={t('common.edit')}
          onClick={onEdit}
        >
          <Pencil size={15} aria-hidden />
        </Button>
        <Button
          variant="default"
          px={9}
          aria-label={`${t('common.delete')}: ${row.name}`}
          title={t('common.delete')}
          onClick={async () => {
            const sure = await ask({
              title: row.name,
              text: t('reports.mailed.remove', { name: row.name }),
              confirm: t('common.delete'),
              danger: true,
            });
            if (sure) remove.mutate();
          }}
        >
          <Trash2 size={15} aria-hidden />
        </Button>
      </Group>
    </li>
  );
}

function Form({ row, onClose }: { row: MailedReportRow | null; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const queues = useQueues();
  const sources = queries.getQueryData<SourceRow[]>(['sources']) ?? [];
  const [values, setValues] = useState<MailedReportSave>(() => ({
    name: row?.name ?? '',
    report: row?.report ?? 'days',
    every: row?.every ?? 'day',
    at: row?.at ?? '08:00',
    weekdays: row?.weekdays ?? [...WEEKDAYS],
    addresses: row?.addresses ?? '',
    queue_ids: row?.queue_ids ?? [],
    source: row?.source ?? null,
    form: row?.form ?? 'xlsx',
    locale: row?.locale ?? (i18n.language === 'ru' ? 'ru' : 'en'),
    is_on: row?.is_on ?? true,
  }));
  const set = (change: Partial<MailedReportSave>) => setValues((before) => ({ ...before, ...change }));
  const save = useMutation({
    mutationFn: () => (row ? put(`${PATH}/${row.id}`, values) : post(PATH, values)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['mailed'] });
      toast(t('common.saved'));
      onClose();
    },
  });
  const errors = save.error ? fieldErrors(save.error) : {};
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: 'short', timeZone: 'UTC' });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm">
        {save.error && !Object.keys(errors).length ? (
          <Banner tone="bad">{problemText(save.error)}</Banner>
        ) : null}
        <TextInput
          label={t('reports.mailed.name')}
          required
          maxLength={80}
          value={values.name}
          error={errors.name}
          onChange={(e) => set({ name: e.currentTarget.value })}
          data-autofocus
        />
        <TagsInput
          label={t('reports.mailed.addresses')}
          withAsterisk
          placeholder="boss@example.org"
          value={values.addresses ? values.addresses.split(',').map((it) => it.trim()) : []}
          error={errors.addresses}
          splitChars={[',', ';', ' ']}
          acceptValueOnBlur
          onChange={(list) => set({ addresses: list.join(', ') })}
        />
        {sources.length ? (
          <Select
            label={t('reports.source.label')}
            allowDeselect={false}
            value={values.source ? String(values.source) : 'own'}
            onChange={(value) =>
              set({
                source: value === 'own' ? null : Number(value),
                queue_ids: [],
                ...(value !== 'own' && !OF_SOURCES.has(values.report ?? 'days') ? { report: 'days' } : {}),
              })
            }
            data={[
              { value: 'own', label: t('reports.source.own') },
              ...sources.map((it) => ({ value: String(it.id), label: it.name })),
            ]}
          />
        ) : null}
        <Select
          label={t('reports.kind.label')}
          allowDeselect={false}
          value={values.report ?? 'days'}
          onChange={(value) => set({ report: (value ?? 'days') as MailedReportSave['report'] })}
          data={REPORTS.filter((value) => !values.source || OF_SOURCES.has(value)).map((value) => ({
            value,
            label: t(`reports.kind.${value}`),
          }))}
        />
        {!OF_QUEUES.has(values.report ?? 'days') || values.source ? null : (
          <Checkbox.Group
            label={t('lists.queue')}
            description={t('reports.mailed.all_queues')}
            value={(values.queue_ids ?? []).map(String)}
            onChange={(ids) => set({ queue_ids: ids.map(Number) })}
          >
            <Group gap="sm" mt={6}>
              {queues.all.map((it) => (
                <Checkbox key={it.id} value={String(it.id)} label={it.name} />
              ))}
            </Group>
          </Checkbox.Group>
        )}
        <Group grow align="start">
          <Select
            label={t('reports.mailed.how_often')}
            allowDeselect={false}
            value={values.every ?? 'day'}
            onChange={(value) => set({ every: (value ?? 'day') as MailedReportSave['every'] })}
            data={EVERY.map((value) => ({ value, label: t(`reports.mailed.every.${value}`) }))}
          />
          <TimeField
            label={t('reports.mailed.at')}
            value={values.at ?? '08:00'}
            onChange={(at) => set({ at })}
          />
        </Group>
        {values.every === 'day' ? (
          <div>
            <Chip.Group
              multiple
              value={(values.weekdays ?? []).map(String)}
              onChange={(days: string[]) => set({ weekdays: days.map(Number).sort() })}
            >
              <Group gap={6}>
                {WEEKDAYS.map((it) => (
                  <Chip key={it} value={String(it)} size="xs">
                    {weekday.format(MONDAY + it * 86_400_000)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
            {errors.weekdays ? <p className={css.failed}>{errors.weekdays}</p> : null}
          </div>
        ) : null}
        <Group grow>
          <Select
            label={t('reports.mailed.file')}
            allowDeselect={false}
            value={values.form ?? 'xlsx'}
            onChange={(value) => set({ form: (value ?? 'xlsx') as MailedReportSave['form'] })}
            data={[
              { value: 'xlsx', label: 'XLSX' },
              { value: 'csv', label: 'CSV' },
              { value: 'pdf', label: t('lists.download_pdf') },
              { value: 'pdf_letter', label: t('lists.download_pdf_letter') },
            ]}
          />
          <Select
            label={t('reports.mailed.language')}
            allowDeselect={false}
            value={values.locale ?? 'ru'}
            onChange={(value) => set({ locale: (value ?? 'ru') as MailedReportSave['locale'] })}
            data={[
              { value: 'ru', label: 'Русский' },
              { value: 'en', label: 'English' },
            ]}
          />
        </Group>
        <Switch
          label={t('reports.mailed.is_on')}
          checked={values.is_on ?? true}
          onChange={(e) => set({ is_on: e.currentTarget.checked })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
