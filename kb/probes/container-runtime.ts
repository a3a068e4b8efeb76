import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { gpuDevice } from './nvidia-smi.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html';

const mismatch: FindingKind = {
  id: 'container.runtime.driver-mismatch',
  summary: 'the container runtime cannot talk to the driver: another version is loaded than installed, or none',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 4, 'container-toolkit-misconfig': 1 },
  source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/394',
};
const failed: FindingKind = {
  id: 'container.runtime.failed',
  summary: 'the container runtime cannot set GPUs up',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3, 'gpu-fell-off-bus': 1, 'driver-version-mismatch': 1 },
  source,
};
const fewer: FindingKind = {
  id: 'container.runtime.gpu-missing',
  summary: 'the container runtime does not see a GPU of the node',
  role: 'cause',
  weighs: { 'gpu-fell-off-bus': 2.5, 'container-toolkit-misconfig': 1 },
  source,
};
const ready: FindingKind = {
  id: 'container.runtime.ready',
  summary: 'the container runtime sees the driver and the GPUs',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -1.2, 'driver-version-mismatch': -1.2 },
  source,
};
const kinds = [mismatch, failed, fewer, ready];

const noArgs = z.object({});

interface Reading {
  /** What it said instead of an answer; `null` when it answered. */
  readonly error: string | null;
  readonly driver: string;
  readonly cuda: string;
  readonly gpus: readonly { readonly uuid: string; readonly bus: string }[];
}

const errorCharsMax = 160;

/** Whether the container runtime can hand the GPUs out. */
export const containerRuntime: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'container.runtime',
  platform: 'nvidia-linux',
  summary: 'driver and GPUs as the NVIDIA container runtime sees them',
  question: 'Can the container runtime hand the GPUs of the node out to containers?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 1_500,
  timeoutMs: 20_000,
  outputBytesMax: 64 * 1024,
  args: noArgs,
  argv: () => ['nvidia-container-cli', '-k', 'info'],
  parse(output) {
    const error = /^nvidia-container-cli: (.{1,400})$/m.exec(`${output.stderr}\n${output.stdout}`)?.[1];
    const isTool = error !== undefined && /\berror\b/.test(error);
    if (isTool && output.exitCode !== 0)
      return { error: error.slice(0, errorCharsMax), driver: '', cuda: '', gpus: [] };
    requireTool(output, 'nvidia-container-cli');
    const lines = numberedLines(output);
    const all = (name: string) =>
      lines.flatMap(({ text }) => (text.startsWith(`${name}:`) ? [text.slice(name.length + 1).trim()] : []));
    const [driver, cuda] = [all('NVRM version')[0], all('CUDA version')[0]];
    const [uuids, buses] = [all('GPU UUID'), all('Bus Location')];
    if (output.exitCode !== 0 || driver === undefined || cuda === undefined || uuids.length !== buses.length)
      throw new ProbeParseError('not the answer of nvidia-container-cli info');
    return { error: null, driver, cuda, gpus: uuids.map((uuid, at) => ({ uuid, bus: buses[at] ?? '' })) };
  },
  outcomes: kinds,
  meaning: (reading, node) =>
    orClean([...errors(reading), ...missing(reading, node)], kinds, {
      kind: ready.id,
      text: `driver ${reading.driver}, CUDA ${reading.cuda}, ${reading.gpus.length} GPUs`,
      values: { driver: reading.driver, gpus: reading.gpus.length },
    }),
};

// initialization error: nvml error: driver/library version mismatch · driver error: failed to process request · cuda error: unknown error
const mismatchPattern =
  /version mismatch|driver not loaded|unsatisfied condition: cuda|failed to process request|load library failed/;

function errors({ error }: Reading): readonly ProbeFinding[] {
  if (error === null) return [];
  const kind = mismatchPattern.test(error) ? mismatch : failed;
  return [{ kind: kind.id, text: `nvidia-container-cli: ${error}`, values: { error } }];
}

function missing({ error, gpus }: Reading, node: ProbedNode | undefined): readonly ProbeFinding[] {
  if (error !== null || node === undefined) return [];
  return node.gpus
    .filter((gpu) => !gpus.some(({ uuid }) => uuid === gpu.uuid))
    .map((gpu) => ({
      kind: fewer.id,
      device: gpuDevice(gpu),
      text: `the container runtime does not list GPU ${gpu.index}`,
      values: { uuid: gpu.uuid },
    }));
}
