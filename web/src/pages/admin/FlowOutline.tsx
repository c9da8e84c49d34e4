import { CircleAlert, CornerDownRight } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { Chip } from '~/ui/Chip';
import css from './Flows.module.css';
import type { Exit, OutlineNode } from './flow';

/** The nodes in their order, walked by the arrow keys; Enter or a click shows one in the text. */
export function FlowOutline({
  nodes,
  start,
  unfit,
  queueName,
  onPick,
}: {
  nodes: readonly OutlineNode[];
  start: string;
  /** Nodes with problems. */
  unfit: ReadonlySet<string>;
  queueName: (id: unknown) => string;
  onPick: (key: string) => void;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState('');
  const here = nodes.some((it) => it.key === current) ? current : nodes[0]?.key;
  const buttons = () => [...(box.current?.querySelectorAll<HTMLButtonElement>('button[data-node]') ?? [])];
  const walk = (event: KeyboardEvent) => {
    const all = buttons();
    const at = all.findIndex((it) => it.dataset.node === here);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[Math.min(Math.max(next, 0), all.length - 1)]?.focus();
  };
  return (
    <ul className={css.outline} ref={box} onKeyDown={walk} aria-label={t('admin.flows.nodes')}>
      {nodes.map((node) => (
        <li key={node.key}>
          <button
            type="button"
            className={css.node}
            data-node={node.key}
            tabIndex={node.key === here ? 0 : -1}
            onFocus={() => setCurrent(node.key)}
            onClick={() => onPick(node.key)}
          >
            <code>{node.key}</code>
            <span>{kindText(node, queueName)}</span>
            {node.key === start ? <Chip tone="info">{t('admin.flows.start')}</Chip> : null}
            {unfit.has(node.key) ? (
              <span className={css.unfit} role="img" aria-label={t('admin.flows.unfit')}>
                <CircleAlert size={15} aria-hidden />
              </span>
            ) : null}
          </button>
          {node.exits.length ? (
            <ul className={css.exits}>
              {node.exits.map((exit) => (
                <li key={exit.name}>
                  <CornerDownRight size={13} aria-hidden />
                  <span>{exitText(exit)}</span>
                  {exit.target ? (
                    <button
                      type="button"
                      tabIndex={-1}
                      className={css.target}
                      aria-label={t('admin.flows.go_to', { node: exit.target })}
                      disabled={!nodes.some((it) => it.key === exit.target)}
                      onClick={() => {
                        setCurrent(exit.target);
                        onPick(exit.target);
                      }}
                    >
                      <code>{exit.target}</code>
                    </button>
                  ) : (
                    <em>{t('admin.flows.over')}</em>
                  )}
                </li>
              ))}
            </ul>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** "Plays prompts", "Ends: closed", "To the queue Sales". */
export function kindText({ kind, plain }: OutlineNode, queueName: (id: unknown) => string): string {
  const words = textOf(`admin.flows.kind.${kind}`) ?? kind;
  if (kind === 'end') return `${words}: ${textOf(`common.end_reason.${plain.reason}`) ?? plain.reason}`;
  if (kind === 'queue' || kind === 'callback') return `${words}: ${queueName(plain.queue_id)}`;
  if (kind === 'say') return `${words}: ${plain.value}`;
  if (kind === 'sub') return `${words}: № ${plain.flow_id}`;
  if (['play', 'menu', 'personal_menu', 'collect'].includes(kind)) {
    const prompts = Array.isArray(plain.prompts) ? plain.prompts.join(', ') : '';
    return prompts ? `${words}: ${prompts}` : words;
  }
  return words;
}

export function exitText({ kind, facts }: Exit): string {
  const { comparison } = facts;
  const compared = comparison ? (textOf(`admin.flows.comparison.${comparison}`, facts) ?? comparison) : '';
  return textOf(`admin.flows.exit.${kind}`, { ...facts, compared }) ?? kind;
}
