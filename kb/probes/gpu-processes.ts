import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import {
  cellNumber,
  cellUuid,
  csvFormat,
  gpuDevice,
  smiKinds,
  splitSmi,
  troubleFindings,
  type SmiTrouble,
} from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

/** Also what the list of holders tells (`gpu-holders.ts`). */
export const foreignProcess: FindingKind = {
  id: 'gpu.process.foreign',
  summary: 'a process of another program holds memory on a GPU that the job uses',
  role: 'cause',
  weighs: { 'foreign-gpu-process': 4, 'gpu-oom': -0.7 },
  source,
};
const several: FindingKind = {
  id: 'gpu.process.several-of-job',
  summary: 'a GPU carries more processes of the job than its siblings: left over, or bound twice',
  role: 'cause',
  weighs: { 'foreign-gpu-process': 2, 'launcher-rank-misconfig': 2 },
  source,
};
const idle: FindingKind = {
  id: 'gpu.process.none-here',
  summary: 'a GPU carries no process while its siblings do',
  role: 'symptom',
  weighs: { 'user-code-error': 0.4, 'launcher-rank-misconfig': 0.7, 'gpu-clock-throttle': -1 },
  source,
};
const memoryDiffers: FindingKind = {
  id: 'gpu.process.memory-above-siblings',
  summary: 'processes hold much more memory of a GPU than of its siblings; stages of a pipeline may do so by design',
  role: 'context',
  weighs: { 'foreign-gpu-process': 0.5, 'gpu-oom': 0.5 },
  source,
};
const expected: FindingKind = {
  id: 'gpu.process.as-siblings',
  summary: 'every GPU carries the same processes, or none',
  role: 'clean',
  weighs: { 'foreign-gpu-process': -3 },
  source,
};
const kinds = [foreignProcess, several, idle, memoryDiffers, expected, ...smiKinds];

const noArgs = z.object({});

interface Process {
  readonly line: number;
  readonly uuid: string;
  readonly pid: number;
  /**
   * `null` where the driver could not tell it (`[Not Found]`, `[Unknown Error]`, `[Insufficient Permissions]`), and where it
   * is no name: a rank whose name was damaged on its way is no other program.
   */
  readonly name: string | null;
  readonly memoryMib: number | null;
}
interface Reading {
  readonly processes: readonly Process[];
  readonly trouble: readonly SmiTrouble[];
}

/** Which processes hold memory on which GPU. */
export const gpuProcesses: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.processes',
  platform: 'nvidia-linux',
  summary: 'compute processes on every GPU, compared with those on its siblings',
  question: 'Which processes hold memory of the GPUs, and do they belong to the job?',
  aspect: 'correctness',
  side: 'demand',
  privilege: 'user',
  impact: 'passive',
  costMs: 700,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  quotes: true,
  args: noArgs,
  argv: () => ['nvidia-smi', '--query-compute-apps=gpu_uuid,pid,process_name,used_memory', ...csvFormat],
  parse(output) {
    const { lines, trouble } = splitSmi(output);
    // An idle node prints nothing at all, and that is a reading.
    return { processes: lines.map(({ text, line }) => processOf(text, line)), trouble };
  },
  outcomes: kinds,
  meaning(reading, node) {
    return orClean([...troubleFindings(reading.trouble, node?.gpus), ...judge(reading.processes, node)], kinds, {
      kind: expected.id,
      text: `${reading.processes.length} compute processes, spread evenly`,
    });
  },
  siblings: {
    numbers: ({ processes }, node) =>
      [...new Set(processes.map(({ uuid }) => uuid))].flatMap((uuid) => {
        const ofGpu = processes.filter((one) => one.uuid === uuid);
        // A driver that does not tell one process's memory does not tell the sum.
        if (ofGpu.some(({ memoryMib }) => memoryMib === null)) return [];
        const value = ofGpu.reduce((sum, { memoryMib }) => sum + (memoryMib ?? 0), 0);
        return [{ name: 'memoryMib', value, unit: 'MiB', ...deviceOf(uuid, node), line: ofGpu[0]?.line ?? 1 }];
      }),
    rules: [
      {
        name: 'memoryMib',
        side: 'high',
        relative: 0.25,
        // A CUDA context of another process alone takes a few hundred MiB; a model's worth is gigabytes.
        absolute: 4096,
        source,
      },
    ],
    kind: memoryDiffers,
  },
};

