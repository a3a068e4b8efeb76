import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const kind = 'bmc.thermal-trip.with-power-fault';

/**
 * A processor that gets hot trips for itself, and its board goes off behind that. Where the power control of the board is
 * said to have failed first, or within seconds, the trip is what a board without power shows.
 */
export const tripWithPowerFault: SequenceDetector<Seen> = {
  id: 'trip-with-power-fault',
  kinds: [
    {
      id: kind,
      summary: 'processors trip in the seconds in which the power control of their board fails: the board, and no heat',
      role: 'cause',
      weighs: { 'host-hardware-fault': 2.4, 'facility-fault': -2.4, 'gpu-clock-throttle': -1 },
      source:
        'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html',
    },
  ],
  listens: ['bmc.power-unit.failed', 'thermal.host.shutdown'],
  follow() {
    const faults: Event[] = [];
    const trips: Event[] = [];
    return {
      note(line, match) {
        const events = match.kind === 'thermal.host.shutdown' ? trips : faults;
        if (line.atMs !== undefined && events.length < eventsMax)
          events.push({ place: placeOfLine(line), atMs: line.atMs });
      },
      summary: () => {
        const found = trips.find((trip) => faults.some((fault) => isTogether(fault, trip)));
        return found === undefined ? null : { place: found.place };
      },
    };
  },
  conclude(sources) {
    return sources.map(({ summary }) => sequenceFinding(kind, 'cause', summary.place));
  },
};

interface Event {
  readonly place: LinePlace;
  readonly atMs: number;
}

interface Seen {
  readonly place: LinePlace;
}

const eventsMax = 64;
// Controllers stamp whole seconds, and poll their sensors every few.
const beforeMaxMs = 1_000;
const behindMaxMs = 5_000;

function isTogether(fault: Event, trip: Event): boolean {
  const behindMs = trip.atMs - fault.atMs;
  return trip.place.node === fault.place.node && behindMs >= -beforeMaxMs && behindMs <= behindMaxMs;
}
