import { text as argsText } from '../../../../infra/cluster/commands/wardround-job/args.ts';
import { text as envText } from '../../../../infra/cluster/commands/wardround-job/env.ts';
import { text as librariesText } from '../../../../infra/cluster/commands/wardround-job/libraries.ts';
import { text as profileText } from '../../../../infra/cluster/commands/wardround-job/profile.ts';
import { text as stacksText } from '../../../../infra/cluster/commands/wardround-job/stacks.ts';
import { trainersOn } from '../../../../infra/cluster/commands/wardround-job/trainer.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode, viewOf } from '../../../../infra/cluster/world.ts';
import { logsBetween } from '../job-tools.ts';

const verbs = {
  env: envText,
  args: argsText,
  libraries: librariesText,
  stacks: stacksText,
  profile: profileText,
} as const;

/** What a verb of `wardround-job` says of the trainer on a GPU; empty when there is none. */
export function ofTrainer(simulator: Simulator, verb: keyof typeof verbs, name: string, gpu: number): string {
  const { world, timeline: cluster, time, act } = simulator;
  const node = findNode(world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  const timeline = cluster.of(node);
  const context = { world: viewOf(world, timeline.world.job), timeline, node, nowMs: time.nowMs(), root: true, act };
  const trainer = trainersOn(context).find((one) => one.gpu === gpu);
  return trainer === undefined ? '' : verbs[verb](context, trainer);
}

/** All that the ranks of the first job wrote in the last minutes, by rank slot, then joined. */
export function rankLogs(simulator: Simulator, lastMs: number): ReadonlyMap<number, string> {
  const nowMs = simulator.time.nowMs();
  const prefix = `logs/${simulator.world.cluster}/${simulator.world.job.name}/rank-`;
  return new Map(
    [...logsBetween(simulator, nowMs - lastMs, nowMs)]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [Number(key.slice(prefix.length)), text]),
  );
}

export function phaseOf(simulator: Simulator): string {
  return simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind;
}
