import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { rounded } from './rounded.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://chrony-project.org/doc/4.3/chronyc.html';

const notSynchronised: FindingKind = {
  id: 'host.clock.not-synchronised',
  summary: 'the clock of the node follows no time server',
  role: 'cause',
  // What breaks first is what compares times of two machines: credentials, leases and dates of files. By itself it harms
  // nobody for days.
  weighs: { 'permission-misconfig': 1.2, 'shared-fs-problem': 0.4 },
  source,
};
const offTime: FindingKind = {
  id: 'host.clock.off',
  summary: 'the clock of the node is off, and its logs must not be lined up with those of others',
  role: 'cause',
  weighs: { 'permission-misconfig': 1.2, 'shared-fs-problem': 0.5 },
  source: 'https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/alerts/alerts.libsonnet',
};
const right: FindingKind = {
  id: 'host.clock.right',
  summary: 'the clock of the node follows a time server closely',
  role: 'clean',
  weighs: { 'permission-misconfig': -0.1, 'shared-fs-problem': -0.1 },
  source,
};
const unlike = unlikeSiblings('host.clock', 'the clock', { 'permission-misconfig': 0.5, 'shared-fs-problem': 0.4 });

interface Reading {
  readonly synchronised: boolean;
  /** Hops to a reference clock; 0 without a source. */
  readonly stratum: number;
  /** Milliseconds between the clock and what chrony thinks is right, without a sign. */
  readonly offMs: number;
}

// NodeClockSkewDetected of the node exporter's own alerts.
const offMsMin = 50;

/** How well chrony keeps the clock. */
export const hostClockSync: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.clock-sync',
  summary: 'how far the clock of the node is off, and whether it follows a time server',
  question: 'Is the clock of the node right?',
  aspect: 'correctness',
  costMs: 60,
  outputBytesMax: 4_096,
  argv: () => ['chronyc', '-c', 'tracking'],
  parse(output) {
    requireTool(output, 'chronyc');
    const said = `${output.stdout}\n${output.stderr}`;
    // Installed, and its daemon does not run: the clock is nobody's business.
    if (output.exitCode === 1 && /^506 Cannot talk to daemon$/m.test(said))
      return { synchronised: false, stratum: 0, offMs: 0 };
    const [only, ...more] = numberedLines(output);
    const fields = (only?.text ?? '').split(',');
    // From the end, as releases differ in whether the source has one field or two: ... stratum, time of the reference,
    // offset, and nine more, the last of which is the leap status.
    const [stratum, , offset] = fields.slice(-12);
    const leap = fields.at(-1) ?? '';
    if (
      more.length > 0 ||
      fields.length < 13 ||
      !/^\d+$/.test(stratum ?? '') ||
      !/^-?\d+\.\d+$/.test(offset ?? '') ||
      !/^(?:Normal|Insert second|Delete second|Not synchronised)$/.test(leap)
    )
      throw new ProbeParseError(`not an answer of chronyc -c tracking (exit ${output.exitCode ?? 'unknown'})`);
    return {
      synchronised: leap !== 'Not synchronised',
      stratum: Number(stratum),
      offMs: rounded(Math.abs(Number(offset)) * 1000, 3),
    };
  },
  outcomes: [notSynchronised, offTime, right, unlike],
  meaning({ synchronised, stratum, offMs }) {
    const values = { offMs, stratum };
    if (!synchronised) return [{ kind: notSynchronised.id, text: 'chrony does not follow a time server', values }];
    const text = `the clock is ${offMs} ms off, at stratum ${stratum}`;
    return [{ kind: offMs >= offMsMin ? offTime.id : right.id, text, line: 1, values }];
  },
  siblings: {
    kind: unlike,
    numbers: ({ synchronised, offMs }) => (synchronised ? [{ name: 'offMs', value: offMs, unit: 'ms', line: 1 }] : []),
    rules: [{ name: 'offMs', side: 'high', relative: 1, absolute: offMsMin, source: offTime.source }],
  },
};
