import { describe, expect, it } from 'vitest';
import {
  answer,
  answeredMax,
  attemptsPerNodeAndDayMax,
  expireLeases,
  newCluster,
  resumeRemediation,
  stopRemediation,
  type Answer,
  type ClusterState,
  type Question,
} from '../../../workflows/domain/cluster-rules.ts';

const nowMs = 1_000_000;
const hourMs = 3_600_000;
let requests = 0;

function put(
  state: ClusterState,
  workflowId: string,
  question: Question,
  atMs = nowMs,
): { state: ClusterState; answer: Answer } {
  requests += 1;
  const asked = answer(state, { requestId: `r${requests}`, from: { workflowId, runId: 'run' }, question }, atMs);
  return { state: asked.state, answer: asked.reply.answer };
}

const lease = (...nodes: string[]): Question => ({ kind: 'lease', nodes, holdMs: hourMs, fleetNodes: 100 });
const open = (job: string, nodes: string[]): Question => ({ kind: 'open', job, nodes, alertAtMs: nowMs });
const fresh = newCluster('site-a', 42);
const order = { by: 'Ada', reason: 'maintenance', atMs: nowMs };

describe('leases', () => {
  it('carry rising fencing tokens', () => {
    const first = put(fresh, 'repair/a/1', lease('node-01'));
    const second = put(first.state, 'repair/b/1', lease('node-02'));
    expect(first.answer).toMatchObject({ kind: 'granted', fencing: { epochMs: 42, counter: 1 } });
    expect(second.answer).toMatchObject({ kind: 'granted', fencing: { epochMs: 42, counter: 2 } });
  });

  it('of one node go to one asker at a time and return on release', () => {
    const held = put(fresh, 'repair/a/1', lease('node-01', 'node-02'));
    const refused = put(held.state, 'repair/b/1', lease('node-02'));
    expect(refused.answer).toMatchObject({ kind: 'busy' });
    if (held.answer.kind !== 'granted') throw new Error('not granted');
    const released = put(refused.state, 'repair/a/1', { kind: 'release', fencing: held.answer.fencing });
    expect(put(released.state, 'repair/b/1', lease('node-02')).answer.kind).toBe('granted');
  });

  it('are refused beyond a share of the fleet', () => {
    const small = { kind: 'lease', nodes: ['node-02'], holdMs: hourMs, fleetNodes: 10 } as const;
    const held = put(fresh, 'repair/a/1', { ...small, nodes: ['node-01'] });
    expect(put(held.state, 'repair/b/1', small).answer).toMatchObject({ kind: 'busy' });
  });

  it('stop after a number of attempts on one node in one day, and start again the next day', () => {
    let state = fresh;
    for (let attempt = 0; attempt < attemptsPerNodeAndDayMax; attempt += 1) {
      const granted = put(state, 'repair/a/1', lease('node-01'));
      if (granted.answer.kind !== 'granted') throw new Error('not granted');
      state = put(granted.state, 'repair/a/1', { kind: 'release', fencing: granted.answer.fencing }).state;
    }
    expect(put(state, 'repair/a/1', lease('node-01')).answer).toMatchObject({ kind: 'denied' });
    expect(put(state, 'repair/a/1', lease('node-01'), nowMs + 24 * hourMs).answer.kind).toBe('granted');
  });

  it('that run out leave their nodes unsettled until a person resumes', () => {
    const held = put(fresh, 'repair/a/1', lease('node-01'));
    const swept = expireLeases(held.state, nowMs + hourMs);
    expect(swept.leases).toEqual([]);
    expect(put(swept, 'repair/b/1', lease('node-01')).answer).toMatchObject({ kind: 'denied' });
    expect(put(resumeRemediation(swept, order), 'repair/b/1', lease('node-01')).answer.kind).toBe('granted');
  });

  it('are not granted, and held ones do not proceed, while remediation is stopped', () => {
    const held = put(fresh, 'repair/a/1', lease('node-01'));
    if (held.answer.kind !== 'granted') throw new Error('not granted');
    const { fencing } = held.answer;
    expect(put(held.state, 'repair/a/1', { kind: 'proceed', fencing }).answer.kind).toBe('go');
    const stopped = stopRemediation(held.state, order);
    expect(put(stopped, 'repair/a/1', { kind: 'proceed', fencing }).answer).toMatchObject({ kind: 'denied' });
    expect(put(stopped, 'repair/b/1', lease('node-05')).answer).toMatchObject({ kind: 'denied' });
    expect(put(resumeRemediation(stopped, order), 'repair/a/1', { kind: 'proceed', fencing }).answer.kind).toBe('go');
  });
});

