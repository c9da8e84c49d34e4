import { useLayoutEffect, useRef } from 'react';
import { serverNow } from '~/lib/clock';
import { duration } from '~/lib/format';
import { onTick } from './ticker';

interface Spec {
  /** Epoch milliseconds by the server's clock. */
  since: number;
  /** Seconds from which the text turns amber, then red. */
  warn?: number | undefined;
  bad?: number | undefined;
}

function paint(node: HTMLElement, { since, warn, bad }: Spec): void {
  const seconds = (serverNow() - since) / 1000;
  // Zero is the beginning of the epoch: it has never begun.
  const text = since > 0 ? duration(seconds) : '—';
  if (node.textContent !== text) node.textContent = text;
  const level = since <= 0 ? '' : bad && seconds >= bad ? 'bad' : warn && seconds >= warn ? 'warn' : '';
  if (node.dataset.level !== level) node.dataset.level = level;
}

/** Time since a moment, ticking by itself without rendering anything. */
export function Elapsed({ since, warn, bad, className }: Spec & { className?: string | undefined }) {
  const ref = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const node = ref.current!;
    const draw = () => paint(node, { since, warn, bad });
    draw();
    return onTick(draw);
  }, [since, warn, bad]);
  return <span ref={ref} className={className ? `num ${className}` : 'num'} />;
}

/** Time left to a deadline; stands at 0:00 after it, since only the server ends anything. */
export function Countdown({
  until,
  soon = 10,
  className,
}: {
  until: number;
  soon?: number;
  className?: string | undefined;
}) {
  const ref = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const node = ref.current!;
    const draw = () => {
      const seconds = Math.ceil((until - serverNow()) / 1000);
      const text = duration(seconds);
      if (node.textContent !== text) node.textContent = text;
      const level = seconds <= soon ? 'warn' : '';
      if (node.dataset.level !== level) node.dataset.level = level;
    };
    draw();
    return onTick(draw);
  }, [until, soon]);
  return <span ref={ref} className={className ? `num ${className}` : 'num'} />;
}

/** How far a limit is passed, as +m:ss; nothing before it. */
export function Overrun({ since, limit, label }: { since: number; limit: number; label: string }) {
  const ref = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const node = ref.current!;
    const draw = () => {
      const over = (serverNow() - since) / 1000 - limit;
      const text = over >= 1 ? `+${duration(over)}` : '';
      if (node.textContent === text) return;
      node.textContent = text;
      node.hidden = !text;
    };
    draw();
    return onTick(draw);
  }, [since, limit]);
  return <span ref={ref} className="num overrun" title={label} hidden />;
}
