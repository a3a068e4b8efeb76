import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import type { ClockReason } from './clock-event-reasons.ts';
import { deviceInOrder, smiKinds, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';
import { keepBothAndTrouble, type Earlier } from './second-read.ts';
import { parseSmiSections, type SmiSection } from './smi-sections.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const thermal: FindingKind = {
  id: 'gpu.throttle.thermal',
  summary: 'the driver or the board slows a GPU down because of heat',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3.5, 'facility-fault': 1 },
  // The same bits of the driver, read by another query.
  echoes: ['gpu.clock.thermal'],
  source,
};
const powerBrake: FindingKind = {
  id: 'gpu.throttle.power-brake',
  summary: 'the external power brake slows a GPU down',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 1, 'host-hardware-fault': 1.5, 'facility-fault': 1 },
  echoes: ['gpu.clock.power-brake'],
  source,
};
const hwSlowdown: FindingKind = {
  id: 'gpu.throttle.hw-slowdown',
  summary: 'the board slows a GPU down and names neither heat nor the power brake',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3 },
  echoes: ['gpu.clock.hw-slowdown'],
  source,
};
const setting: FindingKind = {
  id: 'gpu.throttle.clock-setting',
  summary: 'a clock setting limits a GPU and not its siblings',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3.5 },
  ofSetting: true,
  echoes: ['gpu.clock.locked-low'],
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
  readonly rows: readonly GpuReasons[];
  readonly trouble: readonly SmiTrouble[];
  readonly earlier?: Earlier<GpuReasons>;
}

/** Clock event reasons by name. */
export const gpuThrottleReasons: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.throttle-reasons',
  platform: 'nvidia-linux',
  summary: 'why the driver says each GPU runs at its present clock',
  question: 'What does the driver say holds the clocks of a GPU down?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 900,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['nvidia-smi', '-q', '-d', 'PERFORMANCE'],
  parse(output) {
    const { gpus, trouble } = parseSmiSections(output);
    return { rows: gpus.map(reasonsIn), trouble };
  },
  outcomes: kinds,
  meaning(reading, node) {
    const gpus = reasonsOfBoth(reading);
    const settings = gpus.filter((gpu) => gpu.active.includes('applications-clocks')).length;
    const aloneInSetting = settings < gpus.length;
    const seen = gpus.flatMap((gpu, at) => judge(gpu, at, aloneInSetting, node));
    return orClean([...troubleFindings(reading.trouble, node?.gpus), ...seen], kinds, {
      kind: none.id,
      text: `no reason of concern on ${gpus.length} GPUs`,
    });
  },
  // Reasons come and go within a second: of two reads, each counts.
  again: keepBothAndTrouble(1_000),
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

function reasonsIn(gpu: SmiSection): GpuReasons {
  const heading = gpu.headings.find((one) => /^Clocks (Event|Throttle) Reasons$/.test(one));
  if (heading === undefined) throw new ProbeParseError(`GPU ${gpu.pciBusId}: no section of clock event reasons`);
  const active = gpu.entries
    .filter(({ path }) => path[0] === heading)
    .flatMap(({ name, value, line }): readonly ClockReason[] => {
      if (!/^(Active|Not Active|N\/A)$/.test(value))
        throw new ProbeParseError(`line ${line}: not a clock event reason`);
      return value === 'Active' ? [reasonNames[name] ?? 'unknown'] : [];
    });
  // The last of those that every release prints: without it the section was cut.
  if (!gpu.entries.some(({ name, path }) => path[0] === heading && name === 'SW Thermal Slowdown'))
    throw new ProbeParseError(`GPU ${gpu.pciBusId}: the clock event reasons were cut`);
  const pstate = gpu.entries.find(({ name, path }) => name === 'Performance State' && path.length === 0)?.value;
  return {
    line: gpu.line,
    pciBusId: gpu.pciBusId,
    pstate: pstate !== undefined && /^P\d{1,2}$/.test(pstate) ? pstate : null,
    active,
  };
}

/** Reasons of both reads, of each GPU; `idle` only where it was idle twice. */
function reasonsOfBoth({ rows, earlier }: Reading): readonly GpuReasons[] {
  return rows.map((row) => {
    const before = earlier?.rows.find((one) => one.pciBusId === row.pciBusId)?.active;
    if (before === undefined) return row;
    const active = [...new Set([...before, ...row.active])];
    return {
      ...row,
      active: active.filter((one) => one !== 'idle' || (before.includes(one) && row.active.includes(one))),
    };
  });
}

function judge(
  gpu: GpuReasons,
  at: number,
  aloneInSetting: boolean,
  node: ProbedNode | undefined,
): readonly ProbeFinding[] {
  return kindsOf(gpu.active, aloneInSetting).map((kind) => ({
    kind: kind.id,
    device: deviceInOrder(gpu.pciBusId, at, node?.gpus),
    text: `clock event reasons: ${gpu.active.join(', ')}`,
    line: gpu.line,
    values: { reasons: gpu.active.join(','), ...(gpu.pstate === null ? {} : { pstate: gpu.pstate }) },
  }));
}

/** The strongest protective reason; beside it a setting, which stays when that one is gone. */
function kindsOf(active: readonly ClockReason[], aloneInSetting: boolean): readonly FindingKind[] {
  const isSet = active.includes('applications-clocks') && aloneInSetting && !active.includes('idle');
  const protective = protectiveKind(active);
  if (protective === powerCap && isSet) return [setting];
  return [...(protective === null ? [] : [protective]), ...(isSet ? [setting] : [])];
}

function protectiveKind(active: readonly ClockReason[]): FindingKind | null {
  if (active.includes('hw-power-brake')) return powerBrake;
  if (active.includes('hw-thermal') || active.includes('sw-thermal')) return thermal;
  if (active.includes('hw-slowdown')) return hwSlowdown;
  return active.includes('sw-power-cap') ? powerCap : null;
}
