import { playLine } from '../../../../infra/cluster/commands/index.ts';
import { drawPlace, drawValues } from '../../../../infra/cluster/faults/draw.ts';
import type { Fault, Injection } from '../../../../infra/cluster/faults/fault.ts';
import { managementHost } from '../../../../infra/cluster/management.ts';
import { createTimelines } from '../../../../infra/cluster/physics/cluster-timelines.ts';
import type { Action, Change } from '../../../../infra/cluster/state/actions.ts';
import { factEvents } from '../../../../infra/cluster/state/facts/events.ts';
import { applyChange, healthySettings, type Settings } from '../../../../infra/cluster/state/settings.ts';
import { buildWorld, findNode, type World } from '../../../../infra/cluster/world.ts';

/** A fault in a cluster of its own, some minutes after it came; every remedy meets the same one. */
export interface Struck {
  readonly fault: Fault;
  readonly world: World;
  readonly injection: Injection;
  readonly actions: readonly Action[];
  readonly nowMs: number;
  readonly at: Place;
}

/** Where remedies are tried: the place of the fault, or a place of the same kind where the fault has none. */
export interface Place {
  readonly node: string;
  readonly gpu: number;
  readonly hca: string;
  readonly job: string;
}

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 10, 21, 3);

export function struckBy(fault: Fault, seed = 2): Struck {
  const world = buildWorld({ seed: 7, cluster: 'test', nodes: 10, gpusPerNode: 8, jobs: 2 }, startMs);
  const target = fault.draw(world, drawPlace(world, seed, fault.id));
  const drawn = drawValues(fault, seed, {});
  const onset = drawn.onset;
  const atMs = startMs + 10 * minuteMs;
  const changes = fault
    .causes(target, drawn.values, { world, onset, seed })
    .map((change) => (change.kind === 'fact' && change.onset === undefined ? { ...change, onset } : change));
  const { gpu = 0, hca = 'mlx5_0', job = world.job.name, node } = target;
  return {
    fault,
    world,
    injection: { target, values: drawn.values, onset, atMs, seed, changes },
    actions: [{ seq: 1, atMs, by: 'fault', fault: fault.id, target, drawn, changes }],
    nowMs: atMs + 3 * minuteMs,
    at: { node, gpu, hca, job },
  };
}

type Doing = readonly Change[] | string | { readonly onManagement: string };

/** What people and the gate do, in the words of shells and events; a remedy may have several steps. */
export const remedies: Readonly<Record<string, (at: Place) => readonly Doing[]>> = {
  ...Object.fromEntries(
    factEvents
      .filter((event) => event !== 'service-restart' && event !== 'job-restart')
      .map((event) => [event, (at: Place) => [[{ kind: 'happen', event, place: placeOf(event, at) }]]]),
  ),
  requeue: ({ job }) => [[{ kind: 'job-requeue', hold: false, ...(job !== 'pretrain-13b' && { job }) }]],
  'clocks-reset': ({ gpu }) => [`nvidia-smi -i ${gpu} -rgc`],
  'app-clocks-reset': () => [0, 1, 2, 3, 4, 5, 6, 7].map((gpu) => `nvidia-smi -i ${gpu} -rac`),
  'power-limit': ({ gpu }) => [`nvidia-smi -i ${gpu} -pl 400`],
  'mig-off': ({ gpu }) => [`nvidia-smi -i ${gpu} -mig 0`],
  'uvm-load': () => ['modprobe nvidia-uvm'],
  'peermem-load': () => ['modprobe nvidia-peermem'],
  'mtu-set': () => ['ip link set dev bond0 mtu 9000'],
  'link-anew': ({ hca }) => [`mlxlink -d ${hca} -p 1 -a DN`, `mlxlink -d ${hca} -p 1 -a UP`],
  governor: () => ['cpupower frequency-set -g performance'],
  'shm-clear': () => ['wardround-fix shm-clear'],
  'remount /lustre': () => ['wardround-fix remount /lustre'],
  'remount /raid': () => ['wardround-fix remount /raid'],
  'space-hold': () => ['wardround-space hold old-checkpoints'],
  resume: ({ node }) => [`scontrol update NodeName=${node} State=RESUME`],
  'opensm-restart': () => [{ onManagement: 'systemctl restart opensmd' }],
  'revert docker-daemon, restart docker': () => [
    'wardround-fix config-revert docker-daemon',
    'systemctl restart docker',
  ],
  ...Object.fromEntries(
    configs().map((name) => [`revert ${name}`, () => [`wardround-fix config-revert ${name}`]] as const),
  ),
  ...Object.fromEntries(units().map((unit) => [`restart ${unit}`, () => [`systemctl restart ${unit}`]] as const)),
};

