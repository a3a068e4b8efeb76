import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeOutput } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';

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

export interface ClockReading {
  readonly synchronised: boolean;
  /** Hops to a reference clock; 0 without a source. */
  readonly stratum: number;
  /** Milliseconds between the clock and what the daemon thinks is right, without a sign. */
  readonly offMs: number;
  /** Where it stands. */
  readonly line: number;
}

export const noTimeServer: ClockReading = { synchronised: false, stratum: 0, offMs: 0, line: 1 };

// NodeClockSkewDetected of the node exporter's own alerts.
const offMsMin = 50;

/** How well a daemon keeps the clock of the node. */
export function clockProbe(spec: {
  readonly id: string;
  readonly insteadOf?: string;
  readonly summary: string;
  /** As it calls itself. */
  readonly daemon: string;
  readonly command: readonly string[];
  readonly parse: (output: ProbeOutput) => ClockReading;
}): Probe<NoArgs, ClockReading> {
  return {
    ...hostRead,
    id: spec.id,
    ...(spec.insteadOf === undefined ? {} : { insteadOf: spec.insteadOf }),
    summary: spec.summary,
    question: 'Is the clock of the node right?',
    aspect: 'correctness',
    costMs: 60,
    outputBytesMax: 4_096,
    argv: () => spec.command,
    parse: spec.parse,
    outcomes: [notSynchronised, offTime, right, unlike],
    meaning({ synchronised, stratum, offMs, line }) {
      const values = { offMs, stratum };
      if (!synchronised)
        return [{ kind: notSynchronised.id, text: `${spec.daemon} does not follow a time server`, values }];
      const text = `the clock is ${offMs} ms off, at stratum ${stratum}`;
      return [{ kind: offMs >= offMsMin ? offTime.id : right.id, text, line, values }];
    },
    siblings: {
      kind: unlike,
      numbers: ({ synchronised, offMs, line }) =>
        synchronised ? [{ name: 'offMs', value: offMs, unit: 'ms', line }] : [],
      rules: [{ name: 'offMs', side: 'high', relative: 1, absolute: offMsMin, source: offTime.source }],
    },
  };
}
