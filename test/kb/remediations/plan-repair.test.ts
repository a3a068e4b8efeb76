import { describe, expect, it } from 'vitest';
import { covers } from '../../../kb/remediations/covers.ts';
import { remediations } from '../../../kb/remediations/index.ts';
import { planRepair, planRepairs } from '../../../kb/remediations/plan-repair.ts';
import type { RankedCause } from '../../../workflows/domain/finding.ts';
import type { TriedRepair } from '../../../workflows/domain/proposal.ts';
import {
  device,
  eccPending,
  examplesOf,
  failedService,
  finding,
  gsp,
  jobFailed,
  jobRuns,
  locked,
  nodeFree,
  ofNode,
  silent,
  site,
} from './examples.ts';

const causeOf = (category: RankedCause['category'], more: Partial<RankedCause> = {}): RankedCause => ({
  category,
  node: 'node-07',
  device,
  probability: 0.9,
  because: [],
  ...more,
});
const driver = causeOf('gpu-driver-bug');
const mismatch = causeOf('driver-version-mismatch');
const idOf = (plan: ReturnType<typeof planRepair>) => (plan.kind === 'plan' ? plan.remediation.id : plan.reason);
const triedBy = (plan: ReturnType<typeof planRepair>): TriedRepair => {
  if (plan.kind === 'none') throw new Error(plan.reason);
  return { remediationId: plan.remediation.id, node: plan.cause.node, steps: plan.draft.steps };
};
const rebooted = (node: string): TriedRepair => ({
  remediationId: 'node.reboot',
  node,
  steps: [{ stepId: 'node-reboot', args: [node] }],
});

