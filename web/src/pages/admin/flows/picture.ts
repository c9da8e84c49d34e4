/* What the picture of a flow shows, ready to be drawn: where each node stands and all its words. The drawing
   itself comes with its library in a chunk of its own and knows nothing of flows. */

import type { LucideIcon } from 'lucide-react';
import { iconOf } from './icons';
import { HEAD, laidOut, ROW, WIDTH } from './layout';
import { type Draft, exitsOf, type Forms, kindOf, nodeOf, type Spot } from './model';
import { exitName, kindName, type Names, nodeLine, nowhere } from './words';

/** What a rehearsal went through. */
export interface Lit {
  /** Places in the path by node, from 1. */
  steps: ReadonlyMap<string, readonly number[]>;
  /** Ways that were taken, as `wayOf` calls them. */
  ways: ReadonlySet<string>;
}
/** Calls that are in a node now, and that took a way today. */
export interface Traffic {
  now: ReadonlyMap<string, number>;
  today: ReadonlyMap<string, number>;
}
export const wayOf = (key: string, exit: string): string => `${key}\n${exit}`;

export interface PictureExit {
  name: string;
  label: string;
  target: string;
  /** Leads to no node: the call ends, or the node is not there. */
  isFree: boolean;
  /** What it means that it names no node; '' when it names one. */
  nowhere: string;
  isLit: boolean;
  count: number;
  /** From the top of its node. */
  y: number;
}
export interface PictureNode {
  key: string;
  x: number;
  y: number;
  height: number;
  column: number;
  Icon: LucideIcon;
  kind: string;
  line: string;
  isUnfit: boolean;
  now: number;
  steps: readonly number[];
  exits: readonly PictureExit[];
}
export interface Picture {
  width: number;
  head: number;
  row: number;
  start: string;
  isLit: boolean;
  nodes: readonly PictureNode[];
}
export interface PictureActions {
  onSelect: (key: string) => void;
  /** Enter: to the form of the node. */
  onOpen: (key: string) => void;
  onInsert: (spot: Spot) => void;
  onInsertAfter: (key: string) => void;
  onRemove: (key: string) => void;
  onConnect: (spot: Spot, target: string) => void;
}

export function pictureOf(
  draft: Draft,
  forms: Forms,
  names: Names,
  unfit: ReadonlySet<string>,
  lit: Lit | null,
  traffic: Traffic | null,
): Picture {
  const nodes = [...laidOut(draft, forms).values()].map((place): PictureNode => {
    const node = nodeOf(draft, place.key);
    const exits = exitsOf(node, forms);
    return {
      ...place,
      Icon: iconOf(kindOf(draft, place.key)),
      kind: kindName(kindOf(draft, place.key)),
      line: nodeLine(node, names, exits),
      isUnfit: unfit.has(place.key),
      now: traffic?.now.get(place.key) ?? 0,
      steps: lit?.steps.get(place.key) ?? [],
      exits: exits.map((exit, at) => ({
        name: exit.name,
        label: exitName(node, exit, names),
        target: exit.target,
        isFree: !(exit.target in draft.nodes),
        nowhere: exit.target ? '' : nowhere(kindOf(draft, place.key), exit.pattern),
        isLit: lit?.ways.has(wayOf(place.key, exit.name)) ?? false,
        count: traffic?.today.get(wayOf(place.key, exit.name)) ?? 0,
        y: HEAD + at * ROW + ROW / 2,
      })),
    };
  });
  return { width: WIDTH, head: HEAD, row: ROW, start: draft.start, isLit: Boolean(lit?.steps.size), nodes };
}

/** Where an arrow leads: along a way, back along it, to the next one in the column. */
export function neighbour(arrow: string, key: string, { nodes }: Picture): string | undefined {
  const here = nodes.find((it) => it.key === key);
  if (arrow === 'ArrowRight') return here?.exits.find((it) => !it.isFree && it.target !== key)?.target;
  if (arrow === 'ArrowLeft')
    return nodes.find((it) => it.key !== key && it.exits.some((exit) => exit.target === key))?.key;
  if (arrow !== 'ArrowUp' && arrow !== 'ArrowDown') return undefined;
  const column = nodes.filter((it) => it.column === here?.column).sort((a, b) => a.y - b.y);
  return column[column.findIndex((it) => it.key === key) + (arrow === 'ArrowDown' ? 1 : -1)]?.key;
}
