import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { highest, rowNumbers } from './gpu-numbers.ts';
import { median, orClean } from './clean.ts';
import { busyUtilizationPercent } from './gpu-query-probe.ts';
import { decodeClockReasons, protectiveReasons, type ClockReason } from './clock-event-reasons.ts';
import {
  gpuDevice,
  parseGpuRows,
  queryGpuArgv,
  smiKinds,
  troubleFindings,
  type GpuReading,
  type GpuRow,
} from './nvidia-smi.ts';
import { keepBothAndTrouble, type Earlier } from './second-read.ts';

const nvml = 'https://docs.nvidia.com/deploy/archive/R510/nvml-api/group__nvmlClocksThrottleReasons.html';

const lockedLow: FindingKind = {
  id: 'gpu.clock.locked-low',
  summary: 'a busy GPU runs far below its clock and nothing but a setting holds it there',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 5 },
  ofSetting: true,
  source: nvml,
};
const belowSiblings: FindingKind = {
  id: 'gpu.clock.below-siblings',
  summary: 'a busy GPU is slower than its siblings on the node and the driver names no reason',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2, 'facility-fault': 0.2 },
  source: 'https://github.com/stas00/ml-engineering',
};
const powerCapped: FindingKind = {
  id: 'gpu.clock.power-capped',
  summary: 'a busy GPU is held far below its siblings by its power limit',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 4 },
  source: nvml,
};
const thermal: FindingKind = {
  id: 'gpu.clock.thermal',
  summary: 'a busy GPU is slowed down because of heat',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 4.5, 'facility-fault': 1 },
  source: nvml,
};
const powerBrake: FindingKind = {
  id: 'gpu.clock.power-brake',
  summary: 'a busy GPU is slowed down by the external power brake, for example of the power supply',
  role: 'cause',
  // It is asserted from outside of the GPU: the controller of the server and the neighbours tell by what.
  weighs: { 'gpu-clock-throttle': 1, 'host-hardware-fault': 1.5, 'facility-fault': 1 },
  source: nvml,
};
const hwSlowdown: FindingKind = {
  id: 'gpu.clock.hw-slowdown',
  summary: 'the board itself has cut the clock of a busy GPU',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 4, 'host-hardware-fault': 0.7 },
  source: nvml,
};
const normal: FindingKind = {
  id: 'gpu.clock.normal',
  summary: 'every busy GPU of the node runs at its clock',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -4 },
  source: nvml,
};
export const notJudged: FindingKind = {
  id: 'gpu.clock.not-judged',
  summary: 'no GPU of the node is busy, so its clocks say nothing',
  role: 'context',
  weighs: {},
  source: nvml,
};

const kinds: readonly FindingKind[] = [
  lockedLow,
  belowSiblings,
  powerCapped,
  thermal,
  powerBrake,
  hwSlowdown,
  normal,
  notJudged,
  ...smiKinds,
];

const args = z.object({
  /**
   * Drivers before 535 know the reasons as "throttle" reasons only, newer ones (535 and 580 were seen) by both names.
   * https://github.com/utkuozdemir/nvidia_gpu_exporter/issues/123, and `nvidia-smi --help-query-gpu` in
   * https://github.com/netdata/netdata/issues/15755
   */
  reasons: z
    .enum(['clocks_throttle_reasons.active', 'clocks_event_reasons.active'])
    .default('clocks_throttle_reasons.active'),
});

const fields = [
  'clocks.current.sm',
  'clocks.max.sm',
  'reasons',
  'utilization.gpu',
  'power.draw',
  'power.limit',
  'temperature.gpu',
] as const;
type Field = (typeof fields)[number];

/** SM clocks of all GPUs of a node, against their maximum and against each other. */
export const gpuClocks: Probe<z.infer<typeof args>, GpuReading<Field>> = {
  id: 'gpu.clocks',
  platform: 'nvidia-linux',
  summary: 'SM clock of every GPU against its maximum and its siblings, with the reasons that the driver gives',
  question: 'Does a GPU run at a lower clock than its siblings, and why?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 700,
  timeoutMs: 15_000,
  outputBytesMax: 8_192,
  args,
  argv: ({ reasons }) => queryGpuArgv(fields.map((field) => (field === 'reasons' ? reasons : field))),
  allow: [
    String.raw`nvidia-smi --query-gpu=index,uuid,pci\.bus_id,clocks\.current\.sm,clocks\.max\.sm,clocks_(event|throttle)_reasons\.active,utilization\.gpu,power\.draw,power\.limit,temperature\.gpu --format=csv,noheader,nounits`,
  ],
  parse: (output) => parseGpuRows(output, fields),
  outcomes: kinds,
  meaning(reading, node) {
    const trouble = troubleFindings(reading.trouble, node?.gpus);
    const busy = steady(reading).filter(isBusy);
    const judged = busy.flatMap((row) => judge(row, busy));
    if (busy.length === 0 && trouble.length === 0)
      return [{ kind: notJudged.id, text: 'no GPU of the node is under load, so its clocks say nothing' }];
    return orClean([...trouble, ...judged], kinds, {
      kind: normal.id,
      text: `SM clocks of all ${busy.length} GPUs under load are as they should be`,
      values: { gpus: busy.length, smMhzMedian: median(busy.map(smMhz)) ?? 0 },
    });
  },
  siblings: {
    numbers: (reading) =>
      rowNumbers(steady(reading).filter(isBusy), [{ name: 'smMhz', unit: 'MHz', field: 'clocks.current.sm' }]),
    rules: [
      {
        name: 'smMhz',
        side: 'low',
        relative: 0.1,
        // Four of the steps of 15 MHz in which the clock of an Ampere board moves.
        absolute: 60,
        source: 'https://github.com/stas00/ml-engineering (identical GPUs differ by 1 to 5 % in sustained clock)',
      },
    ],
    kind: belowSiblings,
  },
  // Clocks and their reasons change within a second.
  again: keepBothAndTrouble(1_000),
};

