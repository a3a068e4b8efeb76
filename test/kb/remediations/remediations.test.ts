import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { gateSteps } from '../../../kb/remediations/gate-steps.ts';
import { remediations } from '../../../kb/remediations/index.ts';
import { planRepair } from '../../../kb/remediations/plan-repair.ts';
import { categories } from '../../../kb/taxonomy.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { GateStep, PlanDraft } from '../../../kb/schemas/remediation.ts';
import type { RankedCause } from '../../../workflows/domain/finding.ts';
import { gateScript } from '../../infra/gate/gate-node.ts';
import {
  askedCause,
  cause,
  counting,
  diskCause,
  eccCause,
  eccFailed,
  eccPending,
  examplesOf,
  finding,
  jobFailed,
  jobRuns,
  jobWith,
  limited,
  linkCause,
  locked,
  memoryCause,
  memoryLow,
  policyOf,
  scratchFull,
  site,
} from './examples.ts';

const steps: readonly GateStep[] = Object.values(gateSteps);

const machine = remediations.filter(({ id }) => id !== 'ask-person');

describe.each(machine.map((remediation) => [remediation.id, remediation] as const))('%s', (id, remediation) => {
  const examples = examplesOf[id];
  if (examples === undefined) throw new Error(`${id} needs examples in examples.ts`);
  const draft = () => {
    const made = remediation.plan(examples.cause, examples.applies, site);
    if ('ask' in made) throw new Error(made.ask);
    if ('notApplicable' in made) throw new Error(made.notApplicable);
    return made;
  };

  it('says what it does, for which category, and where that comes from', () => {
    expect(remediation.summary.length).toBeGreaterThan(20);
    expect(remediation.source).toMatch(/^https:\/\//);
    expect(id).toMatch(/^[a-z]+(-[a-z]+)?(\.[a-z-]+){1,2}$/);
    expect(remediation.categories).toContain(examples.cause.category);
  });

  it('says in words what it needs, what it does, how it is taken back and how that is seen', () => {
    const { precondition, effect, undo, verification } = remediation;
    for (const words of [precondition, effect, undo, verification]) expect(words.length).toBeGreaterThan(15);
    expect(precondition).not.toBe(effect);
  });

  it('is made of the gate steps that it names, and of no others', () => {
    const named = new Set(remediation.gateSteps.map((step) => step.id));
    const made = draft();
    const used = [...made.steps, ...made.undo].map(({ stepId }) => stepId);
    expect(used.filter((stepId) => !named.has(stepId))).toEqual([]);
    expect(used.length).toBeGreaterThan(0);
  });

  it('sends a step to the management host where the node itself does not do it, and nowhere else without need', () => {
    const made = draft();
    for (const { stepId, on } of [...made.steps, ...made.undo]) {
      const declared = steps.find((one) => one.id === stepId);
      expect(on === undefined ? declared?.on !== 'management' : declared?.on !== undefined).toBe(true);
    }
  });

  it('that cannot be taken back says whose practice one approval is', () => {
    const { reversibility, approvalsNeeded, approvalsSource } = remediation;
    const mustSay = reversibility === 'one-way' && approvalsNeeded === 1;
    expect(approvalsSource ?? 'nobody').toMatch(mustSay ? /^https:\/\/\S+ \(.+\)$/ : /^nobody$/);
  });

  it('covers only repairs that exist, and never itself', () => {
    const ids = remediations.map((one) => one.id);
    expect(remediation.supersedes.filter((other) => other === id || !ids.includes(other))).toEqual([]);
  });

  it.each(examples.done === undefined ? [] : [[examples.done]])('does not apply any more once it is done', (done) => {
    expect(remediation.plan(examples.cause, [...examples.applies, ...done], site)).toHaveProperty('notApplicable');
  });

  it('can be undone, or its class says that it cannot', () => {
    expect(remediation.reversibility === 'one-way' || draft().undo.length > 0).toBe(true);
  });

  it('touches the node that the cause names and no other', () => {
    const made: PlanDraft = draft();
    for (const step of [...made.steps, ...made.undo]) expect(step.node).toBe('node-07');
    expect(made.blastRadius.nodes).toEqual(['node-07']);
    for (const touched of made.blastRadius.devices) expect(touched).toEqual(examples.cause.device);
  });

  it('names in each undo step a forward step that there is, or no step', () => {
    const made = draft();
    for (const { undoes } of made.undo)
      expect(undoes === undefined || made.steps.some(({ index }) => index === undoes)).toBe(true);
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
    for (const probe of [...made.verifyProbes, ...(made.handOver?.verifyProbes ?? [])]) {
      const declared = probeById(probe.probeId);
      expect(declared).toBeDefined();
      expect(probe.nodes).toEqual(['node-07']);
      for (const kind of probe.expects ?? []) expect(declared?.outcomes.map(({ id: one }) => one)).toContain(kind);
    }
    expect(made.settleClusterMs).toBeGreaterThan(0);
  });

  it.each(
    examples.not.map((findings) => [findings.map((one) => one.kind).join(' and ') || 'nothing', findings] as const),
  )('does not apply to %s, and says why', (_name, findings) => {
    const made = remediation.plan(examples.cause, findings, site);
    expect('notApplicable' in made ? made.notApplicable : 'a plan').toMatch(/GPU 3|gpu-clocks-lock|node-07|space-hold/);
  });

  it('does not apply to a cause without a place, or on a node that nobody knows', () => {
    const { node: _nowhere, ...placeless } = examples.cause;
    expect(remediation.plan(placeless, examples.applies, site)).toHaveProperty('notApplicable');
    const elsewhere = { ...examples.cause, node: 'node-99' };
    expect(remediation.plan(elsewhere, examples.applies, site)).toHaveProperty('notApplicable');
  });
});

describe.each(['gpu.reset', 'ib.port.disable-and-reroute', 'ib.port.enable'])('%s', (id) => {
  it('does not apply to a cause without its device', () => {
    const examples = examplesOf[id];
    const { device: _none, ...broad } = examples?.cause ?? cause;
    const plan = remediations.find((one) => one.id === id)?.plan(broad, examples?.applies ?? [], site);
    expect(plan).toHaveProperty('notApplicable');
  });
});

describe('the plan for a cause', () => {
  it('is the reset of the locked clock, and the lock as it was as its undo', () => {
    const plan = planRepair(cause, [locked], site);
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
    expect(planRepair(cause, [limited], site)).toMatchObject({
      remediation: { id: 'gpu.power-limit.restore' },
      draft: { steps: [{ args: ['3', '400'] }], undo: [{ args: ['3', '150'] }] },
    });
  });

  it('is none for heat, with the reason for the people who take over', () => {
    const plan = planRepair(cause, [finding('gpu.clock.thermal', { smMhz: 600 })], site);
    expect(plan).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('people must look at cooling and power') as unknown,
    });
  });

  it('is none where no machine can act, and says what people are asked', () => {
    expect(planRepair(askedCause, [locked], site)).toEqual({
      kind: 'none',
      reason: 'ask-person: node-07: compare the NCCL release with its known defects and try the next one',
    });
  });
});

