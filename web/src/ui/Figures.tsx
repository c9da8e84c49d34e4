import { ArrowDown, ArrowUp, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import css from './Figures.module.css';
import { InfoTip } from './InfoTip';

export interface Figure {
  key: string;
  label: string;
  value: ReactNode;
  /** Below the number, when there is nothing to compare with. */
  note?: ReactNode;
  level?: 'ok' | 'warn' | 'bad' | undefined;
  definition?: ReactNode;
  change?: Change | null | undefined;
}
export interface Change {
  /** Signed, with its unit: "+4,2 %", "−1,1 п.п.", "+0:06". */
  text: string;
  direction: 'up' | 'down' | 'same';
  /** Whether that is good; null: neither. */
  isGood: boolean | null;
  /** Against what. */
  against: string;
}

/** The few numbers that matter, over a chart and a table that explain them. */
export function Figures({ label, figures }: { label: string; figures: readonly Figure[] }) {
  return (
    <section className={css.strip} aria-label={label}>
      {figures.map((it) => (
        <div key={it.key} className={`panel ${css.figure}`} data-level={it.level}>
          <div className={css.label}>
            <span>{it.label}</span>
            {it.definition ? <InfoTip title={it.label}>{it.definition}</InfoTip> : null}
          </div>
          <b className="num">{it.value}</b>
          <div className={css.under}>
            {it.change ? (
              <span
                className={css.change}
                data-good={it.change.isGood === null ? undefined : it.change.isGood}
                title={it.change.against}
              >
                {it.change.direction === 'up' ? (
                  <ArrowUp size={12} aria-hidden />
                ) : it.change.direction === 'down' ? (
                  <ArrowDown size={12} aria-hidden />
                ) : (
                  <Minus size={12} aria-hidden />
                )}
                <span className="num">{it.change.text}</span>
                <span className="visually-hidden">{it.change.against}</span>
              </span>
            ) : null}
            {it.note ? <span className={css.note}>{it.note}</span> : null}
          </div>
        </div>
      ))}
    </section>
  );
}
