import { expect, it } from 'vitest';
import { newCluster, type ClusterState } from '../../../../workflows/domain/cluster-rules.ts';
import { newIncidentView, type IncidentView } from '../../../../workflows/domain/incident-view.ts';
import { incidentProblems, type Aftermath } from '../../../../workers/cli/bench/check-incident.ts';

const fault = { node: 'node-03', gpu: 5 };
const asker = { workflowId: 'incident/site-a/0', runId: 'r' };
const fencing = { epochMs: 1, counter: 1 };

function view(replayed: boolean, cause = { node: fault.node, index: fault.gpu }): IncidentView {
  const start = { cluster: 'site-a', ...asker, openedAtMs: 0, observeOnly: false, recurrenceOf: null };
  const step = {
    direction: 'forward',
    index: 1,
    stepId: 'gpu-clocks-reset',
    node: fault.node,
    outcome: { kind: 'done', exitCode: 0, replayed },
    atMs: 1,
  };
  return {
    ...newIncidentView(start),
    closing: { kind: 'repaired', proposal: 1, problemkey: 'p' },
    verdict: {
      kind: 'attributed',
      causes: [{ category: 'gpu-clock-throttle', node: cause.node, device: { kind: 'gpu', index: cause.index } }],
    },
    repair: { steps: [step] },
  } as unknown as IncidentView; // only what is looked at
}

const entry = { node: fault.node, token: 't', request: 'gpu-clocks-reset 5', begun: true, ended: true };
const well: Aftermath = {
  journal: [entry],
  actions: ['gate: reset-clocks'],
  cluster: newCluster('site-a', 1),
  healthy: true,
  lost: [],
  evidence: 40,
};

it('an incident that ended as it should has no problems', () => {
  expect(incidentProblems(fault, view(false), well, false)).toEqual([]);
  expect(incidentProblems(fault, view(true), well, true)).toEqual([]);
});

const cluster = (change: Partial<ClusterState>): Partial<Aftermath> => ({ cluster: { ...well.cluster, ...change } });
const lease = { fencing, asker, nodes: [fault.node], grantedAtMs: 1, untilMs: 2 };

it.each<[string, Partial<Aftermath>, RegExp]>([
  ['an effect twice', { journal: [entry, { ...entry, token: 'u' }] }, /2 new entries for 1 step/],
  ['an effect without its end', { journal: [{ ...entry, ended: false }] }, /without its end/],
  ['an effect past the journal', { actions: ['gate: a', 'gate: a'] }, /2 change\(s\) on the nodes for 1 step/],
  ['a lease kept', cluster({ leases: [lease] }), /a lease was not given back/],
  ['an incident left open', cluster({ open: [{ asker, job: null, nodes: [], alertAtMs: 1 }] }), /still has it open/],
  ['a node unsettled', cluster({ unsettled: [{ node: fault.node, fencing, sinceMs: 1 }] }), /left unsettled/],
  ['evidence lost', { lost: ['evidence/x'] }, /1 piece\(s\) of evidence cannot be read: evidence\/x/],
  ['no evidence at all', { evidence: 0 }, /name no evidence/],
  ['a sick cluster', { healthy: false }, /not healthy/],
])('%s is a problem', (_, after, problem) => {
  const problems = incidentProblems(fault, view(false), { ...well, ...after }, false);
  expect(problems).toEqual([expect.stringMatching(problem)]);
});

it('a wrong cause, another end, and a repeat that was not answered from the journal are problems', () => {
  expect(incidentProblems(fault, view(false, { node: 'node-04', index: 5 }), well, false)).toHaveLength(1);
  expect(incidentProblems(fault, { ...view(false), closing: null }, well, false)).toEqual([
    expect.stringContaining('not at all'),
  ]);
  expect(incidentProblems(fault, view(false), well, true)).toEqual([
    'the repeated step was not answered from the journal',
  ]);
});
