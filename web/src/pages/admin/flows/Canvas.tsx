import {
  Background,
  BackgroundVariant,
  BaseEdge,
  type Connection,
  Controls,
  type Edge,
  type EdgeProps,
  getBezierPath,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { createContext, type KeyboardEvent, type ReactNode, use, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import css from './Canvas.module.css';
import type { Spot } from './model';
import type { Picture, PictureActions, PictureNode } from './picture';

interface Props extends PictureActions {
  picture: Picture;
  selected: string;
  /** Where an arrow key leads from a node. */
  neighbour: (arrow: string, key: string, picture: Picture) => string | undefined;
  icons: { plus: ReactNode; unfit: ReactNode; begin: ReactNode };
}

const BEGIN = '@begin';
const BEGIN_WIDTH = 112;
const BEGIN_HEIGHT = 36;
const BEGIN_GAP = 70;
/** Below this the words are too small to be read. */
const READABLE = 0.8;
const MAP_FROM = 12;

type Card = Node<{ shown: PictureNode | null }, 'card' | 'begin'>;
const Scene = createContext<Props | null>(null);
const useScene = (): Props => {
  const scene = use(Scene);
  if (!scene) throw new Error('a card stands on a canvas');
  return scene;
};

/** The flow as a picture: columns of nodes from the call's beginning to its ends. */
export default function Canvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Scene value={props}>
        <Board {...props} />
      </Scene>
    </ReactFlowProvider>
  );
}

function Board({ picture, selected, neighbour, ...acts }: Props) {
  const { t } = useTranslation();
  const nodes = useMemo(() => cardsOf(picture), [picture]);
  const edges = useMemo(() => edgesOf(picture), [picture]);
  const box = useRef<HTMLElement>(null);
  const pulled = useRef<Spot | null>(null);
  useShown(selected, picture, box);

  const keyDown = (event: KeyboardEvent) => {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-card]')?.dataset.card;
    if (key === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(event.key, key, picture);
    if (next !== undefined) {
      acts.onSelect(next);
      requestAnimationFrame(() =>
        box.current?.querySelector<HTMLElement>(`[data-card="${CSS.escape(next)}"]`)?.focus(),
      );
    } else if (event.key === 'Enter') acts.onOpen(key);
    else if (event.key === 'Insert' || event.key === '+') acts.onInsertAfter(key);
    else if (event.key === 'Delete' || event.key === 'Backspace') acts.onRemove(key);
    else return;
    event.preventDefault();
  };
  return (
    <section ref={box} className={css.board} onKeyDown={keyDown} aria-label={t('flows.canvas')}>
      <ReactFlow<Card, Edge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        minZoom={0.2}
        maxZoom={1.4}
        panOnScroll
        zoomOnDoubleClick={false}
        onInit={(flow) => flow.setViewport(firstView(picture, box.current?.getBoundingClientRect()))}
        onNodeClick={(_, node) => acts.onSelect(node.id === BEGIN ? '' : node.id)}
        onPaneClick={() => acts.onSelect('')}
        onConnectStart={(_, { nodeId, handleId }) => {
          pulled.current = nodeId === null ? null : spotOf(nodeId, handleId);
        }}
        onConnect={({ source, sourceHandle, target }: Connection) => {
          pulled.current = null;
          acts.onConnect(spotOf(source, sourceHandle), target);
        }}
        onConnectEnd={(_, { toNode }) => {
          // Let go over nothing: a new node is wanted there.
          const spot = pulled.current;
          pulled.current = null;
          if (spot && !toNode) acts.onInsert(spot);
        }}
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.2} />
        <Controls showInteractive={false} aria-label={t('flows.zoom')} />
        {nodes.length > MAP_FROM ? (
          <MiniMap pannable zoomable className={css.map ?? ''} ariaLabel={null} />
        ) : null}
      </ReactFlow>
    </section>
  );
}

