import { detectors } from '../../../kb/detectors/index.ts';
import { sequenceDetectors } from '../../../kb/detectors/sequences/index.ts';
import { scanBytes } from '../../../kb/logs/scan.ts';
import { metricDetectors } from '../../../kb/metrics/index.ts';
import { assess } from '../../../kb/performance/assess.ts';
import { probes } from '../../../kb/probes/index.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { reason, type Reasoned } from '../../../kb/reasoning/rounds.ts';
import type { ReasonInput } from '../../../kb/reasoning/scene.ts';
import type { MetricMatch, MetricRange, MetricSeries } from '../../../kb/schemas/metric.ts';
import { ProbeParseError } from '../../../kb/schemas/probe.ts';
import type { Device, Finding, ProbeWish } from '../../../workflows/domain/finding.ts';
import { busId } from './slow-job.ts';

/** Four nodes of eight GPUs, one rank each; times in these tests are seconds relative to the alert. */
export const nodes = ['node-01', 'node-02', 'node-03', 'node-04'] as const;
export const alertAtMs = Date.UTC(2026, 10, 21, 3, 40, 0);
const minuteMs = 60_000;
const fromMs = alertAtMs - 45 * minuteMs;
const toMs = alertAtMs + 2 * minuteMs;
const stepMs = 15_000;

export const ranks = nodes.flatMap((node, at) =>
  Array.from({ length: 8 }, (_one, gpu) => ({ rank: 8 * at + gpu, node, gpu })),
);

/** One source: what one rank or one kernel wrote. */
export interface Source {
  readonly node?: string;
  readonly rank?: number;
  readonly text: string;
}

export interface Answer {
  readonly probeId: string;
  readonly node: string;
  /** What the tool printed, or which of the probe's outcomes it meant. */
  readonly stdout?: string;
  readonly says?: readonly {
    readonly kind: string;
    readonly device?: Device;
    readonly atMs?: number;
    readonly values?: Readonly<Record<string, number | string>>;
  }[];
}

export interface World {
  readonly sources: readonly Source[];
  readonly metrics: readonly MetricSeries[] | null;
  readonly answers: readonly Answer[];
  /** Probes that nobody answers on these nodes. */
  readonly unreachable?: readonly string[];
  /** Nodes whose kernel has killed for want of memory, where no line of it is here. */
  readonly killed?: readonly string[];
}

const atMsOf = (seconds: number): number => alertAtMs + 1000 * seconds;
export const iso = (seconds: number): string => new Date(atMsOf(seconds)).toISOString().slice(0, 19);

/** Lines of `dmesg --time-format iso`, and of a shipped kernel log. */
export const dmesg = (lines: readonly (readonly [seconds: number, text: string])[]): string =>
  lines.map(([seconds, text]) => `${iso(seconds)},123456+00:00 ${text}\n`).join('');
export const kernelLog = (node: string, lines: readonly (readonly [seconds: number, text: string])[]): Source => ({
  node,
  text: lines.map(([seconds, text]) => `${iso(seconds)}.123456+00:00 ${node} kernel: ${text}\n`).join(''),
});
export const rankLog = (rank: number, lines: readonly (readonly [seconds: number, text: string])[]): Source => {
  const place = ranks[rank];
  if (place === undefined) throw new Error(`no rank ${rank}`);
  return { rank, node: place.node, text: lines.map(([seconds, text]) => timed(seconds, text)).join('') };
};
const timed = (seconds: number, text: string): string => `[${iso(seconds).replace('T', ' ')},123] ${text}\n`;

const moments = (untilS: number, fromS = -44 * 60): readonly number[] => {
  const found: number[] = [];
  for (let seconds = fromS; seconds <= untilS; seconds += stepMs / 1000) found.push(seconds);
  return found;
};
const ripple = (seconds: number): number => 1 + 0.01 * Math.sin(seconds / 40);
export const points = (value: (seconds: number) => number, untilS = 90, fromS?: number): MetricSeries['points'] =>
  moments(untilS, fromS).map((seconds) => [atMsOf(seconds), value(seconds)] as const);

/** Step time of the job: how long a step takes at a time, until the last of them. */
export const steps = (untilS = 90, secondsPerStep: (at: number) => number = () => 4.1): MetricSeries => ({
  name: 'training_step_seconds',
  labels: { job: 'llm-70b' },
  points: points((at) => secondsPerStep(at) * ripple(at), untilS),
});
/** Power of every GPU: what shows that metrics are still collected after the job's end. */
export const power = (untilS = 90): readonly MetricSeries[] =>
  ranks.map(({ node, gpu }) => ({
    name: 'DCGM_FI_DEV_POWER_USAGE',
    labels: { Hostname: node, gpu: String(gpu) },
    points: points((at) => (at > untilS ? 62 : 345) * ripple(at)),
  }));
export const gpuGauge = (name: string, node: string, gpu: number, value: (at: number) => number): MetricSeries => ({
  name,
  labels: { Hostname: node, gpu: String(gpu), pci_bus_id: busId(gpu) },
  points: points(value),
});

