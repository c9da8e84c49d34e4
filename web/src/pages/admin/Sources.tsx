import { Button, Drawer, Select, Tabs, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, put } from '~/api/client';
import type { SourceDetail, SourceName, SourceRow, UnreadRow } from '~/api/gen/types.gen';
import { useAgents, useQueues, useTeams } from '~/api/names';
import { textOf } from '~/i18n';
import { count, day, full } from '~/lib/format';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import own from './Sources.module.css';
import { ImportLog } from './sources/ImportLog';
import { Meaning } from './sources/Meaning';
import { Now } from './sources/Now';

const KINDS = ['queue', 'agent', 'number', 'reason'] as const;

/** Logs of another Asterisk that were imported: what they hold and what their names mean. */
export default function Sources() {
  const { t } = useTranslation();
  const sources = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => get<SourceRow[]>('/api/v1/sources', {}, signal),
  });
  const { open, close } = useOpen();
  const [imports, setImports] = useState(false);
  const columns = useMemo<Column<SourceRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(140px, 1.2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'period',
        title: t('admin.sources.period'),
        width: 'minmax(190px, 1.4fr)',
        sort: (row) => row.first ?? '',
        cell: (row) => (row.first && row.last ? `${day(row.first)} – ${day(row.last)}` : '—'),
      },
      {
        key: 'interactions',
        title: t('admin.sources.calls'),
        width: '110px',
        numeric: true,
        sort: (row) => row.interactions,
        cell: (row) => count(row.interactions),
      },
      {
        key: 'unread',
        title: t('admin.sources.unread'),
        width: '130px',
        numeric: true,
        sort: (row) => row.unread,
        cell: (row) => count(row.unread),
      },
      {
        key: 'zone',
        title: t('admin.sources.zone'),
        width: 'minmax(130px, 1fr)',
        sort: (row) => row.zone,
        cell: (row) => row.zone,
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="sources"
        rows={sources.data}
        error={sources.error}
        onRetry={() => void sources.refetch()}
        columns={columns}
        textOfRow={(row) => row.name}
        canAdd={false}
        actions={
          <Button leftSection={<Upload size={16} aria-hidden />} onClick={() => setImports(true)}>
            {t('admin.sources.import.open')}
          </Button>
        }
        minWidth={720}
      />
      {imports ? <ImportLog sources={sources.data ?? []} onClose={() => setImports(false)} /> : null}
      {typeof open === 'number' ? <Source id={open} onClose={close} /> : null}
    </>
  );
}

function Source({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const source = useQuery({
    queryKey: ['source', id],
    queryFn: ({ signal }) => get<SourceDetail>(`/api/v1/sources/${id}`, {}, signal),
  });
  const names = source.data?.names ?? [];
  const kinds = KINDS.filter((kind) => names.some((it) => it.kind === kind));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={860}
      title={source.data?.name ?? ''}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      {source.error && !source.data ? (
        <ErrorState text={problemText(source.error)} onRetry={() => void source.refetch()} />
      ) : null}
      {!source.data && !source.error ? <Loading rows={8} /> : null}
      {source.data ? (
        <Tabs defaultValue={kinds[0] ?? 'unread'} keepMounted={false}>
          <Tabs.List>
            {kinds.map((kind) => (
              <Tabs.Tab key={kind} value={kind}>
                {t(`admin.sources.kinds.${kind}`)}
              </Tabs.Tab>
            ))}
            <Tabs.Tab value="now">{t('admin.sources.now.title')}</Tabs.Tab>
            <Tabs.Tab value="meaning">{t('admin.sources.meaning.title')}</Tabs.Tab>
            <Tabs.Tab value="unread">
              {t('admin.sources.unread')} {count(source.data.unread)}
            </Tabs.Tab>
          </Tabs.List>
          {kinds.map((kind) => (
            <Tabs.Panel key={kind} value={kind} pt="sm">
              <p className="muted">{t('admin.sources.naming')}</p>
              <ul className={own.names}>
                {names
                  .filter((it) => it.kind === kind)
                  .map((it) => (
                    <Title key={it.id} source={id} name={it} />
                  ))}
              </ul>
            </Tabs.Panel>
          ))}
          <Tabs.Panel value="now" pt="sm">
            <Now source={source.data} />
          </Tabs.Panel>
          <Tabs.Panel value="meaning" pt="sm">
            <Meaning source={source.data} />
          </Tabs.Panel>
          <Tabs.Panel value="unread" pt="sm">
            <Unread rows={source.data.unread_rows} />
          </Tabs.Panel>
        </Tabs>
      ) : null}
    </Drawer>
  );
}

