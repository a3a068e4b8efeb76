import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import type { ClockReason } from './clock-event-reasons.ts';
import { busId, gpuDevice, smiKinds, splitSmi, noReading, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const thermal: FindingKind = {
  id: 'gpu.throttle.thermal',
  summary: 'the driver or the board slows a GPU down because of heat',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3.5, 'facility-fault': 1 },
  source,
};
const powerBrake: FindingKind = {
  id: 'gpu.throttle.power-brake',
  summary: 'the external power brake slows a GPU down',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3.5, 'host-hardware-fault': 1.5, 'facility-fault': 1.5 },
  source,
};
const hwSlowdown: FindingKind = {
  id: 'gpu.throttle.hw-slowdown',
  summary: 'the board slows a GPU down and names neither heat nor the power brake',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3 },
  source,
};
const setting: FindingKind = {
  id: 'gpu.throttle.clock-setting',
  summary: 'a clock setting limits a GPU and not its siblings',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3.5 },
  source,
};
const powerCap: FindingKind = {
  id: 'gpu.throttle.power-cap',
  summary: 'the power limit holds the clock: usual under full load',
  role: 'context',
  weighs: {},
  source: 'https://github.com/Azure/azurehpc/pull/595',
};
const none: FindingKind = {
  id: 'gpu.throttle.none',
  summary: 'no GPU names a reason beyond idleness or its power limit; a clock lock can go unnamed',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -0.5 },
  source,
};
const kinds = [thermal, powerBrake, hwSlowdown, setting, powerCap, none, ...smiKinds];

const noArgs = z.object({});

interface GpuReasons {
  readonly line: number;
  readonly pciBusId: string;
  readonly pstate: string | null;
  readonly active: readonly ClockReason[];
}
interface Reading {
  readonly gpus: readonly GpuReasons[];
  readonly trouble: readonly SmiTrouble[];
}

/** Clock event reasons by name. */
export const gpuThrottleReasons: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.throttle-reasons',
  platform: 'nvidia-linux',
  summary: 'why the driver says each GPU runs at its present clock',
  aspect: 'performance',
  impact: 'none',
  costMs: 900,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['nvidia-smi', '-q', '-d', 'PERFORMANCE'],
  parse(output) {
    const { lines, trouble } = splitSmi(output);
    const gpus = gpusIn(lines);
    if (gpus.length === 0 && trouble.length === 0) throw noReading(output);
    return { gpus, trouble };
  },
  outcomes: kinds,
  meaning(reading, node) {
    const settings = reading.gpus.filter((gpu) => gpu.active.includes('applications-clocks')).length;
    const aloneInSetting = settings < reading.gpus.length;
    const seen = reading.gpus.flatMap((gpu, at) => judge(gpu, at, aloneInSetting, node));
    return orClean([...troubleFindings(reading.trouble, node?.gpus), ...seen], kinds, {
      kind: none.id,
      text: `no reason of concern on ${reading.gpus.length} GPUs`,
    });
  },
};

// Names as printed: https://github.com/ollama/ollama/issues/6163; "Throttle" instead of "Event" before driver 535:
// https://github.com/kubeflow/kubeflow/issues/68
const reasonNames: Readonly<Record<string, ClockReason>> = {
  Idle: 'idle',
  'Applications Clocks Setting': 'applications-clocks',
  'SW Power Cap': 'sw-power-cap',
  'HW Slowdown': 'hw-slowdown',
  'HW Thermal Slowdown': 'hw-thermal',
  'HW Power Brake Slowdown': 'hw-power-brake',
  'Sync Boost': 'sync-boost',
  'SW Thermal Slowdown': 'sw-thermal',
  'Display Clock Setting': 'display-clocks',
};

function gpusIn(lines: readonly { readonly text: string; readonly line: number }[]): readonly GpuReasons[] {
  if (!lines.some(({ text }) => text.startsWith('==============NVSMI LOG')))
    if (lines.length > 0) throw new ProbeParseError(`line ${lines[0]?.line ?? 1}: not the head of nvidia-smi -q`);
  const gpus: { line: number; pciBusId: string; pstate: string | null; active: ClockReason[]; reasons: boolean }[] = [];
  let inReasons = false;
  for (const { text, line } of lines) {
    const head = /^GPU ([0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9])$/.exec(text);
    if (head !== null) {
      gpus.push({ line, pciBusId: busId(head[1] ?? ''), pstate: null, active: [], reasons: false });
      inReasons = false;
      continue;
    }
    const gpu = gpus.at(-1);
    if (gpu === undefined) continue;
    const pstate = /^ {4}Performance State +: (P\d{1,2}|N\/A)$/.exec(text);
    if (pstate !== null) gpu.pstate = pstate[1] === 'N/A' ? null : (pstate[1] ?? null);
    if (/^ {4}Clocks (Event|Throttle) Reasons$/.test(text)) {
      inReasons = true;
      gpu.reasons = true;
    } else if (/^ {4}\S/.test(text)) inReasons = false;
    else if (inReasons) reasonOf(text, line, gpu);
  }
  for (const gpu of gpus)
    if (!gpu.reasons) throw new ProbeParseError(`GPU ${gpu.pciBusId}: no section of clock event reasons`);
  return gpus.map(({ line, pciBusId, pstate, active }) => ({ line, pciBusId, pstate, active }));
}

function reasonOf(text: string, line: number, gpu: { active: ClockReason[] }): void {
  const entry = /^ +([A-Za-z][A-Za-z ]*?) +: (Active|Not Active|N\/A)$/.exec(text);
  if (entry === null) throw new ProbeParseError(`line ${line}: not a clock event reason`);
  if (entry[2] === 'Active') gpu.active.push(reasonNames[entry[1] ?? ''] ?? 'unknown');
}

function judge(
  gpu: GpuReasons,
  at: number,
  aloneInSetting: boolean,
  node: ProbedNode | undefined,
): readonly ProbeFinding[] {
  const kind = kindOf(gpu.active, aloneInSetting);
  if (kind === null) return [];
  const index = node?.gpus.find((known) => busId(known.pciBusId) === gpu.pciBusId)?.index ?? at;
  return [
    {
      kind: kind.id,
      device: gpuDevice({ index, pciBusId: gpu.pciBusId }),
      text: `clock event reasons: ${gpu.active.join(', ')}`,
      line: gpu.line,
      values: { reasons: gpu.active.join(','), ...(gpu.pstate === null ? {} : { pstate: gpu.pstate }) },
    },
  ];
}

function kindOf(active: readonly ClockReason[], aloneInSetting: boolean): FindingKind | null {
  if (active.includes('hw-power-brake')) return powerBrake;
  if (active.includes('hw-thermal') || active.includes('sw-thermal')) return thermal;
  if (active.includes('hw-slowdown')) return hwSlowdown;
  if (active.includes('applications-clocks') && aloneInSetting && !active.includes('idle')) return setting;
  if (active.includes('sw-power-cap')) return powerCap;
  return null;
}
