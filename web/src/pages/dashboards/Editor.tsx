import { Button, Drawer, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  BarChartHorizontal,
  Bell,
  ChartLine,
  Clock3,
  Gauge,
  Hash,
  Hourglass,
  type LucideIcon,
  Plus,
  Redo2,
  Rows3,
  Type,
  Undo2,
  Users,
} from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText, put } from '~/api/client';
import type { DashboardFull, DashboardPreview, TileChoices } from '~/api/gen/types.gen';
import { announce } from '~/ui/announce';
import { useConfirm } from '~/ui/Confirm';
import { toast } from '~/ui/toast';
import css from './Edit.module.css';
import { EditGrid } from './EditGrid';
import type { DashboardNow, TileNow } from './feed';
import {
  did,
  hasOtherContent,
  type Kind,
  newTile,
  redone,
  started,
  type Tile,
  undone,
  withoutEmptyRows,
} from './layout';
import { TileSettings } from './TileSettings';

const KINDS: readonly [Kind, LucideIcon][] = [
  ['figure', Hash],
  ['gauge', Gauge],
  ['day', ChartLine],
  ['queues', Rows3],
  ['bars', BarChartHorizontal],
  ['waiting', Hourglass],
  ['states', Users],
  ['alerts', Bell],
  ['text', Type],
  ['clock', Clock3],
];

/** A dashboard being changed: nothing is saved until one says so, and each step can be taken back. */
export function Editor({
  found,
  shown,
  onDone,
}: {
  found: DashboardFull;
  shown: DashboardNow | undefined | null;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const [history, setHistory] = useState(() => started(found.layout as Tile[]));
  const [name, setName] = useState(found.name);
  const [picked, setPicked] = useState<number | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  const [isAdding, setIsAdding] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const layout = history.now;
  const values = useValues(found, layout, shown);
  const isChanged = layout !== found.layout || name !== found.name;
  const { data: choices } = useQuery({
    queryKey: ['dashboards', 'choices'],
    queryFn: ({ signal }) => get<TileChoices>('/api/v1/dashboards/choices', {}, signal),
    staleTime: 60_000,
  });
  const save = useMutation({
    mutationFn: () =>
      put<DashboardFull>(`/api/v1/dashboards/${found.id}`, {
        name,
        tiles: layout,
        share: found.share,
        version: found.version,
      }),
    onSuccess: (saved) => {
      queries.setQueryData(['dashboards', found.id], saved);
      void queries.invalidateQueries({ queryKey: ['dashboards', 'all'] });
      toast(t('dashboards.edit.saved'));
      onDone();
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });

  const change = (next: Tile[]) => setHistory((old) => did(old, next));
  const undo = () => setHistory(undone);
  const redo = () => setHistory(redone);
  const add = (kind: Kind) => {
    const tile = newTile(layout, kind);
    setIsAdding(false);
    if (!tile) {
      toast(t('dashboards.edit.no_room'), 'bad');
      return;
    }
    change([...layout, tile]);
    setPicked(tile.tile_id);
    if (kind !== 'clock') setOpen(tile.tile_id);
  };
  const remove = (id: number) => {
    change(withoutEmptyRows(layout.filter((tile) => tile.tile_id !== id)));
    setPicked(null);
    announce(t('dashboards.edit.removed'));
    // The focus would be lost with the tile.
    box.current?.focus();
  };
  const leave = async () => {
    if (isChanged) {
      const sure = await ask({
        title: t('dashboards.edit.leave_title'),
        text: t('dashboards.edit.leave_text'),
        confirm: t('dashboards.edit.leave'),
        danger: true,
      });
      if (!sure) return;
    }
    onDone();
  };

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || (e.target as Element).closest('input, textarea')) return;
      if (e.code === 'KeyZ') {
        e.preventDefault();
        setHistory(e.shiftKey ? redone : undone);
      } else if (e.code === 'KeyY') {
        e.preventDefault();
        setHistory(redone);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => {
    if (!isChanged) return undefined;
    const warn = (e: BeforeUnloadEvent) => e.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isChanged]);

  return (
    <div ref={box} tabIndex={-1} style={{ outline: 'none' }}>
      <div className={css.bar}>
        <TextInput
          aria-label={t('dashboards.name')}
          value={name}
          maxLength={100}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <Button
          variant="default"
          leftSection={<Plus size={16} aria-hidden />}
          onClick={() => setIsAdding(true)}
        >
          {t('dashboards.edit.add')}
        </Button>
        <Button
          variant="default"
          disabled={!history.past.length}
          leftSection={<Undo2 size={16} aria-hidden />}
          onClick={undo}
        >
          {t('dashboards.edit.undo')}
        </Button>
        <Button
          variant="default"
          disabled={!history.future.length}
          leftSection={<Redo2 size={16} aria-hidden />}
          onClick={redo}
        >
          {t('dashboards.edit.redo')}
        </Button>
        <span className={css.push} />
        <Button variant="default" onClick={() => void leave()}>
          {t('common.cancel')}
        </Button>
        <Button loading={save.isPending} disabled={!isChanged || !name.trim()} onClick={() => save.mutate()}>
          {t('common.save')}
        </Button>
      </div>
      <EditGrid
        layout={layout}
        values={values}
        picked={picked}
        onChange={change}
        onPick={setPicked}
        onOpen={setOpen}
        onRemove={remove}
      />
      <p id="dashboard-keys" className={css.keys}>
        {t('dashboards.edit.keys')}
      </p>
      <Drawer
        opened={isAdding}
        onClose={() => setIsAdding(false)}
        position="right"
        size={460}
        title={t('dashboards.edit.add')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <div className={css.kinds}>
          {KINDS.map(([kind, Icon]) => (
            <button key={kind} type="button" onClick={() => add(kind)}>
              <Icon size={18} aria-hidden />
              <strong>{t(`dashboards.kind.${kind}`)}</strong>
              <small>{t(`dashboards.kind_help.${kind}`)}</small>
            </button>
          ))}
        </div>
      </Drawer>
      <TileSettings
        tile={layout.find((tile) => tile.tile_id === open) ?? null}
        choices={choices}
        onClose={() => setOpen(null)}
        onSave={(tile) => {
          change(layout.map((one) => (one.tile_id === tile.tile_id ? tile : one)));
          setOpen(null);
        }}
      />
    </div>
  );
}

/** What tiles show: of the feed those that are as they were saved; new and changed ones are asked for once. */
function useValues(
  found: DashboardFull,
  layout: readonly Tile[],
  shown: DashboardNow | undefined | null,
): ReadonlyMap<number, TileNow> {
  const saved = useMemo(() => new Map((found.layout as Tile[]).map((tile) => [tile.tile_id, tile])), [found]);
  const changed = layout.filter((tile) => hasOtherContent(tile, saved.get(tile.tile_id)));
  const { data } = useQuery({
    // Where a tile stands changes nothing of what it shows.
    queryKey: [
      'dashboards',
      'preview',
      changed.map(({ x: _, y: __, width: ___, height: ____, ...it }) => it),
    ],
    queryFn: () => post<DashboardPreview>('/api/v1/dashboards/preview', { name: found.name, tiles: changed }),
    enabled: changed.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const values = new Map(shown?.tiles);
  for (const tile of changed) values.delete(tile.tile_id);
  if (changed.length) {
    for (const tile of (data?.tiles ?? []) as unknown as TileNow[]) values.set(tile.id, tile);
  }
  return values;
}
