import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { gpuDevice, noReading, smiKinds, splitSmi, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const missing: FindingKind = {
  id: 'gpu.presence.missing',
  summary: 'a GPU of the inventory is not listed by the driver',
  role: 'cause',
  weighs: { 'gpu-fell-off-bus': 4, 'cgroup-device-loss': 1, 'host-hardware-fault': 1 },
  source,
};
const foreign: FindingKind = {
  id: 'gpu.presence.not-in-inventory',
  summary: 'the driver lists a GPU that the inventory does not know: exchanged, or the inventory is old',
  role: 'context',
  weighs: {},
  source,
};
const present: FindingKind = {
  id: 'gpu.presence.all-listed',
  summary: 'the driver lists every GPU of the inventory',
  role: 'clean',
  weighs: { 'gpu-fell-off-bus': -4, 'cgroup-device-loss': -0.7 },
  source,
};
const listed: FindingKind = {
  id: 'gpu.presence.listed',
  summary: 'GPUs that the driver lists; how many there should be is not known',
  role: 'context',
  weighs: {},
  source,
};
const kinds = [missing, foreign, present, listed, ...smiKinds];

const noArgs = z.object({});

interface Reading {
  readonly gpus: readonly {
    readonly line: number;
    readonly index: number;
    readonly model: string;
    readonly uuid: string;
  }[];
  readonly trouble: readonly SmiTrouble[];
}

/** Are all GPUs there? */
export const gpuPresence: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.presence',
  platform: 'nvidia-linux',
  summary: 'GPUs that the driver lists, against the inventory',
  question: 'Does the driver still reach every GPU of the node?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 600,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args: noArgs,
  argv: () => ['nvidia-smi', '-L'],
  parse(output) {
    const { lines, trouble } = splitSmi(output);
    if (lines.length === 0 && trouble.length === 0) throw noReading(output);
    return { gpus: lines.flatMap(({ text, line }) => gpuOf(text, line)), trouble };
  },
  outcomes: kinds,
  meaning(reading, node) {
    const trouble = troubleFindings(reading.trouble, node?.gpus);
    const count = reading.gpus.length;
    if (node === undefined)
      return trouble.length > 0
        ? trouble
        : [{ kind: listed.id, text: `the driver lists ${count} GPUs`, values: { gpus: count } }];
    // A driver that does not talk to the tool lists no GPU, and none of them is missing for that.
    if (count === 0 && reading.trouble.some(({ kind }) => ofWholeDriver.includes(kind))) return trouble;
    const absent = node.gpus.filter((gpu) => !reading.gpus.some((one) => one.uuid === gpu.uuid));
    const unknown = reading.gpus.filter((one) => !node.gpus.some((gpu) => gpu.uuid === one.uuid));
    const seen: ProbeFinding[] = [
      ...absent.map((gpu) => ({
        kind: missing.id,
        device: gpuDevice(gpu),
        text: `GPU ${gpu.index} of the inventory is not among the ${count} that the driver lists`,
        values: { gpus: count, gpusExpected: node.gpus.length },
      })),
      ...unknown.map((one) => ({
        kind: foreign.id,
        device: { kind: 'gpu' as const, index: one.index },
        text: `GPU ${one.index} is not in the inventory`,
        line: one.line,
      })),
    ];
    return orClean([...trouble, ...seen], kinds, {
      kind: present.id,
      text: `all ${node.gpus.length} GPUs of the inventory are listed`,
      values: { gpus: count, gpusExpected: node.gpus.length },
    });
  },
};

const ofWholeDriver: readonly SmiTrouble['kind'][] = ['version-mismatch', 'driver-silent'];

// GPU 0: NVIDIA A800-SXM4-80GB (UUID: GPU-94da3560-9d64-1e21-4009-21c37101b277)
const gpuPattern = /^GPU (\d{1,2}): (.{1,80}) \(UUID: (GPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)$/;
//   MIG 1g.10gb     Device  0: (UUID: MIG-…)
const slicePattern = /^\s+MIG \S+ +Device +\d+: \(UUID: MIG-/;

function gpuOf(text: string, line: number): Reading['gpus'] {
  if (slicePattern.test(text)) return [];
  const match = gpuPattern.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a line of nvidia-smi -L`);
  return [{ line, index: Number(match[1]), model: match[2] ?? '', uuid: match[3] ?? '' }];
}
