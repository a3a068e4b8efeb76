import { integer } from '../noise.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';
import { rankIn, type Attempt, type Collective, type DyingRank, type RankDeath, type RankHang } from './job.ts';
import { processGroupLog } from './process-group-log.ts';
import { isDeviceStack } from './rank-stacks.ts';

/** From the hang of one rank to the moment at which the others have reached the collective that it misses. */
const othersArriveMs = 2_600;

/** When the first watchdog speaks: its collective has taken longer than the time-out of the process groups. */
export function watchdogMsOf(world: World, settings: Settings, hang: RankHang): number {
  const seconds = factAt(settings, { fact: 'job.watchdog-seconds', place: world.job.name }, hang.atMs);
  return calledMs(hang) + seconds * 1000;
}

/** When the first rank called the collective that does not come to its end. */
function calledMs({ atMs, waitsFromMs }: RankHang): number {
  return waitsFromMs ?? atMs + othersArriveMs;
}

/** The attempt ends because a rank that waited in vain takes itself down. */
export function watchdogDeath(world: World, attempt: Attempt, hang: RankHang, watchdogMs: number): RankDeath {
  const first = firstToSpeak(world, attempt, hang);
  return {
    atMs: watchdogMs,
    node: attempt.nodes[Math.floor(first / world.gpusPerNode)] ?? hang.node,
    gpu: first % world.gpusPerNode,
    exitCode: -6,
    slurmState: 'FAILED',
    afterHang: hang,
    lastWords: (who) => watchdogWords(world, attempt, hang, who, Math.round((watchdogMs - calledMs(hang)) / 1000)),
  };
}

/** Who waits for one rank is any other; who waits for a slow link is the group of that rail, its own rank as well as others. */
function firstToSpeak(world: World, attempt: Attempt, hang: RankHang): number {
  const drawn = (below: number) => integer(world.seed, Math.max(1, below), 'watchdog', attempt.number);
  const rail = hang.inCollective?.ofRail;
  if (rail !== undefined) {
    const one = drawn(attempt.nodes.length * rail.length);
    return Math.floor(one / rail.length) * world.gpusPerNode + (rail[one % rail.length] ?? hang.gpu);
  }
  const size = attempt.nodes.length * world.gpusPerNode;
  const behind = rankIn(attempt, world, hang.node, hang.gpu) ?? 0;
  return (behind + 1 + drawn(size - 1)) % size;
}

/** From the first watchdog to that of another rank: who waits in the next collective has called it a little later. */
export function laterWatchdogMs(world: World, attempt: Attempt, hang: RankHang, rank: number): number {
  const late = integer(world.seed, 2_600, 'watchdog-after', attempt.number, rank);
  if (hang.inCollective?.ofRail === undefined) return 20 + late;
  return waitsInNext(world, hang, rank) ? 900 + Math.floor(late * 0.8) : 20 + Math.floor(late / 3);
}

/** Whether a rank is done with the collective of a slow rail, and waits for those of its node that are not. */
function waitsInNext({ gpusPerNode }: World, { inCollective }: RankHang, rank: number): boolean {
  return inCollective?.ofRail?.includes(rank % gpusPerNode) === false;
}

/** The time-out that ran out between a hang and the death of the first rank that gave up. */
export function watchdogSeconds(hang: RankHang, death: RankDeath): number {
  return Math.round((death.atMs - calledMs(hang)) / 1000);
}

/** Collectives that a step enqueues on one communicator, about. */
const worksPerStep = 66;

/**
 * What a rank prints whose collective timed out: ProcessGroupNCCL.cpp of PyTorch 2.5 (`checkTimeout`, `watchdogHandler`,
 * `handleException`, and the desync report of TORCH_NCCL_DESYNC_DEBUG=1).
 */
