import { Link } from '@tanstack/react-router';
import type { CSSProperties, ReactNode } from 'react';
import { count } from '~/lib/format';
import css from './Bars.module.css';

export type Tone = 'good' | 'late' | 'bad' | 'calm' | 'rule';
export interface BarPart {
  name: string;
  value: number;
  tone: Tone;
  /** What stands behind it, as the list of interactions takes it. */
  search?: Record<string, string | undefined> | null;
}
export interface Bar {
  key: string;
  label: string;
  title: string;
  parts: readonly BarPart[];
}
/** A line between two bars: after so many of them. */
export interface Mark {
  after: number;
  text: string;
}

const TICKS = 4;

/** Round numbers that reach just above the highest bar. */
export function ticksUpTo(most: number): number[] {
  const rough = Math.max(1, most) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 2.5, 5, 10].map((it) => it * power).find((it) => it >= rough) ?? rough);
  const whole = Number.isInteger(step) ? step : Math.ceil(step);
  return Array.from({ length: Math.ceil(Math.max(1, most) / whole) + 1 }, (_, i) => i * whole);
}

/** Stacked bars of few steps that one clicks into: 60 lines instead of 206 KB. */
export function Bars({
  label,
  bars,
  marks = [],
  height,
  foot,
}: {
  label: string;
  bars: readonly Bar[];
  marks?: readonly Mark[];
  height: number;
  /** Under the axis: what the steps are. */
  foot?: ReactNode;
}) {
  const whole = (bar: Bar) => bar.parts.reduce((sum, part) => sum + part.value, 0);
  const ticks = ticksUpTo(Math.max(0, ...bars.map(whole)));
  const top = ticks[ticks.length - 1] ?? 1;
  const names = new Map(bars.flatMap((bar) => bar.parts.map((part) => [part.name, part.tone] as const)));
  return (
    <figure className={css.figure} aria-label={label}>
      <ul className={css.legend} aria-hidden>
        {[...names].map(([name, tone]) => (
          <li key={name} data-tone={tone}>
            {name}
          </li>
        ))}
      </ul>
      <div className={css.plot} style={{ height }}>
        <div className={css.axis} aria-hidden>
          {ticks.map((tick) => (
            <span key={tick} className="num" style={{ bottom: `${(tick / top) * 100}%` }}>
              {count(tick)}
            </span>
          ))}
        </div>
        <div className={css.bars} style={{ '--bars': bars.length } as CSSProperties}>
          {ticks.map((tick) => (
            <hr key={tick} style={{ bottom: `${(tick / top) * 100}%` }} />
          ))}
          {bars.map((bar) => (
            <div key={bar.key} className={css.bar} title={bar.title}>
              {bar.parts.map((part) => {
                if (!part.value) return null;
                const style = { height: `${(part.value / top) * 100}%` };
                return part.search ? (
                  <Link
                    key={part.name}
                    to="/interactions"
                    search={part.search as never}
                    data-tone={part.tone}
                    style={style}
                    aria-label={`${bar.label}, ${part.name}: ${count(part.value)}`}
                  />
                ) : (
                  <i key={part.name} data-tone={part.tone} style={style} />
                );
              })}
            </div>
          ))}
          {marks.map((mark) => (
            <span
              key={mark.text}
              className={css.mark}
              style={{ left: `${(mark.after / Math.max(1, bars.length)) * 100}%` }}
              data-end={mark.after > bars.length * 0.7 || undefined}
            >
              {mark.text}
            </span>
          ))}
        </div>
        <div className={css.labels} style={{ '--bars': bars.length } as CSSProperties} aria-hidden>
          {bars.map((bar) => (
            <span key={bar.key} className="num">
              {bar.label}
            </span>
          ))}
        </div>
      </div>
      {foot ? <figcaption>{foot}</figcaption> : null}
    </figure>
  );
}