/** One name of the log with what people call it, whom it stands for and where he works; saved at once. */
function Title({ source, name }: { source: number; name: SourceName }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const queues = useQueues();
  const agents = useAgents();
  const teams = useTeams();
  const [text, setText] = useState(name.title ?? '');
  const save = useMutation({
    mutationFn: (change: Partial<Pick<SourceName, 'own_id' | 'team_id'>>) =>
      put<SourceName>(`/api/v1/sources/${source}/names/${name.kind}/${name.id}`, {
        title: text.trim(),
        own_id: name.own_id,
        team_id: name.team_id,
        ...change,
      }),
    onSuccess: async () => {
      await Promise.all(
        ['source', 'report', 'interactions'].map((key) => queries.invalidateQueries({ queryKey: [key] })),
      );
      toast(t('common.saved'));
    },
  });
  const keep = () => {
    if (text.trim() !== (name.title ?? '')) save.mutate({});
  };
  const ownOnes = name.kind === 'queue' ? queues.all : name.kind === 'agent' ? agents : null;
  return (
    <li data-kind={name.kind}>
      <code title={name.name}>{name.name}</code>
      <TextInput
        aria-label={t('admin.sources.title_of', { name: name.name })}
        placeholder={name.own_id ? name.shown : name.name}
        disabled={name.own_id !== null}
        maxLength={80}
        value={text}
        error={save.error ? problemText(save.error) : null}
        onChange={(e) => setText(e.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(e) => {
          if (e.key === 'Enter') keep();
        }}
      />
      {ownOnes ? (
        <Select
          searchable
          clearable
          aria-label={t('admin.sources.own_of', { name: name.name })}
          placeholder={t(`admin.sources.own.${name.kind as 'queue' | 'agent'}`)}
          value={name.own_id === null ? null : String(name.own_id)}
          data={ownOnes.map((it) => ({ value: String(it.id), label: it.name }))}
          onChange={(id) => save.mutate({ own_id: id === null ? null : Number(id) })}
        />
      ) : null}
      {name.kind === 'agent' ? (
        <Select
          searchable
          clearable
          aria-label={t('admin.sources.team_of', { name: name.name })}
          placeholder={t('admin.sources.team')}
          value={name.team_id === null ? null : String(name.team_id)}
          data={teams.map((it) => ({ value: String(it.id), label: it.name }))}
          onChange={(id) => save.mutate({ team_id: id === null ? null : Number(id) })}
        />
      ) : null}
    </li>
  );
}

interface Line extends UnreadRow {
  key: string;
}

function Unread({ rows }: { rows: readonly UnreadRow[] }) {
  const { t } = useTranslation();
  const lines = useMemo<Line[]>(
    () => rows.map((row) => ({ ...row, key: `${row.file}:${row.line}` })),
    [rows],
  );
  const columns = useMemo<Column<Line>[]>(
    () => [
      {
        key: 'line',
        title: t('admin.sources.line'),
        width: '170px',
        cell: (row) => <span title={full(row.read_at)}>{row.key}</span>,
      },
      {
        key: 'reason',
        title: t('admin.sources.reason'),
        width: 'minmax(160px, 1fr)',
        cell: (row) => textOf(`admin.sources.reasons.${row.reason}`) ?? row.reason,
      },
      {
        key: 'text',
        title: t('admin.sources.text'),
        width: 'minmax(200px, 1.4fr)',
        cell: (row) => (
          <code className={own.row} title={row.text}>
            {row.text}
          </code>
        ),
      },
    ],
    [t],
  );
  if (!lines.length) return <EmptyState title={t('admin.sources.all_read')} />;
  return (
    <div className={own.unread}>
      <DataGrid
        label={t('admin.sources.unread')}
        columns={columns}
        rows={lines}
        rowKey={(row) => row.key}
        className={css.grid ?? ''}
      />
    </div>
  );
}