export function watchdogWords(
  world: World,
  attempt: Attempt,
  hang: RankHang,
  { rank, atMs, iteration }: Pick<DyingRank, 'rank' | 'atMs' | 'iteration'>,
  timeoutSeconds: number,
): readonly string[] {
  const { tensorParallel } = world.job;
  const behind = rankIn(attempt, world, hang.node, hang.gpu) ?? 0;
  const inTensorGroup = Math.floor(rank / tensorParallel) === Math.floor(behind / tensorParallel);
  // A collective of the whole job, or another one than the rest's, is called on the group of the replicas.
  const next = waitsInNext(world, hang, rank);
  const sameGroup = next || (inTensorGroup && hang.inCollective === undefined);
  const own =
    !next && hang.inCollective !== undefined && (hang.inCollective.ofAll || rank === behind) ? hang.inCollective : null;
  const usual = next ? normReduction : sameGroup ? tensorReduction : gradientReduction(attempt);
  const { op, numelIn } = own ?? usual;
  const [guid, name] = sameGroup
    ? (['3', 'TENSOR_MODEL_PARALLEL_GROUP'] as const)
    : (['2', 'DATA_PARALLEL_GROUP_WITH_CP'] as const);
  const stepsDone = Math.max(0, iteration - attempt.fromIteration);
  const sequence = (stepsDone + 1) * (sameGroup ? 4 * worksPerStep : worksPerStep);
  const waitedMs = timeoutSeconds * 1000 + 20 + integer(world.seed, 70, 'watchdog-late', attempt.number, rank);
  const out = own === null || own.ofAll ? usual.numelOut : own.numelOut;
  const work = workText(sequence, { op, numelIn, numelOut: out }, timeoutSeconds);
  const timedOut = `[Rank ${rank}] Watchdog caught collective operation timeout: ${work} ran for ${waitedMs} milliseconds before timing out.`;
  const group = `[PG ID ${guid} PG GUID ${guid}(${name}) Rank ${rank}]`;
  const state = `last enqueued NCCL work: ${sequence + 2}, last completed NCCL work: ${sequence - 1}.`;
  const nanos = integer(world.seed, 1_000_000, 'nanoseconds', attempt.number, rank);
  const { at, stamp, takenDown } = processGroupLog(rank, atMs, nanos);
  return [
    at(616, timedOut),
    at(1785, `${group} Exception (either an error or timeout) detected by watchdog at work: ${sequence}, ${state}`),
    ...(sameGroup || hang.inCollective !== undefined
      ? [
          `[rank${rank}]:[${stamp}:1834] ${group} `,
          `\t - [${rank}] Timeout at collective: ${op}, #${sequence}`,
          ...desyncReport(world, attempt, hang, { rank, behind, sequence, op, usual: usual.op }),
        ]
      : []),
    at(1834, `${group} Timeout at NCCL work: ${sequence}, ${state}`),
    ...takenDown(group, timedOut, nativeFrames),
  ];
}

/** As torch 2.5 prints them (XPixelGroup/BasicSR issue 737; sgl-project/sglang issue 1693 has the frames, of 2.4). */
const nativeFrames: readonly string[] = [
  'Exception raised from checkTimeout at ../torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:618 (most recent call first):',
  'frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x96 (0x7f6b1f4b9446 in /usr/local/lib/python3.10/dist-packages/torch/lib/libc10.so)',
  'frame #1: c10d::ProcessGroupNCCL::WorkNCCL::checkTimeout(std::optional<std::chrono::duration<long, std::ratio<1l, 1000l> > >) + 0x282 (0x7f6ad4a1f772 in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  'frame #2: c10d::ProcessGroupNCCL::watchdogHandler() + 0x233 (0x7f6ad4a26bb3 in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  'frame #3: c10d::ProcessGroupNCCL::ncclCommWatchdog() + 0x14d (0x7f6ad4a2861d in /usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so)',
  'frame #4: <unknown function> + 0xdc253 (0x7f6b1f0e6253 in /usr/lib/x86_64-linux-gnu/libstdc++.so.6)',
  'frame #5: <unknown function> + 0x94ac3 (0x7f6b20a94ac3 in /usr/lib/x86_64-linux-gnu/libc.so.6)',
  'frame #6: <unknown function> + 0x126850 (0x7f6b20b26850 in /usr/lib/x86_64-linux-gnu/libc.so.6)',
  '',
];

type Reduction = Pick<Collective, 'op' | 'numelIn' | 'numelOut'>;

/** As `operator<<` of `WorkNCCL` writes it. */
function workText(sequence: number, { op, numelIn, numelOut }: Reduction, timeoutSeconds: number): string {
  return `WorkNCCL(SeqNum=${sequence}, OpType=${op}, NumelIn=${numelIn}, NumelOut=${numelOut}, Timeout(ms)=${timeoutSeconds * 1000})`;
}

