import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { putJson } from '../../activities/json-evidence.ts';
import { createMeasureSeverity } from '../../activities/measure-severity.ts';
import { createRecordUndo } from '../../activities/record-undo.ts';
import { PortError, type MetricsSource } from '../../activities/ports.ts';
import type { MetricSeries } from '../../kb/schemas/metric.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { GatherPlan, ProbeBatchResult, SeverityInput, SeverityResult } from '../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import type { Proposal } from '../../workflows/domain/proposal.ts';
import { aProposal } from '../support/proposals.ts';
import { smallInventory } from '../support/small-inventory.ts';

const minute = 60_000;
const alertAtMs = 100 * minute;
const nowMs = 120 * minute;
const key = { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' };
const plan: GatherPlan = {
  handlerId: 'slow-training',
  job: 'pretrain',
  nodes: ['node-01', 'node-02'],
  alertAtMs,
  fromMs: alertAtMs - 30 * minute,
  toMs: alertAtMs + minute,
  logs: [],
  metrics: [],
  firstProbes: [],
  knowledgeDigest: '',
  readyInMs: 0,
};
const small = smallInventory();
const inventory = { ...small, jobs: [...small.jobs, ...small.jobs.map((job) => ({ ...job, name: 'finetune' }))] };
const device = { kind: 'gpu', index: 1 } as const;
const proposal = aProposal({
  blastRadius: { nodes: ['node-02'], devices: [device], interruptsJob: false, text: 'one GPU' },
});

/** Two seconds a step until five minutes before the alert, then three times that until the repair, then `now`. */
function metrics(now: number, alerts: readonly Readonly<Record<string, string>>[] = []): MetricsSource {
  const at = (ms: number) => (ms < alertAtMs - 5 * minute ? 2 : ms < alertAtMs + 10 * minute ? 6 : now);
  return {
    async range({ selector, fromMs, toMs, stepMs }): Promise<readonly MetricSeries[]> {
      const times = Array.from(
        { length: Math.floor((toMs - fromMs) / stepMs) + 1 },
        (_one, step) => fromMs + step * stepMs,
      );
      if (selector === 'training_step_seconds')
        return [{ name: selector, labels: { job: 'pretrain' }, points: times.map((ms) => [ms, at(ms)] as const) }];
      if (selector === 'ALERTS{alertstate="firing"}')
        return alerts.map((labels) => ({ name: 'ALERTS', labels, points: times.map((ms) => [ms, 1] as const) }));
      throw new PortError('refused', `no such selector: ${selector}`);
    },
  };
}

function finding(changes: Partial<Finding>): Finding {
  return {
    id: 'fi_1',
    kind: 'gpu.clock.locked-low',
    role: 'cause',
    node: 'node-02',
    device,
    count: 1,
    range: { evidenceId: 'ev_1', source: 'p' },
    text: 't',
    ...changes,
  };
}

/** One entry a node, as a batch of one probe writes them; the probe's id is the first part of the kind. */
function entriesOf(findings: readonly Finding[]) {
  const places = [...new Set(findings.map(({ kind, node }) => `${kind.split('.')[0]}|${node}`))];
  return places.map((place) => {
    const [probeId = '', node = ''] = place.split('|');
    const seen = findings.filter((one) => one.kind.startsWith(probeId) && one.node === node);
    return { probeId, node, read: true, findings: seen };
  });
}

async function measure(
  source: MetricsSource | null,
  findings: readonly Finding[] | null,
  counts: Partial<ProbeBatchResult> = {},
  change: { readonly plan?: Partial<Proposal>; readonly moment?: SeverityInput['moment'] } = {},
) {
  const evidence = memoryEvidence('logs');
  const probes: ProbeBatchResult | null =
    findings === null
      ? null
      : {
          results: await putJson(evidence, 'probe-results', 'site-a', entriesOf(findings)),
          findings: await putJson(evidence, 'findings', 'site-a', findings),
          ran: 1,
          clean: 0,
          notClean: 0,
          notable: [],
          failures: [],
          unread: 0,
          elapsedMs: 1,
          ...counts,
        };
  const activity = createMeasureSeverity({
    evidence,
    inventories: new Map([['site-a', inventory]]),
    metrics: () => source,
    clock: { nowMs: () => nowMs },
  });
  const { moment = 'before' } = change;
  const input: SeverityInput = { key, plan, proposal: { ...proposal, ...change.plan }, moment, probes };
  const result: SeverityResult = await new MockActivityEnvironment(undefined, {
    logger: new DefaultLogger('ERROR'),
  }).run(activity, input);
  return {
    ...result,
    stored: JSON.parse(Buffer.from(await evidence.get(result.evidence)).toString()) as Record<string, unknown>,
  };
}

describe('severity', () => {
  it('counts faults of the targets alone, and takes over what the probes said', async () => {
    const findings = [
      finding({}),
      finding({ id: 'fi_2', node: 'node-01' }),
      finding({ id: 'fi_3', device: { kind: 'gpu', index: 0 } }),
      finding({ id: 'fi_4', role: 'symptom' }),
      finding({ id: 'fi_5', role: 'clean' }),
    ];
    const { severity } = await measure(null, findings, { unread: 2 });
    expect(severity).toEqual({
      faults: 1,
      approvedCapacityLossGpus: 0,
      failingProbes: 2,
      unreadProbes: 2,
      firingAlerts: 0,
      slowdownRatio: null,
      expectedRatio: 1,
    });
  });

  it('takes a node that the plan took out, and a probe confirms to be out, for contained', async () => {
    const drained = finding({ kind: 'scheduler.node.taken-out', role: 'context', id: 'fi_6' });
    const { device: _device, ...wholeNode } = drained;
    const change = {
      plan: {
        takesOut: { nodes: ['node-02'], gpus: 8 },
        verifyProbes: [{ probeId: 'scheduler', nodes: ['node-02'], expects: ['scheduler.node.taken-out'] }],
      },
    };
    const contained = await measure(null, [finding({}), wholeNode], {}, change);
    expect(contained.severity).toMatchObject({ faults: 0, approvedCapacityLossGpus: 8 });
    const inService = await measure(
      null,
      [finding({}), { ...wholeNode, kind: 'scheduler.node.in-service', role: 'clean' }],
      {},
      change,
    );
    expect(inService.severity).toMatchObject({ faults: 1, approvedCapacityLossGpus: 0, failingProbes: 2 });
  });

  it('is the step time of the last moments over the healthy one of the gathered window', async () => {
    expect((await measure(metrics(6), [])).severity.slowdownRatio).toBeCloseTo(3);
    expect((await measure(metrics(2), [])).severity.slowdownRatio).toBeCloseTo(1);
  });

  it('counts alerts of the targets, of the job and of nobody in particular', async () => {
    const alerts = [
      { alertname: 'TrainingSlow', job: 'pretrain' },
      { alertname: 'GpuClockLow', node: 'node-02' },
      { alertname: 'GpuClockLow', node: 'node-01' },
      { alertname: 'Watchdog', job: 'dcgm-exporter' },
      { alertname: 'OtherJobSlow', job: 'finetune' },
    ];
    const { severity, stored } = await measure(metrics(6, alerts), []);
    expect(severity.firingAlerts).toBe(3);
    expect(stored['alerts']).toEqual(['GpuClockLow node-02', 'TrainingSlow', 'Watchdog']);
  });

  it('leaves out what a metrics server will not answer, and waits for one that is away', async () => {
    const refusing: MetricsSource = { range: () => Promise.reject(new PortError('refused', 'parse error')) };
    const away: MetricsSource = { range: () => Promise.reject(new PortError('unreachable', 'connection refused')) };
    const { severity } = await measure(refusing, []);
    expect(severity).toMatchObject({ firingAlerts: 0, alertsUnread: true, slowdownRatio: null });
    await expect(measure(away, [])).rejects.toMatchObject({ type: 'Unreachable' });
  });

  it('does not call a job fast that no longer reports', async () => {
    const silent: MetricsSource = { range: async (query) => (query.toMs === nowMs ? [] : metrics(6).range(query)) };
    const { severity } = await measure(silent, null);
    expect(severity.slowdownRatio).toBeNull();
    // Nor one that goes on: an exporter that died with its job is no step.
    expect(severity.jobStopped).toBeUndefined();
    expect((await measure(metrics(6), [])).severity.jobStopped).toBe(false);
  });
});

/** Step times of the job's exporter, in seconds. */
function source(value: (ms: number) => number): MetricsSource {
  return {
    async range(query) {
      const series = await metrics(6).range(query);
      return series.map((one) => ({ ...one, points: one.points.map(([ms]) => [ms, value(ms)] as const) }));
    },
  };
}

describe('what decides nothing', () => {
  it('is not measured beside failing: a GPU without work has low clocks by right', async () => {
    const idle = finding({ kind: 'gpu.clock.not-judged', role: 'context' });
    expect((await measure(null, [idle])).severity).toMatchObject({ failingProbes: 1, unreadProbes: 1 });
    const locked = finding({ kind: 'gpu.clock.locked-low', role: 'cause' });
    expect((await measure(null, [idle, locked])).severity).toMatchObject({ failingProbes: 1, unreadProbes: 0 });
  });

  it('is the last step time of a job that ended before the moments that are looked at', async () => {
    const endedMs = nowMs - 15 * minute;
    // Real steps differ in their last digits; the exporter outlives its job and repeats the last of them.
    const seconds = (ms: number) => 6 + 0.001 * ((Math.min(ms, endedMs) / 1000) % 97);
    expect((await measure(source(seconds), [])).severity).toMatchObject({ jobStopped: true, slowdownRatio: null });
    const going = source((ms) => 6 + 0.001 * ((ms / 1000) % 97));
    expect((await measure(going, [])).severity).toMatchObject({ jobStopped: false });
  });
});

describe('a job that goes on', () => {
  it.each([
    ['whose step times are rounded', (ms: number) => (ms < alertAtMs + 10 * minute ? 2 + ((ms / 15_000) % 9) / 10 : 2)],
    ['whose exporter writes every five minutes', (ms: number) => 2 + (Math.floor(ms / (5 * minute)) % 11) / 1000],
    ['whose exporter writes every quarter of an hour', (ms: number) => 2 + Math.floor(ms / (15 * minute)) / 1000],
  ])('is none that stopped, %s', async (_what, value) => {
    expect((await measure(source(value), [])).severity.jobStopped).toBe(false);
  });

  it('has a probe that fails where its reading is not clean: a port that was switched off', async () => {
    const off = finding({ kind: 'ib.port.administratively-down', role: 'context' });
    expect((await measure(null, [off])).severity).toMatchObject({ failingProbes: 1, unreadProbes: 0 });
  });
});

describe('the undo record', () => {
  it('says how to go back and what it was like before, in evidence too', async () => {
    const evidence = memoryEvidence('remediation');
    const before = await measure(metrics(6), []);
    const record = await new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(
      createRecordUndo({ evidence, clock: { nowMs: () => 7 } }),
      {
        key,
        proposal,
        before,
      },
    );
    expect(record).toEqual({
      proposal: 1,
      digest: proposal.digest,
      undo: proposal.undo,
      before: before.evidence,
      recordedAtMs: 7,
    });
    const [stored] = [...evidence.objects.values()].map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as object);
    expect(stored).toMatchObject({ key, undo: proposal.undo, severity: before.severity });
  });
});