describe('a node with broken memory of a GPU', () => {
  const planned = (over: Partial<RankedCause>, ...findings: Parameters<typeof planRepair>[1]) => {
    const plan = planRepair({ ...eccCause, ...over }, findings, site);
    if (plan.kind === 'none') throw new Error(plan.reason);
    return plan.draft;
  };

  it('is drained, its failed job is queued again, and people get the GPU by its name', () => {
    expect(planned({}, eccFailed, jobFailed)).toMatchObject({
      steps: [
        { rendered: 'scontrol update NodeName=node-07 State=DRAIN Reason=wardround' },
        { rendered: 'scontrol requeue 4242' },
      ],
      undo: [{ rendered: 'scontrol update NodeName=node-07 State=RESUME', undoes: 1 }],
      takesOut: { nodes: ['node-07'], gpus: 8 },
      blastRadius: { interruptsJob: false },
      verifyProbes: [{ probeId: 'scheduler.node' }, { probeId: 'scheduler.jobs', nodes: ['node-07'] }],
      handOver: {
        task: expect.stringMatching(
          /^replace GPU 3 \(GPU-94da3560-\S+3\) of node-07: its row remapping has failed; it is put back into service once that is measured$/,
        ) as unknown,
      },
    });
  });

  it('is only drained where the scheduler named no job, or one that cannot be queued again', () => {
    expect(planned({}, eccFailed).steps).toHaveLength(1);
    expect(planned({}, eccFailed, jobWith({ requeueable: 'no' }))).toMatchObject({
      steps: [{ stepId: 'node-drain' }],
      blastRadius: { text: expect.stringContaining('has to be submitted anew') as unknown },
    });
    expect(planned({}, eccFailed, jobWith({ onNode: 'no' })).steps).toHaveLength(1);
  });

  it('interrupts a job that runs, says so, and accepts that it may have to wait for another node', () => {
    const draft = planned({}, eccFailed, jobRuns);
    expect(draft.blastRadius.interruptsJob).toBe(true);
    expect(draft.cost.text).toContain('its work since the last checkpoint is lost');
    expect(draft.verifyProbes[1]?.expects).toEqual(['scheduler.job.running', 'scheduler.job.pending']);
  });

  it('is to be reset first where the rows can still be remapped', () => {
    expect(planned({}, eccPending).handOver?.task).toMatch(/^reset GPU 3 /);
  });

  it.each([
    ['gpu-fell-off-bus', finding('gpu.presence.missing'), /^reseat or replace GPU 3/],
    ['nvlink-fabric-error', finding('nvlink.link.inactive'), /^reseat or replace GPU 3/],
  ] as const)('is drained for %s too', (category, proof, task) => {
    expect(planned({ category }, proof)).toMatchObject({
      steps: [{ stepId: 'node-drain' }],
      handOver: { task: expect.stringMatching(task) as unknown },
    });
  });
});