/** The reduction of gradients that a rank is in at an iteration. */
export function gradientWork(
  attempt: Attempt,
  iteration: number,
  timeoutSeconds: number,
): { readonly text: string; readonly sequence: number } {
  const sequence = (Math.max(0, iteration - attempt.fromIteration) + 1) * worksPerStep;
  return { sequence, text: workText(sequence, gradientReduction(attempt), timeoutSeconds) };
}

/** The norm of the gradients, one number, after all of them are reduced (`clip_grads.py` of Megatron-LM). */
const normReduction: Reduction = { op: 'ALLREDUCE', numelIn: 1, numelOut: 1 };

const tensorReduction: Reduction = {
  op: 'ALLREDUCE',
  numelIn: 41_943_040,
  numelOut: 41_943_040,
};

/** Every replica keeps its part of the reduced gradients. */
export function gradientReduction({ nodes }: Attempt): Reduction {
  const numelIn = 203_161_600;
  return { op: '_REDUCE_SCATTER_BASE', numelIn, numelOut: Math.floor(numelIn / Math.max(1, nodes.length)) };
}

interface Desync {
  readonly rank: number;
  readonly behind: number;
  readonly sequence: number;
  readonly op: string;
  /** What the rest of the group is in. */
  readonly usual: string;
}

/** `analyzeLaggingRanks` and `dumpSnapshot` of torch/csrc/distributed/c10d/TraceUtils.h. */
function desyncReport(
  { gpusPerNode }: World,
  attempt: Attempt,
  hang: RankHang,
  { rank, behind, sequence, op, usual }: Desync,
): readonly string[] {
  const lagging = `\t - To our best knowledge, the lagging/dead/mismatched ranks that caused the desync are:`;
  const snapshot = `\t - Snapshot of ranks' latest states:`;
  const { inCollective } = hang;
  const isTensor = inCollective === undefined;
  const first = behind - (behind % gpusPerNode);
  const members = isTensor
    ? Array.from({ length: gpusPerNode }, (_, at) => first + at)
    : attempt.nodes.map((_, at) => at * gpusPerNode + ((inCollective?.ofRail ? rank : behind) % gpusPerNode));
  const others = members.filter((one) => one !== behind).join(', ');
  const rail = inCollective?.ofRail;
  if (rail !== undefined && !rail.includes(rank % gpusPerNode)) {
    const own = rank - (rank % gpusPerNode);
    const isLate = (local: number) => rail.includes(local);
    const locals = Array.from({ length: gpusPerNode }, (_, at) => at);
    const late = locals.filter(isLate).map((local) => own + local);
    const there = locals.filter((local) => !isLate(local)).map((local) => own + local);
    return [
      lagging,
      `\t   - [${late.join(', ')}] finished collective #${sequence - 1}, but didn't join collective #${sequence} (count from 1)`,
      snapshot,
      `\t   #${sequence - 1} finished ranks:`,
      `\t     [${late.join(', ')}] finished ${op}`,
      `\t   #${sequence} started ranks:`,
      `\t     [${there.join(', ')}] started ${op}`,
    ];
  }
  if (inCollective?.ofAll === true)
    return [
      lagging,
      `\t   - [${members.join(', ')}] joined but didn't finish collective #${sequence} (count from 1)`,
      snapshot,
      `\t   #${sequence} started ranks:`,
      `\t     [${members.join(', ')}] started ${op}`,
    ];
  if (inCollective !== undefined)
    return [
      lagging,
      `\t   - [${members.join(', ')}] joined but didn't finish collective #${sequence} (count from 1)`,
      snapshot,
      `\t   #${sequence} started ranks:`,
      `\t     [${behind}] started ${inCollective.op}`,
      `\t     [${others}] started ${usual}`,
    ];
  // Whoever sits in host code has finished what came before; a kernel that never ends holds up the one it has joined.
  if (isDeviceStack(hang.stack))
    return [
      lagging,
      `\t   - [${behind}] joined but didn't finish collective #${sequence - 1} (count from 1)`,
      snapshot,
      `\t   #${sequence - 1} started ranks:`,
      `\t     [${behind}] started ${op}`,
      `\t   #${sequence} started ranks:`,
      `\t     [${others}] started ${op}`,
    ];
  return [
    lagging,
    `\t     [${behind}] finished collective #${sequence - 1}, but didn't join collective #${sequence} (count from 1)`,
    snapshot,
    `\t   #${sequence - 1} finished ranks:`,
    `\t     [${behind}] finished ${op}`,
    `\t   #${sequence} started ranks:`,
    `\t     [${others}] started ${op}`,
  ];
}
