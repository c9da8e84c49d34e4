import { describe, expect, it } from 'vitest';
import type { CalendarDayRow } from '~/api/gen/types.gen';
import { shortened, specialDays, weekdayOf } from './calendar';
import type { Day, Span } from './week';

const office: Span[] = [['09:00', '18:00']];
const weekly: Record<Day, Span[]> = {
  mon: office,
  tue: office,
  wed: office,
  thu: office,
  fri: [
    ['13:00', '17:00'],
    ['09:00', '12:00'],
  ],
  sat: [],
  sun: [],
};
const row = (date: string, kind: CalendarDayRow['kind'], note = ''): CalendarDayRow => ({ date, kind, note });
const of = (days: CalendarDayRow[], shortens = true, taken: string[] = []) =>
  specialDays(days, weekly, { today: '2027-01-01', like: 'fri', shortens, taken: new Set(taken) });

describe('a calendar taken over into a week', () => {
  it('closes days off that are usually open', () => {
    expect(weekdayOf('2027-02-22')).toBe('mon');
    expect(of([row('2027-02-22', 'off', 'moved'), row('2027-05-01', 'off', 'a Saturday')])).toEqual([
      { date: '2027-02-22', spans: [], note: 'moved' },
    ]);
  });

  it('opens a weekend day that is worked, as a day of the week', () => {
    expect(of([row('2027-02-20', 'working')])[0]?.spans).toEqual([
      ['09:00', '12:00'],
      ['13:00', '17:00'],
    ]);
    expect(of([row('2027-02-20', 'short')])[0]?.spans).toEqual([
      ['09:00', '12:00'],
      ['13:00', '16:00'],
    ]);
    expect(of([row('2027-02-20', 'short')], false)[0]?.spans).toEqual([
      ['09:00', '12:00'],
      ['13:00', '17:00'],
    ]);
  });

  it('shortens eves only when it is wanted', () => {
    expect(of([row('2027-11-03', 'short')])[0]?.spans).toEqual([['09:00', '17:00']]);
    expect(of([row('2027-11-03', 'short')], false)).toEqual([]);
  });

  it('leaves days alone that are over or stand there already', () => {
    const days = [row('2026-12-31', 'off'), row('2027-02-23', 'off')];
    expect(of(days, true, ['2027-02-23'])).toEqual([]);
  });

  it('shortens until midnight, but no night and no single hour away into nothing', () => {
    expect(shortened([['15:00', '00:00']])).toEqual([['15:00', '23:00']]);
    expect(shortened([['22:00', '06:00']])).toEqual([['22:00', '06:00']]);
    expect(
      shortened([
        ['09:00', '12:00'],
        ['13:00', '14:00'],
      ]),
    ).toEqual([['09:00', '12:00']]);
    expect(shortened([])).toEqual([]);
  });
});
