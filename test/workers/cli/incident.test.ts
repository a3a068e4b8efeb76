import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentCommand } from '../../../workers/cli/incident.ts';
import { noApproval } from '../../../workflows/domain/approval.ts';
import { aProposal, digestOf } from '../../support/proposals.ts';
import { anAlertmanagerBody } from '../support/alert-bodies.ts';
import { runCli, type CliWorld } from '../support/cli-runs.ts';
import { anIncidentRow, aWaitingView, rememberingDesk } from '../support/remembering-desk.ts';

const id = 'site-a/0011223344556677';
const workflowId = `incident/${id}`;
const incident = (argv: readonly string[], world: CliWorld = {}) =>
  runCli(incidentCommand, ['incident', ...argv], world);

describe('incident list', () => {
  const rows = [
    anIncidentRow({
      phase: 'awaiting-approval',
      verdict: 'attributed',
      categories: ['gpu-clock-throttle'],
      nodes: ['node-07'],
      needsHuman: true,
    }),
    anIncidentRow({
      workflowId: 'incident/site-b/aabbccddeeff0011',
      cluster: 'site-b',
      severity: null,
      startedAtMs: 0,
    }),
    anIncidentRow({
      workflowId: 'incident/site-a/ffff000011112222',
      phase: 'reasoning',
      status: 'TERMINATED',
      closedAtMs: 9_000,
    }),
  ];

  it('is a table of the open ones, without colours off a terminal', async () => {
    const { desk } = rememberingDesk([], rows);
    const { stdout, exitCode } = await incident(['list'], { desk });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'PHASE', 'SEVERITY', 'AGE', 'VERDICT', 'CAUSE', 'NODES', 'NEEDS HUMAN'],
      [id, 'awaiting-approval', 'critical', '25 s', 'attributed', 'gpu-clock-throttle', 'node-07', 'yes'],
      ['site-b/aabbccddeeff0011', 'reasoning', '-', '30 s', '-', '-', '-', '-'],
    ]);
  });

  it('with --all also has those that the engine ended, and says so', async () => {
    const { desk } = rememberingDesk([], rows);
    expect((await incident(['list', '--all'], { desk })).stdout).toContain('reasoning (terminated)');
  });

  it('passes its filters on', async () => {
    const { desk, asked } = rememberingDesk();
    await incident(
      [
        'list',
        '--needs-human',
        '--cluster',
        'site-a',
        '--phase',
        'closed',
        '--severity',
        'critical',
        '--verdict',
        'no-fault',
      ],
      { desk },
    );
    expect(asked.filters[0]).toEqual({
      idStart: 'incident/',
      cluster: 'site-a',
      phase: 'closed',
      severity: 'critical',
      verdict: 'no-fault',
      needsHuman: true,
    });
  });

  it('as JSON has every row whole, and says when there are more', async () => {
    const { desk } = rememberingDesk([], rows);
    const { stdout } = await incident(['list', '--max', '1', '--json'], { desk });
    expect(JSON.parse(stdout)).toEqual({ incidents: [{ id, ...rows[0] }], truncated: true });
  });

  it.each([
    ['--max', '0'],
    ['--max', 'ten'],
    ['--verdict', 'guilty'],
    ['--colour', 'red'],
  ])('refuses %s %s as wrong usage', async (flag, value) => {
    const { exitCode, stderr } = await incident(['list', flag, value], { desk: rememberingDesk().desk });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(flag);
  });
});

describe('incident show', () => {
  it('prints the chart, and the view itself as JSON', async () => {
    const { desk } = rememberingDesk([aWaitingView()]);
    expect((await incident(['show', id], { desk })).stdout).toContain(aProposal().digest);
    expect(JSON.parse((await incident(['show', workflowId, '--json'], { desk })).stdout)).toEqual(aWaitingView());
  });

  it('says what to do when there is no such incident', async () => {
    const { exitCode, stderr } = await incident(['show', 'site-a/ffffffffffffffff'], { desk: rememberingDesk().desk });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('incident list --all');
  });
});

