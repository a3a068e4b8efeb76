import { describe, expect, it } from 'vitest';
import { covers } from '../../../kb/remediations/covers.ts';
import { remediations } from '../../../kb/remediations/index.ts';
import { planRepair, planRepairs } from '../../../kb/remediations/plan-repair.ts';
import type { RankedCause } from '../../../workflows/domain/finding.ts';
import { device, finding, gsp, jobFailed, jobRuns, locked, nodeFree, ofNode, silent, site } from './examples.ts';

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
const triedOn = (node: string, ...ids: readonly string[]) => ids.map((remediationId) => ({ remediationId, node }));

describe('a stronger repair', () => {
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
    const ids: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const plan = planRepair(driver, findings, site, triedOn('node-07', ...ids));
      if (plan.kind === 'none') break;
      ids.push(plan.remediation.id);
    }
    expect(ids).toEqual(['gpu.reset', 'node.reboot', 'job.requeue-without-node']);
  });

  it('is not what a stronger one has done before on that node; on another node it is', () => {
    const findings = [gsp, nodeFree];
    const tried = triedOn('node-07', 'node.reboot');
    expect(idOf(planRepair(driver, findings, site, tried))).toContain('gpu.reset: node.reboot did not help on node-07');
    expect(idOf(planRepair(driver, findings, site, triedOn('node-08', 'node.reboot')))).toBe('gpu.reset');
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

  it('is none with the reasons of all where none applies', () => {
    const plan = planRepairs([causeOf('nccl-bug'), causeOf('user-code-error')], [], site);
    expect(idOf(plan)).toMatch(/NCCL release.*; ask-person: .*training program has an error/);
  });
});
