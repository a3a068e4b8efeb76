import { expect, it } from 'vitest';
import {
  handToRecovery,
  leaveToPeople,
  ownersInTheWay,
  ownersOf,
  recoveryHoldMs,
} from '../../../workflows/domain/cluster-owners.ts';
import {
  answer,
  expireLeases,
  newCluster,
  type ClusterState,
  type Question,
} from '../../../workflows/domain/cluster-rules.ts';

const nowMs = 1_000_000;
const hourMs = 3_600_000;
let requests = 0;

function put(state: ClusterState, workflowId: string, question: Question, atMs = nowMs) {
  requests += 1;
  const asked = answer(state, { requestId: `r${requests}`, from: { workflowId, runId: 'run' }, question }, atMs);
  return { state: asked.state, answer: asked.reply.answer };
}

const wanted: Question = { kind: 'lease', nodes: ['node-01'], holdMs: hourMs, fleetNodes: 100 };
const held = put(newCluster('site-a', 42), 'repair/a/1', wanted).state;
const ownerOf = (state: ClusterState) => {
  const [owner] = ownersOf(state);
  if (owner === undefined) throw new Error('nobody holds a node');
  return owner;
};
const handed = handToRecovery(held, ownerOf(held), nowMs);
const { fencing } = handed.lease;
const end = (left: readonly string[]): Question => ({ kind: 'recovered', fencing, left, why: 'the undo failed' });
const recovery = 'recover/site-a/42.1';

it('a lease passes to the recovery under a higher token, and the old one goes nowhere', () => {
  expect(handed.lease).toMatchObject({ asker: { workflowId: recovery }, recovers: 'repair/a/1', nodes: ['node-01'] });
  expect(fencing).toEqual({ epochMs: 42, counter: 2 });
  const old: Question = { kind: 'proceed', fencing: { epochMs: 42, counter: 1 } };
  expect(put(handed.state, 'repair/a/1', old).answer.kind).toBe('denied');
  expect(put(handed.state, 'repair/b/1', wanted).answer).toMatchObject({ kind: 'busy' });
});

it('a recovered repair that is started again gets no lease: it would go on where it was taken back', () => {
  const settled = put(handed.state, recovery, end([])).state;
  expect(put(settled, 'repair/a/1', wanted).answer).toMatchObject({ kind: 'denied' });
  expect(put(settled, 'repair/b/1', wanted).answer.kind).toBe('granted');
});

it('a recovery that leaves nodes leaves them unsettled, with the reason in every refusal', () => {
  const state = put(handed.state, recovery, end(['node-01', 'node-99'])).state;
  expect(state.unsettled.map(({ node }) => node)).toEqual(['node-01']);
  expect(put(state, 'repair/b/1', wanted).answer).toMatchObject({
    kind: 'denied',
    reason: expect.stringContaining('the undo failed') as unknown,
  });
});

it('only the recovery itself ends it', () =>
  expect(put(handed.state, 'repair/a/1', end([])).state.leases).toHaveLength(1));

it('a recovery that outlives its own lease settles its nodes late', () => {
  const late = expireLeases(handed.state, nowMs + recoveryHoldMs);
  expect(late.unsettled).toHaveLength(1);
  expect(put(late, recovery, end([])).state.unsettled).toEqual([]);
  expect(leaveToPeople(late, ownerOf(late), 'it ended without a result', nowMs).unsettled).toEqual([
    expect.objectContaining({ node: 'node-01', why: 'it ended without a result' }),
  ]);
});

it('an owner whose lease ran out is still looked after, and stands in the way until it is heard of', () => {
  const late = expireLeases(held, nowMs + hourMs);
  const ask = { requestId: 'x', from: { workflowId: 'repair/b/1', runId: 'run' }, question: wanted };
  expect(ownersInTheWay(late, ask)).toEqual([expect.objectContaining({ nodes: ['node-01'] })]);
  expect(handToRecovery(late, ownerOf(late), nowMs).state.unsettled).toEqual([]);
});

it('nobody stands in their own way, nor in that of other nodes', () => {
  const by = (workflowId: string, nodes: readonly string[]) =>
    ownersInTheWay(held, {
      requestId: 'x',
      from: { workflowId, runId: 'run' },
      question: { ...wanted, nodes } as Question,
    });
  expect(by('repair/a/1', ['node-01'])).toEqual([]);
  expect(by('repair/b/1', ['node-02'])).toEqual([]);
});

it('a repair that vanished while the entity was away gets a lease to recover, once', () => {
  const vanished: Question = { kind: 'vanished', repair: 'repair/a/1', nodes: ['node-01'] };
  const fresh = newCluster('site-a', 43);
  const told = put(fresh, 'incident/site-a/1', vanished).state;
  expect(ownersOf(told)).toEqual([
    expect.objectContaining({ nodes: ['node-01'], fencing: { epochMs: 43, counter: 1 } }),
  ]);
  expect(put(told, 'incident/site-a/1', vanished).state.leases).toHaveLength(1);
  expect(put(held, 'incident/site-a/1', vanished).state.leases).toEqual(held.leases);
  expect(put(handed.state, 'incident/site-a/1', vanished).state.leases).toEqual(handed.state.leases);
});

it('a forgotten repair whose node somebody else holds by now is a person’s to look at', () => {
  const vanished: Question = { kind: 'vanished', repair: 'repair/z/1', nodes: ['node-01'] };
  const told = put(held, 'incident/site-a/1', vanished).state;
  expect(told.leases).toEqual(held.leases);
  expect(told.unsettled).toEqual([expect.objectContaining({ node: 'node-01' })]);
});
