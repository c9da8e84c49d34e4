import { TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import css from './FindOne.module.css';

export interface Choice {
  key: string;
  name: string;
  /** Behind the name, in the muted colour; of a disabled one: why. */
  detail?: ReactNode;
  /** At the right edge: a state. */
  mark?: ReactNode;
  disabled?: boolean;
}
export interface ChoiceGroup {
  title: string;
  choices: readonly Choice[];
}

const PAGE = 8;

/**
 * One of many by typing: the field keeps the focus, arrows move through the list, Enter chooses. What cannot be
 * chosen stays in sight and says why.
 */
export function FindOne({
  label,
  query,
  onQuery,
  groups,
  active,
  onActive,
  onEnter,
  onPick,
  empty,
}: {
  label: string;
  query: string;
  onQuery: (query: string) => void;
  groups: readonly ChoiceGroup[];
  active: string | null;
  onActive: (key: string | null) => void;
  /** `other`: with Ctrl held. */
  onEnter: (other: boolean) => void;
  /** A click opens at once; without it a click only chooses. */
  onPick?: (key: string) => void;
  empty: string;
}) {
  const id = useId();
  // An id that is referred to has no spaces.
  const idOf = (key: string) => `${id}${key.replaceAll(' ', '-')}`;
  const list = useRef<HTMLDivElement>(null);
  const open = groups.flatMap((group) => group.choices.filter((choice) => !choice.disabled));
  const at = open.findIndex((choice) => choice.key === active);
  const first = open[0]?.key ?? null;
  // The list changes under the hand: what was chosen stays chosen while it can be; else the first one is.
  useEffect(() => {
    if (at < 0 && active !== first) onActive(first);
  }, [at, active, first, onActive]);
  useEffect(() => {
    if (active) list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing) return;
    if (e.key === 'Enter') {
      e.preventDefault();
      e.stopPropagation();
      if (at >= 0) onEnter(e.ctrlKey || e.metaKey);
      return;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE }[e.key];
    if (to === undefined || !open.length) return;
    e.preventDefault();
    onActive(open[Math.min(open.length - 1, Math.max(0, to))]!.key);
  };
  const shown = groups.filter((group) => group.choices.length);
  return (
    <div className={css.box}>
      <TextInput
        data-autofocus
        leftSection={<Search size={15} aria-hidden />}
        placeholder={label}
        aria-label={label}
        role="combobox"
        aria-expanded
        aria-controls={`${id}list`}
        aria-activedescendant={active !== null && at >= 0 ? idOf(active) : undefined}
        autoComplete="off"
        maxLength={80}
        value={query}
        onChange={(e) => onQuery(e.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {/* The keys are the field's, which keeps the focus. */}
      <div ref={list} id={`${id}list`} className={css.list} role="listbox" aria-label={label}>
        {shown.map((group) => (
          <div key={group.title} role="group" aria-label={group.title}>
            <div className={css.title} aria-hidden>
              {group.title}
            </div>
            {group.choices.map((choice) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's
              <div
                key={choice.key}
                id={idOf(choice.key)}
                className={css.choice}
                role="option"
                aria-selected={choice.key === active}
                aria-disabled={choice.disabled || undefined}
                onMouseDown={(e) => e.preventDefault()}
                onClick={() => {
                  if (choice.disabled) return;
                  onActive(choice.key);
                  onPick?.(choice.key);
                }}
              >
                <span className={css.name}>{choice.name}</span>
                <span className={css.detail}>{choice.detail}</span>
                {choice.mark}
              </div>
            ))}
          </div>
        ))}
        {shown.length ? null : <p className={css.empty}>{empty}</p>}
      </div>
    </div>
  );
}
