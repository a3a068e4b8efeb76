import { storageSpeed } from '../../physics/measured/storage.ts';
import { toolTroubles } from '../../physics/tool-troubles.ts';
import type { CommandContext, TimedCommand } from '../command.ts';
import { nvidiaSmi } from '../nvidia-smi/index.ts';
import { complaint, heedInput, out, wait, type Play, type Step } from '../play.ts';
import { limited } from '../timeout.ts';
import { dcgm } from './dcgm.ts';
import { gemm, hbm, nvlink, pcie } from './gpu.ts';
import type { Measurement, Verb } from './measurement.ts';
import { ncclPairwise, ncclRing } from './nccl.ts';
import { ibClient, ibServer } from './rdma.ts';
import { storage } from './storage.ts';

const verbs: Readonly<Record<string, Verb>> = {
  gemm,
  hbm,
  nvlink,
  pcie,
  'nccl-ring': ncclRing,
  'nccl-pairwise': ncclPairwise,
  dcgm,
  'ib-server': ibServer,
  'ib-client': ibClient,
  storage,
};

/** Exit codes of the script: not understood, something is missing, busy. */
type Refusal = { readonly code: 64 | 69 | 75; readonly reason: string };

/**
 * `wardround-measure VERB …` as `infra/gate/wardround-measure.sh` answers: one measurement at a time on a node, and only
 * while no process uses the GPUs that it needs. It ends with its time, its standard input and its channel.
 */
export const wardroundMeasure: TimedCommand = {
  name: 'wardround-measure',
  play: measure,
};

function* measure(context: CommandContext, args: readonly string[]): Play {
  yield heedInput;
  const [name = '', ...rest] = args;
  const planned = Object.hasOwn(verbs, name) ? (verbs[name]?.(context, rest) ?? null) : null;
  if (planned === null) {
    const shown = args
      .join(' ')
      .slice(0, 100)
      .replaceAll(/[^A-Za-z0-9 _./-]/g, '?');
    return yield* refuse({ code: 64, reason: `invalid: not a measurement, or not its arguments: ${shown}` });
  }
  const reserved = whyNotReserved(context);
  if (reserved !== null) return yield* refuse(reserved);
  const { refusal, nowMs } = yield* whyNotIdle(context, planned);
  const later = { ...context, nowMs };
  const late = refusal ?? whyNoRoom(later, planned);
  return late === null ? yield* run(later, planned, args) : yield* refuse(late);
}

function* refuse({ code, reason }: Refusal): Play {
  yield complaint(`wardround-measure: ${reason}\n`);
  return code;
}

/** Of all measurements of a node one has the lock. */
const lock = 'measure.lock';

function whyNotReserved({ processes, node, root }: CommandContext): Refusal | null {
  if (!root) return { code: 69, reason: 'missing: /run/wardround cannot be used' };
  const taken = processes?.on(node.name).some((one) => one.holds.includes(lock)) ?? false;
  return taken ? { code: 75, reason: 'busy: reserved by another measurement' } : null;
}

// How long the script waits for nvidia-smi, and for it to go when it is told to.
const askMsMax = 20_000;
const killAfterMs = 2_000;

interface Asked {
  readonly refusal: Refusal | null;
  /** Cluster time after the answer. */
  readonly nowMs: number;
}

/** Asks nvidia-smi as the script does: what it does not say is not known. */
function* whyNotIdle(context: CommandContext, { gpu: wanted }: Measurement): Generator<Step, Asked, number> {
  const { timeline, node } = context;
  const troubles = toolTroubles(timeline, node, 'nvidia-smi', context.nowMs);
  if (troubles !== null && (troubles.hangs !== 'no' || troubles.slowMs > askMsMax)) {
    const nowMs = yield wait(askMsMax + (troubles.hangs === 'kill' ? killAfterMs : 0));
    return { refusal: { code: 69, reason: 'missing: nvidia-smi does not answer' }, nowMs };
  }
  // It is asked for the GPUs, and for what uses them.
  const nowMs = troubles === null || troubles.slowMs === 0 ? context.nowMs : yield wait(2 * troubles.slowMs);
  if (wanted !== undefined && wanted >= node.gpus.length)
    return { refusal: { code: 64, reason: `invalid: this node has no GPU ${wanted}` }, nowMs };
  const asked = ['--query-compute-apps=gpu_uuid,pid', '--format=csv,noheader'];
  const apps = nvidiaSmi.run({ ...context, nowMs }, asked).stdout.split('\n');
  for (const gpu of node.gpus) {
    const used = apps.filter((line) => line.startsWith(gpu.uuid)).length;
    if (used === 0 || (wanted !== undefined && wanted !== gpu.index)) continue;
    const what = used === 1 ? 'process' : 'processes';
    return { refusal: { code: 75, reason: `busy: GPU ${gpu.index} is used by ${used} ${what}` }, nowMs };
  }
  return { refusal: null, nowMs };
}

function whyNoRoom({ timeline, node, nowMs }: CommandContext, { writes }: Measurement): Refusal | null {
  if (writes === undefined) return null;
  const { mount, mib } = writes;
  const freeKib = storageSpeed({ timeline, node, atMs: nowMs }, mount)?.freeKib ?? 0;
  return freeKib < 2 * mib * 1_024 ? { code: 69, reason: `missing: ${2 * mib} MiB of room in ${mount}` } : null;
}

function* run(context: CommandContext, measurement: Measurement, args: readonly string[]): Play {
  const { processes, node, nowMs } = context;
  const { tool, path, device, gpus, gpuMib, holds, secondsMax } = measurement;
  const process = processes?.start({
    node: node.name,
    ppid: 1,
    user: 'root',
    comm: tool.slice(0, commCharsMax),
    path,
    rssKib,
    sinceMs: nowMs,
    gpus: gpus.map((gpu) => gpu.index),
    gpuMib,
    holds: [lock, ...holds],
  });
  try {
    yield out(`== measure ${args.join(' ')} tool=${tool} device=${device}\n`);
    const play = measurement.play(context, process?.pid ?? 1);
    const { exitCode, tookMs } = yield* timed(
      limited(play, nowMs, { limitMs: secondsMax * 1_000, killAfterMs }),
      nowMs,
    );
    yield out(`== end exit=${exitCode} seconds=${Math.round(tookMs / 1_000)}\n`);
    return exitCode;
  } finally {
    if (process !== undefined) processes?.end(process);
  }
}

// TASK_COMM_LEN of the kernel, less its end mark.
const commCharsMax = 15;
const rssKib = 412_000;

/** A play, and how long it took. */
function* timed(play: Play, startMs: number): Generator<Step, { exitCode: number; tookMs: number }, number> {
  let atMs = startMs;
  try {
    for (;;) {
      const step = play.next(atMs);
      if (step.done === true) return { exitCode: step.value, tookMs: atMs - startMs };
      const resumedMs = yield step.value;
      if (step.value.kind === 'wait') atMs = resumedMs;
    }
  } finally {
    play.return(0);
  }
}
