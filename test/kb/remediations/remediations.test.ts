import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { gateSteps } from '../../../kb/remediations/gate-steps.ts';
import { planRepair, remediations } from '../../../kb/remediations/index.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { GateStep, PlanDraft } from '../../../kb/schemas/remediation.ts';
import type { Finding, RankedCause } from '../../../workflows/domain/finding.ts';
import { gateScript } from '../../infra/gate/gate-node.ts';

const device = { kind: 'gpu', index: 3, name: '00000000:47:00.0' } as const;
const cause: RankedCause = { category: 'gpu-clock-throttle', node: 'node-07', device, probability: 0.97, because: [] };

function finding(kind: string, values: Finding['values'] = {}, over: Partial<Finding> = {}): Finding {
  return {
    id: `fi_${kind}`,
    kind,
    role: 'cause',
    node: 'node-07',
    device,
    count: 1,
    range: { evidenceId: 'ev_0', source: 'probe gpu.clocks on node-07' },
    text: kind,
    values,
    ...over,
  };
}

const locked = finding('gpu.clock.locked-low', { smMhz: 210, smMaxMhz: 1410 });
const limited = finding('gpu.power.limit-below-default', { powerLimitWatts: 150, defaultPowerLimitWatts: 400 });

/** For each remediation: findings on which it applies, and some that are next to it. */
const cases: Readonly<Record<string, { applies: readonly Finding[]; not: readonly (readonly Finding[])[] }>> = {
  'gpu.clocks.unlock': {
    applies: [locked],
    not: [
      [],
      [finding('gpu.clock.below-siblings', { smMhz: 1200 })],
      [locked, finding('gpu.temperature.high', { temperatureCelsius: 91 })],
      [locked, finding('gpu.throttle.power-brake')],
      [finding('gpu.clock.thermal', { smMhz: 700 })],
      [finding('gpu.clock.locked-low', { smMhz: 210 }, { node: 'node-08' })],
      [finding('gpu.clock.locked-low', { smMhz: 210 }, { device: { ...device, index: 4 } })],
      [finding('gpu.clock.locked-low')],
      [finding('gpu.clock.locked-low', { smMhz: 20 })],
    ],
  },
  'gpu.power-limit.restore': {
    applies: [limited],
    not: [
      [],
      [locked],
      [finding('gpu.power.limit-below-default-everywhere', { powerLimitWatts: 300 })],
      [finding('gpu.power.limit-below-default', { powerLimitWatts: 150 })],
      [limited, finding('gpu.clock.power-brake')],
      [limited, finding('gpu.throttle.thermal')],
    ],
  },
};

const steps: readonly GateStep[] = Object.values(gateSteps);

describe.each(remediations.map((remediation) => [remediation.id, remediation] as const))('%s', (id, remediation) => {
  const examples = cases[id];
  if (examples === undefined) throw new Error(`${id} needs cases here`);
  const draft = () => {
    const made = remediation.plan(cause, examples.applies);
    if ('notApplicable' in made) throw new Error(made.notApplicable);
    return made;
  };

  it('says what it does, for which category, and where that comes from', () => {
    expect(remediation.summary.length).toBeGreaterThan(20);
    expect(remediation.source).toMatch(/^https:\/\//);
    expect(id).toMatch(/^[a-z]+(\.[a-z-]+){2}$/);
  });

  it('can be undone, or its class says that it cannot', () => {
    expect(remediation.reversibility === 'one-way' || draft().undo.length > 0).toBe(true);
  });

  it('touches what the cause names and nothing else', () => {
    const made: PlanDraft = draft();
    expect([...made.steps, ...made.undo].map((step) => step.node)).toEqual(
      [...made.steps, ...made.undo].map(() => cause.node),
    );
    expect([...made.steps, ...made.undo].map((step) => step.args[0])).toEqual(
      [...made.steps, ...made.undo].map(() => '3'),
    );
    expect(made.blastRadius).toMatchObject({ nodes: [cause.node], devices: [device] });
  });

  it('uses steps of the gate with arguments that the gate accepts, numbered from 1', () => {
    const made = draft();
    for (const list of [made.steps, made.undo])
      for (const [at, step] of list.entries()) {
        const declared = steps.find((one) => one.id === step.stepId);
        expect(declared?.args.every((arg, position) => arg.pattern.test(step.args[position] ?? ''))).toBe(true);
        expect(step.rendered).toBe(declared?.render(step.args));
        expect(step.index).toBe(at + 1);
      }
  });

  it('is verified by probes that exist, after a time to settle', () => {
    const made = draft();
    expect(made.verifyProbes.length).toBeGreaterThan(0);
    for (const probe of made.verifyProbes) {
      expect(probeById(probe.probeId)).toBeDefined();
      expect(probe.nodes).toEqual(['node-07']);
    }
    expect(made.settleClusterMs).toBeGreaterThan(0);
  });

  it.each(
    examples.not.map((findings) => [findings.map((one) => one.kind).join(' and ') || 'nothing', findings] as const),
  )('does not apply to %s, and says why', (_name, findings) => {
    const made = remediation.plan(cause, findings);
    expect('notApplicable' in made ? made.notApplicable : 'a plan').toMatch(/GPU 3|gpu-clocks-lock/);
  });

  it('does not apply to a cause without a single GPU', () => {
    expect(
      remediation.plan({ category: cause.category, node: 'node-07', probability: 1, because: [] }, examples.applies),
    ).toHaveProperty('notApplicable');
    expect(
      remediation.plan({ category: cause.category, device, probability: 1, because: [] }, examples.applies),
    ).toHaveProperty('notApplicable');
  });
});

describe('the plan for a cause', () => {
  it('is the reset of the locked clock, and the lock as it was as its undo', () => {
    const plan = planRepair(cause, [locked]);
    expect(plan).toMatchObject({
      kind: 'plan',
      remediation: { id: 'gpu.clocks.unlock' },
      draft: {
        steps: [{ stepId: 'gpu-clocks-reset', args: ['3'], rendered: 'nvidia-smi -i 3 -rgc' }],
        undo: [{ stepId: 'gpu-clocks-lock', args: ['3', '210', '210'], rendered: 'nvidia-smi -i 3 -lgc 210,210' }],
      },
    });
  });

  it('is the default power limit where the limit was lowered', () => {
    expect(planRepair(cause, [limited])).toMatchObject({
      remediation: { id: 'gpu.power-limit.restore' },
      draft: { steps: [{ args: ['3', '400'] }], undo: [{ args: ['3', '150'] }] },
    });
  });

  it('is none for heat, with the reason for the people who take over', () => {
    const plan = planRepair(cause, [finding('gpu.clock.thermal', { smMhz: 600 })]);
    expect(plan).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('people must look at cooling and power') as unknown,
    });
  });

  it('is none for a category without a repair', () => {
    expect(planRepair({ ...cause, category: 'nccl-bug' }, [locked])).toEqual({
      kind: 'none',
      reason: 'no repair is known for nccl-bug',
    });
  });
});

it('the gate on the node and the declarations here know the same steps with the same arguments', () => {
  const table = spawnSync('/bin/sh', [gateScript, '--steps'], { encoding: 'utf8' }).stdout.trim().split('\n');
  const declared = steps.map((step) =>
    [
      step.id,
      ...step.args.map((arg) => `${arg.name}=${arg.pattern.source.replace(/^\^\(/, '').replace(/\)\$$/, '')}`),
    ].join(' '),
  );
  expect(table.toSorted()).toEqual(declared.toSorted());
});

it('ids are unique', () => {
  expect(new Set(remediations.map((one) => one.id)).size).toBe(remediations.length);
});
