/* What the browser itself measured of the call's sound: the difference of two looks at getStats. Pure but for
   `readStats`. Counts grow from the beginning of the call; what nobody reported yet is absent, not perfect. */

export interface Counts {
  received: number;
  lost: number;
  jitter: number;
  sent: number;
  /** What the other side reports of what we said. */
  theirs: { lost: number; jitter: number } | null;
  /** Seconds there and back. */
  trip: number | null;
  at: number;
}

export interface Way {
  packets: number;
  lost: number;
  jitter_ms: number;
  round_trip_ms: number;
}

export interface LinkReport {
  k: 'link';
  took_ms: number;
  heard?: Way;
  said?: Way;
}

type Stat = Record<string, unknown> & { type: string };
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

/** The sound's counts out of a report; null when no sound has come yet. */
export function countsOf(stats: Iterable<Stat>, at: number): Counts | null {
  let received = -1;
  let lost = 0;
  let jitter = 0;
  let sent = 0;
  let theirs: Counts['theirs'] = null;
  let trip: number | null = null;
  for (const stat of stats) {
    if (stat.kind === 'audio' && stat.type === 'inbound-rtp') {
      received = number(stat.packetsReceived);
      lost = number(stat.packetsLost);
      jitter = number(stat.jitter);
    } else if (stat.kind === 'audio' && stat.type === 'outbound-rtp') {
      sent = number(stat.packetsSent);
    } else if (stat.kind === 'audio' && stat.type === 'remote-inbound-rtp') {
      theirs = { lost: number(stat.packetsLost), jitter: number(stat.jitter) };
      if (typeof stat.roundTripTime === 'number') trip = stat.roundTripTime;
    } else if (stat.type === 'candidate-pair' && stat.nominated && trip === null) {
      if (typeof stat.currentRoundTripTime === 'number') trip = stat.currentRoundTripTime;
    }
  }
  return received < 0 ? null : { received, lost, jitter, sent, theirs, trip, at };
}

/** What to tell the server of the time between two looks; null when nothing went through. */
export function reportBetween(before: Counts, now: Counts): LinkReport | null {
  const trip = now.trip === null ? -1 : now.trip * 1000;
  const heard = way(now.received - before.received, now.lost - before.lost, now.jitter, trip);
  const lostThere = now.theirs && before.theirs ? now.theirs.lost - before.theirs.lost : 0;
  const said = now.theirs
    ? way(now.sent - before.sent - Math.max(0, lostThere), lostThere, now.theirs.jitter, trip)
    : undefined;
  if (!heard && !said) return null;
  return {
    k: 'link',
    took_ms: Math.max(0, Math.round(now.at - before.at)),
    ...(heard ? { heard } : {}),
    ...(said ? { said } : {}),
  };
}

function way(packets: number, lost: number, jitter: number, trip: number): Way | undefined {
  const missing = Math.max(0, lost);
  if (packets < 0 || packets + missing === 0) return undefined;
  return { packets, lost: missing, jitter_ms: jitter * 1000, round_trip_ms: trip };
}

export async function readStats(connection: RTCPeerConnection): Promise<Counts | null> {
  const report = await connection.getStats();
  const stats: Stat[] = [];
  report.forEach((stat) => {
    stats.push(stat as Stat);
  });
  return countsOf(stats, performance.now());
}