function configs(): readonly string[] {
  return [
    'docker-daemon',
    'nvidia-container-runtime',
    'limits',
    'chrony',
    'fabricmanager',
    'task-prolog',
    'hosts',
    'resolv',
    'netplan-mtu',
    'firewall',
    'nccl-conf',
  ];
}

function units(): readonly string[] {
  return [
    'nvidia-fabricmanager',
    'nvidia-persistenced',
    'nvidia-dcgm',
    'slurmd',
    'sshd',
    'chronyd',
    'docker',
    'irqbalance',
    'openibd',
  ];
}

function placeOf(event: string, { node, gpu, hca }: Place): string {
  if (event === 'gpu-reset' || event === 'board-replaced') return `${node}/gpu${gpu}`;
  return event === 'cable-replaced' ? `${node}/${hca}` : node;
}

/** Whether the fault is still there after a remedy. */
export function isLeftBy(struck: Struck, steps: readonly Doing[]): boolean {
  const { fault, world, injection, at } = struck;
  let { actions, nowMs } = struck;
  for (const step of steps) {
    const changes =
      typeof step === 'string' || 'onManagement' in step ? changesOf(world, actions, nowMs, at, step) : step;
    if (changes.length > 0)
      actions = [...actions, { seq: actions.length + 1, atMs: nowMs, by: 'root', changes: [...changes] }];
    nowMs += 1_000;
  }
  return actions === struck.actions ? true : fault.present(settingsAfter(world, actions), injection, nowMs, world);
}

function settingsAfter(world: World, actions: readonly Action[]): Settings {
  return actions.reduce(
    (settings, action) =>
      action.changes.reduce((before, change) => applyChange(world, before, change, action), settings),
    healthySettings(world),
  );
}

function changesOf(
  world: World,
  actions: readonly Action[],
  nowMs: number,
  at: Place,
  step: string | { readonly onManagement: string },
): readonly Change[] {
  const done: Change[] = [];
  const isManagement = typeof step !== 'string';
  const node = isManagement ? managementHost(world) : findNode(world, at.node);
  if (node === undefined) throw new Error(`there is no ${at.node}`);
  const timeline = timelinesOf(world, actions).first.of(node);
  const act = (changes: readonly Change[]) => void done.push(...changes);
  const host = isManagement ? 'management' : 'node';
  const context = { world: timeline.world, timeline, node, host, nowMs, root: true, act } as const;
  const play = playLine(context, isManagement ? step.onManagement : step);
  let atMs = nowMs;
  try {
    for (let next = play.next(atMs); next.done !== true; next = play.next(atMs)) {
      // Whoever waits for a tool that hangs gives up.
      if (next.value.kind === 'hang') break;
      if (next.value.kind === 'wait') atMs += next.value.ms;
    }
  } finally {
    play.return(0);
  }
  return done;
}

const known = new WeakMap<readonly Action[], ReturnType<typeof createTimelines>>();

/** All remedies of one fault begin with the same past. */
function timelinesOf(world: World, actions: readonly Action[]): ReturnType<typeof createTimelines> {
  const timelines = known.get(actions) ?? createTimelines(world, actions);
  known.set(actions, timelines);
  return timelines;
}
