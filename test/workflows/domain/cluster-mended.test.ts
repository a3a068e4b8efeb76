import { describe, expect, it } from 'vitest';
import { readAsk, readReply } from '../../../workflows/domain/cluster-messages.ts';
import { mendedBy, mendedIn, mendedMax, type MendedCause } from '../../../workflows/domain/cluster-mended.ts';
import {
  answer,
  newCluster,
  type Answer,
  type ClusterState,
  type Question,
} from '../../../workflows/domain/cluster-rules.ts';
import type { RepairReport } from '../../../workflows/domain/repair-report.ts';

const hourMs = 3_600_000;
const nowMs = 100 * hourMs;
let requests = 0;

function put(state: ClusterState, workflowId: string, question: Question, atMs = nowMs) {
  requests += 1;
  const asked = answer(state, { requestId: `r${requests}`, from: { workflowId, runId: 'run' }, question }, atMs);
  return { state: asked.state, answer: asked.reply.answer };
}

const lease: Question = { kind: 'lease', nodes: ['node-01'], holdMs: hourMs, fleetNodes: 100 };
const open: Question = { kind: 'open', job: 'pretrain', nodes: ['node-02'], alertAtMs: nowMs };
const link: MendedCause = { node: 'node-01', category: 'rdma-link-fault', device: 'hca mlx5_2', atMs: nowMs - 60_000 };
const held = put(newCluster('site-a', 42), 'repair/a/1', lease);
const fencing = fencingOf(held.answer);

function fencingOf(granted: Answer) {
  if (granted.kind !== 'granted') throw new Error('not granted');
  return granted.fencing;
}

describe('what a repair has mended', () => {
  it('is told to incidents that open within a day of it', () => {
    const { state } = put(held.state, 'repair/a/1', { kind: 'release', fencing, mended: [link] });
    expect(mendedIn(put(state, 'incident/b', open).answer)).toEqual({ mended: [link] });
    expect(put(state, 'incident/b', open, nowMs + 24 * hourMs).answer).toEqual({ kind: 'go' });
  });

  it('is told again to who asks again, and kept once', () => {
    const { state } = put(held.state, 'repair/a/1', { kind: 'release', fencing, mended: [link] });
    const ask = { requestId: 'once', from: { workflowId: 'incident/b', runId: 'run' }, question: open };
    const opened = answer(state, ask, nowMs);
    expect(opened.state.answered.at(-1)?.answer).toEqual({ kind: 'go' });
    expect(answer(opened.state, ask, nowMs).reply).toEqual(opened.reply);
    expect(mendedIn(opened.reply.answer)).toEqual({ mended: [link] });
  });

  it('is believed of nobody but the holder of the lease', () => {
    const other = { ...fencing, counter: fencing.counter + 1 };
    const { state } = put(held.state, 'repair/b/1', { kind: 'release', fencing: other, mended: [link] });
    expect(put(state, 'incident/b', open).answer).toEqual({ kind: 'go' });
  });

  it('is remembered of the latest repairs only', () => {
    const many = Array.from({ length: mendedMax + 5 }, (_, at) => ({ ...link, node: `node-${at}` }));
    const { state } = put(held.state, 'repair/a/1', { kind: 'release', fencing, mended: many });
    expect(state.mended).toEqual(many.slice(5));
  });

  it('is read from signals entry by entry, and what is none is left out', () => {
    const from = { workflowId: 'repair/a/1', runId: 'run' };
    const said = (mended: unknown) =>
      readAsk({ requestId: 'r', from, question: { kind: 'release', fencing, mended } })?.question;
    expect(said([link, { ...link, atMs: 'now' }, 7])).toEqual({ kind: 'release', fencing, mended: [link] });
    expect(said('all of it')).toEqual({ kind: 'release', fencing });
    expect(readReply({ requestId: 'r', answer: { kind: 'go', mended: [link, null] } })?.answer).toEqual({
      kind: 'go',
      mended: [link],
    });
  });
});

describe('whether a repair has mended its cause', () => {
  const cause = { category: 'gpu-fell-off-bus', node: 'node-03', device: { kind: 'gpu', index: 5 } } as const;
  const outcome = { kind: 'done', exitCode: 0, replayed: false, output: { id: 'ev' } };
  const steps = [{ direction: 'forward', index: 0, stepId: 'drain', node: 'node-03', outcome, atMs: nowMs }];
  const of = (ended: RepairReport['outcome']) =>
    mendedBy({ outcome: ended, steps: steps as unknown as RepairReport['steps'] }, { cause }).mended;
  const claimed = [{ node: 'node-03', category: 'gpu-fell-off-bus', device: 'gpu 5', atMs: nowMs }];

  it('is so where its measurement is better, or the replaced part is back and sound', () => {
    expect(of({ kind: 'compared', comparison: 'better' })).toEqual(claimed);
    expect(of({ kind: 'undone', verified: true, why: 'given-back' })).toEqual(claimed);
  });

  it('is not so where it was undone, showed nothing, or never began', () => {
    expect(of({ kind: 'compared', comparison: 'same' })).toBeUndefined();
    expect(of({ kind: 'undone', verified: true, why: 'worse' })).toBeUndefined();
    expect(of({ kind: 'stopped', reason: 'step-refused', detail: 'no' })).toBeUndefined();
  });
});
