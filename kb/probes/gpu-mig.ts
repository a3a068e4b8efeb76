import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { gpuSettingProbe } from './gpu-setting-probe.ts';
import { gpuDevice, type GpuCells } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html';

const onAmongOthers: FindingKind = {
  id: 'gpu.mig.on-among-others',
  summary: 'a GPU is in MIG mode while others of the node are whole: it is no whole device and has no peer access',
  role: 'cause',
  // A rank that finds fewer whole GPUs than it was started for is no fault of the launcher then.
  weighs: { 'container-toolkit-misconfig': 3.8, 'nvlink-fabric-error': 0.4 },
  source,
};
const onEverywhere: FindingKind = {
  id: 'gpu.mig.on-everywhere',
  summary: 'all GPUs of the node are in MIG mode: slices, which have no peer access',
  role: 'context',
  weighs: { 'container-toolkit-misconfig': 1, 'launcher-rank-misconfig': 0.7 },
  source,
};
const pending: FindingKind = {
  id: 'gpu.mig.pending',
  summary: 'a change of MIG mode waits for a reset of the GPU, which whoever uses it holds up',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 1.5, 'foreign-gpu-process': 1.5 },
  source,
};
const off: FindingKind = {
  id: 'gpu.mig.off',
  summary: 'no GPU of the node is in MIG mode, and none waits for it',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.1 },
  source,
};

const fields = ['mig.mode.current', 'mig.mode.pending'] as const;
type Row = GpuCells<(typeof fields)[number], string>;

/** MIG mode of every GPU, now and after the next reset. */
export const gpuMig = gpuSettingProbe({
  id: 'gpu.mig',
  summary: 'MIG mode of every GPU, present and pending',
  question: 'Is a GPU cut into MIG slices, or does a change of that wait for a reset?',
  fields,
  kinds: [onAmongOthers, onEverywhere, pending, off],
  judge(rows) {
    const on = rows.filter(isOn);
    const kind = on.length === rows.length ? onEverywhere : onAmongOthers;
    return [...on.map((row) => finding(row, kind)), ...rows.filter(waits).map((row) => finding(row, pending))];
  },
  clean: (rows) => {
    const on = rows.filter(isOn).length;
    return { kind: off.id, text: `MIG mode is the same on ${rows.length} GPUs: ${on === 0 ? 'off' : 'on'}` };
  },
});

function isOn(row: Row): boolean {
  return row.values['mig.mode.current'] === 'Enabled';
}

/** Boards without MIG print `[N/A]` for both. */
function waits(row: Row): boolean {
  const { 'mig.mode.current': now, 'mig.mode.pending': next } = row.values;
  return now !== null && next !== null && now !== next;
}

function finding(row: Row, kind: FindingKind): ProbeFinding {
  const now = row.values['mig.mode.current'] ?? '';
  const next = row.values['mig.mode.pending'] ?? now;
  return {
    kind: kind.id,
    device: gpuDevice(row),
    text: `MIG mode ${now.toLowerCase()}${next === now ? '' : `, ${next.toLowerCase()} after a reset`}`,
    line: row.line,
    values: { migMode: now, migModePending: next },
  };
}