describe('open incidents', () => {
  it('that overlap in job, node and time become one', () => {
    const first = put(fresh, 'incident/site-a/1', open('job-1', ['node-03']));
    expect(put(first.state, 'incident/site-a/2', open('job-1', ['node-03', 'node-04'])).answer).toEqual({
      kind: 'merge',
      into: 'incident/site-a/1',
    });
    expect(put(first.state, 'incident/site-a/2', open('job-1', ['node-05'])).answer.kind).toBe('go');
    expect(put(first.state, 'incident/site-a/2', open('job-2', ['node-03'])).answer.kind).toBe('go');
  });

  it('keep their nodes against later ones once the verdict names them', () => {
    let state = put(fresh, 'incident/site-a/1', open('job-1', [])).state;
    state = put(state, 'incident/site-a/2', open('job-2', [])).state;
    state = put(state, 'incident/site-a/1', { kind: 'claim', nodes: ['node-07'] }).state;
    expect(put(state, 'incident/site-a/2', { kind: 'claim', nodes: ['node-07'] }).answer).toEqual({
      kind: 'merge',
      into: 'incident/site-a/1',
    });
    state = put(state, 'incident/site-a/1', { kind: 'close' }).state;
    expect(put(state, 'incident/site-a/2', { kind: 'claim', nodes: ['node-07'] }).answer.kind).toBe('go');
  });
});

it('the same request gets the same answer, and no second lease', () => {
  const ask = { requestId: 'same', from: { workflowId: 'repair/a/1', runId: 'run' }, question: lease('node-01') };
  const first = answer(fresh, ask, nowMs);
  const second = answer(first.state, ask, nowMs + 5);
  expect(second.reply).toEqual(first.reply);
  expect(second.state.leases).toHaveLength(1);
});

describe('a repair that a reset started again', () => {
  const ask = (runId: string, n: number, question: Question) => ({
    requestId: `repair/a/1/first/${n}`,
    from: { workflowId: 'repair/a/1', runId },
    question,
  });

  it('gets the lease that it still holds, with the same token, and is counted as one attempt', () => {
    const first = answer(fresh, ask('run-1', 1, lease('node-01')), nowMs);
    const again = answer(first.state, ask('run-2', 1, lease('node-01')), nowMs + 5);
    expect(again.reply.answer).toEqual(first.reply.answer);
    expect(again.state.attempts).toEqual([expect.objectContaining({ node: 'node-01', count: 1 })]);
  });

  it('does not proceed by an answer from before the stop', () => {
    const first = answer(fresh, ask('run-1', 1, lease('node-01')), nowMs);
    if (first.reply.answer.kind !== 'granted') throw new Error('not granted');
    const { fencing } = first.reply.answer;
    const went = answer(first.state, ask('run-1', 2, { kind: 'proceed', fencing }), nowMs);
    expect(went.reply.answer.kind).toBe('go');
    const stopped = stopRemediation(went.state, order);
    expect(answer(stopped, ask('run-2', 2, { kind: 'proceed', fencing }), nowMs).reply.answer.kind).toBe('denied');
  });
});

it('a repair that outlives its lease and then gives it back leaves no unsettled node', () => {
  const held = put(fresh, 'repair/a/1', lease('node-01'));
  if (held.answer.kind !== 'granted') throw new Error('not granted');
  const swept = expireLeases(held.state, nowMs + hourMs);
  expect(put(swept, 'repair/a/1', { kind: 'release', fencing: held.answer.fencing }).state.unsettled).toEqual([]);
});

it('an incident of another time keeps no node from a later one', () => {
  let state = put(fresh, 'incident/site-a/1', open('job-1', ['node-07'])).state;
  const later: Question = { kind: 'open', job: 'job-2', nodes: [], alertAtMs: nowMs + 2 * hourMs };
  state = put(state, 'incident/site-a/2', later).state;
  expect(put(state, 'incident/site-a/2', { kind: 'claim', nodes: ['node-07'] }).answer.kind).toBe('go');
});

it('the memory of answers stays bounded', () => {
  let state = fresh;
  for (let count = 0; count < answeredMax + 50; count += 1) state = put(state, 'incident/x', { kind: 'close' }).state;
  expect(state.answered).toHaveLength(answeredMax);
});

it('alerts that one job is slow are one incident, unless they name other nodes; other trouble of it is not', () => {
  const slow = (nodes: readonly string[], about = 'slow-training', job = 'job-1'): Question => ({
    kind: 'open',
    job,
    nodes,
    alertAtMs: nowMs,
    about,
  });
  const first = put(fresh, 'incident/a', slow(['node-07']));
  expect(put(first.state, 'incident/b', slow([])).answer).toEqual({ kind: 'merge', into: 'incident/a' });
  expect(put(first.state, 'incident/b', slow(['node-07'])).answer).toEqual({ kind: 'merge', into: 'incident/a' });
  expect(put(first.state, 'incident/b', slow(['node-01'])).answer).toEqual({ kind: 'go' });
  const unnamed = put(fresh, 'incident/a', slow([]));
  expect(put(unnamed.state, 'incident/b', slow(['node-01'])).answer).toEqual({ kind: 'merge', into: 'incident/a' });
  expect(put(first.state, 'incident/b', slow([], 'network')).answer).toEqual({ kind: 'go' });
  expect(put(first.state, 'incident/b', slow([], 'slow-training', 'job-2')).answer).toEqual({ kind: 'go' });
  expect(put(first.state, 'incident/b', open('job-1', [])).answer).toEqual({ kind: 'go' });
  expect(put(first.state, 'incident/b', slow([]), nowMs).answer.kind).toBe('merge');
});