/** All of it where it can still be read; else its beginning. */
function firstView({ nodes, width, start }: Picture, pane: { width: number; height: number } | undefined) {
  const margin = 24;
  const [left, right, top, bottom] = [
    -BEGIN_WIDTH - BEGIN_GAP,
    Math.max(0, ...nodes.map((it) => it.x)) + width + 2 * margin,
    Math.min(0, ...nodes.map((it) => it.y)),
    Math.max(0, ...nodes.map((it) => it.y + it.height)),
  ];
  const room = { width: (pane?.width ?? 0) - 2 * margin, height: (pane?.height ?? 0) - 2 * margin };
  const fits = Math.min(room.width / (right - left), room.height / (bottom - top), 1);
  const zoom = Math.max(fits, READABLE);
  const first = nodes.find((it) => it.key === start);
  const middle =
    bottom - top <= room.height / zoom
      ? (top + bottom) / 2
      : Math.max((first?.y ?? 0) + 80, top + room.height / zoom / 2);
  return { x: margin - left * zoom, y: (pane?.height ?? 0) / 2 - middle * zoom, zoom };
}

const spotOf = (key: string, exit: string | null): Spot =>
  key === BEGIN ? { key: '', exit: '' } : { key, exit: exit ?? '' };

/** Brings a node that was chosen into sight; one that is in sight stays where it is. */
function useShown(selected: string, picture: Picture, box: { current: HTMLElement | null }) {
  const flow = useReactFlow();
  const last = useRef('');
  useEffect(() => {
    const node = picture.nodes.find((it) => it.key === selected);
    if (!node || last.current === selected) {
      last.current = selected;
      return;
    }
    last.current = selected;
    const pane = box.current?.getBoundingClientRect();
    if (!pane) return;
    const { x, y, zoom } = flow.getViewport();
    const left = node.x * zoom + x;
    const top = node.y * zoom + y;
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + picture.width * zoom <= pane.width &&
      top + Math.min(node.height, 2 * picture.head) * zoom <= pane.height;
    if (!isSeen) void flow.setCenter(node.x + picture.width / 2, node.y + node.height / 2, { zoom });
  }, [selected, picture, flow, box]);
}

const SPOT = { width: 1, height: 1 };

function cardsOf({ nodes, width, head, start }: Picture): Card[] {
  const cards = nodes.map(
    (node): Card => ({
      id: node.key,
      type: 'card',
      position: { x: node.x, y: node.y },
      width,
      height: node.height,
      data: { shown: node },
      handles: [
        { type: 'target', position: Position.Left, x: 0, y: head / 2, ...SPOT },
        ...node.exits.map((exit) => ({
          id: exit.name,
          type: 'source' as const,
          position: Position.Right,
          x: width,
          y: exit.y,
          ...SPOT,
        })),
      ],
    }),
  );
  const first = nodes.find((it) => it.key === start);
  const begin: Card = {
    id: BEGIN,
    type: 'begin',
    position: { x: -BEGIN_WIDTH - BEGIN_GAP, y: (first?.y ?? 0) + (head - BEGIN_HEIGHT) / 2 },
    width: BEGIN_WIDTH,
    height: BEGIN_HEIGHT,
    data: { shown: null },
    handles: [
      { id: BEGIN, type: 'source', position: Position.Right, x: BEGIN_WIDTH, y: BEGIN_HEIGHT / 2, ...SPOT },
    ],
  };
  return [begin, ...cards];
}

function edgesOf({ nodes, start, isLit }: Picture): Edge[] {
  const edges = nodes.flatMap(({ key, exits }) =>
    exits
      .filter((exit) => !exit.isFree)
      .map(
        (exit): Edge => ({
          id: `${key}\n${exit.name}`,
          type: 'way',
          source: key,
          sourceHandle: exit.name,
          target: exit.target,
          data: { isLit: exit.isLit },
          ...(exit.isLit ? { zIndex: 1 } : {}),
        }),
      ),
  );
  if (!nodes.some((it) => it.key === start)) return edges;
  const first = { id: BEGIN, type: 'way', source: BEGIN, sourceHandle: BEGIN, target: start };
  return [{ ...first, data: { isLit } }, ...edges];
}

