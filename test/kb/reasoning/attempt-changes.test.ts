import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { survey } from '../../../kb/reasoning/scene.ts';
import { derivedFindings } from '../../../kb/reasoning/derived-findings.ts';
import { verdictOf } from '../../../kb/reasoning/verdict.ts';
import type { Finding, Verdict } from '../../../workflows/domain/finding.ts';
import { alertAtMs, nodes, ranks } from './incident-world.ts';

const minuteMs = 60_000;
const requeuedMs = alertAtMs - 12 * minuteMs;

function seen(kind: string, rest: Partial<Finding> = {}): Finding {
  const known = knowledge.kinds.get(kind);
  if (known === undefined) throw new Error(`no kind ${kind}`);
  const range = { evidenceId: `ev_${kind}_${rest.node ?? ''}`, source: 'rank-00000.log', line: 3 };
  const id = `fi_${kind}_${rest.node ?? ''}_${rest.values?.['what'] ?? ''}`;
  return { id, kind, role: known.role, count: 1, range, text: kind, ...rest };
}

/** As the probe of the ranks' stacks, and the speed of the job, tell of a job that stands still. */
const hang = (frame = 'synchronize (torch/cuda/__init__.py:954)'): readonly Finding[] => [
  seen('performance.job.stopped'),
  ...nodes.map((node) =>
    seen('job.stack.all-wait', {
      node,
      range: { evidenceId: `ev_stacks_${node}`, source: `probe job.stacks on ${node}`, line: 6 },
      values: { frame },
    }),
  ),
];
const wellElsewhere = [
  'gpu.presence.all-listed',
  'ib.link.active',
  'kernel.log.quiet',
  'dcgm.health.healthy',
  'scheduler.job.running',
].flatMap((kind) =>
  nodes.map((node) =>
    seen(kind, { node, range: { evidenceId: `ev_${kind}_${node}`, source: `probe some.probe on ${node}`, line: 1 } }),
  ),
);
const anew = (steps: 0 | 1): Finding => seen('job.attempt.began-anew', { values: { steps, endedMs: requeuedMs } });
const changed = (kind: string, what: string, before: string, after: string): Finding =>
  seen(`job.attempt.${kind}-changed`, { values: { what, before, after } });
const nccl = changed('nccl', 'NCCL', '2.20.5+cuda12.4', '2.21.5+cuda12.4');
const ended = (atMs: number): readonly Finding[] => [
  seen('scheduler.requeued', { atMs, lastMs: atMs, count: 2 }),
  ...nodes.map((node) => seen('torch.elastic.sigterm', { node, atMs: atMs + 2_000, lastMs: atMs + 5_000, count: 9 })),
];

function scene(findings: readonly Finding[]) {
  const all = [
    ...findings,
    ...derivedFindings(
      findings,
      nodes.map((name) => ({ name })),
      alertAtMs,
    ),
  ];
  return survey(
    {
      round: 3,
      findings: all,
      recalled: [],
      nodes,
      gpus: [],
      ranks,
      window: { fromMs: alertAtMs - 45 * minuteMs, alertAtMs },
      firstProbes: [],
      probesRun: [],
      previousGraph: null,
      evidence: new Map(),
    },
    knowledge,
  );
}

function verdict(...findings: readonly Finding[]): Verdict {
  const { ranking, proof } = scene(findings);
  return verdictOf(ranking, proof, undefined);
}

function shareOf(category: string, ...findings: readonly Finding[]): number {
  return scene(findings)
    .ranked.filter((one) => one.category === category)
    .reduce((sum, { probability }) => sum + probability, 0);
}

const derived = (...findings: readonly Finding[]): readonly string[] =>
  derivedFindings(
    findings,
    nodes.map((name) => ({ name })),
    alertAtMs,
  ).map(({ kind }) => kind);