function logFindings({ sources }: World): readonly Finding[] {
  return scanBytes(
    sources.map(({ node, rank, text }, at) => ({
      source: `source-${at}`,
      evidenceId: `ev_${at}`,
      referenceMs: toMs,
      bytes: new TextEncoder().encode(text),
      ...(node === undefined ? {} : { node }),
      ...(rank === undefined ? {} : { rank }),
    })),
    detectors,
    sequenceDetectors,
  );
}

function metricFindings({ metrics }: World): readonly Finding[] {
  if (metrics === null) return [];
  const range: MetricRange = { fromMs, toMs, alertAtMs, stepMs, series: metrics, missing: [] };
  const matches = [
    ...metricDetectors.flatMap((detector) => detector.evaluate(range)),
    ...assess(range, () => 'NVIDIA A800-SXM4-80GB').matches,
  ];
  return matches.map((match, at) => toFinding(match, `m_${at}`, { evidenceId: 'ev_metrics', source: 'metrics' }));
}

function toFinding({ values, atMs, ...match }: MetricMatch, id: string, range: Finding['range']): Finding {
  const role = knowledge.kinds.get(match.kind)?.role;
  if (role === undefined) throw new Error(`kind ${match.kind} is not registered`);
  return {
    ...match,
    id,
    role,
    count: 1,
    range,
    ...(values === undefined ? {} : { values }),
    ...(atMs === undefined ? {} : { atMs }),
  };
}

/** What nodes answer: as the world says, else with the probe's clean outcome. */
function ask(world: World, wishes: readonly ProbeWish[]): readonly Finding[] {
  return wishes.flatMap(({ probeId, nodes: asked }) => asked.flatMap((node) => askOne(world, probeId, node)));
}

function askOne(world: World, probeId: string, node: string): readonly Finding[] {
  if (world.unreachable?.includes(node) === true) return [];
  const probe = probes.find(({ id }) => id === probeId);
  const answer = world.answers.find((one) => one.probeId === probeId && one.node === node);
  const range = { evidenceId: `ev_${probeId}_${node}`, source: `probe ${probeId} on ${node}` };
  if (answer?.stdout !== undefined && probe !== undefined) {
    try {
      const seen = probe.meaning(probe.parse({ stdout: answer.stdout, stderr: '', exitCode: 0 }));
      return seen.map(({ line, count, ...one }, at) => ({
        ...toFinding({ ...one, node }, `p_${probeId}_${node}_${at}`, line === undefined ? range : { ...range, line }),
        count: count ?? 1,
      }));
    } catch (error) {
      if (error instanceof ProbeParseError) throw new Error(`${probeId}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  if (answer?.says !== undefined)
    return answer.says.map((one, at) =>
      toFinding({ ...one, node, text: 'as told' }, `p_${probeId}_${node}_${at}`, range),
    );
  // The kernel counts what it has killed; a node that says otherwise beside such a line would be of no world.
  if (probeId === 'host.oom-kills' && hasKilled(world, node))
    return [toFinding({ kind: 'host.oom-kills.since-boot', node, text: 'killed' }, `p_${probeId}_${node}`, range)];
  const clean = probe?.outcomes.find(({ role }) => role === 'clean');
  return clean === undefined ? [] : [toFinding({ kind: clean.id, node, text: 'clean' }, `p_${probeId}_${node}`, range)];
}

function hasKilled({ sources, answers, killed = [] }: World, node: string): boolean {
  const kernels = sources.filter((source) => source.node === node && source.rank === undefined).map(({ text }) => text);
  const asked = answers
    .filter((one) => one.probeId === 'kernel.log' && one.node === node)
    .map(({ stdout = '' }) => stdout);
  return killed.includes(node) || [...kernels, ...asked].some((text) => /Killed process \d/.test(text));
}

export interface Told {
  readonly last: Reasoned;
  readonly asked: readonly ProbeWish[];
  readonly rounds: readonly Reasoned[];
  /** All that was read in the end. */
  readonly findings: readonly Finding[];
}

const batchesMax = 3;
const refutingBatchesMax = 2;

/** The rounds as the workflow runs them. */
export function diagnoseWorld(world: World): Told {
  const rounds: Reasoned[] = [];
  const asked: ProbeWish[] = [];
  let findings = [...logFindings(world), ...metricFindings(world)];
  const think = (round: ReasonInput['round']): Reasoned => {
    const result = reason(
      {
        round,
        findings,
        recalled: [],
        nodes,
        gpus: nodes.flatMap((node) =>
          Array.from({ length: 8 }, (_one, index) => ({ node, index, pciBusId: busId(index) })),
        ),
        ranks,
        window: { fromMs, alertAtMs },
        firstProbes: [],
        probesRun: asked,
        previousGraph: rounds.at(-1)?.graph ?? null,
        evidence: new Map(),
      },
      knowledge,
    );
    rounds.push(result);
    return result;
  };
  const run = (wishes: readonly ProbeWish[]): void => {
    findings = [...findings, ...ask(world, wishes)];
    asked.push(...wishes);
  };
  think(1);
  let second = think(2);
  for (let batch = 0; batch < batchesMax && second.wantedProbes.length > 0; batch += 1) {
    run(second.wantedProbes);
    second = think(2);
  }
  let last = think(3);
  for (let batch = 0; batch < refutingBatchesMax && last.verdict === null; batch += 1) {
    run(last.wantedProbes);
    last = think(3);
  }
  return { last, asked, rounds, findings };
}
