import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatLanguage } from '~/lib/format';
import css from './DataGrid.module.css';
import { InfoTip } from './InfoTip';
import { EmptyState, ErrorState, Loading } from './Notice';

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** What to sort by; a column without it has no sort button. Nulls always come last. */
  sort?: (row: Row) => number | string | null | undefined;
  numeric?: boolean;
  /** A track of a CSS grid; 'minmax(110px, 1fr)' when left out. */
  width?: string;
  /** The measure's definition, shown at the title. */
  definition?: ReactNode;
  /** What the totals row shows here. */
  total?: ReactNode;
}
export interface Sort {
  key: string;
  descending: boolean;
}

interface Props<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string | number;
  /** Enter, or a click on the row. */
  onOpen?: (row: Row) => void;
  selected?: string | number | null;
  /** Sorting kept outside (in the address); without onSort the grid keeps and does it by itself. */
  sort?: Sort | null;
  onSort?: (sort: Sort) => void;
  /** The rows come sorted from the server: only the arrows are drawn. */
  sortedByServer?: boolean;
  error?: string | null;
  onRetry?: () => void;
  empty?: ReactNode;
  className?: string;
  /** Pixels below which the grid scrolls sideways instead of squeezing its columns. */
  minWidth?: number;
}

const VIRTUAL_FROM = 120;

/** The one grid: sticky head, sorting, totals, keyboard (arrows, Home, End, Enter), long lists drawn in part. */
export function DataGrid<Row>(props: Props<Row>) {
  const { label, columns, rows, rowKey, onOpen, selected, error, onRetry, empty, className } = props;
  const { t } = useTranslation();
  const [own, setOwn] = useState<Sort | null>(props.sort ?? null);
  const sort = props.onSort ? (props.sort ?? null) : own;
  const box = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(0);

  const sorted = useMemo(() => {
    const column = sort && !props.sortedByServer ? columns.find((c) => c.key === sort.key) : undefined;
    if (!rows || !column?.sort) return rows ?? [];
    const of = column.sort;
    const language = formatLanguage();
    const sign = sort?.descending ? -1 : 1;
    return [...rows].sort((a, b) => {
      const x = of(a);
      const y = of(b);
      if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1;
      if (y === null || y === undefined) return -1;
      if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
      return sign * String(x).localeCompare(String(y), language, { numeric: true });
    });
  }, [rows, columns, sort, props.sortedByServer]);

  const virtual = sorted.length > VIRTUAL_FROM;
  const rowHeight = () => {
    const value = Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'), 10);
    return Number.isFinite(value) ? value : 36;
  };
  const virtualizer = useVirtualizer({
    count: virtual ? sorted.length : 0,
    getScrollElement: () => box.current,
    estimateSize: rowHeight,
    overscan: 10,
  });

  if (error) return <ErrorState text={error} {...(onRetry ? { onRetry } : {})} />;
  if (!rows) return <Loading rows={8} />;
  if (!rows.length) return empty ?? <EmptyState title={t('common.empty.title')} />;

  const template = columns.map((c) => c.width ?? 'minmax(110px, 1fr)').join(' ');
  const setSort = (key: string) => {
    const next = { key, descending: sort?.key === key ? !sort.descending : false };
    if (props.onSort) props.onSort(next);
    else setOwn(next);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const to = { ArrowDown: cursor + 1, ArrowUp: cursor - 1, Home: 0, End: sorted.length - 1 }[e.key];
    if (to === undefined || !onOpen) return;
    e.preventDefault();
    const next = Math.min(sorted.length - 1, Math.max(0, to));
    setCursor(next);
    if (virtual) virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };

  const hasTotals = columns.some((column) => column.total !== undefined);
  const line = (row: Row, index: number, style?: React.CSSProperties) => {
    const key = rowKey(row);
    return (
      <div
        key={key}
        role="row"
        data-row={index}
        aria-rowindex={index + (hasTotals ? 3 : 2)}
        aria-selected={selected === undefined ? undefined : selected === key}
        tabIndex={onOpen ? (index === Math.min(cursor, sorted.length - 1) ? 0 : -1) : undefined}
        data-opens={onOpen ? true : undefined}
        className={css.row}
        style={{ gridTemplateColumns: template, ...style }}
        onClick={onOpen ? () => onOpen(row) : undefined}
        onFocus={onOpen ? () => setCursor(index) : undefined}
        onKeyDown={
          onOpen
            ? (e) => {
                if (e.key === 'Enter' && e.target === e.currentTarget) onOpen(row);
              }
            : undefined
        }
      >
        {columns.map((column) => (
          <div key={column.key} role="cell" data-numeric={column.numeric || undefined}>
            {column.cell(row)}
          </div>
        ))}
      </div>
    );
  };

  return (
    <div
      ref={box}
      className={className ? `${css.box} ${className}` : css.box}
      role="table"
      aria-label={label}
      aria-rowcount={sorted.length + (hasTotals ? 2 : 1)}
      style={{ '--grid-min': `${props.minWidth ?? 0}px` } as React.CSSProperties}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={css.head}>
        <div role="row" aria-rowindex={1} className={css.row} style={{ gridTemplateColumns: template }}>
          {columns.map((column) => (
            <div
              key={column.key}
              role="columnheader"
              data-numeric={column.numeric || undefined}
              aria-sort={
                sort?.key === column.key ? (sort.descending ? 'descending' : 'ascending') : undefined
              }
            >
              {column.sort ? (
                <button type="button" className={css.sort} onClick={() => setSort(column.key)}>
                  {column.title}
                  {sort?.key === column.key ? (
                    sort.descending ? (
                      <ArrowDown size={12} aria-hidden />
                    ) : (
                      <ArrowUp size={12} aria-hidden />
                    )
                  ) : null}
                </button>
              ) : (
                column.title || <span className="visually-hidden">{t('common.actions')}</span>
              )}
              {column.definition ? <InfoTip title={column.title}>{column.definition}</InfoTip> : null}
            </div>
          ))}
        </div>
        {hasTotals ? (
          // Below the head, not at the foot: in sight at once, and never over a row that one wants to click.
          <div
            role="row"
            aria-rowindex={2}
            className={`${css.row} ${css.totals}`}
            style={{ gridTemplateColumns: template }}
          >
            {columns.map((column) => (
              <div key={column.key} role="cell" data-numeric={column.numeric || undefined}>
                {column.total}
              </div>
            ))}
          </div>
        ) : null}
      </div>
      <div
        role="rowgroup"
        className={css.body}
        style={virtual ? { height: virtualizer.getTotalSize() } : undefined}
      >
        {virtual
          ? virtualizer.getVirtualItems().map((item) =>
              line(sorted[item.index]!, item.index, {
                position: 'absolute',
                insetInline: 0,
                top: 0,
                height: item.size,
                transform: `translateY(${item.start}px)`,
              }),
            )
          : sorted.map((row, index) => line(row, index))}
      </div>
    </div>
  );
}
