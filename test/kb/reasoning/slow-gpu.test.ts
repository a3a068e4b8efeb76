import { describe, expect, it } from 'vitest';
import { metricDetectors } from '../../../kb/metrics/index.ts';
import { assess } from '../../../kb/performance/assess.ts';
import { gpuClocks } from '../../../kb/probes/gpu-clocks.ts';
import { probes } from '../../../kb/probes/index.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { reason, type Reasoned } from '../../../kb/reasoning/rounds.ts';
import type { ReasonInput } from '../../../kb/reasoning/scene.ts';
import type { MetricMatch, MetricRange } from '../../../kb/schemas/metric.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';
import type { Finding, ProbeWish } from '../../../workflows/domain/finding.ts';
import { busId, slowJob, without, type SlowJob } from './slow-job.ts';

function metricFindings(range: MetricRange): readonly Finding[] {
  const matches = [
    ...metricDetectors.flatMap((detector) => detector.evaluate(range)),
    ...assess(range, () => 'NVIDIA A800-SXM4-80GB').matches,
  ];
  return matches.map((match, index) => toFinding(match, `m_${index}`, { evidenceId: 'ev_metrics', source: 'metrics' }));
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

/** What nvidia-smi prints on a node of the job while one GPU is locked at its lowest clock. */
function clockOutput(job: SlowJob, node: string): string {
  return Array.from({ length: 8 }, (_, gpu) => {
    const low = node === job.slow?.node && gpu === job.slow.gpu;
    const uuid = `GPU-00000000-0000-0000-0000-0000000000${node.slice(-2)}`;
    return `${gpu}, ${uuid}, ${busId(gpu)}, ${low ? 210 : 1395}, 1410, 0x0000000000000000, 100, ${low ? 95.4 : 177.8}, 400.00, ${low ? 41 : 47}`;
  })
    .map((line) => `${line}\n`)
    .join('');
}

/** Answers wishes as nodes would whose only trouble is that clock; other probes answer with their clean outcome. */
function answer(job: SlowJob, wishes: readonly ProbeWish[], known: ReadonlySet<string>): readonly Finding[] {
  return wishes.flatMap(({ probeId, nodes }) =>
    nodes.flatMap((node) => {
      const range = { evidenceId: `ev_${probeId}_${node}`, source: `probe ${probeId} on ${node}` };
      if (probeId === gpuClocks.id) {
        const reading = gpuClocks.parse({ stdout: clockOutput(job, node), stderr: '', exitCode: 0 });
        return gpuClocks
          .meaning(reading)
          .map(({ line, ...finding }, index) =>
            toFinding(
              { ...finding, node },
              `p_${probeId}_${node}_${index}`,
              line === undefined ? range : { ...range, line },
            ),
          );
      }
      const probe: Probe | undefined = probes.find(({ id }) => id === probeId);
      const clean = probe?.outcomes.find(({ role, id }) => role === 'clean' && known.has(id));
      return clean === undefined
        ? []
        : [toFinding({ kind: clean.id, node, text: 'clean' }, `p_${probeId}_${node}`, range)];
    }),
  );
}

interface Told {
  readonly rounds: readonly Reasoned[];
  readonly asked: readonly ProbeWish[];
  readonly last: Reasoned;
}

/** The rounds as the workflow runs them. */
function runRounds(job: SlowJob, findings: readonly Finding[]): Told {
  const rounds: Reasoned[] = [];
  const asked: ProbeWish[] = [];
  let all = findings;
  const think = (round: ReasonInput['round']): Reasoned => {
    const result = reason(
      {
        round,
        findings: all,
        recalled: [],
        nodes: job.nodes,
        gpus: job.nodes.flatMap((node) =>
          Array.from({ length: 8 }, (_, index) => ({ node, index, pciBusId: busId(index) })),
        ),
        ranks: [],
        window: null,
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
    all = [...all, ...answer(job, wishes, new Set(knowledge.kinds.keys()))];
    asked.push(...wishes);
  };
  think(1);
  let second = think(2);
  for (let batch = 0; batch < 3 && second.wantedProbes.length > 0; batch += 1) {
    run(second.wantedProbes);
    second = think(2);
  }
  let last = think(3);
  if (last.verdict === null) {
    run(last.wantedProbes);
    last = think(3);
  }
  return { rounds, asked, last };
}

describe('one GPU of a job locked at its lowest clock', () => {
  it.each([
    ['node-03', 5],
    ['node-01', 0],
    ['node-04', 7],
  ])('is found on %s GPU %i from metrics and clocks', (node, gpu) => {
    const job = slowJob({ node, gpu });
    const { last } = runRounds(job, metricFindings(job.range));
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-clock-throttle', node, device: { kind: 'gpu', index: gpu } }],
    });
    expect(last.struck).toBe(0);
  });

  it('is found by asking all nodes for clocks at once where the metrics do not show them', () => {
    const job = slowJob();
    const findings = metricFindings(
      without(job.range, 'DCGM_FI_DEV_SM_CLOCK', 'DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_GPU_TEMP'),
    );
    expect(findings.every(({ node }) => node === undefined)).toBe(true);
    const { last, asked } = runRounds(job, findings);
    const clocks = asked.slice(0, 3).find(({ probeId }) => probeId === 'gpu.clocks');
    expect(clocks?.nodes.toSorted()).toEqual(job.nodes);
    expect(last.verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-clock-throttle', node: 'node-03', device: { index: 5 } }],
    });
  });

  it('takes no more than one batch of probes and one that could refute', () => {
    const { asked } = runRounds(slowJob(), metricFindings(slowJob().range));
    expect(new Set(asked.map(({ probeId }) => probeId)).size).toBeLessThanOrEqual(5);
  });

  it('is not attributed on metrics alone', () => {
    const job = slowJob();
    const first = reason(
      {
        round: 3,
        findings: metricFindings(job.range),
        recalled: [],
        nodes: job.nodes,
        gpus: [],
        ranks: [],
        window: null,
        firstProbes: [],
        probesRun: probes.map(({ id }) => ({ probeId: id, nodes: job.nodes })),
        previousGraph: null,
        evidence: new Map(),
      },
      knowledge,
    );
    expect(first.verdict?.kind).toBe('not-proven');
  });

  it('tries to refute its leader before it names it', () => {
    const { rounds, asked } = runRounds(slowJob(), metricFindings(slowJob().range));
    const firstOfThree = rounds.find((round) => round.graph.nodes.at(-1)?.round === 3);
    expect(firstOfThree?.verdict).toBeNull();
    expect(firstOfThree?.wantedProbes[0]?.why).toMatch(/if it is wrong/);
    expect(asked).toContainEqual(firstOfThree?.wantedProbes[0]);
  });

  it('leaves one graph in which all rounds hang together', () => {
    const { last } = runRounds(slowJob(), metricFindings(slowJob().range));
    const types = new Set(last.graph.nodes.map(({ type }) => type));
    expect([...types].toSorted()).toEqual(['critique', 'proposition', 'refinement', 'summary', 'verification']);
    expect(
      last.graph.nodes.filter(({ type }) => type === 'verification').every(({ dependsOn }) => dependsOn.length > 0),
    ).toBe(true);
  });

  it('is lowered when the clocks turn out to be fine everywhere', () => {
    const job = slowJob();
    const findings = metricFindings(
      without(job.range, 'DCGM_FI_DEV_SM_CLOCK', 'DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_GPU_TEMP'),
    );
    const healthy = slowJob(null);
    const throttle = (result: Reasoned): number =>
      result.hypotheses
        .filter(({ category }) => category === 'gpu-clock-throttle')
        .reduce((sum, { probability }) => sum + probability, 0);
    const { rounds, last } = runRounds({ ...job, slow: null, range: healthy.range }, findings);
    const first = rounds[0];
    if (first === undefined) throw new Error('no round ran');
    expect(throttle(first)).toBeGreaterThan(0.15);
    expect(throttle(last)).toBeLessThan(throttle(first) / 4);
    expect(last.verdict?.kind).toBe('not-proven');
  });
});

describe('a job that is well', () => {
  it('is no fault', () => {
    const job = slowJob(null);
    const { last } = runRounds(job, metricFindings(job.range));
    expect(last.verdict?.kind).toBe('no-fault');
  });
});
