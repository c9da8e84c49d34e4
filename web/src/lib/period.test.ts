import { describe, expect, it } from 'vitest';
import { addDays, daysOf, isDay, periodBefore, presetPeriod, readPeriod, startOfDay } from './period';

describe('named periods', () => {
  it('are half-open and begin weeks on Monday', () => {
    // 2026-11-21 is a Saturday.
    expect(presetPeriod('today', '2026-11-21')).toEqual({ from: '2026-11-21', to: '2026-11-22' });
    expect(presetPeriod('this_week', '2026-11-21')).toEqual({ from: '2026-11-16', to: '2026-11-22' });
    expect(presetPeriod('this_week', '2026-11-16')).toEqual({ from: '2026-11-16', to: '2026-11-17' });
    expect(presetPeriod('last_week', '2026-11-22')).toEqual({ from: '2026-11-09', to: '2026-11-16' });
    expect(presetPeriod('last_7', '2026-11-21')).toEqual({ from: '2026-11-15', to: '2026-11-22' });
    expect(presetPeriod('last_month', '2026-01-31')).toEqual({ from: '2025-12-01', to: '2026-01-01' });
  });
  it('move with the day, while dates stay', () => {
    expect(readPeriod({ period: 'yesterday' }, '2026-03-01', 'today')).toEqual({
      preset: 'yesterday',
      from: '2026-02-28',
      to: '2026-03-01',
    });
    expect(readPeriod({ from: '2026-02-01', to: '2026-02-03' }, '2026-03-01', 'today')).toEqual({
      preset: null,
      from: '2026-02-01',
      to: '2026-02-03',
    });
  });
  it.each([
    { from: '2026-02-03', to: '2026-02-03' },
    { from: '2026-02-30', to: '2026-03-03' },
    { from: '2020-01-01', to: '2026-01-01' },
    { period: 'for_ever' },
    {},
  ])('give way to the usual one when the address makes no sense: %o', (address) => {
    expect(readPeriod(address, '2026-03-01', 'today').preset).toBe('today');
  });
});

it('compares short periods with the same weekdays, longer ones with what came just before', () => {
  expect(periodBefore({ from: '2026-11-21', to: '2026-11-22' })).toEqual({
    from: '2026-11-14',
    to: '2026-11-15',
  });
  expect(periodBefore({ from: '2026-11-01', to: '2026-11-11' })).toEqual({
    from: '2026-10-22',
    to: '2026-11-01',
  });
});

it('counts days as dates', () => {
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
  expect(daysOf({ from: '2026-03-28', to: '2026-03-30' })).toBe(2);
  expect(isDay('2026-02-29')).toBe(false);
});

describe('the beginning of a local day', () => {
  it('follows the zone and its changes of the clock', () => {
    expect(startOfDay('2026-11-21', 'Europe/Moscow')).toBe('2026-11-20T21:00:00.000Z');
    expect(startOfDay('2026-11-21', 'Asia/Kolkata')).toBe('2026-11-20T18:30:00.000Z');
    // Berlin goes to summer time on 2026-03-29: the day before begins at +1, the day after at +2.
    expect(startOfDay('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
    expect(startOfDay('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z');
    // Beirut's clock jumps from 00:00 to 01:00 on 2026-03-29.
    expect(startOfDay('2026-03-29', 'Asia/Beirut')).toBe('2026-03-28T22:00:00.000Z');
  });
});
