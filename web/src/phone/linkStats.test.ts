import { describe, expect, it, vi } from 'vitest';
import { forgetLink, isSteady, lastLink, rememberLink, tryLine } from './lastLink';
import { countsOf, reportBetween } from './linkStats';

const report = (received: number, lost: number, sent: number, theirs?: { lost: number; jitter: number }) => [
  { type: 'inbound-rtp', kind: 'audio', packetsReceived: received, packetsLost: lost, jitter: 0.012 },
  { type: 'outbound-rtp', kind: 'audio', packetsSent: sent },
  { type: 'inbound-rtp', kind: 'video', packetsReceived: 9, packetsLost: 9, jitter: 9 },
  ...(theirs
    ? [
        {
          type: 'remote-inbound-rtp',
          kind: 'audio',
          packetsLost: theirs.lost,
          jitter: theirs.jitter,
          roundTripTime: 0.08,
        },
      ]
    : []),
];

describe('what a browser tells of its link', () => {
  it('is the difference of two looks', () => {
    const before = countsOf(report(100, 2, 100, { lost: 0, jitter: 0.001 }), 1000);
    const now = countsOf(report(340, 12, 350, { lost: 25, jitter: 0.004 }), 6000);
    expect(reportBetween(before!, now!)).toEqual({
      k: 'link',
      took_ms: 5000,
      heard: { packets: 240, lost: 10, jitter_ms: 12, round_trip_ms: 80 },
      said: { packets: 225, lost: 25, jitter_ms: 4, round_trip_ms: 80 },
    });
  });
  it('says nothing of what nobody reported', () => {
    const told = reportBetween(countsOf(report(0, 0, 0), 0)!, countsOf(report(250, 0, 250), 5000)!);
    expect(told?.said).toBeUndefined();
    expect(told?.heard).toEqual({ packets: 250, lost: 0, jitter_ms: 12, round_trip_ms: -1 });
  });
  it('says nothing at all of a silent time, or without sound', () => {
    const same = countsOf(report(100, 0, 100), 0)!;
    expect(reportBetween(same, { ...same, at: 5000 })).toBeNull();
    expect(countsOf([{ type: 'candidate-pair', nominated: true }], 0)).toBeNull();
  });
});

const bad = {
  mos: 2.5,
  grade: 'bad',
  cause: 'loss',
  loss_percent: 20,
  jitter_ms: 3,
  round_trip_ms: null,
} as const;

describe('a bad line', () => {
  it('is remembered for ten minutes', () => {
    rememberLink(bad, 1000);
    expect(lastLink(1000 + 9 * 60_000)?.cause).toBe('loss');
    expect(lastLink(1000 + 11 * 60_000)).toBeNull();
    forgetLink();
  });
  it('is forgiven when the server answers evenly, and not before', async () => {
    expect(isSteady([30, 35, 40])).toBe(true);
    expect(isSteady([30, null, 40])).toBe(false);
    expect(isSteady([30, 35, 400])).toBe(false);
    expect(isSteady([300, 310, 320])).toBe(false);
    vi.useFakeTimers();
    rememberLink(bad);
    const failed = tryLine(() => Promise.reject(new Error('away')));
    await vi.runAllTimersAsync();
    await failed;
    expect(lastLink()?.grade).toBe('bad');
    const passed = tryLine(() => Promise.resolve());
    await vi.runAllTimersAsync();
    await passed;
    expect(lastLink()).toBeNull();
    vi.useRealTimers();
  });
});
