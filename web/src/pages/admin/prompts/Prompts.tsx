import { ActionIcon, Button, SegmentedControl, TextInput } from '@mantine/core';
import { Pause, Play, Plus, Search, SearchX } from 'lucide-react';
import { type DragEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { address as addressOf, problemText } from '~/api/client';
import type { PromptRow } from '~/api/gen/types.gen';
import { dayTime, duration } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import admin from '../Admin.module.css';
import { useThings } from '../things';
import { PromptEditor } from './PromptEditor';
import css from './Prompts.module.css';
import { nameOfFile, usePlayback } from './sound';

export const LANGUAGES = ['ru', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export const SITE = 'site/';

/** Where a prompt is heard; a new version has a new address, so no browser plays the old one. */
export const soundOf = (row: PromptRow, language: Language): string =>
  addressOf(`/api/v1/prompts/${language}/audio`, { name: row.name, at: row.changed_at });

/** What is spoken to customers: the shipped prompts and the site's own. */
export default function Prompts() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const prompts = useThings('prompts');
  const { playing, toggle } = usePlayback(() => toast(t('admin.prompts.not_played'), 'bad'));
  const [dropped, setDropped] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const kind = address.kind === 'shipped' || address.kind === 'all' ? address.kind : 'own';
  const find = address.find ?? '';
  const wanted = find.trim().toLocaleLowerCase();
  const rows = useMemo(
    () =>
      prompts.data?.filter(
        (row) =>
          (kind === 'all' || row.is_shipped === (kind === 'shipped')) &&
          [row.name, ...row.flows, ...row.queues].join(' ').toLocaleLowerCase().includes(wanted),
      ),
    [prompts.data, kind, wanted],
  );
  const columns = useMemo<Column<PromptRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(180px, 1.4fr)',
        sort: (row) => row.name,
        cell: (row) => (
          <>
            <code className={css.name}>{row.name}</code>{' '}
            {row.is_shipped && kind === 'all' ? (
              <Chip tone="mute">{t('admin.prompts.from_program')}</Chip>
            ) : null}
          </>
        ),
      },
      ...LANGUAGES.map(
        (language): Column<PromptRow> => ({
          key: language,
          title: t(`admin.prompts.language.${language}`),
          width: '130px',
          sort: (row) => row.seconds[language],
          cell: (row) =>
            row.seconds[language] === undefined ? (
              <Chip tone="warn" title={t('admin.prompts.silent_here')}>
                {t('admin.prompts.none')}
              </Chip>
            ) : (
              <span className={css.sound}>
                <ActionIcon
                  variant="subtle"
                  size="sm"
                  aria-label={t(
                    playing === row.name + language ? 'admin.prompts.stop' : 'admin.prompts.listen_to',
                    { name: row.name, language: t(`admin.prompts.language.${language}`) },
                  )}
                  onClick={(e) => {
                    e.stopPropagation();
                    toggle(row.name + language, soundOf(row, language));
                  }}
                  onKeyDown={(e) => e.stopPropagation()}
                >
                  {playing === row.name + language ? <Pause size={15} /> : <Play size={15} />}
                </ActionIcon>
                <span className="num">{duration(row.seconds[language])}</span>
              </span>
            ),
        }),
      ),
      {
        key: 'used',
        title: t('admin.prompts.used'),
        width: 'minmax(180px, 2fr)',
        sort: (row) => -(row.flows.length + row.queues.length),
        cell: (row) => <Places row={row} />,
      },
      {
        key: 'changed',
        title: t('admin.prompts.changed'),
        width: '140px',
        sort: (row) => row.changed_at,
        cell: (row) => (row.changed_at ? dayTime(row.changed_at) : '—'),
      },
    ],
    [t, kind, playing, toggle],
  );
  const sort: Sort = { key: address.sort ?? 'name', descending: address.down === 'true' };
  const open = address.prompt ?? null;
  const row = open ? prompts.data?.find((it) => it.name === open) : undefined;
  const add = () => setAddress({ prompt: 'new' });
  const close = () => {
    setDropped(null);
    setAddress({ prompt: null });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (!file) return;
    setDropped(file);
    add();
  };
  return (
    <section
      className={admin.area}
      aria-labelledby="area-title"
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
    >
      <header className={admin.areaHead}>
        <div className={admin.areaTitle}>
          <h2 id="area-title">{t('admin.prompts.title')}</h2>
          <p>{t('admin.prompts.about')}</p>
        </div>
        <TextInput
          className={admin.search ?? ''}
          type="search"
          leftSection={<Search size={15} aria-hidden />}
          aria-label={t('common.search')}
          placeholder={t('common.search')}
          value={find}
          onChange={(e) => setAddress({ find: e.currentTarget.value })}
        />
        <SegmentedControl
          aria-label={t('admin.prompts.kind')}
          value={kind}
          onChange={(next) => setAddress({ kind: next === 'own' ? null : next })}
          data={(['own', 'shipped', 'all'] as const).map((value) => ({
            value,
            label: t(`admin.prompts.kinds.${value}`),
          }))}
        />
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={add}>
          {t('common.add')}
        </Button>
      </header>
      <div className={`panel ${admin.listBox}`}>
        <DataGrid
          label={t('admin.prompts.title')}
          columns={columns}
          rows={rows}
          rowKey={(it) => it.name}
          onOpen={(it) => setAddress({ prompt: it.name })}
          selected={open}
          sort={sort}
          onSort={(next) => setAddress({ sort: next.key, down: next.descending })}
          error={prompts.error && !prompts.data ? problemText(prompts.error) : null}
          onRetry={() => void prompts.refetch()}
          minWidth={760}
          className={admin.grid ?? ''}
          empty={
            wanted ? (
              <EmptyState icon={SearchX} title={t('lists.pick.nothing')}>
                <Button variant="default" onClick={() => setAddress({ find: null, kind: null })}>
                  {t('admin.show_all')}
                </Button>
              </EmptyState>
            ) : (
              <EmptyState title={t('admin.prompts.no_own')} text={t('admin.prompts.drop_here')}>
                <Button leftSection={<Plus size={16} aria-hidden />} onClick={add}>
                  {t('common.add')}
                </Button>
              </EmptyState>
            )
          }
        />
      </div>
      {over ? (
        <div className={css.curtain} aria-hidden>
          {t('admin.prompts.drop_now')}
        </div>
      ) : null}
      {open === 'new' || row || (open && prompts.data) ? (
        <PromptEditor
          key={open === 'new' ? 'new' : 'one'}
          row={open === 'new' ? null : (row ?? null)}
          name={open === 'new' ? (dropped ? nameOfFile(dropped.name) : '') : (open ?? '')}
          file={dropped}
          onTaken={() => setDropped(null)}
          onClose={close}
          onNamed={(name) => setAddress({ prompt: SITE + name })}
        />
      ) : null}
    </section>
  );
}

/** The published flows and the queues that say it. */
export function Places({ row }: { row: PromptRow }) {
  const { t } = useTranslation();
  const text = [
    row.flows.length ? `${t('admin.flows.title')}: ${row.flows.join(', ')}` : '',
    row.queues.length ? `${t('admin.queues.title')}: ${row.queues.join(', ')}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
  return <span title={text}>{text || '—'}</span>;
}
