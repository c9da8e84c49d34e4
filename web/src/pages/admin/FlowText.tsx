import { type KeyboardEvent, type RefObject, useImperativeHandle, useRef } from 'react';
import css from './Flows.module.css';
import type { Span } from './flow';

export interface FlowTextHandle {
  /** Puts the cursor there and brings the line into sight. */
  show: (span: Span) => void;
}

/** A flow as text, with the numbers of its lines; those with problems are marked. */
export function FlowText({
  handle,
  label,
  describedBy,
  value,
  onChange,
  onCheck,
  marked,
}: {
  handle: RefObject<FlowTextHandle | null>;
  label: string;
  describedBy: string;
  value: string;
  onChange: (text: string) => void;
  onCheck: () => void;
  /** Lines with problems, from 0. */
  marked: ReadonlySet<number>;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  useImperativeHandle(handle, () => ({
    show: ({ line, from, to }) => {
      const box = area.current;
      if (!box) return;
      box.focus({ preventScroll: true });
      box.setSelectionRange(from, to);
      const height = Number.parseFloat(getComputedStyle(box).lineHeight) || 19;
      box.scrollTop = Math.max(0, line * height - box.clientHeight / 3);
      box.scrollLeft = 0;
    },
  }));
  const keyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      onCheck();
      return;
    }
    // The next line begins where this one did. By a command of the browser, so that it can be undone.
    const { value: text, selectionStart } = event.currentTarget;
    const line = text.slice(text.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
    const indent = /^ */.exec(line)?.[0] ?? '';
    const deeper = /:\s*$/.test(line) ? '  ' : '';
    if (!indent && !deeper) return;
    if (document.execCommand?.('insertText', false, `\n${indent}${deeper}`)) event.preventDefault();
  };
  return (
    <div className={css.code}>
      <div className={css.gutter} ref={gutter} aria-hidden>
        {value.split('\n').map((_, at) => (
          <span key={at} data-bad={marked.has(at) || undefined}>
            {at + 1}
          </span>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={marked.size > 0}
        value={value}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={keyDown}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
