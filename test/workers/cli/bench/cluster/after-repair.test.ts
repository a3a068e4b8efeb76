import { describe, expect, it } from 'vitest';
import type { FiringAlert } from '../../../../../infra/cluster/headless.ts';
import type { EvidenceRef } from '../../../../../workflows/domain/evidence.ts';
import type { Cause, Verdict } from '../../../../../workflows/domain/finding.ts';
import type { GatherPlan } from '../../../../../workflows/domain/phase-data.ts';
import { afterRepair } from '../../../../../workers/cli/bench/cluster/after-repair.ts';
import { firstAlert } from '../../../../../workers/cli/bench/cluster/first-alert.ts';
import type { Look } from '../../../../../workers/cli/bench/cluster/look-again.ts';
import type { ListedFault, Truth } from '../../../../../workers/cli/bench/cluster/truth.ts';
import { virtualTime } from '../../../../../workers/cli/bench/cluster/virtual-time.ts';

const startMs = Date.UTC(2026, 0, 1, 1);
const minute = 60_000;
const name = 'site-a';
const key = { cluster: name, workflowId: 'incident/site-a/bench', runId: 'bench' };

const part = (id: string, category: string): ListedFault => ({
  id,
  kind: 'fault',
  categories: [category],
  place: 'node',
});
const parts = [part('host-oom', 'host-oom'), part('loader-slow-shard', 'dataloader-stall')];
const onNode = (category: string, node: string) => ({
  categories: [category],
  places: [{ nodes: [node], mustNameNode: true }],
});
const truth: Truth = { kind: 'dual', causes: [onNode('host-oom', 'node-01'), onNode('dataloader-stall', 'node-05')] };

const said = (...causes: readonly Cause[]): Verdict => ({
  kind: 'attributed',
  disputed: false,
  causes: causes.map((cause) => ({ ...cause, probability: 0.9, because: [] })),
});
const oom: Cause = { category: 'host-oom', node: 'node-01' };
const slow: Cause = { category: 'dataloader-stall', node: 'node-05' };
const open: Verdict = { kind: 'not-proven', candidates: [], reason: 'nothing decides' };

const evidence: EvidenceRef = { id: 'ev_1', kind: 'severity', bucket: '', key: '', sha256: '', bytes: 0 };