/** The name is what a workload calls itself and may hold commas: read the row from both ends. */
function processOf(text: string, line: number): Process {
  const cells = text.split(',').map((cell) => cell.trim());
  if (cells.length < 4) throw new ProbeParseError(`line ${line}: ${cells.length} columns, 4 were asked for`);
  const pid = cellNumber(cells[1] ?? '', `line ${line}, pid`);
  if (pid === null) throw new ProbeParseError(`line ${line}: no pid`);
  return {
    line,
    uuid: cellUuid(cells[0] ?? '', `line ${line}, gpu_uuid`),
    pid,
    name: baseName(cells.slice(2, -1).join(',')),
    memoryMib: cellNumber(cells.at(-1) ?? '', `line ${line}, used_memory`),
  };
}

const nameCharsMax = 60;

// A byte that is no character arrives as U+FFFD.
const damage = /[\p{Cc}\uFFFD]/u;

function baseName(path: string): string | null {
  if (damage.test(path)) return null;
  if (/^\[(?:Not Found|Not Supported|N\/A|Unknown Error|Insufficient Permissions|GPU requires reset)\b/.test(path))
    return null;
  return (path.split(/\s/)[0] ?? '').split('/').at(-1)?.slice(0, nameCharsMax) ?? '';
}

// Monitoring and driver helpers hold a few MiB on every GPU by design: DCGM's host engine and the MPS server.
const helperPattern = /^(nv-hostengine|dcgm|nvidia-cuda-mps-server|nvidia-cuda-mps|Xorg)/;

function judge(processes: readonly Process[], node: ProbedNode | undefined): readonly ProbeFinding[] {
  const ours = processes.filter(({ name }) => name === null || !helperPattern.test(name));
  const uuids = node === undefined ? [...new Set(ours.map((one) => one.uuid))] : node.gpus.map((gpu) => gpu.uuid);
  const job = commonName(ours);
  if (ours.length === 0) return [];
  // One without a name shows no other program.
  const isAlone = ({ uuid }: Process): boolean => ours.filter((one) => one.uuid === uuid).length === 1;
  const isOfJob = (one: Process): boolean =>
    one.name === null || one.name === job || (isAlone(one) && isDamaged(one.name, job));
  const perGpu = new Map(uuids.map((uuid) => [uuid, ours.filter((one) => one.uuid === uuid && isOfJob(one)).length]));
  const usual = mostFrequent([...perGpu.values()]);
  return [
    ...ours
      .filter((one) => !isOfJob(one))
      .map((one) => ({
        kind: foreignProcess.id,
        ...deviceOf(one.uuid, node),
        text: `process ${one.pid} is not of the job and holds ${one.memoryMib ?? 'an unknown number of'} MiB`,
        line: one.line,
        values: {
          pid: one.pid,
          processName: one.name ?? '',
          jobProcessName: job ?? '',
          ...(one.memoryMib === null ? {} : { memoryMib: one.memoryMib }),
        },
      })),
    ...uuids.flatMap((uuid): readonly ProbeFinding[] => {
      const count = perGpu.get(uuid) ?? 0;
      if (count > usual)
        return [
          {
            kind: several.id,
            ...deviceOf(uuid, node),
            text: `${count} processes of the job on this GPU, ${usual} on its siblings`,
            line: ours.find((one) => one.uuid === uuid)?.line ?? 1,
            values: { processes: count, siblingsProcesses: usual },
          },
        ];
      if (count === 0 && usual > 0)
        return [
          {
            kind: idle.id,
            ...deviceOf(uuid, node),
            text: `no process of the job on this GPU, ${usual} on its siblings`,
          },
        ];
      return [];
    }),
  ];
}

const damagedCharactersMax = 2;

/** Alone where a rank has to be, and a character or two away from the name of all other ranks. */
function isDamaged(name: string, job: string | null): boolean {
  if (job === null || name.length !== job.length) return false;
  return name.split('').filter((unit, at) => unit !== job[at]).length <= damagedCharactersMax;
}

/** The name that most GPUs carry is the job's. */
function commonName(processes: readonly Process[]): string | null {
  const gpus = new Map<string, Set<string>>();
  for (const { name, uuid } of processes) if (name !== null) gpus.set(name, (gpus.get(name) ?? new Set()).add(uuid));
  return [...gpus].toSorted(([a, on], [b, other]) => other.size - on.size || a.localeCompare(b))[0]?.[0] ?? null;
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, times], [b, others]) => others - times || a - b)[0]?.[0] ?? 0;
}

function deviceOf(uuid: string, node: ProbedNode | undefined): Pick<ProbeFinding, 'device'> {
  const gpu = node?.gpus.find((one) => one.uuid === uuid);
  return { device: gpu === undefined ? { kind: 'gpu', name: uuid } : gpuDevice(gpu) };
}