describe('a stronger repair', () => {
  it('never covers its own undo, nor what it undoes: the forward step of the one is not the undo of the other', () => {
    const housekeeping = ['job-requeue', 'job-requeue-hold', 'job-release'];
    const stepsOf = (id: string, of: 'steps' | 'undo') => {
      const examples = examplesOf[id];
      const made = remediations
        .find((one) => one.id === id)
        ?.plan(examples?.cause ?? driver, examples?.applies ?? [], site);
      if (made === undefined || !('steps' in made)) return [];
      return made[of].map(({ stepId }) => stepId).filter((stepId) => !housekeeping.includes(stepId));
    };
    const wrong = remediations.flatMap(({ id }) =>
      remediations
        .filter((other) => covers(remediations, id, other.id))
        .filter(
          (other) =>
            stepsOf(id, 'undo').some((step) => stepsOf(other.id, 'steps').includes(step)) ||
            stepsOf(id, 'steps').some((step) => stepsOf(other.id, 'undo').includes(step)),
        )
        .map((other) => `${id} covers ${other.id}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is reached from no repair that it reaches: what covers what has no ring', () => {
    const open = new Map(remediations.map(({ id, supersedes }) => [id, new Set(supersedes)]));
    for (let round = 0; round < remediations.length; round += 1) {
      const free = [...open].filter(([, below]) => [...below].every((id) => !open.has(id)));
      for (const [id] of free) open.delete(id);
    }
    expect([...open.keys()]).toEqual([]);
  });

  it('covers what it names, and what that covers', () => {
    expect(covers(remediations, 'node.reboot', 'gpu.reset')).toBe(true);
    expect(covers(remediations, 'node.power-cycle', 'gpu.clocks.unlock')).toBe(true);
    expect(covers(remediations, 'gpu.reset', 'node.reboot')).toBe(false);
    expect(covers(remediations, 'node.reboot', 'node.reboot')).toBe(false);
    expect(covers(remediations, 'no.such-repair', 'gpu.reset')).toBe(false);
  });

  it('never covers one that covers it', () => {
    const both = remediations.flatMap((one) =>
      remediations.filter((other) => covers(remediations, one.id, other.id) && covers(remediations, other.id, one.id)),
    );
    expect(both).toEqual([]);
  });

  it('stands behind the weaker one, so that the weaker one is proposed first', () => {
    const at = (id: string) => remediations.findIndex((one) => one.id === id);
    const wrong = remediations.flatMap(({ id, categories }) =>
      remediations
        .filter(
          (other) => covers(remediations, id, other.id) && other.categories.some((one) => categories.includes(one)),
        )
        .filter((other) => at(other.id) > at(id))
        .map((other) => `${other.id} stands behind ${id}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the weakest repair that applies', () => {
  it('is the reset, after that the restart, after that the job goes elsewhere, after that people', () => {
    const findings = [gsp, jobFailed];
    const tried: TriedRepair[] = [];
    for (let round = 0; round < 6; round += 1) {
      const plan = planRepair(driver, findings, site, tried);
      if (plan.kind === 'none') break;
      tried.push(triedBy(plan));
    }
    expect(tried.map(({ remediationId }) => remediationId)).toEqual([
      'gpu.reset',
      'node.reboot',
      'job.requeue-without-node',
    ]);
  });

  it('is not what a stronger one has done before on that node; on another node it is', () => {
    const findings = [gsp, nodeFree];
    expect(idOf(planRepair(driver, findings, site, [rebooted('node-07')]))).toContain(
      'gpu.reset: node.reboot did not help on node-07',
    );
    expect(idOf(planRepair(driver, findings, site, [rebooted('node-08')]))).toBe('gpu.reset');
  });

  it('is neither what people rejected for that cause, nor a stronger one that does the same', () => {
    const findings = [gsp, nodeFree];
    const rejected = (category: RankedCause['category']) => ({
      ...triedBy(planRepair(driver, findings, site)),
      rejected: { category, by: 'Bo', reason: 'the job ends tonight' },
    });
    const reason = idOf(planRepair(driver, findings, site, [rejected('gpu-driver-bug')]));
    expect(reason).toContain('gpu.reset: Bo rejected gpu.reset on node-07 (the job ends tonight)');
    expect(reason).toContain('node.reboot: Bo rejected gpu.reset on node-07');
    // For another cause of the same node it may be right.
    expect(idOf(planRepair(driver, findings, site, [rejected('nvlink-fabric-error')]))).toBe('gpu.reset');
    // A weaker one may be what they want.
    const reboot = { ...rebooted('node-07'), rejected: rejected('gpu-driver-bug').rejected };
    expect(idOf(planRepair(driver, findings, site, [reboot]))).toBe('gpu.reset');
  });

  it('is none for a cause that a repair has helped against, and free for every other cause', () => {
    const helped = {
      ...triedBy(planRepair(driver, [gsp, nodeFree], site)),
      helped: { category: 'gpu-driver-bug' as const },
    };
    const reason = idOf(planRepair(driver, [gsp, nodeFree], site, [helped]));
    expect(reason).toContain('gpu.reset was carried out on node-07 against gpu-driver-bug and helped');
    expect(reason).toContain('node.reboot: gpu.reset was carried out');
    const other = { ...helped, helped: { category: 'nvlink-fabric-error' as const } };
    expect(idOf(planRepair(driver, [gsp, nodeFree], site, [other]))).toBe('gpu.reset');
    // A reboot has the effect of the reset, too; what the machine lacks after it is another cause.
    const booted = { ...rebooted('node-07'), helped: { category: 'nvlink-fabric-error' as const } };
    expect(idOf(planRepair(driver, [gsp, nodeFree], site, [booted]))).toBe('gpu.reset');
  });

  it('is what was tried on another GPU of the node, or for another part of it', () => {
    const other = { ...device, index: 5, name: '00000000:90:00.0' };
    const elsewhere = { ...locked, device: other };
    const throttled = (at: typeof device | typeof other) => causeOf('gpu-clock-throttle', { device: at });
    const first = planRepair(throttled(device), [locked], site);
    const tried = [triedBy(first)];
    expect(idOf(planRepair(throttled(device), [locked], site, tried))).toContain('gpu.clocks.unlock did not help');
    expect(idOf(planRepair(throttled(other), [elsewhere], site, tried))).toBe('gpu.clocks.unlock');
    // The reset of one GPU has unlocked that GPU, and no other.
    const reset = [{ remediationId: 'gpu.reset', node: 'node-07', steps: [{ stepId: 'gpu-reset', args: ['3'] }] }];
    expect(idOf(planRepair(throttled(device), [locked], site, reset))).toContain('gpu.reset did not help');
    expect(idOf(planRepair(throttled(other), [elsewhere], site, reset))).toBe('gpu.clocks.unlock');

    const docker = causeOf('container-toolkit-misconfig');
    const started = planRepair(docker, [failedService('docker', 'containers'), nodeFree], site);
    const containerd = [failedService('containerd', 'containers'), nodeFree];
    expect(idOf(planRepair(docker, containerd, site, [triedBy(started)]))).toBe('service.restart');
  });

  it('leaves a job that runs alone as far as it can: the job goes elsewhere instead of a restart under it', () => {
    expect(idOf(planRepair(driver, [gsp, jobRuns], site))).toBe('job.requeue-without-node');
  });

  it('is a power cycle for a host that is silent and on, and a hand-over where its controller tells of a broken part', () => {
    const dead = causeOf('host-hardware-fault');
    const { device: _none, ...host } = dead;
    const on = ofNode('bmc.chassis.on', {}, 'clean');
    expect(planRepair(host, [silent, on], site)).toMatchObject({
      remediation: { id: 'node.power-cycle' },
      draft: { steps: [{ stepId: 'node-power-cycle', on: 'management', node: 'node-07' }] },
    });
    const broken = ofNode('bmc.event.memory-uncorrectable');
    expect(planRepair(host, [silent, on, broken], site)).toMatchObject({
      remediation: { id: 'node.hand-over-hardware' },
      draft: { steps: [{ stepId: 'node-drain', on: 'management' }], takesOut: { nodes: ['node-07'], gpus: 8 } },
    });
  });

  it('queues the job again from the management host where the node does not answer', () => {
    const { device: _none, ...host } = causeOf('host-hardware-fault');
    const plan = planRepair(host, [silent, ofNode('bmc.chassis.on', {}, 'clean'), jobFailed], site);
    expect(plan).toMatchObject({
      draft: {
        steps: [{ stepId: 'node-power-cycle' }, { stepId: 'job-requeue', on: 'management', onFailure: 'go-on' }],
      },
    });
  });
});

describe('one plan for several causes', () => {
  const split = finding('gpu.modules.releases-differ');

  it('is the one that covers the other on the same node', () => {
    const plan = planRepairs([driver, mismatch], [gsp, split, nodeFree], site);
    expect(plan).toMatchObject({ remediation: { id: 'node.reboot' }, cause: { category: 'driver-version-mismatch' } });
  });

  it('is that of the likeliest cause where none covers another, and on another node nothing is covered', () => {
    const throttled = causeOf('gpu-clock-throttle', { device: { ...device, index: 4 } });
    const held = { ...locked, device: { ...device, index: 4 } };
    const lone = ofNode('modules.peermem.missing');
    const missing = causeOf('gdr-peermem-missing');
    expect(idOf(planRepairs([throttled, missing], [held, lone], site))).toBe('gpu.clocks.unlock');
    const there = { ...mismatch, node: 'node-08' };
    const elsewhere = [split, nodeFree].map((one) => ({ ...one, node: 'node-08' }));
    expect(idOf(planRepairs([driver, there], [gsp, nodeFree, ...elsewhere], site))).toBe('gpu.reset');
  });

  it('is that of the likeliest cause where the stronger one is about another GPU', () => {
    const fifth = { kind: 'gpu', index: 5, name: '00000000:90:00.0' } as const;
    const likelier = causeOf('gpu-clock-throttle', { device: fifth, probability: 0.95 });
    const pending = causeOf('gpu-ecc-uncorrectable', { probability: 0.8 });
    const findings = [{ ...locked, device: fifth }, eccPending, nodeFree];
    const plan = planRepairs([likelier, pending], findings, site);
    expect(plan).toMatchObject({
      remediation: { id: 'gpu.clocks.unlock' },
      draft: { blastRadius: { devices: [fifth] } },
    });
    const same = causeOf('gpu-clock-throttle', { probability: 0.95 });
    expect(idOf(planRepairs([same, pending], [locked, eccPending, nodeFree], site))).toBe('gpu.reset');
  });

  it('is never the opposite of what the likelier cause needs: a port that is off is not covered by one that goes off', () => {
    const off = { kind: 'hca', name: 'mlx5_0' } as const;
    const bad = { kind: 'hca', name: 'mlx5_2' } as const;
    const causes = [
      causeOf('rdma-link-fault', { device: off, probability: 0.95 }),
      causeOf('rdma-link-fault', { device: bad, probability: 0.8 }),
    ];
    const findings = [
      finding('ib.port.administratively-down', {}, { device: off, role: 'context' }),
      finding('ib.counter.growing', {}, { device: bad }),
      jobFailed,
    ];
    expect(planRepairs(causes, findings, site)).toMatchObject({
      remediation: { id: 'ib.port.enable' },
      cause: { device: off },
    });
  });

  it('is none with the reasons of all where none applies', () => {
    const plan = planRepairs([causeOf('nccl-bug'), causeOf('user-code-error')], [], site);
    expect(idOf(plan)).toMatch(/NCCL release.*; ask-person: .*training program has an error/);
  });
});
