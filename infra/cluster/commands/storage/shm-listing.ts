import { hexDigits, integer } from '../../noise.ts';
import { activeAttempt, trainerPid } from '../../physics/job.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import {
  batchBytes,
  batchFiles,
  leftoverBytes,
  leftoverFiles,
  leftoverMib,
  ncclSegmentBytes,
  ncclSegments,
  ownShmMib,
} from '../../physics/shm.ts';
import { factSince } from '../../state/facts/fact-at.ts';
import { isoMicros } from '../../clock.ts';
import type { CommandContext, NodeCommand } from '../command.ts';
import { complained, printed } from '../command.ts';
import { onNodeClock } from '../node-clock.ts';

interface ShmFile {
  readonly name: string;
  readonly bytes: number;
  readonly uid: number;
  readonly gid: number;
  readonly atMs: number;
}

/** Files of a job that is gone are older than this (the shell that clears them asks for ten minutes). */
const leftoverAgeMs = 3 * 3_600_000;
/** Lines of leftovers in one listing; a directory may hold more. */
const leftoversMax = 12_000;

/** `ls -lnA --time-style=full-iso /dev/shm`. */
export const lsShm: NodeCommand = {
  name: 'ls',
  takes: (args) => args.at(-1) === '/dev/shm',
  run(context, args) {
    if (args.join(' ') !== '-lnA --time-style=full-iso /dev/shm')
      return complained("ls: unrecognized option\nTry 'ls --help' for more information.\n", 2);
    const files = shmFiles(context).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const blocks = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 4_096) * 4, 0);
    const width = Math.max(1, ...files.map(({ bytes }) => String(bytes).length));
    const lines = files.map(({ name, bytes, uid, gid, atMs }) => {
      const stamp = isoMicros(onNodeClock(context, atMs));
      return `-rw------- 1 ${String(uid).padStart(5)} ${String(gid).padStart(5)} ${String(bytes).padStart(width)} ${stamp.slice(0, 10)} ${stamp.slice(11, 26)}000 +0000 ${name}\n`;
    });
    return printed(`total ${blocks}\n${lines.join('')}`);
  },
};

function shmFiles(context: CommandContext): readonly ShmFile[] {
  return [...daemonFiles(context), ...jobFiles(context), ...leftovers(context)];
}

function daemonFiles({ timeline, node, nowMs }: CommandContext): readonly ShmFile[] {
  const bootMs = bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs);
  return ['sem.dcgm_0', 'sem.dcgm_1', 'sem.nv-hostengine', 'PostgreSQL.1804289383'].map((name, at) => ({
    name,
    bytes: at === 3 ? 26_976 : 32,
    uid: 0,
    gid: 0,
    atMs: bootMs + 63_000,
  }));
}

function jobFiles({ timeline, node, nowMs }: CommandContext): readonly ShmFile[] {
  const { world } = timeline;
  const { phase } = timeline.segmentAt(nowMs);
  const attempt = activeAttempt(phase);
  if (attempt === null || !attempt.nodes.includes(node.index) || ownShmMib(world, attempt) !== null) return [];
  const { uid } = world.job;
  const own = { uid, gid: 10_000 };
  return node.gpus.flatMap(({ index: gpu }) => {
    const pid = trainerPid(attempt, world, node.index, gpu);
    const key = [attempt.number, node.index, gpu] as const;
    const nccl = Array.from({ length: ncclSegments }, (_, at) => ({
      ...own,
      name: `nccl-${hexDigits(6, world.seed, 'shm-nccl', ...key, at)}`,
      bytes: ncclSegmentBytes,
      atMs: attempt.runMs - 9_000,
    }));
    const runtime = {
      ...own,
      name: `__KMP_REGISTERED_LIB_${pid}_${uid}`,
      bytes: 1_024,
      atMs: attempt.launchMs + 6_000,
    };
    if (phase.kind === 'launching') return [runtime];
    const tick = Math.floor(nowMs / 10_000);
    const batches = Array.from({ length: batchFiles }, (_, at) => ({
      ...own,
      name: `torch_${pid + 1_200 + at}_${integer(world.seed, 4e9, 'shm-batch', ...key, at, tick)}_${tick % 100_000}`,
      bytes: batchBytes,
      atMs: Math.max(attempt.runMs, tick * 10_000),
    }));
    return [...nccl, runtime, ...batches];
  });
}

function leftovers({ world, timeline, node, nowMs }: CommandContext): readonly ShmFile[] {
  const { settings } = timeline.segmentAt(nowMs);
  const mib = leftoverMib(settings, node.name, nowMs);
  const sinceMs = factSince(settings, { fact: 'host.shm-leftover-mib', place: node.name }, nowMs) ?? nowMs;
  const count = Math.min(leftoversMax, leftoverFiles(mib));
  const pid = 900_000 + integer(world.seed, 90_000, 'leftover-pid', node.index);
  return Array.from({ length: count }, (_, at) => ({
    name: `torch_${pid + (at % 64)}_${integer(world.seed, 4e9, 'leftover', node.index, at)}_${at}`,
    bytes: leftoverBytes,
    uid: 10_088,
    gid: 10_000,
    atMs: sinceMs - leftoverAgeMs + at * 900,
  }));
}
