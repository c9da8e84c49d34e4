/* A day's load as lines of text: what one copies from a sheet, with commas, semicolons, tabs or blanks. */

export interface LoadRow {
  from: string;
  to: string;
  calls: number;
  aht_seconds: number;
}

const CLOCK = /^([01]?\d|2[0-4]):[0-5]\d$/;

/** A comma separates only where there are three of them: else it is a decimal one. */
const separatorOf = (line: string): RegExp =>
  /[;\t]/.test(line) ? /\s*[;\t]\s*/ : line.split(',').length > 3 ? /\s*,\s*/ : /\s+/;

/** Rows of "from to calls aht"; `wrongLine` is the first line (from 1) that is none. A head line is passed over. */
export function loadRows(text: string): { rows: LoadRow[]; wrongLine: number | null } {
  const rows: LoadRow[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const cells = line.trim().split(separatorOf(line)).filter(Boolean);
    if (!cells.length || (!rows.length && !/\d/.test(line))) continue;
    const [from, to, calls, aht] = cells;
    const numbers = [calls, aht].map((it) => Number((it ?? '').replace(',', '.')));
    const isRow =
      cells.length === 4 &&
      CLOCK.test(from!) &&
      CLOCK.test(to!) &&
      numbers.every((it) => Number.isFinite(it));
    if (!isRow) return { rows: [], wrongLine: index + 1 };
    rows.push({ from: from!, to: to!, calls: numbers[0]!, aht_seconds: numbers[1]! });
  }
  return { rows, wrongLine: null };
}

/** The other way: rows to be edited. */
export const loadText = (rows: readonly LoadRow[]): string =>
  rows
    .map((it) => `${it.from} ${it.to} ${Math.round(it.calls * 10) / 10} ${Math.round(it.aht_seconds)}`)
    .join('\n');
