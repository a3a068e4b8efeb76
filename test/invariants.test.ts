import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from './support/repository.ts';

/** What must never break, and the tests that hold it. A test that is renamed or dropped is missed here. */
const invariants: readonly (readonly [invariant: string, held: readonly (readonly [file: string, title: string])[]])[] =
  [
    [
      '1: no forward step runs without an unexpired approval for exactly this proposal',
      [
        ['activities/authorisation.test.ts', 'may run when exactly this proposal was approved'],
        ['activities/authorisation.test.ts', 'may not run once the approval has expired'],
        ['workflows/incident.test.ts', 'expires when nobody decides, and nothing was changed'],
        ['stack/survives.test.ts', 'a wrong digest approves nothing'],
        ['stack/web-ui.test.ts', 'a wrong digest is refused, visible and harmless'],
        ['workflows/people.test.ts', 'the old one can not be approved'],
      ],
    ],
    [
      '2: every claim in a verdict or plan cites evidence that exists',
      [
        ['kb/reasoning/grounding.test.ts', 'lets no cause be attributed on struck claims alone'],
        ['activities/propose-plan.test.ts', 'rests on the evidence that its claims cite'],
        ['activities/run-probe-batch.test.ts', 'the exact bytes of its line in the stored output'],
      ],
    ],
    [
      '3: no text from logs, nodes or models becomes a command',
      [
        ['activities/adapters/ssh/quote.test.ts', 'brings every word through a real shell unchanged'],
        ['activities/apply-step.test.ts', 'is refused when the plan shows another command than the gate would run'],
        ['kb/reasoning/diagnose.test.ts', 'repeats no text of a log in its sentences'],
      ],
    ],
    [
      '4: evidence is written once',
      [
        ['activities/adapters/s3-evidence.test.ts', 'putting the same bytes again succeeds and writes nothing'],
        ['activities/adapters/s3-evidence.test.ts', 'bytes that never had the recorded hash are tampered evidence'],
      ],
    ],
    [
      '5: any process may be killed; each effect on a node happens once',
      [
        ['stack/survives.test.ts', 'an orchestrator killed while the proposal waits is started again and still waits'],
        ['stack/survives.test.ts', 'a remediation worker killed between action and report repeats nothing on the node'],
        ['infra/gate/wardround-gate.test.ts', 'is unknown to look and to a repeat, which does not run it again'],
        ['infra/gate/wardround-gate.test.ts', 'from then on an owner with a lower one is refused'],
        ['workflows/recover.test.ts', 'an owner that comes back after its lease passed on is refused by the gate'],
      ],
    ],
    ['6: every recorded history replays', [['workflows/recorded-histories.test.ts', 'replays to the same decisions']]],
    [
      '7: only a verified repair teaches, and no record holds a node',
      [
        [
          'activities/learn-from-repair.test.ts',
          'puts no name of a node, no device and no text of evidence into the record',
        ],
        ['workflows/incident.test.ts', 'undoes what made it worse'],
        [
          'workflows/people.test.ts',
          'goes back into service when the part was replaced and measured, and that teaches',
        ],
      ],
    ],
    [
      '8: one fault, one incident; memory stays bounded in a storm',
      [
        ['workers/api/intake.test.ts', 'starts one incident when the same group arrives many times at once'],
        ['workflows/domain/cluster-rules.test.ts', 'that overlap in job, node and time become one'],
        ['kb/logs/scan.test.ts', 'holds its memory in a storm of places'],
      ],
    ],
    [
      '9: our credentials appear nowhere, and host keys are always verified',
      [
        ['activities/adapters/s3-evidence.test.ts', 'and neither message holds the secret'],
        ['workers/api/app.test.ts', 'logs each request and outcome, and neither token nor body'],
        ['activities/scan-evidence.test.ts', 'secrets of jobs are masked in what is stored'],
        ['activities/adapters/ssh/ssh-connection.test.ts', 'host key'],
      ],
    ],
    [
      '10: every loop, wait, fan-out and excerpt has a bound with a name',
      [
        ['workflows/domain/cluster-rules.test.ts', 'the memory of answers stays bounded'],
        ['workflows/domain/approval.test.ts', 'refusals shown stay bounded while all are counted'],
        ['infra/gate/wardround-gate.test.ts', 'keeps a bounded journal'],
      ],
    ],
  ];

describe.each(invariants)('invariant %s', (_invariant, held) => {
  it.each(held)('is held by %s: %s', (file, title) => {
    expect(readFileSync(repositoryPath(`test/${file}`), 'utf8')).toContain(title);
  });
});
