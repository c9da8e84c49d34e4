/* Hot keys, matched by the place of a key and not by its letter: they work in the Russian layout too. */

export const KEY_ACTIONS = [
  'answer',
  'hang_up',
  'mute',
  'hold',
  'card',
  'transfer',
  'swap',
  'conference',
  'ready',
  'not_ready',
  'finish_wrap_up',
  'sign_out',
  'save_outcome',
  'dial',
  'colleague',
  'chat',
  'break',
  'later',
  'search',
] as const;
export type KeyAction = (typeof KEY_ACTIONS)[number];

/** Browsers keep Ctrl+Shift with N, T, W, I, J, C, R and Delete for themselves. */
export const DEFAULT_KEYS: Record<KeyAction, string> = {
  answer: 'Ctrl+Shift+KeyA',
  hang_up: 'Ctrl+Shift+KeyE',
  mute: 'Ctrl+Shift+KeyM',
  hold: 'Ctrl+Shift+KeyH',
  card: 'Ctrl+Shift+KeyB',
  transfer: 'Ctrl+Shift+KeyX',
  swap: 'Ctrl+Shift+KeyS',
  conference: 'Ctrl+Shift+KeyK',
  ready: 'Ctrl+Shift+Digit1',
  not_ready: 'Ctrl+Shift+Digit2',
  finish_wrap_up: 'Ctrl+Shift+Digit3',
  sign_out: 'Ctrl+Shift+Digit4',
  save_outcome: 'Ctrl+Enter',
  dial: 'Ctrl+Shift+KeyD',
  colleague: 'Ctrl+Shift+KeyL',
  chat: 'Ctrl+Shift+KeyF',
  break: 'Ctrl+Shift+Digit5',
  later: 'Ctrl+Shift+Digit6',
  search: 'Ctrl+KeyK',
};
const TAKEN_BY_BROWSERS = new Set(
  ['KeyN', 'KeyT', 'KeyW', 'KeyI', 'KeyJ', 'KeyC', 'KeyR', 'Delete'].map((code) => `Ctrl+Shift+${code}`),
);

interface KeyPress {
  code: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** 'Ctrl+Shift+KeyA'; null while only modifiers are down. Command of a Mac counts as Ctrl. */
export function combination(press: KeyPress): string | null {
  if (/^(Control|Shift|Alt|Meta|OS)/.test(press.code) || !press.code) return null;
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push('Ctrl');
  if (press.altKey) parts.push('Alt');
  if (press.shiftKey) parts.push('Shift');
  parts.push(press.code === 'NumpadEnter' ? 'Enter' : press.code.replace(/^Numpad(?=\d)/, 'Digit'));
  return parts.join('+');
}

/** May be taken as a hot key: with Ctrl or Alt (a bare letter would be typed), and not the browser's own. */
export const isAllowed = (keys: string): boolean =>
  (/^(Ctrl|Alt)\+/.test(keys) || /^F([2-9]|10)$/.test(keys)) &&
  !TAKEN_BY_BROWSERS.has(keys) &&
  !/^Alt\+Digit/.test(keys);

/** As printed on the keys: 'Ctrl+Shift+A'. */
export const keyLabel = (keys: string): string =>
  keys
    .split('+')
    .map((part) => {
      const letter = /^(?:Key|Digit)(.)$/.exec(part);
      if (letter) return letter[1];
      return { ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Enter: 'Enter' }[part] ?? part;
    })
    .join('+');

export type KeyMap = Record<KeyAction, string>;
export function keyMap(own: Record<string, string> | undefined): KeyMap {
  const map = { ...DEFAULT_KEYS };
  for (const action of KEY_ACTIONS) {
    const keys = own?.[action];
    if (keys && isAllowed(keys)) map[action] = keys;
  }
  return map;
}

export function actionOf(map: KeyMap, press: KeyPress): KeyAction | null {
  const pressed = combination(press);
  return pressed === null ? null : (KEY_ACTIONS.find((action) => map[action] === pressed) ?? null);
}

/** Single letters are text while a field has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
