import { findNode } from '../../world.ts';
import { runsOverInfiniband } from '../network/dead-ports.ts';
import type { SlowCause } from './slow-cause.ts';
import { transferFactorOf } from './rail-rate.ts';

/** Lost RoCE packets are sent again from the lost one on: the node gets less through. */
export const roceLoss: SlowCause = ({ world, attempt, facts }) => {
  if (runsOverInfiniband(world, attempt)) return [];
  return facts('roce.lossiness').flatMap(({ place, value }) => {
    const node = findNode(world, place);
    return node === undefined ? [] : [{ node: node.index, transferFactor: transferFactorOf(1 - value) }];
  });
};
