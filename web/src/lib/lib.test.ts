import { afterEach, describe, expect, it } from 'vitest';
import { duration, setFormat, share, when } from './format';
import { uuid7 } from './ids';
import { actionOf, combination, DEFAULT_KEYS, isAllowed, keyLabel, keyMap } from './keys';
import { dialable, looksDialable, prettyNumber } from './number';
import { serviceLevel } from './state';

const plain = (text: string) =>
  text.replaceAll('\u00a0', ' ').replaceAll('\u2011', '-').replaceAll('\u202f', ' ');
afterEach(() => setFormat({ language: 'ru', zone: undefined }));

describe('numbers of people', () => {
  it('are grouped by country and left alone when they are no E.164', () => {
    expect(plain(prettyNumber('+79161234567'))).toBe('+7 916 123-45-67');
    expect(plain(prettyNumber('+375291234567'))).toBe('+375 29 123-45-67');
    expect(plain(prettyNumber('+12125550123'))).toBe('+1 212 555-0123');
    expect(prettyNumber('112')).toBe('112');
    expect(prettyNumber(null)).toBe('');
    expect(prettyNumber('+7 916 ***-**-67')).toBe('+7 916 ***-**-67');
  });
  it.each([
    ['8 (916) 123-45-67', '89161234567'],
    ['tel:+7-916-123-45-67', '+79161234567'],
    ['sip:+79161234567@example.org;user=phone', '+79161234567'],
    ['Тел.: +7 916 123 45 67 доб. 12', '+79161234567'],
    ['*21#', '*21#'],
    ['без номера', ''],
  ])('take %s down to what is dialled', (pasted, wanted) => {
    expect(dialable(pasted)).toBe(wanted);
  });
  it('are told from names', () => {
    expect(looksDialable('8 916 123-45-67')).toBe(true);
    expect(looksDialable('отчёты 2026')).toBe(false);
  });
});

describe('figures', () => {
  it('show what is not there as a dash, never as zero or a hundred', () => {
    expect(share(null)).toBe('—');
    expect(duration(undefined)).toBe('—');
    expect(plain(share(0.8125, 1))).toBe('81,3 %');
    setFormat({ language: 'en' });
    expect(share(0.8125, 1)).toBe('81.3%');
  });
  it('count hours only from the first on', () => {
    expect(duration(59.9)).toBe('0:59');
    expect(duration(3599)).toBe('59:59');
    expect(duration(3600)).toBe('1:00:00');
    expect(duration(-3)).toBe('0:00');
  });
  it('tell days by the zone of the site', () => {
    setFormat({ language: 'en', zone: 'Asia/Vladivostok' });
    expect(when('2026-11-20T15:30:00Z', '2026-11-20T16:00:00Z')).toBe('01:30');
    setFormat({ language: 'en', zone: 'Europe/Moscow' });
    expect(when('2026-11-20T20:30:00Z', '2026-11-20T21:30:00Z')).toBe('yesterday, 23:30');
  });
  it('call a level only what has a figure', () => {
    expect(serviceLevel(null, 0.8)).toBeUndefined();
    expect(serviceLevel(0.8, 0.8)).toBe('ok');
    expect(serviceLevel(0.75, 0.8)).toBe('warn');
    expect(serviceLevel(0.6, 0.8)).toBe('bad');
  });
});

describe('hot keys', () => {
  const press = (code: string, more: object = {}) => ({
    code,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    metaKey: false,
    ...more,
  });
  it('are matched by the place of the key, whatever the layout writes', () => {
    expect(combination(press('KeyA', { ctrlKey: true, shiftKey: true, key: 'ф' }))).toBe('Ctrl+Shift+KeyA');
    expect(actionOf(keyMap({}), press('KeyA', { ctrlKey: true, shiftKey: true }))).toBe('answer');
    expect(actionOf(keyMap({}), press('KeyA'))).toBeNull();
    expect(combination(press('ControlLeft', { ctrlKey: true }))).toBeNull();
  });
  it('leave to the browser what the browser keeps', () => {
    for (const keys of Object.values(DEFAULT_KEYS)) expect(isAllowed(keys)).toBe(true);
    for (const keys of ['Ctrl+Shift+KeyT', 'Ctrl+Shift+KeyC', 'KeyA', 'Shift+KeyA', 'Alt+Digit1']) {
      expect(isAllowed(keys)).toBe(false);
    }
  });
  it('take own ones and fall back when they are not allowed', () => {
    expect(keyMap({ answer: 'Ctrl+Alt+KeyY', mute: 'KeyM' })).toMatchObject({
      answer: 'Ctrl+Alt+KeyY',
      mute: DEFAULT_KEYS.mute,
    });
    expect(keyLabel('Ctrl+Shift+Digit1')).toBe('Ctrl+Shift+1');
  });
});

it('makes keys of version 7 that follow time', () => {
  const early = uuid7(1_700_000_000_000);
  const late = uuid7(1_700_000_000_001);
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(early < late).toBe(true);
  expect(uuid7(1)).not.toBe(uuid7(1));
});
