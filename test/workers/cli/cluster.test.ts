import { describe, expect, it } from 'vitest';
import {
  ControlError,
  type ActiveFaultView,
  type ClusterStatus,
  type ControlClient,
  type GpuView,
} from '../../../infra/cluster/control-client.ts';
import { clusterCommand } from '../../../workers/cli/cluster.ts';
import { runCli } from '../support/cli-runs.ts';

const job: ClusterStatus['job'] = {
  name: 'pretrain',
  iteration: 12_232,
  stepSeconds: 8.1,
  relativeSpeed: 0.3333,
  state: 'RUNNING',
  attempt: 0,
  nodes: ['node-01'],
};

const healthy: ClusterStatus = {
  cluster: 'site-a',
  nodes: 10,
  gpus: 80,
  clusterTime: '2026-11-20T03:04:05.000Z',
  clusterMs: 1_000_000,
  rate: 20,
  job,
  jobs: [job],
  faults: [],
  unplugged: [],
  alerts: [{ alertname: 'TrainingStepSlow', state: 'firing', sinceMs: 940_000 }],
  actions: [],
  logsShippedToMs: 900_000,
};

const gpus: GpuView = {
  cluster: 'site-a',
  clusterTime: '2026-11-20T03:03:35.000Z',
  nodes: [
    {
      name: 'node-01',
      rack: 'rack-01',
      leaf: 'leaf-01',
      job: 'pretrain-13b',
      state: 'up',
      gpus: [{ mhz: 1410, watts: 330, celsius: 62, busy: 100 }, { mhz: 210, watts: 90, celsius: 34, busy: 100 }, null],
    },
  ],
};

/** A simulator in memory: faults by place, one node that nobody may touch. */
function rememberingControl() {
  let active: ActiveFaultView[] = [];
  const unplugged = new Set<string>();
  const stateDirs: string[] = [];
  const asked: unknown[] = [];
  const control: ControlClient = {
    status: async () => ({ ...healthy, faults: active, unplugged: [...unplugged] }),
    gpus: async () => gpus,
    faults: async () => [
      {
        id: 'gpu-clock-lock',
        summary: 'a clock is locked',
        kind: 'fault',
        category: 'gpu-clock-throttle',
        categories: ['gpu-clock-throttle'],
        place: 'gpu',
        onsets: [{ shape: 'sudden' }],
        ranges: {},
        heals: 'releasing it',
        active,
      },
    ],
    async inject(id, { node = 'node-05', gpu = 1 } = {}, seed, wishes) {
      asked.push({ seed, wishes });
      if (id !== 'gpu-clock-lock' && id !== 'gpu-power-cap')
        throw new ControlError('refused', `there is no fault ${id}`);
      const fault = {
        id,
        node,
        gpu,
        sinceMs: 970_000,
        since: '2026-11-20T03:03:35.000Z',
      };
      active = [...active, fault];
      return fault;
    },
    async heal(id, target) {
      const healed = active.filter((fault) => fault.id === id && (target === undefined || fault.node === target.node));
      active = active.filter((fault) => !healed.includes(fault));
      return healed;
    },
    rekey: () => Promise.reject(new ControlError('not-running', 'the simulated cluster does not answer on x.sock')),
    unplug: async (node) => void unplugged.add(node),
    plug: async (node) => void unplugged.delete(node),
    nodeCommand: () => Promise.reject(new Error('no person runs this')),
  };
  const open = async (stateDir: string) => {
    stateDirs.push(stateDir);
    return control;
  };
  const run = (...argv: string[]) =>
    runCli((context) => clusterCommand(context, open), ['cluster', '--state-dir', '/var/lib/wardround', ...argv]);
  return { run, stateDirs, unplugged, asked, active: () => active };
}

describe('cluster', () => {
  it('injects where it is told, or leaves the place to the seed', async () => {
    const { run, active, stateDirs } = rememberingControl();
    const told = await run('inject', 'gpu-clock-lock', '--node', 'node-07', '--gpu', '3');
    expect([told.exitCode, told.stdout]).toEqual([0, 'gpu-clock-lock is active on node-07 gpu 3.']);
    const drawn = await run('inject', 'gpu-clock-lock', '--json');
    expect(JSON.parse(drawn.stdout)).toMatchObject({ node: 'node-05', gpu: 1 });
    expect(active()).toHaveLength(2);
    expect(new Set(stateDirs)).toEqual(new Set(['/var/lib/wardround']));
  });

  it('asks for an onset, values and a seed, and lists faults as an array', async () => {
    const { run, asked } = rememberingControl();
    await run('inject', 'gpu-clock-lock', '--seed', '7', '--onset', 'creeping:60000', '--set', 'airflow=0.4');
    expect(asked).toEqual([
      { seed: 7, wishes: { onset: { shape: 'creeping', rampMs: 60_000 }, values: { airflow: 0.4 } } },
    ]);
    expect(JSON.parse((await run('faults', '--json')).stdout)).toMatchObject([
      { id: 'gpu-clock-lock', category: 'gpu-clock-throttle', kind: 'fault', summary: 'a clock is locked' },
    ]);
  });

  it('heals one place, one fault, or everything', async () => {
    const { run, active } = rememberingControl();
    await run('inject', 'gpu-clock-lock', '--node', 'node-07', '--gpu', '3');
    await run('inject', 'gpu-clock-lock', '--node', 'node-08', '--gpu', '0');
    await run('inject', 'gpu-power-cap', '--node', 'node-09', '--gpu', '0');
    expect((await run('heal', 'gpu-clock-lock', '--node', 'node-08')).stdout).toBe(
      'gpu-clock-lock on node-08 gpu 0 is healed.',
    );
    expect(active().map(({ node }) => node)).toEqual(['node-07', 'node-09']);
    await run('heal');
    expect(active()).toEqual([]);
    expect((await run('heal')).stdout).toBe('Nothing was to be healed.');
  });

  it('shows speed, faults, unplugged nodes and alerts', async () => {
    const { run } = rememberingControl();
    await run('inject', 'gpu-clock-lock', '--node', 'node-07', '--gpu', '3');
    await run('unplug', 'node-02');
    const { stdout } = await run('status');
    for (const part of [
      '33 % of its speed',
      'gpu-clock-lock on node-07 gpu 3 since 30 s',
      'node-02 is unplugged',
      'TrainingStepSlow firing since 1 min',
    ])
      expect(stdout).toContain(part);
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ unplugged: ['node-02'] });
    expect((await run('faults')).stdout).toMatch(
      /gpu-clock-lock +fault +gpu-clock-throttle +node-07 gpu 3 +a clock is locked/,
    );
    await run('plug', 'node-02');
    expect((await run('status')).stdout).not.toContain('unplugged');
  });

  it('says why the simulator refused, and what to do when there is none', async () => {
    const { run } = rememberingControl();
    const refused = await run('inject', 'coffee');
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('there is no fault coffee')]);
    const missing = await run('rekey', 'node-02');
    expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('wardround up')]);
  });

  it.each([
    [['inject']],
    [['inject', 'x', '--gpu', '3']],
    [['inject', 'x', '--node', 'n', '--gpu', 'three']],
    [['inject', 'x', '--seed', 'seven']],
    [['inject', 'x', '--onset', 'slowly']],
    [['inject', 'x', '--set', 'airflow']],
    [['unplug']],
    [[]],
  ])('takes %j as wrong usage', async (argv) => {
    const { run, active } = rememberingControl();
    expect((await run(...argv)).exitCode).toBe(2);
    expect(active()).toEqual([]);
  });
});
