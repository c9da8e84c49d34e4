import { MantineProvider } from '@mantine/core';
import { act, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { beforeAll, describe, expect, test } from 'vitest';
import { startLanguage, withWords } from '~/i18n';
import { niceTop, runsOf, shownOf } from './DayChart';
import { EditGrid } from './EditGrid';
import { type DayPoint, folded } from './feed';
import {
  did,
  freePlace,
  hasOtherContent,
  inOrder,
  newTile,
  placed,
  redone,
  started,
  stepped,
  type Tile,
  undone,
  withoutEmptyRows,
} from './layout';
import { gaugeLevel, levelOf } from './levels';
import { TileView } from './TileView';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('dashboards');
});

function tile(id: number, x: number, y: number, width = 2, height = 2, more: Partial<Tile> = {}): Tile {
  const made = newTile([], 'figure')!;
  return { ...made, tile_id: id, x, y, width, height, ...more };
}
const places = (tiles: readonly Tile[] | null) =>
  tiles?.map(({ tile_id, x, y, width, height }) => [tile_id, x, y, width, height]);

describe('layout', () => {
  test('whoever stands in the way moves down, and so does whoever stands below him', () => {
    const tiles = [tile(1, 0, 0), tile(2, 2, 0), tile(3, 2, 2), tile(4, 8, 0)];
    expect(places(placed(tiles, 1, { x: 1, y: 0 }))).toEqual([
      [1, 1, 0, 2, 2],
      [2, 2, 2, 2, 2],
      [3, 2, 4, 2, 2],
      [4, 8, 0, 2, 2],
    ]);
  });
  test('a tile stays within the grid and as large as it must be to be read', () => {
    const day = tile(1, 0, 0, 6, 3, { kind: 'day' });
    expect(places(placed([day], 1, { x: 11, width: 1, height: 1 }))).toEqual([[1, 9, 0, 3, 2]]);
    expect(places(placed([tile(1, 0, 0)], 1, { x: -5, y: -1 }))).toEqual([[1, 0, 0, 2, 2]]);
  });
  test('what would leave the grid at the bottom is not done', () => {
    const tiles = [tile(1, 0, 0, 12, 2), tile(2, 0, 2, 12, 46)];
    expect(placed(tiles, 1, { height: 3 })).toBeNull();
  });
  test('arrows move, with Shift they change the size; at the edge nothing happens', () => {
    const tiles = [tile(1, 0, 0)];
    expect(places(stepped(tiles, 1, 'ArrowRight', false))).toEqual([[1, 1, 0, 2, 2]]);
    expect(places(stepped(tiles, 1, 'ArrowDown', true))).toEqual([[1, 0, 0, 2, 3]]);
    expect(stepped(tiles, 1, 'ArrowLeft', false)).toBeNull();
    expect(stepped(tiles, 1, 'a', false)).toBeNull();
  });
  test('a new tile takes the first free place; emptied rows close up', () => {
    expect(freePlace([tile(1, 0, 0), tile(2, 4, 0)], 2, 2)).toEqual({ x: 2, y: 0, width: 2, height: 2 });
    const added = newTile([tile(7, 0, 0, 12, 2)], 'gauge')!;
    expect([added.tile_id, added.x, added.y, added.figure]).toEqual([8, 0, 2, 'service_level']);
    expect(places(withoutEmptyRows([tile(1, 0, 2), tile(2, 4, 7)]))).toEqual([
      [1, 0, 0, 2, 2],
      [2, 4, 2, 2, 2],
    ]);
    expect(inOrder([tile(2, 4, 1), tile(1, 6, 0), tile(3, 0, 1)]).map((one) => one.tile_id)).toEqual([
      1, 3, 2,
    ]);
  });
  test('a tile that was moved shows what it showed; one with another figure does not', () => {
    const saved = tile(1, 0, 0);
    expect(hasOtherContent({ ...saved, x: 5, height: 4 }, saved)).toBe(false);
    expect(hasOtherContent({ ...saved, figure: 'offered' }, saved)).toBe(true);
    expect(hasOtherContent(saved, undefined)).toBe(true);
  });
  test('each step can be taken back and done again, until something else is done', () => {
    const twice = did(did(started('a'), 'b'), 'c');
    expect(undone(twice).now).toBe('b');
    expect(undone(undone(undone(twice))).now).toBe('a');
    expect(redone(undone(twice)).now).toBe('c');
    expect(redone(did(undone(twice), 'd')).now).toBe('d');
  });
});

