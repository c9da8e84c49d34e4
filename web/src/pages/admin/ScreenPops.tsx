import { Button, MultiSelect, SegmentedControl, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, put } from '~/api/client';
import type { ScreenPopHosts, ScreenPopRow } from '~/api/gen/types.gen';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor, Pair } from './Editor';
import { choices, useThings } from './things';

const VARIABLES = [
  'caller',
  'caller_digits',
  'customer_id',
  'customer_code',
  'customer',
  'interaction_id',
  'queue',
  'queue_id',
  'project',
  'number_called',
  'agent',
  'agent_id',
  'direction',
  'field.…',
] as const;

interface Values extends Record<string, unknown> {
  name: string;
  template: string;
  moment: ScreenPopRow['moment'];
  queue_ids: string[];
  project_ids: string[];
  reuses_tab: boolean;
  is_on: boolean;
}

/** Pages of other systems that open for agents with their customer. */
export default function ScreenPops() {
  const { t } = useTranslation();
  const pops = useThings('screen-pops');
  const { open, close } = useOpen();
  const columns = useMemo<Column<ScreenPopRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(140px, 1.2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'template',
        title: t('admin.screen-pops.template'),
        width: 'minmax(240px, 3fr)',
        cell: (row) => <span className="ellipsis">{row.template}</span>,
      },
      {
        key: 'moment',
        title: t('admin.screen-pops.moment'),
        width: 'minmax(130px, 1fr)',
        sort: (row) => row.moment,
        cell: (row) => t(`admin.screen-pops.moments.${row.moment}`),
      },
      {
        key: 'is_on',
        title: t('admin.delivery-ways.state'),
        width: '110px',
        sort: (row) => Number(row.is_on),
        cell: (row) => (
          <Chip tone={row.is_on ? 'ok' : 'mute'}>
            {t(row.is_on ? 'admin.delivery-ways.on' : 'admin.delivery-ways.off')}
          </Chip>
        ),
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="screen-pops"
        rows={pops.data}
        error={pops.error}
        onRetry={() => void pops.refetch()}
        columns={columns}
        textOfRow={(row) => `${row.name} ${row.template}`}
        notice={<Hosts />}
        minWidth={760}
      />
      <OpenEditor open={open} rows={pops.data} onClose={close}>
        {(row) => <PopEditor row={row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

/** No page of another host is ever opened. */
function Hosts() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [hosts, setHosts] = useState<string[]>([]);
  const saved = useQuery({
    queryKey: ['admin', 'screen-pop-hosts'],
    queryFn: ({ signal }) => get<ScreenPopHosts>('/api/v1/screen-pop-hosts', {}, signal),
  });
  useEffect(() => setHosts(saved.data?.hosts ?? []), [saved.data]);
  const save = useMutation({
    mutationFn: () => put<ScreenPopHosts>('/api/v1/screen-pop-hosts', { hosts }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['admin', 'screen-pop-hosts'] });
      toast(t('common.saved'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const isSame = hosts.join() === (saved.data?.hosts ?? []).join();
  return (
    <div className={css.result} style={{ width: '100%' }}>
      <TagsInput
        style={{ flex: 1 }}
        label={t('admin.screen-pops.hosts')}
        description={t('admin.screen-pops.hosts_help')}
        placeholder="crm.example.ru"
        value={hosts}
        onChange={setHosts}
      />
      <Button variant="default" disabled={isSame} loading={save.isPending} onClick={() => save.mutate()}>
        {t('common.save')}
      </Button>
    </div>
  );
}

function PopEditor({ row, onClose }: { row: ScreenPopRow | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queues = useThings('queues');
  const projects = useThings('projects');
  const values: Values = {
    name: row?.name ?? '',
    template: row?.template ?? 'https://',
    moment: row?.moment ?? 'ring',
    queue_ids: row?.queue_ids.map(String) ?? [],
    project_ids: row?.project_ids.map(String) ?? [],
    reuses_tab: row?.reuses_tab ?? true,
    is_on: row?.is_on ?? true,
  };
  return (
    <Editor<ScreenPopRow, Values>
      area="screen-pops"
      row={row}
      title={row?.name ?? t('admin.screen-pops.new')}
      values={values}
      bodyOf={(it) => ({
        ...it,
        queue_ids: it.queue_ids.map(Number),
        project_ids: it.project_ids.map(Number),
      })}
      onClose={onClose}
      removeText={t('admin.screen-pops.remove')}
      wide
    >
      {({ form }) => (
        <>
          <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
          <Textarea
            label={t('admin.screen-pops.template')}
            placeholder="https://crm.example.ru/search?phone={caller}"
            required
            autosize
            minRows={2}
            {...form.getInputProps('template')}
          />
          <div className={css.filters} role="group" aria-label={t('admin.screen-pops.variables')}>
            {VARIABLES.map((name) => (
              <Button
                key={name}
                size="compact-xs"
                variant="default"
                onClick={() =>
                  form.setFieldValue('template', `${form.getValues().template}{${name.replace('…', '')}}`)
                }
              >
                {`{${name}}`}
              </Button>
            ))}
          </div>
          <SegmentedControl
            fullWidth
            aria-label={t('admin.screen-pops.moment')}
            data={(['ring', 'answer'] as const).map((value) => ({
              value,
              label: t(`admin.screen-pops.moments.${value}`),
            }))}
            {...form.getInputProps('moment')}
          />
          <Pair>
            <MultiSelect
              label={t('alerts.scope.queue')}
              placeholder={form.getValues().queue_ids.length ? '' : t('admin.alert-rules.all')}
              data={choices(queues.data)}
              searchable
              clearable
              {...form.getInputProps('queue_ids')}
            />
            <MultiSelect
              label={t('admin.projects.title')}
              placeholder={form.getValues().project_ids.length ? '' : t('admin.alert-rules.all')}
              data={choices(projects.data)}
              searchable
              clearable
              {...form.getInputProps('project_ids')}
            />
          </Pair>
          <Switch
            label={t('admin.screen-pops.reuses_tab')}
            {...form.getInputProps('reuses_tab', { type: 'checkbox' })}
          />
          <Switch
            label={t('admin.delivery-ways.is_on')}
            {...form.getInputProps('is_on', { type: 'checkbox' })}
          />
        </>
      )}
    </Editor>
  );
}
