import { useEffect, useState } from 'react';

const PAUSE_MS = 500;
let tell: ((text: string) => void) | undefined;
let last = 0;
let timer = 0;

/** Says a line to a screen reader; at most two a second, the last one wins. */
export function announce(text: string): void {
  clearTimeout(timer);
  const wait = Math.max(0, last + PAUSE_MS - Date.now());
  timer = window.setTimeout(() => {
    last = Date.now();
    tell?.(text);
  }, wait);
}

/** Stands once in the page. */
export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    tell = (next) => {
      // The same words twice are two events: without a change a screen reader keeps silent.
      setText((old) => (old === next ? `${next}\u00a0` : next));
    };
    return () => {
      tell = undefined;
    };
  }, []);
  return (
    <div className="visually-hidden" aria-live="polite" role="status">
      {text}
    </div>
  );
}
