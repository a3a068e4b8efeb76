import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { pathValues } from './path-values.ts';

const source = 'https://docs.kernel.org/admin-guide/mm/hugetlbpage.html';

const reserved: FindingKind = {
  id: 'host.hugepages.many-reserved',
  summary: 'much memory is reserved for huge pages, where nothing else may use it',
  role: 'symptom',
  weighs: { 'host-oom': 1 },
  source,
};
const always: FindingKind = {
  id: 'host.hugepages.always',
  summary: 'all memory is to be made of huge pages: allocations may wait until memory is moved together',
  role: 'context',
  weighs: { 'dataloader-stall': 0.2 },
  source: 'https://docs.kernel.org/admin-guide/mm/transhuge.html',
};
const few: FindingKind = {
  id: 'host.hugepages.few-reserved',
  summary: 'little or no memory is reserved for huge pages',
  role: 'clean',
  weighs: { 'host-oom': -0.1 },
  source,
};
const unlike = unlikeSiblings('host.hugepages', 'the memory reserved for huge pages', { 'host-oom': 0.7 });
const kinds = [reserved, always, few, unlike];

interface Reading {
  /** `always`, `madvise` or `never`; null where the kernel has none. */
  readonly transparent: string | null;
  readonly transparentLine: number;
  readonly reserved: number;
  readonly reservedLine: number;
}

// Pages of 2 MiB, the default of x86: 64 GiB, which is where a reservation takes more than a few percent of a host with
// 1 or 2 TiB. Sites that reserve more do so for something that they know.
const manyMin = 32_768;

/** Huge pages. */
export const hostHugepages: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.hugepages',
  summary: 'memory that is reserved for huge pages, and the setting for transparent ones',
  question: 'Is memory of the host reserved for huge pages that nobody uses?',
  aspect: 'performance',
  costMs: 40,
  outputBytesMax: 1_024,
  argv: () => ['grep', '-H', '.', '/sys/kernel/mm/transparent_hugepage/enabled', '/proc/sys/vm/nr_hugepages'],
  parse(output) {
    const values = pathValues(output);
    const pages = values.find(({ path }) => path === '/proc/sys/vm/nr_hugepages');
    const enabled = values.find(({ path }) => path === '/sys/kernel/mm/transparent_hugepage/enabled');
    const chosen = enabled === undefined ? null : /\[(always|madvise|never)\]/.exec(enabled.value);
    if (pages === undefined || !/^\d+$/.test(pages.value) || (enabled !== undefined && chosen === null))
      throw new ProbeParseError('no setting of huge pages');
    return {
      transparent: chosen?.[1] ?? null,
      transparentLine: enabled?.line ?? pages.line,
      reserved: Number(pages.value),
      reservedLine: pages.line,
    };
  },
  outcomes: kinds,
  meaning({ transparent, transparentLine, reserved: pages, reservedLine }) {
    const seen: ProbeFinding[] = [];
    const text = `${pages} huge pages reserved, transparent ones ${transparent ?? 'not known'}`;
    if (pages >= manyMin) seen.push({ kind: reserved.id, text, line: reservedLine, values: { pages } });
    if (transparent === 'always')
      seen.push({ kind: always.id, text: 'transparent huge pages: always', line: transparentLine });
    return orClean(seen, kinds, { kind: few.id, text, line: reservedLine, values: { pages } });
  },
  siblings: {
    kind: unlike,
    numbers: ({ reserved: pages, reservedLine }) => [
      { name: 'reserved', value: pages, unit: 'pages', line: reservedLine },
    ],
    rules: [{ name: 'reserved', side: 'high', relative: 0.5, absolute: 1_024, source: unlike.source }],
  },
};
