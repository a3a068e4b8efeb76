import { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { deviceInOrder, smiKinds, troubleFindings, type SmiTrouble } from './nvidia-smi.ts';
import { entryNumber, entryOf, parseSmiSections, type SmiSection } from './smi-sections.ts';

const source = 'https://docs.nvidia.com/deploy/dynamic-page-retirement/index.html';
const dcgmLimits = 'https://github.com/NVIDIA/DCGM/blob/master/common/DcgmGPUHardwareLimits.h';

const pending: FindingKind = {
  id: 'gpu.retired-pages.pending',
  summary: 'memory pages wait for the driver to be reloaded before they are retired: they are still in use',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 4 },
  source,
};
const many: FindingKind = {
  id: 'gpu.retired-pages.many',
  summary: 'so many memory pages of a GPU are retired that the board is to be looked at or replaced',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 4 },
  source: dcgmLimits,
};
const some: FindingKind = {
  id: 'gpu.retired-pages.some',
  summary: 'memory pages of a GPU were retired earlier',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.4 },
  source,
};
const none: FindingKind = {
  id: 'gpu.retired-pages.none',
  summary: 'no page waits to be retired and few or none are; boards since Ampere remap rows instead',
  role: 'clean',
  weighs: { 'gpu-ecc-uncorrectable': -0.3 },
  source,
};
const kinds = [pending, many, some, none, ...smiKinds];

const noArgs = z.object({});

interface Gpu {
  readonly line: number;
  readonly pciBusId: string;
  /** Pages; `null` where the board remaps rows instead. */
  readonly singleBit: number | null;
  readonly doubleBit: number | null;
  readonly pending: boolean | null;
}
interface Reading {
  readonly rows: readonly Gpu[];
  readonly trouble: readonly SmiTrouble[];
}

/** Retired memory pages, of boards before Ampere. */
export const gpuRetiredPages: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.retired-pages',
  platform: 'nvidia-linux',
  summary: 'memory pages of every GPU that are retired, or wait for it',
  question: 'Have memory pages of a GPU been retired, or do some wait for a reload of the driver?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 900,
  timeoutMs: 15_000,
  outputBytesMax: 32_768,
  args: noArgs,
  argv: () => ['nvidia-smi', '-q', '-d', 'PAGE_RETIREMENT'],
  parse(output) {
    const { gpus, trouble } = parseSmiSections(output);
    return { rows: gpus.map(pagesOf), trouble };
  },
  outcomes: kinds,
  meaning({ rows, trouble }, node) {
    const seen = rows.flatMap((row, at) => judge(row, deviceInOrder(row.pciBusId, at, node?.gpus)));
    return orClean([...troubleFindings(trouble, node?.gpus), ...seen], kinds, {
      kind: none.id,
      text: `no page of ${rows.length} GPUs waits to be retired`,
    });
  },
  siblings: {
    numbers: ({ rows }, node) =>
      rows.flatMap((row, at) =>
        row.singleBit === null || row.doubleBit === null
          ? []
          : [
              {
                name: 'pagesRetired',
                value: row.singleBit + row.doubleBit,
                unit: 'count',
                device: deviceInOrder(row.pciBusId, at, node?.gpus),
                line: row.line,
              },
            ],
      ),
    rules: [{ name: 'pagesRetired', side: 'high', relative: 1, absolute: 4, source }],
    kind: some,
  },
};

function pagesOf(gpu: SmiSection): Gpu {
  if (!gpu.headings.includes('Retired Pages') && !gpu.entries.some(({ name }) => name === 'Retired Pages'))
    throw new ProbeParseError(`GPU ${gpu.pciBusId}: no section of retired pages`);
  const { line, pciBusId } = gpu;
  if (!gpu.headings.includes('Retired Pages'))
    return { line, pciBusId, singleBit: null, doubleBit: null, pending: null };
  return {
    line,
    pciBusId,
    singleBit: entryNumber(gpu, 'Retired Pages', 'Single Bit ECC', ''),
    doubleBit: entryNumber(gpu, 'Retired Pages', 'Double Bit ECC', ''),
    pending: pendingOf(gpu),
  };
}

/** Called "Pending" by drivers before 410. */
function pendingOf(gpu: SmiSection): boolean | null {
  const entry = entryOf(gpu, 'Retired Pages', 'Pending Page Blacklist', 'Pending');
  if (entry === null) return null;
  if (entry.value !== 'Yes' && entry.value !== 'No')
    throw new ProbeParseError(`line ${entry.line}: neither Yes nor No`);
  return entry.value === 'Yes';
}

// DCGM_LIMIT_MAX_RETIRED_PAGES: NVIDIA's field diagnostic fails a board with more.
const pagesMax = 63;
// DCGM_LIMIT_MAX_RETIRED_PAGES_SOFT_LIMIT: more than these, all after double-bit errors, fail it too.
const doubleBitPagesMax = 15;

function judge(row: Gpu, device: Device): readonly ProbeFinding[] {
  const [singleBit, doubleBit] = [row.singleBit ?? 0, row.doubleBit ?? 0];
  const total = singleBit + doubleBit;
  const over = total > pagesMax || doubleBit > doubleBitPagesMax;
  const kind = over ? many : row.pending === true ? pending : total > 0 ? some : null;
  if (kind === null) return [];
  return [
    {
      kind: kind.id,
      device,
      text: `${total} pages retired, ${doubleBit} of them after double-bit errors${row.pending === true ? '; more wait' : ''}`,
      line: row.line,
      values: { pagesRetiredSingleBit: singleBit, pagesRetiredDoubleBit: doubleBit },
    },
  ];
}
