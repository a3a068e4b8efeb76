import { factAt } from '../../state/facts/fact-at.ts';
import { unitState } from '../../physics/driver-state.ts';
import type { Change } from '../../state/actions.ts';
import { runsAway } from '../../state/boot.ts';
import { clearFact, setFact } from '../../state/facts/set-fact.ts';
import { hcaPlace } from '../../state/place.ts';
import type { CommandContext } from '../command.ts';

/** What a unit does when it is started, besides being active; one function a unit. */
const effects: Readonly<Record<string, (context: CommandContext) => readonly Change[]>> = {
  /** It reads its configuration anew; `live-restore` lets containers run on. */
  docker({ timeline, node, nowMs }) {
    const place = node.name;
    const file = factAt(timeline, { fact: 'container.docker-file', place }, nowMs);
    return [setFact('container.docker-runs', place, file)];
  },
  /** The mlx5 driver is unloaded and loaded: the firmware starts anew, and so does the negotiation of every link. */
  openibd: ({ node }) =>
    node.hcas.flatMap((hca) => [
      clearFact('ib.firmware', hcaPlace(node, hca)),
      clearFact('ib.link-speed', hcaPlace(node, hca)),
    ]),
  /** `makestep` in its configuration lets it step the clock at once; an oscillator that runs away goes on from there. */
  chronyd({ timeline, node, nowMs }) {
    const clock = timeline.segmentAt(nowMs).settings.facts.get('host.clock-offset-ms')?.get(node.name);
    if (clock === undefined || !runsAway(clock)) return [clearFact('host.clock-offset-ms', node.name)];
    return [setFact('host.clock-offset-ms', node.name, Number(clock.value), { onset: clock.onset })];
  },
};

export function restarted(context: CommandContext, unit: string): readonly Change[] {
  return effects[unit]?.(context) ?? [];
}

/** What follows from the end of a unit that ran, whether it is started again or not. */
export function ended({ timeline, node, nowMs }: CommandContext, unit: string): readonly Change[] {
  if (unit !== 'nvidia-fabricmanager') return [];
  const { settings } = timeline.segmentAt(nowMs);
  if (unitState(settings, node.name, unit, nowMs) !== 'active') return [];
  const exits = factAt(settings, { fact: 'driver.fabricmanager-exits', place: node.name }, nowMs);
  return [setFact('driver.fabricmanager-exits', node.name, exits + 1)];
}
