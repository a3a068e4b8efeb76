import type { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbedNode, ProbeFinding, SiblingRule, ProbeNumber } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { complaintOf, measureReport, type MeasureReport } from './measure-report.ts';

const scriptSource = 'infra/gate/wardround-measure.sh';

/** Somebody uses the device: nothing was measured, and nothing is known. */
export const deviceBusy: FindingKind = {
  id: 'measure.device.busy',
  summary: 'the device is busy, so nothing was measured',
  role: 'context',
  weighs: {},
  source: scriptSource,
};
/** The tool's own trouble (memory, libraries, rights on a file system) looks the same as the device's. */
export const noFigure: FindingKind = {
  id: 'measure.tool.no-figure',
  summary: 'the measuring tool ended without a figure',
  role: 'context',
  weighs: {},
  source: scriptSource,
};
export const notInitialized: FindingKind = {
  id: 'measure.cuda.not-initialized',
  summary: 'CUDA says that the system is not yet initialized: NVSwitch boards wait for the fabric manager',
  role: 'symptom',
  weighs: { 'fabricmanager-not-running': 4, 'nvlink-fabric-error': 1 },
  // cudaErrorSystemNotReady, error 802
  source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html',
};

export type Measured<Figures> =
  | { readonly state: 'busy'; readonly why: string }
  | { readonly state: 'no-figure'; readonly exit: number; readonly said: string; readonly line: number }
  | { readonly state: 'measured'; readonly seconds: number; readonly figures: Figures };

export type RanReport = Extract<MeasureReport, { readonly state: 'ran' }>;

/** A probe that runs one verb of `wardround-measure`. Its device must be idle, else it reads as busy. */
export function measureProbe<Args extends object, Figures>(spec: {
  readonly id: string;
  readonly verb: string;
  readonly summary: string;
  readonly question: string;
  readonly aspect: Probe['aspect'];
  /** Typical, of one device. */
  readonly costMs: number;
  /** Longer than the script's own time for the verb. */
  readonly timeoutMs: number;
  readonly args: z.ZodType<Args>;
  readonly allow: readonly string[];
  words(args: Args): readonly string[];
  readonly devices?: NonNullable<Probe<Args>['devices']>;
  readonly otherSide?: NonNullable<Probe<Args>['otherSide']>;
  readonly kinds: readonly FindingKind[];
  /** Null when the tool printed no figure. */
  read(report: RanReport): Figures | null;
  judge(figures: Figures, node?: ProbedNode, args?: Args): readonly ProbeFinding[];
  clean(figures: Figures, node?: ProbedNode, args?: Args): ProbeFinding;
  readonly siblings: {
    numbers(figures: Figures, node?: ProbedNode): readonly ProbeNumber[];
    readonly rules: readonly SiblingRule[];
    readonly kind: FindingKind;
  };
}): Probe<Args, Measured<Figures>> {
  const outcomes = [...spec.kinds, notInitialized, deviceBusy, noFigure];
  return {
    id: spec.id,
    platform: 'nvidia-linux',
    summary: spec.summary,
    question: spec.question,
    aspect: spec.aspect,
    side: 'supply',
    impact: 'load',
    privilege: 'root',
    costMs: spec.costMs,
    timeoutMs: spec.timeoutMs,
    outputBytesMax: 65_536,
    args: spec.args,
    ...(spec.devices === undefined ? {} : { devices: spec.devices }),
    ...(spec.otherSide === undefined ? {} : { otherSide: spec.otherSide }),
    argv: (args) => ['sudo', '-n', 'wardround-measure', ...spec.words(args)],
    allow: spec.allow,
    parse(output) {
      const report = measureReport(output, spec.verb);
      if (report.state === 'busy') return report;
      const figures = report.exit === 0 ? spec.read(report) : null;
      if (figures !== null) return { state: 'measured', seconds: report.seconds, figures };
      const said = complaintOf(report.lines);
      return {
        state: 'no-figure',
        exit: report.exit,
        said: (said?.text ?? '').trim().slice(0, 200),
        line: said?.line ?? 1,
      };
    },
    outcomes,
    meaning(reading, node, args) {
      if (reading.state === 'busy') return [{ kind: deviceBusy.id, text: `not measured: ${reading.why}` }];
      if (reading.state === 'no-figure') return [withoutFigure(reading)];
      const seen = spec.judge(reading.figures, node, args);
      return orClean(seen, outcomes, spec.clean(reading.figures, node, args));
    },
    siblings: {
      numbers: (reading, node) => (reading.state === 'measured' ? spec.siblings.numbers(reading.figures, node) : []),
      rules: spec.siblings.rules,
      kind: spec.siblings.kind,
    },
  };
}

function withoutFigure({
  exit,
  said,
  line,
}: Extract<Measured<unknown>, { readonly state: 'no-figure' }>): ProbeFinding {
  const kind = /system not yet initialized|CUDA_ERROR_SYSTEM_NOT_READY/.test(said) ? notInitialized : noFigure;
  const why = exit === 124 ? 'its time was up' : `exit ${exit}`;
  return { kind: kind.id, text: `no figure (${why}): ${said}`, line, values: { exit } };
}
