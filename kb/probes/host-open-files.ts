import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr';

const nearlyAll: FindingKind = {
  id: 'host.open-files.nearly-all',
  summary: 'nearly all of the open files that the kernel allows are in use',
  role: 'cause',
  weighs: { 'ulimit-too-low': 2.5 },
  source: 'https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/alerts/alerts.libsonnet',
};
const few: FindingKind = {
  id: 'host.open-files.few',
  summary: 'the kernel allows many more open files than are in use',
  role: 'clean',
  // A process runs into its own limit long before.
  weighs: { 'ulimit-too-low': -0.2 },
  source,
};
const unlike = unlikeSiblings('host.open-files', 'the number of open files', { 'ulimit-too-low': 0.4 });

interface Reading {
  readonly open: number;
  readonly max: number;
}

// NodeFileDescriptorLimit of the node exporter's own alerts, its critical form.
const nearlyAllShare = 0.9;

/** Open files of the whole host against the kernel's limit. */
export const hostOpenFiles: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.open-files',
  summary: 'open files of the host against the limit of the kernel',
  question: 'Does the host run out of open files?',
  aspect: 'correctness',
  costMs: 40,
  outputBytesMax: 1_024,
  argv: () => ['cat', '/proc/sys/fs/file-nr'],
  parse(output) {
    const [only, ...more] = requiredLines(output, 'cat');
    const match = /^(\d+)\t(\d+)\t(\d+)$/.exec(only?.text ?? '');
    if (match === null || more.length > 0) throw new ProbeParseError('not the text of /proc/sys/fs/file-nr');
    return { open: Number(match[1]) - Number(match[2]), max: Number(match[3]) };
  },
  outcomes: [nearlyAll, few, unlike],
  meaning({ open, max }) {
    const kind = open >= nearlyAllShare * max ? nearlyAll : few;
    return [{ kind: kind.id, text: `${open} of ${max} open files`, line: 1, values: { open, max } }];
  },
  siblings: {
    kind: unlike,
    numbers: ({ open, max }) => [
      { name: 'open', value: open, unit: 'files', line: 1 },
      { name: 'max', value: max, unit: 'files', line: 1 },
    ],
    rules: [
      { name: 'open', side: 'high', relative: 3, absolute: 50_000, source: unlike.source },
      { name: 'max', side: 'low', relative: 0.5, absolute: 1_000, source: unlike.source },
    ],
  },
};
