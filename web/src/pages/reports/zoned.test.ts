import { describe, expect, it } from 'vitest';
import { setFormat } from '~/lib/format';
import { clockExactIn, clockIn, hoursOf } from './zoned';

const DAYS = {
  short: { start: '2026-03-28T23:00:00.000Z', stop: '2026-03-29T22:00:00.000Z' },
  long: { start: '2026-10-24T22:00:00.000Z', stop: '2026-10-25T23:00:00.000Z' },
};

describe('hours of a day', () => {
  it('are 23 where clocks go on, and two is left out', () => {
    const labels = hoursOf(DAYS.short.start, DAYS.short.stop, 'Europe/Berlin').map((it) => it.label);
    expect(labels).toHaveLength(23);
    expect(labels.slice(0, 4)).toEqual(['00', '01', '03', '04']);
  });

  it('are 25 where clocks go back, and two is there twice', () => {
    const labels = hoursOf(DAYS.long.start, DAYS.long.stop, 'Europe/Berlin').map((it) => it.label);
    expect(labels).toHaveLength(25);
    expect(labels.slice(0, 5)).toEqual(['00', '01', '02', '02', '03']);
  });
});

it('times stand in the zone of the sheet, to the millisecond', () => {
  setFormat({ language: 'ru' });
  expect(clockIn('Asia/Vladivostok', '2026-11-23T21:00:00.000Z')).toBe('07:00');
  expect(clockExactIn('Europe/Moscow', '2026-11-23T09:00:01.007Z')).toBe('12:00:01,007');
});
