import type { ReactNode } from 'react';
import css from './Chip.module.css';

export type Tone = 'info' | 'ok' | 'warn' | 'bad' | 'mute';

/** A short word on colour. Our own: every tone reaches 4.5:1 in both themes, which the library's badges do not. */
export function Chip({
  tone = 'info',
  children,
  title,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className={css.chip} data-tone={tone} title={title}>
      {children}
    </span>
  );
}
