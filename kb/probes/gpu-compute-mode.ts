import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { gpuSettingProbe } from './gpu-setting-probe.ts';
import { gpuDevice, type GpuCells } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (Compute Mode)';

const prohibited: FindingKind = {
  id: 'gpu.compute-mode.prohibited',
  summary: 'the compute mode of a GPU lets no program use it',
  role: 'cause',
  weighs: { 'permission-misconfig': 2, 'container-toolkit-misconfig': 1, 'foreign-gpu-process': -1 },
  source,
};
const exclusive: FindingKind = {
  id: 'gpu.compute-mode.exclusive',
  summary: 'the compute mode of a GPU lets one process at a time use it: a leftover one locks it',
  role: 'context',
  weighs: { 'foreign-gpu-process': 0.7, 'launcher-rank-misconfig': 0.7 },
  source,
};
const shared: FindingKind = {
  id: 'gpu.compute-mode.default',
  summary: 'every GPU may be used by the processes that ask for it',
  role: 'clean',
  weighs: { 'permission-misconfig': -0.1 },
  source,
};

const fields = ['compute_mode'] as const;

/** Compute mode of every GPU. */
export const gpuComputeMode = gpuSettingProbe({
  id: 'gpu.compute-mode',
  summary: 'compute mode of every GPU: who may use it',
  question: 'Does the compute mode of a GPU lock processes of the job out?',
  fields,
  kinds: [prohibited, exclusive, shared],
  judge: (rows) => rows.flatMap(judge),
  clean: (rows) => ({ kind: shared.id, text: `no compute mode of ${rows.length} GPUs keeps every program out` }),
});

function judge(row: GpuCells<(typeof fields)[number], string>): readonly ProbeFinding[] {
  const mode = row.values['compute_mode'];
  // `Exclusive_Thread` is the name that drivers before 375 know.
  const kind = mode === 'Prohibited' ? prohibited : mode?.startsWith('Exclusive') === true ? exclusive : null;
  if (kind === null || mode === null) return [];
  return [
    {
      kind: kind.id,
      device: gpuDevice(row),
      text: `compute mode ${mode}`,
      line: row.line,
      values: { computeMode: mode },
    },
  ];
}
