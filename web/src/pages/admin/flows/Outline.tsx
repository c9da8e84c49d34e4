import { CircleAlert, CornerDownRight } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chip } from '~/ui/Chip';
import css from './Editor.module.css';
import { iconOf } from './icons';
import { type Draft, exitsOf, type Forms, kindOf, nodeOf, type Spot, walked } from './model';
import { exitName, kindName, type Names, nodeLine, nowhere } from './words';

/** The whole flow as a list, in the order in which a call may come to its nodes: everything that the picture
    can do is done here by keys. Arrows walk, Enter opens, Insert puts in after, Delete takes away. */
export function Outline({
  draft,
  forms,
  names,
  selected,
  unfit,
  onSelect,
  onOpen,
  onInsert,
  onInsertAfter,
  onRemove,
  onConnect,
}: {
  draft: Draft;
  forms: Forms;
  names: Names;
  selected: string;
  unfit: ReadonlySet<string>;
  onSelect: (key: string) => void;
  onOpen: (key: string) => void;
  onInsert: (spot: Spot) => void;
  onInsertAfter: (key: string) => void;
  onRemove: (key: string) => void;
  onConnect: (spot: Spot, target: string) => void;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLUListElement>(null);
  const order = useMemo(() => walked(draft, forms), [draft, forms]);
  const [current, setCurrent] = useState('');
  const rows = order.flatMap(({ key }) => [
    key,
    ...exitsOf(nodeOf(draft, key), forms).map((exit) => `${key}\n${exit.name}`),
  ]);
  const here = rows.includes(current) ? current : (rows.find((it) => it === selected) ?? rows[0]);
  // What is chosen in the picture is where the arrows go on from.
  useEffect(() => {
    if (!selected) return;
    setCurrent(selected);
    const row = box.current?.querySelector(`[data-row="${CSS.escape(selected)}"]`);
    row?.scrollIntoView({ block: 'nearest' });
  }, [selected]);

  const keyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = all.findIndex((it) => it.dataset.row === here);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    const [key = '', exit] = (here ?? '').split('\n');
    if (next !== undefined) all[Math.min(Math.max(next, 0), all.length - 1)]?.focus();
    else if (event.key === 'Insert' || event.key === '+') {
      if (exit === undefined) onInsertAfter(key);
      else onInsert({ key, exit });
    } else if (event.key === 'Delete') {
      if (exit === undefined) {
        onRemove(key);
        const after = all.slice(at + 1).find((it) => it.dataset.row?.split('\n')[0] !== key) ?? all[0];
        setCurrent(after?.dataset.row ?? '');
        requestAnimationFrame(() =>
          box.current
            ?.querySelector<HTMLElement>(`[data-row="${CSS.escape(after?.dataset.row ?? '')}"]`)
            ?.focus(),
        );
      } else onConnect({ key, exit }, '');
    } else return;
    event.preventDefault();
  };
  return (
    <ul className={css.outline} ref={box} onKeyDown={keyDown} aria-label={t('admin.flows.nodes')}>
      {order.map(({ key, depth, isReached }) => {
        const node = nodeOf(draft, key);
        const kind = kindOf(draft, key);
        const Icon = iconOf(kind);
        const exits = exitsOf(node, forms);
        const line = nodeLine(node, names, exits);
        return (
          <li key={key} style={{ paddingLeft: Math.min(depth, 8) * 9 }} data-apart={!isReached || undefined}>
            <button
              type="button"
              className={css.node}
              data-node={key}
              data-row={key}
              data-selected={selected === key || undefined}
              aria-current={selected === key || undefined}
              tabIndex={key === here ? 0 : -1}
              onFocus={() => {
                setCurrent(key);
                if (selected !== key) onSelect(key);
              }}
              onClick={() => onOpen(key)}
            >
              <Icon size={14} aria-hidden />
              <b>{key}</b>
              <span>{line ? `${kindName(kind)} · ${line}` : kindName(kind)}</span>
              {key === draft.start ? <Chip tone="info">{t('admin.flows.start')}</Chip> : null}
              {unfit.has(key) ? (
                <span className={css.unfit} role="img" aria-label={t('admin.flows.unfit')}>
                  <CircleAlert size={15} aria-hidden />
                </span>
              ) : null}
            </button>
            <ul className={css.exits}>
              {exits.map((exit) => (
                <li key={exit.name}>
                  <button
                    type="button"
                    className={css.way}
                    data-row={`${key}\n${exit.name}`}
                    tabIndex={`${key}\n${exit.name}` === here ? 0 : -1}
                    data-lost={(exit.target && !(exit.target in draft.nodes)) || undefined}
                    onFocus={() => setCurrent(`${key}\n${exit.name}`)}
                    onClick={() => (exit.target in draft.nodes ? onSelect(exit.target) : onOpen(key))}
                  >
                    <CornerDownRight size={12} aria-hidden />
                    <span>{exitName(node, exit, names)}</span>
                    <i>{exit.target || nowhere(kindOf(draft, key), exit.pattern)}</i>
                  </button>
                </li>
              ))}
            </ul>
          </li>
        );
      })}
    </ul>
  );
}