describe('what changed between two attempts of a job', () => {
  it('another release of NCCL is why all ranks wait in one collective, where nothing else was found', () => {
    const found = verdict(...hang(), ...wellElsewhere, ...ended(requeuedMs), anew(1), nccl);
    expect(found).toMatchObject({ kind: 'attributed', causes: [{ category: 'nccl-bug' }] });
    expect(found.kind === 'attributed' && found.causes[0]?.probability).toBeGreaterThan(0.9);
  });

  it('which of two libraries that came together, nobody knows', () => {
    const framework = changed('library', 'pytorch', '2.3.0', '2.4.0');
    expect(verdict(...hang(), anew(1), nccl, framework).kind).toBe('not-proven');
  });

  it('is none where a rank does something else, or a node was not asked', () => {
    const of = (kind: string, node = 'node-02'): Finding =>
      seen(kind, { node, range: { evidenceId: `ev_${kind}`, source: `probe job.stacks on ${node}`, line: 9 } });
    const without = (node: string) => hang().filter((one) => one.node !== node);
    const rest = [...wellElsewhere, ...ended(requeuedMs), anew(1), nccl];
    const cases: readonly (readonly Finding[])[] = [
      // Rank 0 evaluates, and all others wait for it.
      [...without('node-01'), of('job.stack.rank0-elsewhere', 'node-01')],
      [...without('node-02'), of('probe.node.unreachable')],
      [...without('node-02'), of('job.stack.odd-in-compute')],
      [...hang(), of('job.stack.odd-in-message')],
      [...hang(), of('job.stack.odd-in-input-once')],
      [...hang(), of('job.trainer.unread')],
      without('node-02'),
    ];
    for (const one of cases) {
      expect(derived(...one, ...rest)).toEqual(['change.nccl-beside-other']);
      expect(verdict(...one, ...rest).kind).toBe('not-proven');
    }
  });

  it('without a change nobody knows', () => {
    expect(verdict(...hang(), ...wellElsewhere).kind).toBe('not-proven');
    expect(verdict(...hang(), ...wellElsewhere, ...ended(requeuedMs), anew(1)).kind).toBe('not-proven');
  });

  it('is nothing where the job works, and little beside another cause', () => {
    expect(derived(nccl, anew(1), changed('setting', 'NCCL_ALGO', 'Ring', 'Tree'))).toEqual([]);
    const lost = seen('nvidia.xid.79', { node: 'node-03', device: { kind: 'gpu', index: 2 } });
    expect(derived(...hang(), nccl, anew(1), lost)).toEqual(['change.nccl-beside-other']);
    const beside = verdict(...hang(), ...wellElsewhere, nccl, anew(1), lost);
    expect(beside.kind === 'attributed' && beside.causes.map(({ category }) => category)).not.toContain('nccl-bug');
  });

  it('is not asked where ranks wait in several calls, or only those of some nodes do', () => {
    const [first, ...others] = hang();
    const several = others.map((one, at) => ({ ...one, values: { frame: `call ${at}` } }));
    expect(derived(...(first === undefined ? [] : [first]), ...several, nccl)).toEqual([]);
    expect(derived(...hang().filter(({ node }) => node !== 'node-01' && node !== 'node-02'), nccl)).toEqual([]);
  });

  it('settings and libraries speak for their causes, and name none alone', () => {
    const setting = changed('setting', 'NCCL_ALGO', 'not set', 'Tree');
    const library = changed('library', 'pytorch', '2.3.0', '2.4.0');
    const still = [...hang(), ...wellElsewhere, anew(1)];
    expect(shareOf('nccl-env-misconfig', ...still, setting)).toBeGreaterThan(
      3 * shareOf('nccl-env-misconfig', ...still),
    );
    expect(shareOf('framework-bug', ...still, library)).toBeGreaterThan(1.5 * shareOf('framework-bug', ...still));
    for (const change of [setting, library]) expect(verdict(...still, change).kind).toBe('not-proven');
  });

  it('cites where it was read, not a line of its own', () => {
    const [finding] = derivedFindings(
      [...hang(), nccl],
      nodes.map((name) => ({ name })),
      alertAtMs,
    );
    expect(finding?.range).toEqual({ evidenceId: nccl.range.evidenceId, source: nccl.range.source });
    expect(finding?.text).toContain('2.20.5+cuda12.4 before, 2.21.5+cuda12.4 now');
  });
});

describe('the end of an earlier attempt', () => {
  const before = [...hang(), ...wellElsewhere];
  const share = (...findings: readonly Finding[]) => shareOf('scheduler-action', ...before, ...findings);

  it('says nothing of what stops a later one that made steps', () => {
    expect(share(...ended(requeuedMs), anew(1))).toBeCloseTo(share(), 6);
    expect(share(...ended(requeuedMs), anew(1))).toBeLessThan(share(...ended(requeuedMs)) / 2);
  });

  it('counts where the later one made no step, or was itself told to end', () => {
    expect(share(...ended(requeuedMs), anew(0))).toBeGreaterThan(2 * share());
    expect(share(...ended(alertAtMs - 5 * minuteMs), anew(1))).toBeGreaterThan(2 * share());
  });

  it('counts where no rank waits: then it is what the alert is about', () => {
    const stopped = [seen('performance.job.stopped'), ...ended(requeuedMs)];
    expect(shareOf('scheduler-action', ...stopped, anew(1))).toBeCloseTo(shareOf('scheduler-action', ...stopped), 6);
  });
});
