import type { CSSProperties } from 'react';
import type { DashboardNow } from './feed';
import { inOrder, rowsOf, type Tile } from './layout';
import css from './Tiles.module.css';
import { TileView } from './TileView';

export const cellStyle = ({ x, y, width, height }: Tile): CSSProperties => ({
  gridColumn: `${x + 1} / span ${width}`,
  gridRow: `${y + 1} / span ${height}`,
});

/** A dashboard to look at. bare: on a television, where nothing can be pointed at. */
export function Grid({ shown, bare = false }: { shown: DashboardNow; bare?: boolean }) {
  return (
    <div className={css.grid} style={{ '--rows': rowsOf(shown.layout) } as CSSProperties}>
      {inOrder(shown.layout).map((tile) => (
        <section key={tile.tile_id} className={css.cell} style={cellStyle(tile)}>
          <TileView tile={tile} now={shown.tiles.get(tile.tile_id)} bare={bare} />
        </section>
      ))}
    </div>
  );
}