describe('figures', () => {
  test('a limit colours from its value on, on its own side; no data has no colour', () => {
    const high = { side: 'above', warn: 3, bad: 6 } as const;
    expect([2, 3, 6, null].map((value) => levelOf(value, high))).toEqual(['ok', 'warn', 'bad', undefined]);
    const low = { side: 'below', warn: 2, bad: 1 } as const;
    expect([3, 2, 1].map((value) => levelOf(value, low))).toEqual(['ok', 'warn', 'bad']);
    const free = { side: 'below', warn: null, bad: null } as const;
    expect(gaugeLevel(0.75, 0.8, free)).toBe('warn');
    expect(gaugeLevel(0.75, undefined, free)).toBeUndefined();
  });
  test('a day begins with its first call, and its level has no line where nobody called', () => {
    const point = (at: number, offered: number, level: number | null): DayPoint => [
      at,
      offered,
      offered,
      0,
      level,
    ];
    const day = [0, 1, 2, 3].map((at) => point(at, at > 1 ? 1 : 0, at > 1 ? 0.5 : null));
    expect(shownOf(day)).toHaveLength(4);
    expect(shownOf([point(0, 0, null)])).toHaveLength(0);
    expect(runsOf([point(0, 1, 1), point(1, 0, null), point(2, 1, 0.5), point(3, 1, 0.6)])).toEqual([
      [
        [0, 1],
        [0.35, 1],
      ],
      [
        [2, 0.5],
        [3, 0.6],
      ],
    ]);
    expect([3, 11, 45, 100].map(niceTop)).toEqual([4, 20, 60, 100]);
  });
  test('a delta changes the tiles that it names and no other', () => {
    const first = folded(undefined, {
      k: 's',
      tiles: [{ id: 1, value: 2 }, { id: 2 }],
      ...({ name: 'Смена', version: 1, layout: [] } as object),
    })!;
    const next = folded(first, { k: 'd', tiles: [{ id: 1 }] })!;
    expect([next.tiles.get(1)?.value, next.tiles.has(2), next.name]).toEqual([undefined, true, 'Смена']);
    expect(folded(undefined, { k: 'd', tiles: [] })).toBeUndefined();
  });
  test('a tile says its name, its queue and its number, and that there is no right', () => {
    const shown = tile(1, 0, 0, 2, 2, { warn: 1, bad: 3 });
    const { rerender } = render(
      <MantineProvider env="test">
        <TileView tile={shown} now={{ id: 1, value: 3, unit: 'count', places: ['Продажи'] }} />
      </MantineProvider>,
    );
    expect(screen.getByRole('heading').textContent).toBe('Ждут в очереди · Продажи');
    expect(screen.getByText('3').closest('[data-level]')?.getAttribute('data-level')).toBe('bad');
    rerender(
      <MantineProvider env="test">
        <TileView tile={shown} now={{ id: 1, code: 'right_missing' }} />
      </MantineProvider>,
    );
    expect(screen.getByText('Нет права видеть эту цифру')).toBeTruthy();
  });
});

function Bench({ opened }: { opened: (id: number) => void }) {
  const [layout, setLayout] = useState([tile(1, 0, 0), tile(2, 2, 0)]);
  const [picked, setPicked] = useState<number | null>(null);
  return (
    <MantineProvider env="test">
      <EditGrid
        layout={layout}
        values={new Map()}
        picked={picked}
        onChange={setLayout}
        onPick={setPicked}
        onOpen={opened}
        onRemove={(id) => setLayout(layout.filter((one) => one.tile_id !== id))}
      />
    </MantineProvider>
  );
}

describe('editor', () => {
  const areas = (box: HTMLElement) =>
    [...box.querySelectorAll('section')].map((one) => `${one.style.gridColumn} | ${one.style.gridRow}`);

  test('a tile is moved, sized, opened and removed by keys alone', () => {
    const opened: number[] = [];
    const { container } = render(<Bench opened={(id) => opened.push(id)} />);
    const press = (key: string, shiftKey = false) =>
      fireEvent.keyDown(document.activeElement!, { key, shiftKey });
    act(() => container.querySelector<HTMLElement>('section')!.focus());
    press('ArrowDown');
    press('ArrowDown');
    expect(areas(container)).toEqual(['3 / span 2 | 1 / span 2', '1 / span 2 | 3 / span 2']);
    press('ArrowRight', true);
    expect(areas(container)[1]).toBe('1 / span 3 | 3 / span 2');
    press('Enter');
    expect(opened).toEqual([1]);
    press('Delete');
    expect(areas(container)).toEqual(['3 / span 2 | 1 / span 2']);
  });

  test('a tile that is dragged pushes others, and Escape takes it back', () => {
    const { container } = render(<Bench opened={() => undefined} />);
    const grid = container.querySelector<HTMLElement>('section')!.parentElement!;
    grid.getBoundingClientRect = () => ({ width: 1200, height: 800 }) as DOMRect;
    const [first] = [...container.querySelectorAll<HTMLElement>('section')];
    const at = (x: number) => ({ pointerId: 1, button: 0, clientX: x, clientY: 10 });
    fireEvent.pointerDown(first!, at(50));
    fireEvent.pointerMove(window, at(260));
    expect(areas(container)).toContain('3 / span 2 | 3 / span 2');
    fireEvent.keyDown(window, { key: 'Escape' });
    expect(areas(container)).toEqual(['1 / span 2 | 1 / span 2', '3 / span 2 | 1 / span 2']);
    fireEvent.pointerDown(first!, at(50));
    fireEvent.pointerMove(window, at(260));
    fireEvent.pointerUp(window, at(260));
    expect(areas(container)).toEqual(['3 / span 2 | 1 / span 2', '3 / span 2 | 3 / span 2']);
  });
});
