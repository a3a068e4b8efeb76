import { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median, orClean } from './clean.ts';
import { deviceInOrder, smiKinds, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';
import { entryNumber, parseSmiSections, type SmiSection } from './smi-sections.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (Applications Clocks, Max Clocks)';

const belowDefault: FindingKind = {
  id: 'gpu.application-clock.below-default',
  summary: 'the applications clock of a GPU is set below the default of its board',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2.5 },
  ofSetting: true,
  source,
};
const belowSiblings: FindingKind = {
  id: 'gpu.application-clock.below-siblings',
  summary: 'the applications clock or the highest clock of a GPU is below that of its siblings',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2 },
  ofSetting: true,
  source,
};
const standard: FindingKind = {
  id: 'gpu.application-clock.default',
  summary: 'no applications clock is below its default; a locked clock does not show here',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -0.4 },
  source,
};
const kinds = [belowDefault, belowSiblings, standard, ...smiKinds];

const noArgs = z.object({});

interface Gpu {
  readonly line: number;
  readonly pciBusId: string;
  /** MHz; `null` where the board has no such setting, or the driver has given it up. */
  readonly applicationMhz: number | null;
  readonly applicationMemoryMhz: number | null;
  readonly applicationDefaultMhz: number | null;
  readonly maxSmMhz: number | null;
}
interface Reading {
  readonly rows: readonly Gpu[];
  readonly trouble: readonly SmiTrouble[];
}

/** Clocks that were set for programs, their defaults, and the highest that the board can do. */
export const gpuApplicationClocks: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.application-clocks',
  platform: 'nvidia-linux',
  summary: 'applications clocks of every GPU against their defaults, and the highest clocks',
  question: 'Has somebody set the applications clocks of a GPU below their default?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 900,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['nvidia-smi', '-q', '-d', 'CLOCK'],
  parse(output) {
    const { gpus, trouble } = parseSmiSections(output);
    return { rows: gpus.map(clocksOf), trouble };
  },
  outcomes: kinds,
  meaning({ rows, trouble }, node) {
    const seen = rows.flatMap((row, at) => judge(row, rows, deviceInOrder(row.pciBusId, at, node?.gpus)));
    return orClean([...troubleFindings(trouble, node?.gpus), ...seen], kinds, {
      kind: standard.id,
      text: `no applications clock of ${rows.length} GPUs is below its default`,
    });
  },
  siblings: {
    numbers: ({ rows }, node) =>
      rows.flatMap((row, at) =>
        (['applicationMhz', 'maxSmMhz'] as const).flatMap((name) => {
          const value = row[name];
          return value === null
            ? []
            : [{ name, value, unit: 'MHz', device: deviceInOrder(row.pciBusId, at, node?.gpus), line: row.line }];
        }),
      ),
    rules: [
      // Clocks are set in steps of 15 MHz on Ampere boards: less than half of one is equal.
      { name: 'applicationMhz', side: 'low', relative: 0, absolute: 7, source },
      { name: 'maxSmMhz', side: 'low', relative: 0, absolute: 7, source },
    ],
    kind: belowSiblings,
  },
};

function clocksOf(gpu: SmiSection): Gpu {
  if (!gpu.headings.includes('Max Clocks')) throw new ProbeParseError(`GPU ${gpu.pciBusId}: no section of clocks`);
  return {
    line: gpu.line,
    pciBusId: gpu.pciBusId,
    applicationMhz: settable(gpu, 'Applications Clocks'),
    applicationMemoryMhz: settable(gpu, 'Applications Clocks', 'Memory'),
    applicationDefaultMhz: settable(gpu, 'Default Applications Clocks'),
    maxSmMhz: entryNumber(gpu, 'Max Clocks', 'SM', ' MHz'),
  };
}

/** Drivers after 580 may leave the section out: they have given applications clocks up. */
function settable(gpu: SmiSection, heading: string, clock = 'Graphics'): number | null {
  return gpu.headings.includes(heading) ? entryNumber(gpu, heading, clock, ' MHz') : null;
}

function judge(row: Gpu, rows: readonly Gpu[], device: Device): readonly ProbeFinding[] {
  const set = row.applicationMhz;
  const standardMhz = row.applicationDefaultMhz;
  if (set !== null && standardMhz !== null && set < standardMhz)
    return [
      {
        kind: belowDefault.id,
        device,
        text: `applications clock ${set} MHz, default ${standardMhz} MHz`,
        line: row.line,
        values: {
          applicationMhz: set,
          applicationDefaultMhz: standardMhz,
          ...(row.applicationMemoryMhz === null ? {} : { applicationMemoryMhz: row.applicationMemoryMhz }),
        },
      },
    ];
  const others = rows.filter((other) => other !== row);
  return (['applicationMhz', 'maxSmMhz'] as const).flatMap((name): readonly ProbeFinding[] => {
    const own = row[name];
    const siblings = median(others.flatMap((other) => other[name] ?? []));
    if (own === null || siblings === null || own >= siblings) return [];
    return [
      {
        kind: belowSiblings.id,
        device,
        text: `${name === 'maxSmMhz' ? 'highest SM clock' : 'applications clock'} ${own} MHz, siblings ${siblings} MHz`,
        line: row.line,
        values: { [name]: own, siblingsMhz: siblings },
      },
    ];
  });
}
