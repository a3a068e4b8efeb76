import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logFindingKinds } from '../../../kb/detectors/index.ts';
import { probeById, probes } from '../../../kb/probes/index.ts';
import { configFiles } from '../../../kb/remediations/config-files.ts';
import { configRevert } from '../../../kb/remediations/config-revert.ts';
import { gateSteps } from '../../../kb/remediations/gate-steps.ts';
import { planRepair } from '../../../kb/remediations/plan-repair.ts';
import { repositoryPath } from '../../support/repository.ts';
import { jobRuns, site } from './examples.ts';
import { gpu, node, rows, said, type Row } from './plan-rows.ts';

/*
 * From readings to the plan: what probes and logs of a node and its siblings say of a fault, as they say it, and the one
 * repair that follows, or none and what people are asked. The weaker and the stronger ones beside it stay away.
 */

describe('readings', () => {
  const planFor = ({ category, device, seen }: Row) => {
    const place = device === undefined ? {} : { device };
    const plan = planRepair({ category, node, ...place, probability: 0.95, because: [] }, seen, site);
    return plan.kind === 'none' ? plan.reason : [plan.remediation.id, ...plan.draft.steps.map((step) => step.rendered)];
  };

  it.each(rows.flatMap((row) => (row.right instanceof RegExp ? [] : [[row.fault, row, row.right] as const])))(
    'of this have their repair: %s',
    (_fault, row, right) => expect(planFor(row)).toEqual(right),
  );

  it.each(rows.flatMap((row) => (row.right instanceof RegExp ? [[row.fault, row, row.right] as const] : [])))(
    'of this have none: %s',
    (_fault, row, right) => expect(planFor(row)).toMatch(right),
  );

  it('of what a running job goes on with say that it is stopped for it', () => {
    const cause = { category: 'nccl-env-misconfig', node, probability: 0.95, because: [] } as const;
    const harms = said('nccl.config.harms', { values: { setting: 'NCCL_P2P_DISABLE', value: '1' } });
    expect(planRepair(cause, [harms, jobRuns], site)).toMatchObject({
      draft: {
        blastRadius: { interruptsJob: true },
        cost: { text: expect.stringContaining('its work since the last checkpoint is lost') },
        verifyProbes: [{ probeId: 'nccl.config-file' }, { probeId: 'scheduler.jobs' }],
      },
    });
  });

  it('of several GPUs are taken back one by one, each to what was read there', () => {
    const cause = { category: 'gpu-clock-throttle', node, probability: 0.95, because: [] } as const;
    const locked = [
      [2, 210],
      [5, 345],
    ].map(([at = 0, smMhz = 0]) => said('gpu.clock.locked-low', { device: gpu(at), values: { smMhz } }));
    expect(planRepair(cause, locked, site)).toMatchObject({
      draft: {
        summary: 'Reset the locked SM clock of GPUs 2 and 5 on node-07 (210 to 345 MHz now) to its default range.',
        blastRadius: { devices: [gpu(2), gpu(5)] },
        undo: [
          { rendered: 'nvidia-smi -i 2 -lgc 210,210', undoes: 1 },
          { rendered: 'nvidia-smi -i 5 -lgc 345,345', undoes: 2 },
        ],
      },
    });
  });
});

describe('the files that a site may have recorded', () => {
  const known = new Set([...logFindingKinds, ...probes.flatMap(({ outcomes }) => outcomes)].map(({ id }) => id));
  const guide = readFileSync(repositoryPath('infra/gate/README.md'), 'utf8');

  it.each(configFiles.map((file) => [file.config, file.kinds[0], file] as const))(
    '%s, by %s: from kinds that somebody says, read again by a probe, named in the guide of the gate',
    (config, _kind, { kinds, unless = [], wellElsewhere, probeId, restarts, category }) => {
      const named = [...kinds, ...unless, ...(wellElsewhere === undefined ? [] : [wellElsewhere])];
      expect(named.filter((kind) => !known.has(kind))).toEqual([]);
      expect(probeById(probeId)).toBeDefined();
      expect(guide).toContain(`\`${config}\``);
      expect(gateSteps.configRevert.args[0].pattern.test(config)).toBe(true);
      expect(gateSteps.serviceRestart.args[0].pattern.test(restarts ?? 'docker')).toBe(true);
      expect(configRevert.categories).toContain(category);
    },
  );
});