function CardNode({ data: { shown } }: NodeProps<Card>) {
  const { picture, selected, icons, onInsert } = useScene();
  const { t } = useTranslation();
  if (!shown) return null;
  const { key, Icon, line, isUnfit, now, steps } = shown;
  const isFirst = key === picture.start && !picture.nodes.some((it) => it.key === selected);
  const words = [shown.kind, line].filter(Boolean).join(' · ');
  return (
    <div
      className={css.card}
      style={{ height: shown.height }}
      data-selected={selected === key || undefined}
      data-unfit={isUnfit || undefined}
      data-lit={steps.length > 0 || undefined}
      data-dim={(picture.isLit && !steps.length) || undefined}
    >
      <Handle
        type="target"
        position={Position.Left}
        className={css.in ?? ''}
        style={{ top: picture.head / 2 }}
      />
      <button
        type="button"
        className={css.head}
        data-card={key}
        tabIndex={selected === key || isFirst ? 0 : -1}
        aria-current={selected === key || undefined}
        aria-label={[key, words, isUnfit ? t('admin.flows.unfit') : ''].filter(Boolean).join(', ')}
      >
        <span className={css.icon}>
          <Icon size={17} aria-hidden />
        </span>
        <span className={css.words}>
          <b>{key}</b>
          <span title={words}>{words}</span>
        </span>
        {isUnfit ? <span className={css.alert}>{icons.unfit}</span> : null}
        {now ? (
          <span className={`num ${css.now}`} title={t('flows.traffic.now', { count: now })}>
            {now}
          </span>
        ) : null}
        {steps.length ? <span className={`num ${css.step}`}>{steps.join(', ')}</span> : null}
      </button>
      {shown.exits.map((exit) => (
        <div
          key={exit.name}
          className={css.exit}
          data-free={exit.isFree || undefined}
          data-lit={exit.isLit || undefined}
        >
          <span className={css.name} title={exit.label}>
            {exit.label}
          </span>
          {exit.count ? (
            <span className={`num ${css.count}`} title={t('flows.traffic.today', { count: exit.count })}>
              {exit.count}
            </span>
          ) : null}
          <Handle
            type="source"
            id={exit.name}
            position={Position.Right}
            className={css.out ?? ''}
            title={t('flows.pull')}
          />
          <PlusButton
            label={t('flows.insert_at', { exit: exit.label, node: key })}
            onClick={() => onInsert({ key, exit: exit.name })}
          />
          {exit.nowhere ? <span className={css.over}>{exit.nowhere}</span> : null}
        </div>
      ))}
    </div>
  );
}

function BeginNode() {
  const { t } = useTranslation();
  const { onInsert, icons } = useScene();
  return (
    <div className={css.begin}>
      {icons.begin}
      <span>{t('flows.begin')}</span>
      <Handle type="source" id={BEGIN} position={Position.Right} className={css.out ?? ''} />
      <PlusButton label={t('flows.insert_first')} onClick={() => onInsert({ key: '', exit: '' })} />
    </div>
  );
}

function PlusButton({ label, onClick }: { label: string; onClick: () => void }) {
  const { icons } = useScene();
  return (
    <button
      type="button"
      className={`nodrag nopan ${css.plus}`}
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    >
      {icons.plus}
    </button>
  );
}

function Way({ sourceX, sourceY, targetX, targetY, data }: EdgeProps) {
  const [path] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
    curvature: targetX > sourceX ? 0.32 : 0.5,
  });
  return <BaseEdge path={path} className={(data?.isLit ? css.lit : css.way) ?? ''} />;
}

const NODE_TYPES = { card: CardNode, begin: BeginNode };
const EDGE_TYPES = { way: Way };
