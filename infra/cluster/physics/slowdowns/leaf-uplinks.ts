import { leafDownPorts, leafUplinks as uplinkCount } from '../network/fabric.ts';
import { runsOverInfiniband } from '../network/dead-ports.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';
import { transferFactorOf } from './rail-rate.ts';

/** A ring that goes into a leaf and out of it needs one uplink for each of the four rails. */
const uplinksNeeded = 4;

/** A leaf that has lost uplinks: its nodes reach those of other leaves more slowly, all of them alike. */
export const leafUplinks: SlowCause = ({ world, attempt, facts }) => {
  if (!runsOverInfiniband(world, attempt)) return [];
  const down = facts('switch.port-state').filter(({ key, value }) => Number(key) > leafDownPorts && value !== 'up');
  return [...Map.groupBy(down, ({ place }) => place)].flatMap(([name, ports]): readonly RankDelay[] => {
    const members = world.switches.find((one) => one.name === name)?.nodes ?? [];
    const inside = attempt.nodes.filter((index) => members.includes(index));
    if (inside.length === 0 || inside.length === attempt.nodes.length) return [];
    // Without any there is nothing to be slow: what is sent gets lost (`stops/leaf-cut-off.ts`).
    if (ports.length >= uplinkCount) return [];
    const share = Math.min(1, (uplinkCount - ports.length) / uplinksNeeded);
    return inside.map((node) => ({ node, transferFactor: transferFactorOf(share) }));
  });
};
