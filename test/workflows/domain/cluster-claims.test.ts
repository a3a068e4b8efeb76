import { describe, expect, it } from 'vitest';
import { claimedCauses } from '../../../workflows/domain/cluster-claims.ts';
import {
  answer,
  newCluster,
  type Answer,
  type ClusterState,
  type Question,
} from '../../../workflows/domain/cluster-rules.ts';
import type { Cause } from '../../../workflows/domain/finding.ts';

const alertAtMs = 1_000_000;
let requests = 0;

function put(state: ClusterState, id: string, question: Question): { state: ClusterState; answer: Answer } {
  requests += 1;
  const from = { workflowId: `incident/site-a/${id}`, runId: 'run' };
  const asked = answer(state, { requestId: `r${requests}`, from, question }, alertAtMs);
  return { state: asked.state, answer: asked.reply.answer };
}

const open = (nodes: readonly string[]): Question => ({ kind: 'open', job: 'pretrain', nodes, alertAtMs });
const claim = (...causes: Cause[]): Question => ({
  kind: 'claim',
  nodes: causes.flatMap(({ node }) => node ?? []),
  causes: claimedCauses(causes),
});
const clock: Cause = { category: 'gpu-clock-throttle', node: 'node-07', device: { kind: 'gpu', index: 3 } };
const merge = (id: string) => ({ kind: 'merge', into: `incident/site-a/${id}` });

/** One alert of the job and one of a node that runs it, seconds apart. */
function twoGroups(first: readonly string[], second: readonly string[]): ClusterState {
  const opened = put(newCluster('site-a', 42), 'a', open(first));
  expect(opened.answer.kind).toBe('go');
  const both = put(opened.state, 'b', open(second));
  expect(both.answer.kind).toBe('go');
  return both.state;
}

describe('two alert groups for one fault become one, whoever', () => {
  it.each([
    ['comes first and claims first', [], ['node-07'], 'a', 'b'],
    ['comes first and claims second', [], ['node-07'], 'b', 'a'],
    ['names the node first and claims first', ['node-07'], [], 'a', 'b'],
    ['names the node first and claims second', ['node-07'], [], 'b', 'a'],
  ] as const)('%s', (_name, first, second, early, late) => {
    const state = put(twoGroups(first, second), early, claim(clock)).state;
    expect(put(state, late, claim(clock)).answer).toEqual(merge(early));
  });
});

describe('two faults of one job at once stay two', () => {
  it.each<[string, Cause[], Cause[]]>([
    ['on two nodes', [clock], [{ ...clock, node: 'node-08' }]],
    ['on two devices of a node', [clock], [{ ...clock, device: { kind: 'gpu', index: 4 } }]],
    ['of two kinds at one device', [clock], [{ ...clock, category: 'gpu-ecc-uncorrectable' } as Cause]],
    ['when one has found more', [clock], [clock, { ...clock, node: 'node-08' }]],
    ['when one has found no place', [clock], [{ category: 'gpu-clock-throttle' }]],
  ])('%s', (_name, first, second) => {
    const state = put(twoGroups([], ['node-07']), 'a', claim(...first)).state;
    expect(put(state, 'b', claim(...second)).answer.kind).toBe('go');
  });

  it('and nobody is merged into an incident that has no verdict yet', () =>
    expect(put(twoGroups(['node-07'], []), 'b', claim(clock)).answer.kind).toBe('go'));
});

it('one that found a part of what the other found is merged', () => {
  const state = put(twoGroups([], []), 'a', claim(clock, { ...clock, node: 'node-08' })).state;
  expect(put(state, 'b', claim(clock)).answer).toEqual(merge('a'));
});

it('once the incident that goes on has closed, the next one goes on', () => {
  const claimed = put(twoGroups([], []), 'a', claim(clock)).state;
  const closed = put(claimed, 'a', { kind: 'close' }).state;
  expect(put(closed, 'b', claim(clock)).answer.kind).toBe('go');
});
