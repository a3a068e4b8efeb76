import { integer } from '../noise.ts';
import { factAt, factsOf } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import { gpuPlace, parseGpuPlace } from '../state/place.ts';
import type { World, WorldNode } from '../world.ts';

/** A process beside the job that has a context on a GPU. */
export interface Resident {
  readonly gpu: number;
  readonly kind: ResidentKind;
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  readonly comm: string;
  /** As nvidia-smi names it. */
  readonly path: string;
  readonly rssKib: number;
  readonly gpuMib: number;
  readonly sinceMs: number;
  /** Share of the time in which its kernels run when the job does not. */
  readonly busy: number;
}

const kinds = {
  'leftover-trainer': { comm: 'pt_main_thread', path: '/usr/bin/python3', rssKib: 9_412_332, busy: 0, user: '' },
  notebook: { comm: 'python3', path: '/opt/conda/bin/python3', rssKib: 4_118_204, busy: 0.6, user: 'lwei' },
  miner: { comm: 'xmr-cuda', path: './xmr-cuda', rssKib: 812_004, busy: 1, user: 'www-data' },
} as const;
export type ResidentKind = keyof typeof kinds;

function isKind(name: string): name is ResidentKind {
  return Object.hasOwn(kinds, name);
}

/** All of them on a node at a moment. */
export function residentsOf(world: World, settings: Settings, node: WorldNode, ms: number): readonly Resident[] {
  if (!settings.facts.has('gpu.process')) return [];
  return factsOf(settings, 'gpu.process', ms).flatMap(({ place, value, sinceMs }) => {
    const at = parseGpuPlace(place);
    if (at === null || at.node !== node.name || !isKind(value)) return [];
    const { user, ...kind } = kinds[value];
    const pid = 400_000 + integer(world.seed, 90_000, 'resident', node.index, at.gpu, Math.floor(sinceMs / 1000));
    const gpuMib = factAt(settings, { fact: 'gpu.process-mib', place }, ms);
    // What an attempt left behind is older than the moment at which it became a problem.
    const beganMs = value === 'leftover-trainer' ? sinceMs - 5 * 3_600_000 : sinceMs;
    const owner = user === '' ? world.job.user : user;
    return [{ ...kind, kind: value, gpu: at.gpu, pid, ppid: 1, user: owner, gpuMib, sinceMs: beganMs }];
  });
}

export function residentOn(
  world: World,
  settings: Settings,
  node: WorldNode,
  gpu: number,
  ms: number,
): Resident | undefined {
  if (factAt(settings, { fact: 'gpu.process', place: gpuPlace(node, gpu) }, ms) === 'none') return undefined;
  return residentsOf(world, settings, node, ms).find((one) => one.gpu === gpu);
}