describe('incident approve', () => {
  const { digest } = aProposal();

  it('shows steps, undo and digest, asks, and sends the decision under the given name', async () => {
    const { desk, viewOf } = rememberingDesk([aWaitingView()]);
    const run = await incident(['approve', id, '--as', 'Ada', '--comment', 'go on'], { desk, replies: ['y'] });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('nvidia-smi -i 3 -rgc');
    expect(run.stderr).toContain('nvidia-smi -i 3 -lgc 210,210');
    expect(run.stderr).toContain(digest);
    expect(run.asked).toEqual(['Approve proposal 1 as Ada? [y/N] ']);
    expect(viewOf(workflowId)?.approval).toMatchObject({
      status: { kind: 'approved' },
      approvals: [{ approver: 'Ada', note: 'go on', decisionId: 'approve-1-dddddddd-Ada' }],
    });
  });

  it('sends nothing when the answer is anything but yes', async () => {
    const { desk, viewOf } = rememberingDesk([aWaitingView()]);
    const run = await incident(['approve', id], { desk, replies: [''] });
    expect(run.exitCode).toBe(1);
    expect(viewOf(workflowId)?.approval.status.kind).toBe('waiting');
  });

  it('without a terminal needs --yes, and --yes needs the digest', async () => {
    const { desk, viewOf } = rememberingDesk([aWaitingView()]);
    expect((await incident(['approve', id, '--digest', digest], { desk })).exitCode).toBe(2);
    expect((await incident(['approve', id, '--yes'], { desk })).exitCode).toBe(2);
    expect(viewOf(workflowId)?.approval.status.kind).toBe('waiting');
    const run = await incident(['approve', id, '--yes', '--digest', digest.slice(0, 12), '--json'], { desk });
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual({
      workflowId,
      proposal: 1,
      digest,
      decisionId: 'approve-1-dddddddd-grace',
      status: 'approved',
    });
  });

  it.each([
    ['another digest', ['--digest', digestOf('a')], 1, digest],
    ['another proposal', ['--proposal', '2'], 1, 'number 1'],
    ['a digest of a few digits', ['--digest', 'dddd'], 2, '12 hex digits'],
    ['a digest that is none', ['--digest', 'the-one-that-i-saw'], 2, '12 hex digits'],
  ])('refuses %s before it asks', async (_, flags, exitCode, message) => {
    const { desk } = rememberingDesk([aWaitingView()]);
    const run = await incident(['approve', id, ...flags], { desk, replies: ['y'] });
    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(message);
    expect(run.asked).toEqual([]);
  });

  it('reports the reason of a refusal', async () => {
    const { desk } = rememberingDesk([
      aWaitingView({ approval: { ...aWaitingView().approval, proposal: aProposal({ approvalsNeeded: 2 }) } }),
    ]);
    const run = await incident(['approve', id], { desk, replies: ['yes'] });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('two authenticated approvers');
  });

  it('says in which phase an incident is that has no open proposal', async () => {
    const { desk } = rememberingDesk([aWaitingView({ approval: noApproval, phase: 'gathering' })]);
    const run = await incident(['approve', id], { desk, replies: ['y'] });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('gathering');
  });
});

describe('incident reject and cancel', () => {
  it('reject sends the reason', async () => {
    const { desk, viewOf } = rememberingDesk([aWaitingView()]);
    const run = await incident(['reject', id, '--reason', 'the job ends soon', '--yes'], { desk });
    expect(run.exitCode).toBe(0);
    expect(viewOf(workflowId)?.approval.status).toMatchObject({
      kind: 'rejected',
      by: { approver: 'grace', note: 'the job ends soon' },
    });
  });

  it('cancel asks first', async () => {
    const { desk, asked } = rememberingDesk([aWaitingView()]);
    expect((await incident(['cancel', id], { desk, replies: ['n'] })).exitCode).toBe(1);
    expect((await incident(['cancel', id], { desk })).exitCode).toBe(2);
    expect(asked.cancelled).toEqual([]);
    expect((await incident(['cancel', id, '--yes'], { desk })).exitCode).toBe(0);
    expect(asked.cancelled).toEqual([workflowId]);
  });
});

describe('incident start', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wardround-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reports a fault in the only cluster there is; the same words are the same incident', async () => {
    const { desk, asked } = rememberingDesk();
    const argv = [
      'start',
      '--node',
      'node-07',
      '--job',
      'pretrain',
      '--severity',
      'critical',
      '--summary',
      'slow since noon',
    ];
    const run = await incident(argv, { desk });
    expect(run.exitCode).toBe(0);
    await incident(argv, { desk });
    const [first, second] = asked.started;
    expect(run.stdout).toContain(`site-a/${first?.groupHash}`);
    expect(second?.groupHash).toBe(first?.groupHash);
    expect(first?.observation.alerts[0]).toMatchObject({
      status: 'firing',
      labels: {
        alertname: 'ReportedByHand',
        cluster: 'site-a',
        node: 'node-07',
        job: 'pretrain',
        severity: 'critical',
      },
      summary: 'slow since noon',
    });
  });

  it('takes a saved Alertmanager body', async () => {
    const file = join(folder, 'alerts.json');
    writeFileSync(file, JSON.stringify(anAlertmanagerBody()));
    const { desk, asked } = rememberingDesk();
    const run = await incident(['start', '--body', file, '--json'], { desk });
    expect(JSON.parse(run.stdout)).toMatchObject({ incidents: [{ created: true, outcome: 'started' }] });
    expect(asked.started).toHaveLength(1);
  });

  it.each([
    ['{"version":', 'line 1, column 12'],
    ['{"version":"4"}', '#/groupKey'],
    [JSON.stringify(anAlertmanagerBody()).replaceAll('site-a', 'site-z'), 'site-z'],
  ])('says where the body %.20s… is wrong', async (text, place) => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, text);
    const run = await incident(['start', '--body', file], { desk: rememberingDesk().desk });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(place);
  });

  it('asks which cluster when there are several', async () => {
    const run = await incident(['start'], { desk: rememberingDesk().desk, clusters: ['site-a', 'site-b'] });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('site-a, site-b');
  });
});
