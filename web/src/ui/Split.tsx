import { CloseButton } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { isTyping } from '~/lib/keys';
import css from './Split.module.css';

/** A list and, beside it, what is picked in it. The list keeps the focus: arrows and Enter walk through it. */
export function Split({ children, side }: { children: ReactNode; side: ReactNode | null }) {
  return (
    <div className={css.split} data-open={side !== null || undefined}>
      <div className={css.list}>{children}</div>
      {side}
    </div>
  );
}

export function SidePanel({
  title,
  tools,
  onClose,
  children,
}: {
  title: string;
  tools?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      // A menu or a dialog over the panel takes its own Escape.
      if (event.key !== 'Escape' || event.defaultPrevented || isTyping(event.target)) return;
      const over = document.querySelectorAll('[role="dialog"], [role="listbox"], [role="menu"]');
      if ([...over].some((it) => it.getClientRects().length)) return;
      onClose();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [onClose]);
  return (
    <aside className={`panel ${css.side}`} aria-label={title}>
      <header className={css.head}>
        <h2>{title}</h2>
        {tools}
        <CloseButton aria-label={t('common.close')} onClick={onClose} size={28} />
      </header>
      <div
        className={css.body}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {children}
      </div>
    </aside>
  );
}
