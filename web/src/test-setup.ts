import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

/* A busy machine draws a page for seconds; nothing in these tests is a promise of speed. */
configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  cleanup();
  localStorage.clear();
});

/* What jsdom has not: each stands in by the least that the code asks of it. */
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
} as never;
window.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener() {},
  removeEventListener() {},
  addListener() {},
  removeListener() {},
  dispatchEvent: () => false,
  onchange: null,
})) as never;
Object.defineProperty(document, 'fonts', {
  value: { addEventListener() {}, removeEventListener() {}, ready: Promise.resolve() },
  configurable: true,
});
window.scrollTo = (() => undefined) as never;
Element.prototype.scrollIntoView ??= () => undefined;
vi.stubGlobal(
  'AudioContext',
  class {
    state = 'suspended';
    currentTime = 0;
    addEventListener() {}
    resume = () => Promise.resolve();
    close = () => Promise.resolve();
  },
);