/** An alert that fires from one minute to another. */
interface Firing {
  readonly alertname: string;
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

const first: Firing = { alertname: 'HostOutOfMemory', node: 'node-01', from: 0, to: 90 };
const alertOf = ({ alertname, node, from }: Firing): FiringAlert => ({
  labels: { alertname, cluster: name, node, severity: 'critical' },
  annotations: { summary: alertname },
  startsAt: new Date(startMs + from * minute).toISOString(),
  fingerprint: `${alertname}-${node}`,
  groupKey: `${alertname} ${node}`,
});

/** The bench from a first verdict on, minutes after its alert; each further run says the next of these. */
async function mend(
  firing: readonly Firing[],
  { slowdowns, says }: { readonly slowdowns: readonly number[]; readonly says: readonly Verdict[] },
) {
  const cluster = {
    nowMs: () => 0,
    alertsAt: (ms: number) =>
      firing.filter(({ from, to }) => ms >= startMs + from * minute && ms < startMs + to * minute).map(alertOf),
    nextAlertAfter: (fromMs: number, untilMs: number) =>
      firing.map(({ from }) => startMs + from * minute).find((ms) => ms > fromMs && ms <= untilMs) ?? null,
    healPart: (id: string, atMs?: number) => mended.push(`${id} ${((atMs ?? 0) - startMs) / minute}`),
  };
  const mended: string[] = [];
  const opening = firstAlert(cluster, name, startMs - minute, 5 * minute);
  if (opening === null) throw new Error('the first alert fires');
  const time = virtualTime(startMs + 4 * minute);
  const plan: GatherPlan = {
    handlerId: 'slow-training',
    job: 'pretrain',
    nodes: [],
    alertAtMs: startMs,
    fromMs: startMs,
    toMs: startMs,
    logs: [],
    metrics: [],
    firstProbes: [],
    knowledgeDigest: '',
    readyInMs: 0,
  };
  const measured = [...slowdowns];
  const product = {
    planGathering: async () => plan,
    measureRecovery: async () => ({
      recovered: false,
      text: '',
      evidence,
      severity: {
        faults: 0,
        approvedCapacityLossGpus: 0,
        failingProbes: 0,
        unreadProbes: 0,
        firingAlerts: 1,
        slowdownRatio: measured.shift() ?? 1,
      },
    }),
  };
  const looked: Omit<Look, 'later'>[] = [];
  const look = async (about: Omit<Look, 'later'>) => {
    looked.push(about);
    return { verdict: says[looked.length - 1] ?? open };
  };
  const result = await afterRepair(
    { cluster, name, time, product, look },
    { key, opening, plan, verdict: said(oom) },
    truth,
    parts,
  );
  return { result, mended, looked };
}

const slowForLong = [1.5, 1.5, 1.5, 1.5];

describe('after the repair of one of two faults', () => {
  it('looks again at what remains, from the repair on, where the alert and the trouble outlast the wait', async () => {
    const { result, mended, looked } = await mend([first], { slowdowns: slowForLong, says: [said(slow)] });
    expect(mended).toEqual(['host-oom 4']);
    const [again] = looked;
    expect(again?.key.workflowId).toBe(key.workflowId);
    expect(again?.remains).toEqual({ sinceMs: startMs + 4 * minute, atMs: startMs + 16 * minute });
    expect(result).toEqual({
      outcome: 'right',
      detail: '',
      mended: 'host-oom',
      runs: [
        { alertname: 'HostOutOfMemory', remains: true, verdict: 'attributed', said: ['dataloader-stall on node-05'] },
      ],
    });
  });

  it('looks at nothing where the job is at its speed, whatever still fires', async () => {
    const { result, looked } = await mend([first], { slowdowns: [1.5, 1.02], says: [] });
    expect(looked).toEqual([]);
    expect(result).toMatchObject({ outcome: 'half', runs: [] });
  });

  it('works the incident of an alert that begins after the repair, where the first one has ended', async () => {
    const ended = { ...first, to: 8 };
    const before: Firing = { alertname: 'TrainingStalled', node: 'node-02', from: 2, to: 90 };
    const after: Firing = { alertname: 'TrainingStepSlow', node: 'node-05', from: 40, to: 90 };
    const { result, looked } = await mend([ended, before, after], { slowdowns: slowForLong, says: [said(slow)] });
    expect(looked.map(({ alert, remains }) => [alert.groupLabels['alertname'], remains])).toEqual([
      ['TrainingStepSlow', undefined],
    ]);
    expect(result).toMatchObject({ outcome: 'right', runs: [{ alertname: 'TrainingStepSlow', remains: false }] });
    const late = { ...after, from: 70 };
    expect((await mend([ended, late], { slowdowns: slowForLong, says: [] })).looked).toEqual([]);
  });

  it('is the first alert again where that begins anew', async () => {
    const anew = { ...first, from: 30 };
    const { looked } = await mend([{ ...first, to: 8 }, anew], { slowdowns: slowForLong, says: [said(slow)] });
    expect(looked.map(({ alert }) => alert.alerts[0]?.startsAtMs)).toEqual([startMs + 30 * minute]);
  });

  it('is wrong to name the mended fault again', async () => {
    const { result } = await mend([first], { slowdowns: slowForLong, says: [said(oom, slow)] });
    expect(result.outcome).toBe('wrong-cause');
    expect(result.detail).toContain('said host-oom on node-01; true: dataloader-stall');
  });

  it('ends after two further runs that found nothing', async () => {
    const others = [20, 30, 40].map((from): Firing => ({
      alertname: 'GpuXidError',
      node: `node-${from}`,
      from,
      to: 90,
    }));
    const { result, looked } = await mend([first, ...others], {
      slowdowns: slowForLong,
      says: [open, open, said(slow)],
    });
    expect(looked).toHaveLength(2);
    expect(result).toMatchObject({ outcome: 'half', detail: 'after the repair not-proven: candidates none' });
  });
});
