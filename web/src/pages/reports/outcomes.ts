import type { OutcomeRow } from '~/api/gen/types.gen';

export interface Kind {
  /** Empty: none was chosen. */
  kind: string;
  chosen: number;
  outcomes: { row: OutcomeRow; chosen: number }[];
}

/** The tree of kinds and their outcomes over all queues or agents, the most frequent first; "none" last. */
export function kindsOf(rows: readonly OutcomeRow[]): Kind[] {
  const kinds = new Map<string, Map<number, { row: OutcomeRow; chosen: number }>>();
  for (const row of rows) {
    const outcomes = kinds.get(row.kind) ?? new Map<number, { row: OutcomeRow; chosen: number }>();
    const id = row.disposition_id ?? 0;
    outcomes.set(id, { row, chosen: (outcomes.get(id)?.chosen ?? 0) + row.chosen });
    kinds.set(row.kind, outcomes);
  }
  return [...kinds]
    .map(([kind, outcomes]) => {
      const list = [...outcomes.values()].sort((a, b) => b.chosen - a.chosen);
      return { kind, chosen: list.reduce((sum, it) => sum + it.chosen, 0), outcomes: list };
    })
    .sort((a, b) => Number(!a.kind) - Number(!b.kind) || b.chosen - a.chosen);
}
