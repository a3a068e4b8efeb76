import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';
import { versionNumber } from './version-number.ts';

const source = 'https://github.com/huggingface/accelerate/issues/1929';

const old: FindingKind = {
  id: 'kernel.version.old',
  summary: 'the kernel is older than training frameworks ask for; processes may hang',
  role: 'context',
  weighs: { 'framework-bug': 0.4, 'gpu-driver-bug': 0.2 },
  source,
};
const recent: FindingKind = {
  id: 'kernel.version.recent',
  summary: 'the kernel is as recent as training frameworks ask for',
  role: 'clean',
  weighs: { 'framework-bug': -0.1 },
  source,
};
const unlike = unlikeSiblings('kernel.version', 'the kernel', {
  'driver-version-mismatch': 1,
  'gdr-peermem-missing': 0.7,
  'gpu-driver-bug': 0.4,
});

interface Reading {
  /** Such as `5.15.0-91-generic`. */
  readonly release: string;
  readonly number: number;
  /** Such as `x86_64`. */
  readonly machine: string;
}

// Accelerate warns below 5.5.0, in its own words: "this can cause the process to hang".
const releaseMin = '5.5.0';

/** Which kernel the node runs. */
export const kernelVersion: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'kernel.version',
  summary: 'release of the running kernel, against what frameworks ask for and against the other nodes',
  question: 'Which kernel does the node run, and do the others run the same?',
  aspect: 'correctness',
  costMs: 40,
  outputBytesMax: 1_024,
  argv: () => ['uname', '-srvm'],
  parse(output) {
    const [only, ...more] = requiredLines(output, 'uname');
    const match = /^Linux (\S+) .+ (\S+)$/.exec(only?.text ?? '');
    const release = match?.[1] ?? '';
    const number = versionNumber(release);
    if (match === null || number === null || more.length > 0)
      throw new ProbeParseError('not an answer of uname -srvm on Linux');
    return { release, number, machine: match[2] ?? '' };
  },
  outcomes: [old, recent, unlike],
  meaning({ release, number, machine }) {
    const kind = number < (versionNumber(releaseMin) ?? 0) ? old : recent;
    return [{ kind: kind.id, text: `Linux ${release} on ${machine}`, line: 1, values: { release, machine } }];
  },
  siblings: {
    kind: unlike,
    numbers: ({ number }) => [{ name: 'release', value: number, unit: 'version', line: 1 }],
    rules: [{ name: 'release', side: 'both', relative: 0, absolute: 0, source: unlike.source }],
    // Flavours of one release have one number.
    words: ({ release, machine }) => [
      { name: 'release', value: release, line: 1 },
      { name: 'machine', value: machine, line: 1 },
    ],
  },
};
