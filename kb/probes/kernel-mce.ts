import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { pathValues } from './path-values.ts';
import { growth } from './second-read.ts';

const source = 'https://docs.kernel.org/admin-guide/RAS/main.html';

const uncorrected: FindingKind = {
  id: 'kernel.mce.uncorrected',
  summary: 'a memory controller of the host counted errors that could not be corrected',
  role: 'cause',
  weighs: { 'host-hardware-fault': 4 },
  source,
};
const growing: FindingKind = {
  id: 'kernel.mce.corrected-growing',
  summary: 'a memory controller of the host corrects errors at this moment',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 2 },
  source,
};
const many: FindingKind = {
  id: 'kernel.mce.corrected-many',
  summary: 'a memory controller of the host corrected very many errors since the boot',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.2 },
  source: 'https://www.mcelog.org/config.html',
};
const notCounted: FindingKind = {
  id: 'kernel.mce.not-counted',
  summary: 'the kernel counts no memory errors on this host',
  role: 'context',
  weighs: {},
  source,
};
const none: FindingKind = {
  id: 'kernel.mce.none',
  summary: 'the memory controllers of the host counted no more errors than usual',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.5 },
  source,
};
const unlike = unlikeSiblings('kernel.mce', 'the number of corrected memory errors', { 'host-hardware-fault': 1 });
const kinds = [uncorrected, growing, many, notCounted, none, unlike];

interface Controller {
  /** Such as `mc0`. */
  readonly name: string;
  readonly corrected: number;
  readonly uncorrected: number;
  readonly line: number;
  /** Errors between two reads. */
  readonly grown?: { readonly corrected: number; readonly uncorrected: number };
}
interface Reading {
  readonly controllers: readonly Controller[];
}

// mcelog begins to take pages out of use at ten corrected errors of a DIMM in a day; this is a hundred such days.
const manyMin = 1_000;

/** Memory errors of the host as the kernel's EDAC drivers count them. */
export const kernelMce: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'kernel.mce',
  summary: 'corrected and uncorrectable memory errors of the host, by memory controller',
  question: 'Does the memory of the host have errors?',
  aspect: 'stability',
  costMs: 60,
  outputBytesMax: 65_536,
  argv: () => ['grep', '-rH', '.', '/sys/devices/system/edac/mc', '--include=ce_count', '--include=ue_count'],
  parse: (output) => ({ controllers: controllersIn(pathValues(output)) }),
  outcomes: kinds,
  meaning({ controllers }) {
    if (controllers.length === 0)
      return [{ kind: notCounted.id, text: 'no memory controller with error counters; no EDAC driver is loaded' }];
    return orClean(controllers.flatMap(judge), kinds, {
      kind: none.id,
      text: `${controllers.length} memory controllers, ${sum(controllers, 'corrected')} corrected errors since the boot`,
    });
  },
  again: {
    gapMs: 2_000,
    combine: (first, second) => ({
      controllers: second.controllers.map((one) => {
        const before = first.controllers.find(({ name }) => name === one.name);
        if (before === undefined) return one;
        return {
          ...one,
          grown: {
            corrected: growth(before.corrected, one.corrected) ?? 0,
            uncorrected: growth(before.uncorrected, one.uncorrected) ?? 0,
          },
        };
      }),
    }),
  },
  siblings: {
    kind: unlike,
    numbers: ({ controllers }) =>
      controllers.length === 0 ? [] : [{ name: 'corrected', value: sum(controllers, 'corrected'), unit: 'count' }],
    rules: [{ name: 'corrected', side: 'high', relative: 3, absolute: 100, source: many.source }],
  },
};

/** Counts of whole controllers; those of their rows are parts of them. */
function controllersIn(values: ReturnType<typeof pathValues>): readonly Controller[] {
  const found = new Map<string, Controller>();
  for (const { path, value, line } of values) {
    const match = /\/edac\/mc\/(mc\d+)\/(?:(?:csrow|rank|dimm)\d+\/)?(ce|ue)_count$/.exec(path);
    if (match === null || !/^\d+$/.test(value))
      throw new ProbeParseError(`line ${line}: not a count of an EDAC driver`);
    if (!path.endsWith(`/${match[1]}/${match[2]}_count`)) continue;
    const name = match[1] ?? '';
    const known = found.get(name) ?? { name, corrected: 0, uncorrected: 0, line };
    const count = Number(value);
    // The line to show is the one that is not 0.
    const at = count > 0 ? { line } : {};
    found.set(name, { ...known, ...(match[2] === 'ce' ? { corrected: count } : { uncorrected: count }), ...at });
  }
  return [...found.values()];
}

function judge({ name, corrected, uncorrected: broken, line, grown }: Controller): readonly ProbeFinding[] {
  const values = { controller: name, corrected, uncorrected: broken };
  if (broken > 0)
    return [
      { kind: uncorrected.id, text: `${name}: ${broken} uncorrectable memory errors since the boot`, line, values },
    ];
  if ((grown?.corrected ?? 0) > 0)
    return [
      {
        kind: growing.id,
        text: `${name}: ${grown?.corrected} memory errors corrected between two reads`,
        line,
        values,
      },
    ];
  if (corrected >= manyMin)
    return [{ kind: many.id, text: `${name}: ${corrected} memory errors corrected since the boot`, line, values }];
  return [];
}

function sum(controllers: readonly Controller[], field: 'corrected' | 'uncorrected'): number {
  return controllers.reduce((total, one) => total + one[field], 0);
}
