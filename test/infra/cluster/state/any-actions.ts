import fc from 'fast-check';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import type { Change } from '../../../../infra/cluster/state/actions.ts';
import type { Onset } from '../../../../infra/cluster/state/facts/onset.ts';
import { SimulatorRefusal, type Simulator } from '../../../../infra/cluster/state/simulator.ts';
import type { WorldNode } from '../../../../infra/cluster/world.ts';

/** Something that a person or root does to a cluster; numbers pick one of what there is. */
export type Deed =
  | { readonly kind: 'inject'; readonly fault: number; readonly onset: number; readonly seed: number }
  | { readonly kind: 'heal'; readonly which: number }
  | { readonly kind: 'happen'; readonly event: (typeof events)[number]; readonly node: number; readonly gpu: number }
  | { readonly kind: 'job'; readonly job: number; readonly deed: 'requeue' | 'hold' | 'release' | 'exclude' }
  | { readonly kind: 'node'; readonly node: number; readonly deed: 'drain' | 'resume' | 'reserve' | 'unplug' | 'plug' };

const events = ['gpu-reset', 'driver-reload', 'reboot', 'power-cycle', 'node-replaced'] as const;

export interface Step {
  /** Cluster time that goes by before it. */
  readonly waitMs: number;
  readonly deed: Deed;
}

const any = fc.nat({ max: 9_999 });

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('inject' as const), fault: any, onset: any, seed: any }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('heal' as const), which: any }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('happen' as const),
      event: fc.constantFrom(...events),
      node: any,
      gpu: any,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('job' as const),
      job: any,
      deed: fc.constantFrom('requeue', 'hold', 'release', 'exclude'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('node' as const),
      node: any,
      deed: fc.constantFrom('drain', 'resume', 'reserve', 'unplug', 'plug'),
    }),
  },
);

/** A history of a cluster: deeds at odd moments, some of them at the same one. */
export const histories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 600_000 })),
    deed: deeds,
  }),
  { minLength: 1, maxLength: 12 },
);

/** Does it as far as the cluster allows; what is refused leaves nothing behind. */
export function perform(simulator: Simulator, deed: Deed): void {
  try {
    done(simulator, deed);
  } catch (error) {
    if (!(error instanceof SimulatorRefusal)) throw error;
  }
}

function done(simulator: Simulator, deed: Deed): void {
  const { world } = simulator;
  switch (deed.kind) {
    case 'inject': {
      const fault = pick(faults, deed.fault);
      const onset = pick([null, ...fault.onsets.map(shortest)], deed.onset);
      simulator.inject(fault.id, { seed: deed.seed, ...(onset !== null && { onset }) });
      return;
    }
    case 'heal': {
      const active = simulator.activeFaults();
      if (active.length > 0) simulator.heal(pick(active, deed.which).id);
      return;
    }
    case 'happen': {
      const node = pick(world.nodes, deed.node);
      const place = deed.event === 'gpu-reset' ? `${node.name}/gpu${deed.gpu % node.gpus.length}` : node.name;
      simulator.act([{ kind: 'happen', event: deed.event, place }]);
      return;
    }
    case 'job':
      if (world.jobs.length > 0) simulator.act([jobChange(deed.deed, pick(world.jobs, deed.job).name, world.nodes)]);
      return;
    case 'node': {
      const node = pick(world.nodes, deed.node).name;
      if (deed.deed === 'plug' || deed.deed === 'unplug') simulator.setPlugged(node, deed.deed === 'plug');
      else simulator.act([nodeChange(deed.deed, node)]);
    }
  }
}

function jobChange(deed: Extract<Deed, { kind: 'job' }>['deed'], job: string, nodes: readonly WorldNode[]): Change {
  switch (deed) {
    case 'requeue':
    case 'hold':
      return { kind: 'job-requeue', job, hold: deed === 'hold' };
    case 'release':
      return { kind: 'job-release', job };
    case 'exclude':
      return { kind: 'job-exclude', job, nodes: nodes.slice(0, 1).map(({ name }) => name) };
  }
}

function nodeChange(deed: 'drain' | 'resume' | 'reserve', node: string): Change {
  switch (deed) {
    case 'drain':
      return { kind: 'node-drain', node, reason: 'looked at' };
    case 'resume':
      return { kind: 'node-resume', node };
    case 'reserve':
      return { kind: 'reserve', name: `held-${node}`, nodes: [node], durationMs: 600_000 };
  }
}

function shortest(onset: (typeof faults)[number]['onsets'][number]): Onset {
  switch (onset.shape) {
    case 'sudden':
      return { shape: 'sudden' };
    case 'creeping':
      return { shape: 'creeping', rampMs: onset.rampMs.min };
    case 'intermittent':
      return { shape: 'intermittent', periodMs: onset.periodMs.min, onShare: onset.onShare.min };
    case 'passing':
      return { shape: 'passing', lengthMs: onset.lengthMs.min };
  }
}

function pick<T>(list: readonly T[], number: number): T {
  const found = list[number % list.length];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}
