import { describe, expect, it } from 'vitest';
import { decideRecovery, type RepairRemains, type SeenStep } from '../../../workflows/domain/recovery.ts';
import { twoSteps } from '../../support/gated-cluster.ts';
import { aProposal } from '../../support/proposals.ts';

const proposal = aProposal(twoSteps('node-08'));
const key = { cluster: 'site-a', ...proposal.incident };
type Ended = Extract<RepairRemains, { kind: 'ended' }>;
type Seen = SeenStep['seen'];

/** Steps 1 and 2, then their undo, as the journals show them. */
function left(
  forward: readonly [Seen, Seen],
  undo: readonly [Seen, Seen] = ['none', 'none'],
  changes: Partial<Ended> = {},
) {
  const steps = (seen: readonly [Seen, Seen]) =>
    proposal.steps.map(({ index, node }, at) => ({ index, node, seen: seen[at] ?? 'none' }));
  const remains: Ended = {
    kind: 'ended',
    how: 'terminated',
    concluded: false,
    key,
    proposal,
    forward: steps(forward),
    undo: steps(undo),
    ...changes,
  };
  return decideRecovery(remains);
}

const orderOf = (decision: ReturnType<typeof decideRecovery>) =>
  decision.kind === 'undo' ? decision.steps.map(({ index }) => index) : decision.kind;

describe('a recovery', () => {
  it('settles at once where nothing was begun', () =>
    expect(left(['none', 'none'])).toMatchObject({ kind: 'settled' }));

  it.each<[string, readonly [Seen, Seen], readonly [Seen, Seen], unknown]>([
    ['one step', ['done', 'none'], ['none', 'none'], [1]],
    ['a step that failed', ['failed', 'none'], ['none', 'none'], [1]],
    ['all steps, last first', ['done', 'done'], ['none', 'none'], [2, 1]],
    ['what an undo under way had left', ['done', 'done'], ['none', 'done'], [1]],
    ['nothing that is back already', ['done', 'done'], ['done', 'done'], 'settled'],
    ['no undo of what was never begun', ['done', 'none'], ['done', 'none'], 'settled'],
  ])('takes back %s', (_name, forward, undo, wanted) => expect(orderOf(left(forward, undo))).toEqual(wanted));

  it('does nothing while a step has no recorded end, and says where', () =>
    expect(left(['done', 'unknown'])).toMatchObject({ kind: 'look-again', nodes: ['node-08'] }));

  it('does nothing before it has read every journal', () =>
    expect(left(['done', 'unreachable'])).toMatchObject({ kind: 'look-again', nodes: ['node-08'] }));

  it('repeats no undo that failed, and none whose end is not recorded', () => {
    expect(left(['done', 'none'], ['failed', 'none'])).toMatchObject({ kind: 'unsettled', nodes: ['node-07'] });
    expect(left(['done', 'none'], ['unknown', 'none'])).toMatchObject({ kind: 'look-again', nodes: ['node-07'] });
  });

  it('leaves a step without an undo to people', () => {
    const oneWay = { ...proposal, undo: [] };
    expect(left(['done', 'none'], ['none', 'none'], { proposal: oneWay })).toMatchObject({
      kind: 'unsettled',
      nodes: ['node-07'],
    });
  });

  it('touches nothing of a repair that had come to its end, or that goes on', () => {
    expect(left(['done', 'done'], ['none', 'none'], { concluded: true })).toMatchObject({ kind: 'settled' });
    expect(decideRecovery({ kind: 'running' })).toMatchObject({ kind: 'look-again' });
    expect(decideRecovery({ kind: 'gone', reason: 'no history' })).toMatchObject({ kind: 'unsettled', nodes: [] });
  });

  it('takes an undo that names no step for all that was done on its node', () => {
    const undo = proposal.undo.map(({ undoes: _none, ...step }) => step);
    const whole = { ...proposal, undo };
    expect(orderOf(left(['done', 'none'], ['none', 'none'], { proposal: whole }))).toEqual([1]);
    expect(orderOf(left(['done', 'done'], ['none', 'none'], { proposal: whole }))).toEqual([2, 1]);
  });
});
