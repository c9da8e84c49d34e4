import { ActionIcon } from '@mantine/core';
import { Settings2, Trash2 } from 'lucide-react';
import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '~/ui/announce';
import css from './Edit.module.css';
import type { TileNow } from './feed';
import { cellStyle } from './Grid';
import {
  type Cells,
  COLUMNS,
  inOrder,
  isSame,
  placed,
  rowsOf,
  stepped,
  type Tile,
  withoutEmptyRows,
} from './layout';
import tiles from './Tiles.module.css';
import { TileView, useTitle } from './TileView';

interface Drag {
  id: number;
  isSizing: boolean;
  /** Where the pointer took it, and the cells it had. */
  from: { x: number; y: number };
  cells: Cells;
}

const ROW_PX = 84;

/** Tiles that can be taken: by the pointer anywhere, made larger at the corner; by arrows, with Shift for the size. */
export function EditGrid({
  layout,
  values,
  picked,
  onChange,
  onPick,
  onOpen,
  onRemove,
}: {
  layout: readonly Tile[];
  values: ReadonlyMap<number, TileNow>;
  picked: number | null;
  onChange: (layout: Tile[]) => void;
  onPick: (id: number | null) => void;
  onOpen: (id: number) => void;
  onRemove: (id: number) => void;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const moved = useRef<number | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [preview, setPreview] = useState<Tile[] | null>(null);
  const drawn = new Map((preview ?? layout).map((tile) => [tile.tile_id, tile]));
  const rows = Math.max(8, rowsOf([...drawn.values()]) + (preview ? 1 : 0));

  // A tile that changes its place in the order of the page would lose the focus.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each change of the layout
  useEffect(() => {
    if (moved.current === null) return;
    box.current?.querySelector<HTMLElement>(`[data-tile="${moved.current}"]`)?.focus();
    moved.current = null;
  }, [layout]);

  // Heard by the window: the tile that was taken may stand anywhere meanwhile.
  useEffect(() => {
    if (!drag) return undefined;
    let last: Tile[] | null = null;
    const move = (e: globalThis.PointerEvent) => {
      const area = box.current?.getBoundingClientRect();
      if (!area) return;
      const dx = Math.round((e.clientX - drag.from.x) / (area.width / COLUMNS));
      const dy = Math.round((e.clientY - drag.from.y) / ROW_PX);
      const { x, y, width, height } = drag.cells;
      const cells = drag.isSizing ? { width: width + dx, height: height + dy } : { x: x + dx, y: y + dy };
      last = placed(layout, drag.id, cells) ?? last;
      setPreview(last);
    };
    const end = () => {
      setDrag(null);
      setPreview(null);
    };
    const drop = (e: globalThis.PointerEvent) => {
      move(e);
      end();
      if (last && !isSame(last, layout)) onChange(withoutEmptyRows(last));
    };
    const onKey = (e: globalThis.KeyboardEvent) => {
      if (e.key === 'Escape') end();
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', drop);
    addEventListener('pointercancel', end);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', drop);
      removeEventListener('pointercancel', end);
      removeEventListener('keydown', onKey);
    };
  }, [drag, layout, onChange]);

  const onPointerDown = (e: PointerEvent<HTMLElement>, tile: Tile, isSizing: boolean) => {
    if (e.button !== 0 || (e.target as Element).closest('button')) return;
    e.stopPropagation();
    onPick(tile.tile_id);
    const { x, y, width, height } = tile;
    setDrag({
      id: tile.tile_id,
      isSizing,
      from: { x: e.clientX, y: e.clientY },
      cells: { x, y, width, height },
    });
  };

  const onKeyDown = (e: KeyboardEvent<HTMLElement>, tile: Tile) => {
    if (e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Delete' || e.key === 'Backspace') {
      e.preventDefault();
      onRemove(tile.tile_id);
      return;
    }
    if (e.key === 'Enter' || e.key === ' ') {
      e.preventDefault();
      onOpen(tile.tile_id);
      return;
    }
    if (!e.key.startsWith('Arrow')) return;
    e.preventDefault();
    const next = stepped(layout, tile.tile_id, e.key, e.shiftKey);
    if (!next) {
      announce(t('dashboards.edit.no_room'));
      return;
    }
    const now = next.find((one) => one.tile_id === tile.tile_id)!;
    moved.current = tile.tile_id;
    onChange(next);
    announce(
      t('dashboards.edit.stands', {
        column: now.x + 1,
        row: now.y + 1,
        width: now.width,
        height: now.height,
      }),
    );
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the tiles picks none
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape and Tab leave a tile
    <div
      ref={box}
      className={`${tiles.grid} ${css.grid}`}
      style={{ '--rows': rows, '--row': `${ROW_PX}px` } as CSSProperties}
      onClick={(e) => {
        if (e.target === e.currentTarget) onPick(null);
      }}
    >
      {inOrder(layout).map((tile) => (
        <section
          key={tile.tile_id}
          className={`${tiles.cell} ${css.cell}`}
          style={cellStyle(drawn.get(tile.tile_id) ?? tile)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved by keys
          tabIndex={0}
          aria-roledescription={t('dashboards.edit.tile')}
          aria-label={t(`dashboards.kind.${tile.kind}`)}
          aria-describedby="dashboard-keys"
          data-tile={tile.tile_id}
          data-picked={picked === tile.tile_id || undefined}
          data-taken={(preview && drag?.id === tile.tile_id) || undefined}
          onFocus={(e) => {
            if (e.target === e.currentTarget) onPick(tile.tile_id);
          }}
          onKeyDown={(e) => onKeyDown(e, tile)}
          onPointerDown={(e) => onPointerDown(e, tile, false)}
          onDoubleClick={() => onOpen(tile.tile_id)}
        >
          <TileView tile={tile} now={values.get(tile.tile_id)} bare />
          <Tools tile={tile} values={values} onOpen={onOpen} onRemove={onRemove} />
          <span className={css.corner} aria-hidden onPointerDown={(e) => onPointerDown(e, tile, true)} />
        </section>
      ))}
    </div>
  );
}

function Tools({
  tile,
  values,
  onOpen,
  onRemove,
}: {
  tile: Tile;
  values: ReadonlyMap<number, TileNow>;
  onOpen: (id: number) => void;
  onRemove: (id: number) => void;
}) {
  const { t } = useTranslation();
  const name = useTitle(tile, values.get(tile.tile_id));
  return (
    <span className={css.tools}>
      <ActionIcon
        variant="default"
        size={26}
        aria-label={t('dashboards.edit.set', { name })}
        onClick={() => onOpen(tile.tile_id)}
      >
        <Settings2 size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="default"
        size={26}
        aria-label={t('dashboards.edit.remove', { name })}
        onClick={() => onRemove(tile.tile_id)}
      >
        <Trash2 size={15} aria-hidden />
      </ActionIcon>
    </span>
  );
}