type Reading = GpuReading<Field>;

/** Of two reads the higher clock, with the reasons of both: a dip of a moment is no fault, one that stays is in both. */
function steady({ rows, earlier }: Reading): readonly GpuRow<Field>[] {
  return highest(rows, earlier, ['clocks.current.sm', 'utilization.gpu', 'power.draw']).map((row) => ({
    ...row,
    values: { ...row.values, reasons: reasonsOfBoth(row, earlier) },
  }));
}

function reasonsOfBoth(row: GpuRow<Field>, earlier: Earlier<GpuRow<Field>> | undefined): number | null {
  const before =
    earlier?.rows.find((other) => other.index === row.index && other.uuid === row.uuid)?.values.reasons ?? null;
  const now = row.values.reasons;
  if (before === null || now === null) return now ?? before;
  const idle = 0x1n;
  const both = BigInt(before) | BigInt(now);
  // Idle at one of the two reads is not idle.
  return Number((BigInt(before) & BigInt(now) & idle) === 0n ? both & ~idle : both);
}

/**
 * The driver's own figure: a hardware slow-down cuts the clock to a half or less, so a busy GPU below this share of
 * its maximum is far below any clock that load alone brings about.
 * https://docs.nvidia.com/deploy/archive/R510/nvml-api/group__nvmlClocksThrottleReasons.html (HwSlowdown)
 */
const farBelowMaxShare = 0.6;

/**
 * Identical GPUs differ by 1 to 5 % in sustained clock; twice the upper end.
 * https://github.com/stas00/ml-engineering (compute/accelerator, "not all accelerators are created equal")
 */
const belowSiblingsShare = 0.9;

function isBusy(row: GpuRow<Field>): boolean {
  const idle = reasonsOf(row).includes('idle');
  return (
    !idle && (row.values['utilization.gpu'] ?? 0) >= busyUtilizationPercent && row.values['clocks.current.sm'] !== null
  );
}

function judge(row: GpuRow<Field>, busy: readonly GpuRow<Field>[]): readonly ProbeFinding[] {
  const max = row.values['clocks.max.sm'];
  const siblings = median(busy.filter((other) => other !== row).map(smMhz));
  const far = max !== null && smMhz(row) < farBelowMaxShare * max;
  const below = siblings !== null && smMhz(row) < belowSiblingsShare * siblings;
  if (!far && !below) return [];
  const reasons = reasonsOf(row);
  const kind = kindFor(reasons, far);
  return [
    {
      kind: kind.id,
      device: gpuDevice(row),
      text: describe(row, siblings, reasons),
      line: row.line,
      values: {
        smMhz: smMhz(row),
        ...(max === null ? {} : { smMaxMhz: max }),
        ...(siblings === null ? {} : { siblingsSmMhz: siblings }),
        ...present('powerWatts', row.values['power.draw']),
        ...present('powerLimitWatts', row.values['power.limit']),
        ...present('temperatureCelsius', row.values['temperature.gpu']),
        reasons: reasons.length === 0 ? 'none' : reasons.join(','),
      },
    },
  ];
}

/** The strongest protective reason names the cause; without any, somebody set the clock. */
function kindFor(reasons: readonly ClockReason[], far: boolean): FindingKind {
  if (reasons.includes('hw-power-brake')) return powerBrake;
  if (reasons.includes('hw-thermal') || reasons.includes('sw-thermal')) return thermal;
  if (reasons.includes('hw-slowdown')) return hwSlowdown;
  if (reasons.includes('sw-power-cap')) return powerCapped;
  if (reasons.includes('sync-boost')) return belowSiblings;
  return reasons.includes('applications-clocks') || far ? lockedLow : belowSiblings;
}

function describe(row: GpuRow<Field>, siblings: number | null, reasons: readonly ClockReason[]): string {
  const max = row.values['clocks.max.sm'];
  const given = reasons.filter((reason) => reason === 'applications-clocks' || protectiveReasons.includes(reason));
  return [
    `SM clock ${smMhz(row)} MHz${max === null ? '' : ` of ${max} MHz`} under load`,
    siblings === null ? '' : `, siblings at ${siblings} MHz`,
    given.length === 0 ? '; the driver names no reason' : `; the driver says ${given.join(', ')}`,
  ].join('');
}

function smMhz(row: GpuRow<Field>): number {
  return row.values['clocks.current.sm'] ?? 0;
}

function reasonsOf(row: GpuRow<Field>): readonly ClockReason[] {
  return decodeClockReasons(row.values['reasons'] ?? 0);
}

function present(name: string, value: number | null): Readonly<Record<string, number>> {
  return value === null ? {} : { [name]: value };
}
