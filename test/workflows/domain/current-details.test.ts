import { expect, it } from 'vitest';
import { readObservation } from '../../../workflows/domain/alert.ts';
import { noApproval, reduceApproval } from '../../../workflows/domain/approval.ts';
import { newCluster } from '../../../workflows/domain/cluster-rules.ts';
import { renderClusterDetails } from '../../../workflows/domain/cluster-details.ts';
import { detailsCharsMax, renderDetails } from '../../../workflows/domain/current-details.ts';
import { newIncidentView, type IncidentView } from '../../../workflows/domain/incident-view.ts';
import { aProposal } from '../../support/proposals.ts';

const proposal = aProposal();
const fresh = newIncidentView({
  cluster: 'site-a',
  workflowId: 'incident/site-a/0123',
  runId: 'run-1',
  openedAtMs: 1,
  observeOnly: false,
  recurrenceOf: null,
});
const waiting: IncidentView = {
  ...fresh,
  phase: 'awaiting-approval',
  approval: reduceApproval(noApproval, { kind: 'proposed', proposal }),
};

function delivery(labels: Record<string, string>, summary: string) {
  const alert = { fingerprint: 'f', status: 'firing', startsAtMs: 1, labels, summary };
  return readObservation({ receivedAtMs: 1, status: 'firing', groupLabels: {}, alerts: [alert], truncated: 0 });
}

it('the input that is shown counts once a name is put in, and does not before', () => {
  const shown = /```json\n([^`]+)```/.exec(renderDetails(waiting))?.[1] ?? '';
  const payload = JSON.parse(shown) as object;
  const decide = (sent: object) =>
    reduceApproval(waiting.approval, { kind: 'decided', decision: 'approve', payload: sent, principal: null, atMs: 2 });
  expect(decide(payload).status.kind).toBe('waiting');
  expect(decide({ ...payload, approver: 'Ada' }).status.kind).toBe('approved');
});

it('text of alerts is shown, never interpreted, and a flood of it never hides what to decide', () => {
  const alert = delivery({ alertname: '[approve](http://x) `a` <img>\n# now' }, 'x'.repeat(1_000_000));
  const text = renderDetails({ ...waiting, alert });
  expect(text).toContain('\\[approve\\](http\\[:\\]//x) \\`a\\` \\<img\\> \\# now');
  expect(text).toContain(proposal.digest);
  expect(text.length).toBeLessThan(detailsCharsMax);
});

it('an alert that resolved meanwhile is said to whoever decides', () => {
  expect(renderDetails({ ...waiting, latestAlertStatus: 'resolved' })).toContain('has resolved meanwhile');
  expect(renderDetails({ ...waiting, latestAlertStatus: 'firing' })).not.toContain('has resolved meanwhile');
});

it('what a repair that has helped leaves is shown while its alert goes on firing', () => {
  const step = { direction: 'forward', index: 1, stepId: 'gpu-clocks-reset', node: 'node-07', atMs: 5 } as const;
  const learning: IncidentView = {
    ...waiting,
    phase: 'learning',
    latestAlertStatus: 'firing',
    repair: {
      outcome: { kind: 'compared', comparison: 'better' },
      fencing: null,
      undoRecord: null,
      steps: [{ ...step, outcome: { kind: 'unknown', reason: 'cut off' } }],
      before: null,
      after: null,
      afterUndo: null,
      evidence: [],
    },
    recoveries: [{ atMs: 6, recovered: false, text: '1 alert(s) still fire' }],
  };
  const said = 'Since then: 1 alert(s) still fire; what stays is looked into by another run';
  expect(renderDetails(learning)).toContain(said);
  expect(renderDetails({ ...learning, latestAlertStatus: 'resolved' })).not.toContain('Since then');
  expect(renderDetails({ ...learning, phase: 'awaiting-people' })).not.toContain('Since then');
});

it('node names of alerts are escaped and few in the details of the cluster', () => {
  const nodes = ['[go](http://x)', ...Array.from({ length: 900 }, (_, at) => `node-${at}`)];
  const open = { asker: { workflowId: 'incident/site-a/1', runId: 'r' }, job: null, nodes, alertAtMs: 1 };
  const text = renderClusterDetails({ ...newCluster('site-a', 1), open: [open] });
  expect(text).toContain('\\[go\\](http\\[:\\]//x)');
  expect(text).toContain('and 896 more');
});

it('incidents that were merged never hide what to decide, however many and however long their names', () => {
  const merged = Array.from({ length: 50 }, (_, at) => ({
    workflowId: `incident/${'`x'.repeat(490)}${at}`,
    runId: 'r',
    atMs: 1,
  }));
  const text = renderDetails({ ...waiting, merged });
  expect(text).toContain('and 45 more');
  expect(text).toContain(proposal.digest);
  expect(text).not.toContain('`x`x');
});

it('what was recalled says where it comes from, as text', () => {
  const ref = { id: 'ev_1', kind: 'recall' as const, bucket: 'b', key: 'k', sha256: 'a'.repeat(64), bytes: 1 };
  const hit = { problemkey: 'gpu-lost', category: 'gpu-fell-off-bus', score: 0.9 };
  const source = 'https://docs.example.com/thread/1';
  const recall = { recall: ref, top: [{ ...hit, source }], degraded: null };
  const planted = { id: 'runbook-1', kind: 'runbook' as const, source: '[approve](http://x)' };
  const text = renderDetails({ ...waiting, recall: { ...recall, references: [planted] } });
  expect(text).toContain('gpu-lost (gpu-fell-off-bus): `https://docs.example.com/thread/1`');
  expect(text).toContain('runbook runbook-1: `[approve](http://x)`');
  // As histories have it that were written before sources were kept.
  expect(renderDetails({ ...waiting, recall: { ...recall, top: [hit] } })).toContain('Similar incidents: gpu-lost');
});
