import type { Finding } from '../../workflows/domain/finding.ts';
import type { Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** What differs between the kernel modules that a repair loads. */
export type ModuleLoad = Pick<Remediation, 'id' | 'summary' | 'categories' | 'precondition' | 'effect' | 'source'> & {
  /** As `modprobe` takes it. */
  readonly module: string;
  /** Kinds of findings that show that it is missing. */
  readonly missingKinds: readonly Finding['kind'][];
};

const settleClusterMs = 60_000;

/** A repair that loads one kernel module which comes after the driver. */
export function loadModule({ module, missingKinds, ...own }: ModuleLoad): Remediation {
  return {
    ...own,
    platform: 'nvidia-linux',
    undo: 'the module is taken out again',
    verification: 'the list of kernel modules is read again, and whether a job that had failed goes on',
    // The module is taken out again; the restart of a job is not taken back.
    reversibility: 'compensable',
    approvalsNeeded: 1,
    leaseScope: 'node',
    supersedes: [],
    gateSteps: [gateSteps.moduleLoad, gateSteps.moduleUnload, gateSteps.jobRequeue],
    plan(cause, findings, site) {
      const scene = nodeScene(cause, findings, site);
      if ('notApplicable' in scene) return scene;
      const { node, here } = scene;
      if (standing(here, missingKinds, ['modules.node.complete']) === undefined)
        return { notApplicable: `no probe has read that ${module} is missing on ${node.name}` };
      if (here.some(({ kind }) => kind === 'modules.nvidia.missing'))
        return { notApplicable: `the driver itself is not loaded on ${node.name}; ${module} comes after it` };
      return drawUp(scene, {
        summary: `Load the kernel module ${module} on ${node.name}.`,
        forward: [{ step: gateSteps.moduleLoad, args: [module] }],
        undo: [{ step: gateSteps.moduleUnload, args: [module], undoes: 1 }],
        touches: `one kernel module of ${node.name}; a job that runs notices it when it starts anew`,
        cost: 'one call of about a second',
        expectedMs: 2_000,
        verify: [{ probeId: 'modules.loaded' }],
        again: true,
        settleClusterMs,
      });
    },
  };
}