describe('a bad link', () => {
  it('is switched off, and the job goes over the other adapters', () => {
    expect(planRepair(linkCause, [counting, jobRuns], site)).toMatchObject({
      draft: {
        steps: [{ rendered: 'mlxlink -d mlx5_2 -p 1 -a DN' }, { rendered: 'scontrol requeue 4242' }],
        undo: [{ rendered: 'mlxlink -d mlx5_2 -p 1 -a UP', undoes: 1 }],
        blastRadius: { interruptsJob: true, text: expect.stringContaining('3 of 4 adapters') as unknown },
        verifyProbes: [
          { probeId: 'ib.ports', expects: ['ib.port.administratively-down'] },
          { probeId: 'scheduler.jobs' },
        ],
        handOver: { task: expect.stringContaining('cable or optic of mlx5_2 on node-07') as unknown },
      },
    });
  });

  it('stays on where it is the only one of its node, and the job goes on without the node', () => {
    const alone = { ...site, nodes: site.nodes.map((node) => ({ ...node, hcas: node.hcas.slice(2, 3) })) };
    expect(planRepair(linkCause, [counting, jobRuns], alone)).toMatchObject({
      remediation: { id: 'job.requeue-without-node' },
    });
    expect(planRepair(linkCause, [counting], alone)).toMatchObject({
      kind: 'plan',
      remediation: { id: 'node.hand-over-hardware' },
    });
    const unmanaged = { nodes: alone.nodes };
    expect(planRepair(linkCause, [counting], unmanaged)).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('the only RDMA adapter') as unknown,
    });
  });
});

