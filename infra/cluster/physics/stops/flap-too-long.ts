import type { StopCause } from '../job.ts';
import { downPhases, longestDownMs, rhythmOf } from '../link-phases.ts';
import { endsOfPort, retriesOn, retrySpreadMs } from '../network/rc-transport.ts';
import { connectMs, flappingPorts } from '../rails.ts';
import { connectionsBreak } from './connections-break.ts';

/** Of so many stretches of the rhythm one at least is long, where any can be. */
const beatsAhead = 60;

/** A loose cable that stays without its link for longer than the retries last takes the connections over it along. */
export const flapTooLong: StopCause = ({ world, settings, attempt, fromMs }) => {
  const stops = flappingPorts(world, settings, attempt).flatMap((port) => {
    const loose = port.link.loose.at(-1) ?? {};
    const retriesMs = retriesOn(world, attempt, port.node);
    if (longestDownMs(loose) <= retriesMs) return [];
    const begin = Math.max(connectMs(attempt), fromMs - longestDownMs(loose));
    const outage = downPhases(port, begin, begin + beatsAhead * rhythmOf(loose)).find(
      (phase) =>
        phase.fromMs >= begin && phase.toMs - Math.max(phase.fromMs, attempt.runMs) > retriesMs + retrySpreadMs,
    );
    if (outage === undefined) return [];
    const ends = endsOfPort(world, attempt, port.node, port.node.hcas.indexOf(port.hca), false);
    const sinceMs = Math.max(outage.fromMs, attempt.runMs);
    return connectionsBreak(world, settings, attempt, { ends, sinceMs }) ?? [];
  });
  return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
