import { beforeAll, describe, expect, it } from 'vitest';
import { openShelf, type Shelf } from '../../../../../workers/cli/bench/cluster/product.ts';
import { runCase, type BenchCase, type CaseRow } from '../../../../../workers/cli/bench/cluster/run-case.ts';

// A case takes three seconds of a core that nobody else uses.
const caseMsMax = 60_000;

let shelf: Shelf;
beforeAll(async () => {
  shelf = await openShelf();
});

const one: BenchCase = { fault: 'gpu-clock-lock', seed: 1, nodes: 4, ablations: [], watches: true };
const told = ({ cpuSeconds: _cpu, simulatorSeconds: _wall, ...row }: CaseRow) => row;

describe('a case of the bench', () => {
  it.each(['gpu-clock-lock', 'tool-ssh-refuses'])(
    '%s comes out the same twice, from the alert to the verdict',
    async (fault) => {
      const first = told(await runCase(shelf, { ...one, fault }));
      const second = told(await runCase(shelf, { ...one, fault }));
      expect(second).toEqual(first);
      expect(first.without).toEqual([]);
      expect(first.afterRepair).toBeNull();
      expect(first.rounds).toBeGreaterThan(1);
      expect(first.alertToVerdictSeconds).toBeGreaterThan(60);
    },
    2 * caseMsMax,
  );

  it(
    'runs real probes against the simulated hosts, and none where they are left out',
    async () => {
      const whole = await runCase(shelf, one);
      expect(whole).toMatchObject({ kind: 'fault', openedBy: 'alert', handler: 'slow-training' });
      expect(whole.commands).toBeGreaterThanOrEqual(whole.probes.length);
      expect(whole.probes.length).toBeGreaterThan(0);
      const without = await runCase(shelf, { ...one, ablations: ['no-probes'] });
      expect(without).toMatchObject({ commands: 0, probes: [], unread: 0 });
      expect(without.verdict).not.toBeNull();
    },
    2 * caseMsMax,
  );

  it(
    'is opened by the own watch where no rule of the site fires, unless there is none',
    async () => {
      const slow: BenchCase = { ...one, fault: 'acs-enabled', seed: 1, ablations: ['no-performance', 'no-probes'] };
      const row = await runCase(shelf, slow);
      expect(row).toMatchObject({ openedBy: 'watch', handler: 'slow-training', slowdownRatio: null });
      expect(row.alertAfterSeconds).toBeGreaterThan(0);
      const unwatched = await runCase(shelf, { ...slow, watches: false });
      expect(unwatched).toMatchObject({ openedBy: null, outcome: 'no-alert', verdict: null, rounds: 0 });
    },
    2 * caseMsMax,
  );

  it(
    'is asked for by hand where nothing fires and nothing is wrong',
    async () => {
      const row = await runCase(shelf, { ...one, fault: 'tool-smi-hangs', ablations: ['keywords'] });
      expect(row).toMatchObject({ kind: 'tool', openedBy: 'hand', alertAfterSeconds: null, rounds: 0 });
    },
    caseMsMax,
  );

  it(
    'goes on with the incident that the next alert opens, where the first found one of two faults',
    async () => {
      const row = await runCase(shelf, { ...one, fault: 'dual-oom-slow-shard', seed: 84, nodes: 10 });
      expect(row).toMatchObject({ outcome: 'half', alertname: 'TrainingStepSlow' });
      expect(row.later).toEqual({ outcome: 'right', detail: '', incidents: 1, alertnames: ['HostOutOfMemory'] });
      expect(row.afterRepair).toMatchObject({ mended: 'loader-slow-shard' });
    },
    2 * caseMsMax,
  );

  it(
    'mends the one of two faults that was named, and goes on with what remains',
    async () => {
      const hidden: BenchCase = { ...one, fault: 'dual-oom-slow-shard', seed: 109, nodes: 10 };
      const row = told(await runCase(shelf, hidden));
      expect(row).toMatchObject({ outcome: 'half', alertname: 'HostOutOfMemory' });
      expect(row.afterRepair).toMatchObject({ mended: 'host-oom' });
      const [again] = row.afterRepair?.runs ?? [];
      expect(again).toMatchObject({ alertname: 'HostOutOfMemory', remains: true });
      expect(again?.said).toContain('dataloader-stall on node-05');
      expect(told(await runCase(shelf, hidden))).toEqual(row);
    },
    4 * caseMsMax,
  );

  it('refuses a fault that does not exist', async () => {
    await expect(runCase(shelf, { ...one, fault: 'no-such-fault' })).rejects.toThrow('there is no fault no-such-fault');
  });
});