describe('a job that ran its host out of memory', () => {
  it('is held, limited to nine tenths of the node, and released; the undo knows the former limit', () => {
    expect(planRepair(memoryCause, [memoryLow, jobFailed], site)).toMatchObject({
      draft: {
        steps: [
          { rendered: 'scontrol requeuehold 4242' },
          { rendered: 'scontrol update JobId=4242 MinMemoryNode=928611' },
          { rendered: 'scontrol release 4242' },
        ],
        undo: [
          { rendered: 'scontrol release 4242', undoes: 1 },
          { rendered: 'scontrol update JobId=4242 MinMemoryNode=512000', undoes: 2 },
          { rendered: 'scontrol requeuehold 4242', undoes: 3 },
        ],
      },
    });
  });

  it('is only released by the undo where the former limit is not known', () => {
    const { values, ...rest } = jobFailed;
    const { minMemoryMib: _unknown, ...others } = values ?? {};
    const plan = planRepair(memoryCause, [memoryLow, { ...rest, values: others }], site);
    expect(plan).toMatchObject({ draft: { undo: [{ stepId: 'job-release', undoes: 1 }] } });
  });

  it('is left to people after three restarts', () => {
    expect(planRepair(memoryCause, [memoryLow, jobWith({ restarts: 3 })], site)).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('restarted 3 times already') as unknown,
    });
  });
});

describe('a full file system', () => {
  it('gets room from the policy that moves least and still suffices', () => {
    const offers = [policyOf('everything', 900_000), policyOf('old-logs', 60_000), policyOf('too-little', 10_000)];
    expect(planRepair(diskCause, [scratchFull, ...offers, jobFailed], site)).toMatchObject({
      draft: {
        steps: [{ rendered: 'wardround-space hold old-logs' }, { rendered: 'scontrol requeue 4242' }],
        undo: [{ rendered: 'wardround-space return old-logs', undoes: 1 }],
        blastRadius: { interruptsJob: false },
      },
    });
  });

  it('leaves a job that runs alone', () => {
    const plan = planRepair(diskCause, [scratchFull, policyOf('old-logs', 60_000), jobRuns], site);
    expect(plan).toMatchObject({ draft: { steps: [{ stepId: 'space-hold' }] } });
  });

  it('that is only nearly full counts too: a checkpoint that failed is removed again by its writer', () => {
    const nearly = {
      ...scratchFull,
      kind: 'disk.space.nearly-full',
      values: { ...scratchFull.values, availableKib: 20_000 },
    };
    expect(planRepair(diskCause, [nearly, policyOf('old-logs', 30_000)], site)).toMatchObject({ kind: 'plan' });
    expect(planRepair(diskCause, [nearly, policyOf('old-logs', 29_999)], site)).toMatchObject({ kind: 'none' });
  });
});

it('no text of a node or a log stands in a plan', () => {
  const shouting = [eccFailed, jobFailed, memoryLow, scratchFull, counting].map((one) => ({ ...one, text: 'SHOUTED' }));
  for (const one of [eccCause, linkCause, memoryCause, diskCause]) {
    const plan = planRepair(one, [...shouting, policyOf('old-logs', 60_000)], site);
    expect(plan.kind).toBe('plan');
    expect(JSON.stringify(plan)).not.toContain('SHOUTED');
  }
});

it('asks people about every category, and changes nothing by it', () => {
  const ask = remediations.at(-1);
  expect(ask).toMatchObject({ id: 'ask-person', gateSteps: [], supersedes: [] });
  for (const category of [...categories, 'unlisted'] as const)
    expect(ask?.plan({ ...cause, category }, [], site)).toEqual({ ask: expect.stringMatching(/^node-07: .{20}/) });
});

it('the gate on the node and the declarations here know the same steps with the same arguments', () => {
  const table = spawnSync('/bin/sh', [gateScript, '--steps'], { encoding: 'utf8' }).stdout.trim().split('\n');
  const declared = steps.map((step) =>
    [
      step.id,
      ...step.args.map((arg) => `${arg.name}=${arg.pattern.source.replace(/^\^\(/, '').replace(/\)\$$/, '')}`),
      ...(step.on === undefined ? [] : [`on=${step.on}`]),
    ].join(' '),
  );
  expect(table.toSorted()).toEqual(declared.toSorted());
});

it('ids are unique', () => {
  expect(new Set(remediations.map((one) => one.id)).size).toBe(remediations.length);
});
