import { integer, spread } from '../../noise.ts';
import { clockOffsetMs } from '../../physics/tool-troubles.ts';
import { unitState } from '../../physics/driver-state.ts';
import { complained, printed, type NodeCommand } from '../command.ts';

const pollSeconds = 1_024;

/** `chronyc -c tracking` of chrony 4.2: one line of values, seconds where a unit is meant. */
export const chronyc: NodeCommand = {
  name: 'chronyc',
  run({ world, timeline, node, nowMs }, args) {
    if (args.join(' ') !== '-c tracking') return complained(`Unrecognized command\n`, 1);
    if (unitState(timeline.segmentAt(nowMs).settings, node.name, 'chronyd', nowMs) !== 'active')
      return printed('506 Cannot talk to daemon\n', 1);
    const tick = Math.floor(nowMs / (pollSeconds * 1000));
    const noise = (quantity: string) => spread(world.seed, 'chrony', quantity, node.index, tick);
    const referenceS =
      nowMs / 1000 - ((nowMs / 1000 + integer(world.seed, pollSeconds, 'poll', node.index)) % pollSeconds);
    // A daemon that runs knows how far its clock is off; the sign is that of "fast".
    const offsetS = clockOffsetMs(timeline, node, nowMs) / 1000 + 6e-6 * noise('offset');
    const values = [
      '0A40FF01',
      world.management.address,
      '3',
      referenceS.toFixed(9),
      offsetS.toFixed(9),
      (9e-6 * noise('last')).toFixed(9),
      (1.1e-5 + 4e-6 * Math.abs(noise('rms'))).toFixed(9),
      (-11.4 + 3 * spread(world.seed, 'chrony-ppm', node.index)).toFixed(3),
      (0.001 * noise('residual')).toFixed(3),
      (0.02 + 0.01 * Math.abs(noise('skew'))).toFixed(3),
      (0.00041 + 0.00006 * noise('delay')).toFixed(9),
      (0.00072 + 0.0001 * noise('dispersion')).toFixed(9),
      (pollSeconds + 8 * noise('interval')).toFixed(1),
      'Normal',
    ];
    return printed(`${values.join(',')}\n`);
  },
};
