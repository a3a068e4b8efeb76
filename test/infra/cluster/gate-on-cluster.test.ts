import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { a800 } from '../../../infra/cluster/physics/a800.ts';
import type { Change } from '../../../infra/cluster/state/actions.ts';
import { setFact } from '../../../infra/cluster/state/facts/set-fact.ts';
import { gpuSettings } from '../../../infra/cluster/state/settings.ts';
import { gateScene, stepNames, strangerOn, type GateScene, type Order, type StepName } from './gate-scene.ts';

// Ten nodes hold two jobs, two are spare: a free node for what a job would not let happen, one to take the power from.
const free = 'node-11';
const fresh = 'node-12';
const busy = 'node-02';
const ofSecondJob = 'node-08';

let scene: GateScene;
beforeAll(async () => {
  scene = await gateScene({ nodes: 12, jobs: 2 });
  scene.pass(4);
}, 60_000);
afterAll(() => scene?.close());

const job = (at: number) => String(scene.simulator.world.jobs[at]?.slurmId);
const put = (...changes: readonly Change[]) => scene.simulator.act(changes);
const smi = (field: string, node: string) => () =>
  scene.reads(node, `nvidia-smi -i 3 --query-gpu=${field} --format=csv,noheader,nounits`).trim();
const lines =
  (node: string, command: string, pattern: RegExp): (() => string) =>
  () =>
    scene
      .reads(node, command)
      .split('\n')
      .flatMap((line) => line.match(pattern)?.[1] ?? line.match(pattern)?.[0] ?? [])
      .join(' ');
const ofJob = (at: number, pattern: RegExp) => () => lines(busy, `scontrol -o show job ${job(at)}`, pattern)();
const ofNode = (node: string) => lines(busy, `scontrol -o show node ${node}`, /State=(\S+)/);
const isActive = (unit: string) => lines(free, `systemctl is-active ${unit}`, /.+/);
const power = lines(
  'mgmt-01',
  `ipmitool -I lanplus -H bmc-${fresh} -U wardround -f x chassis power status`,
  / (on|off)$/,
);
const strangers = () =>
  scene.reads(free, 'wardround-job holders').match(/^\d+ \d+ \S+ (python3|xmr-cuda)/gm)?.length ?? 0;
const kill = () => strangerOn(scene, free);

interface Row extends Omit<Order, 'args'> {
  readonly args?: readonly string[] | (() => readonly string[]);
  readonly before?: () => void;
  /** What the tool prints. */
  readonly says: string | RegExp;
  /** What it should change, and to what; nothing else may have been so before. */
  readonly changes?: readonly [shows: () => unknown, from: unknown, to: unknown];
}

/** In this order, on one cluster: each step has its effect. */
const done: readonly Row[] = [
  {
    step: 'clocksLock',
    node: free,
    args: ['3', '210', '240'],
    says: 'GPU clocks set to "(gpuClkMin 210, gpuClkMax 240)"',
    changes: [() => locked(), null, { minMhz: 210, maxMhz: 240 }],
  },
  {
    step: 'clocksReset',
    node: free,
    args: ['3'],
    says: 'All done.',
    changes: [() => locked(), { minMhz: 210, maxMhz: 240 }, null],
  },
  {
    step: 'powerLimit',
    node: free,
    args: ['3', '300'],
    says: 'was set to 300.00 W from 400.00 W',
    changes: [smi('power.limit', free), '400.00', '300.00'],
  },
  {
    step: 'gpuReset',
    node: free,
    args: ['3'],
    says: 'was successfully reset.',
    changes: [smi('power.limit', free), '300.00', '400.00'],
  },
  {
    step: 'gpuPersistence',
    node: free,
    args: ['3', 'off'],
    says: 'Disabled persistence mode for GPU',
    changes: [smi('persistence_mode', free), 'Enabled', 'Disabled'],
  },
  {
    step: 'gpuPersistence',
    node: free,
    args: ['3', 'on'],
    says: 'Enabled persistence mode for GPU',
    changes: [smi('persistence_mode', free), 'Disabled', 'Enabled'],
  },
  {
    step: 'gpuComputeMode',
    node: free,
    args: ['3', '2'],
    says: 'Set compute mode to PROHIBITED',
    changes: [smi('compute_mode', free), 'Default', 'Prohibited'],
  },
  {
    step: 'gpuComputeMode',
    node: free,
    args: ['3', '0'],
    says: 'Set compute mode to DEFAULT',
    changes: [smi('compute_mode', free), 'Prohibited', 'Default'],
  },
  {
    step: 'gpuMigOn',
    node: free,
    args: ['3'],
    says: 'Enabled MIG Mode for GPU',
    changes: [smi('mig.mode.current', free), 'Disabled', 'Enabled'],
  },
  {
    step: 'gpuMigOff',
    node: free,
    args: ['3'],
    says: 'Disabled MIG Mode for GPU',
    changes: [smi('mig.mode.current', free), 'Enabled', 'Disabled'],
  },
  {
    // A board in use takes the mode with its next reset, and exit 0 says no more than that.
    step: 'gpuMigOn',
    node: busy,
    args: ['3'],
    says: 'MIG mode is in pending enable state',
    changes: [smi('mig.mode.current,mig.mode.pending', busy), 'Disabled, Disabled', 'Disabled, Enabled'],
  },
  {
    step: 'gpuMigOff',
    node: busy,
    args: ['3'],
    says: /MIG/,
    changes: [smi('mig.mode.current,mig.mode.pending', busy), 'Disabled, Enabled', 'Disabled, Disabled'],
  },
  {
    step: 'gpuAppClocks',
    node: free,
    args: ['3', String(a800.memoryMhz), '1050'],
    says: 'Applications clocks set to',
    changes: [smi('clocks.applications.graphics', free), '1410', '1050'],
  },
  {
    step: 'gpuAppClocksReset',
    node: free,
    args: ['3'],
    says: 'All done.',
    changes: [smi('clocks.applications.graphics', free), '1050', '1410'],
  },
  { step: 'nodeDrain', node: free, args: [free], says: /^$/, changes: [ofNode(free), 'IDLE', 'IDLE+DRAIN'] },
  { step: 'nodeResume', node: free, args: [free], says: /^$/, changes: [ofNode(free), 'IDLE+DRAIN', 'IDLE'] },
  {
    step: 'nodeDrain',
    node: free,
    on: 'management',
    args: [free],
    says: /^$/,
    changes: [ofNode(free), 'IDLE', 'IDLE+DRAIN'],
  },
  {
    step: 'nodeResume',
    node: free,
    on: 'management',
    args: [free],
    says: /^$/,
    changes: [ofNode(free), 'IDLE+DRAIN', 'IDLE'],
  },
  {
    step: 'jobRequeueHold',
    node: ofSecondJob,
    on: 'management',
    args: () => [job(1)],
    says: /^$/,
    changes: [ofJob(1, /JobState=(\S+)/), 'RUNNING', 'PENDING'],
  },
  {
    step: 'jobExcludeNode',
    node: ofSecondJob,
    on: 'management',
    args: () => [job(1), ofSecondJob],
    says: /^$/,
    changes: [ofJob(1, /ExcNodeList=(\S*)/), '(null)', ofSecondJob],
  },
  {
    step: 'jobExcludeNone',
    node: ofSecondJob,
    on: 'management',
    args: () => [job(1)],
    says: /^$/,
    changes: [ofJob(1, /ExcNodeList=(\S*)/), ofSecondJob, '(null)'],
  },
  {
    step: 'jobExcludeNode',
    node: ofSecondJob,
    args: () => [job(1), ofSecondJob],
    says: /^$/,
    changes: [ofJob(1, /ExcNodeList=(\S*)/), '(null)', ofSecondJob],
  },
  {
    step: 'jobMemoryLimit',
    node: ofSecondJob,
    args: () => [job(1), '900000'],
    says: /^$/,
    changes: [ofJob(1, /MinMemoryNode=(\S+)/), '0', '900000M'],
  },
  {
    step: 'jobRelease',
    node: ofSecondJob,
    args: () => [job(1)],
    says: /^$/,
    changes: [ofJob(1, /Reason=(\S+)/), 'job_requeued_in_held_state', 'BeginTime'],
  },
  {
    step: 'ibPortDown',
    node: free,
    args: ['mlx5_2'],
    says: 'Configuring Port State (Down)...',
    changes: [lines(free, 'mlxlink -d mlx5_2 -p 1', /^State +: (\S+)/), 'Active', 'Disable'],
  },
  {
    step: 'ibPortUp',
    node: free,
    args: ['mlx5_2'],
    says: 'Configuring Port State (Up)...',
    changes: [lines(free, 'mlxlink -d mlx5_2 -p 1', /^State +: (\S+)/), 'Disable', 'Active'],
  },
  {
    step: 'spaceHold',
    node: free,
    args: ['old-checkpoints'],
    says: /^held [1-9]\d* files, [1-9]\d* KiB\n$/,
    changes: [() => heldFiles() > 0, false, true],
  },
  {
    step: 'spaceReturn',
    node: free,
    args: ['old-checkpoints'],
    says: /^returned [1-9]\d* files, [1-9]\d* KiB\n$/,
    changes: [() => heldFiles() > 0, true, false],
  },
  {
    step: 'linkMtu',
    node: free,
    args: ['bond0', '1500'],
    says: /^$/,
    changes: [lines(free, 'ip -o link show', /bond0: .* mtu (\d+)/), '9000', '1500'],
  },
  {
    step: 'linkMtu',
    node: free,
    args: ['bond0', '9000'],
    says: /^$/,
    changes: [lines(free, 'ip -o link show', /bond0: .* mtu (\d+)/), '1500', '9000'],
  },
  {
    step: 'serviceStop',
    node: free,
    args: ['nvidia-dcgm'],
    says: /^$/,
    changes: [isActive('nvidia-dcgm'), 'active', 'inactive'],
  },
  {
    step: 'serviceStart',
    node: free,
    args: ['nvidia-dcgm'],
    says: /^$/,
    changes: [isActive('nvidia-dcgm'), 'inactive', 'active'],
  },
  {
    step: 'serviceRestart',
    node: free,
    args: ['nvidia-fabricmanager'],
    before: () => put(setFact('host.service', free, 'failed', { key: 'nvidia-fabricmanager' })),
    says: /^$/,
    changes: [isActive('nvidia-fabricmanager'), 'failed', 'active'],
  },
  {
    step: 'moduleUnload',
    node: free,
    args: ['nvidia-peermem'],
    says: /^$/,
    changes: [lines(free, 'lsmod', /^nvidia_peermem/), 'nvidia_peermem', ''],
  },
  {
    step: 'moduleLoad',
    node: free,
    args: ['nvidia-peermem'],
    says: /^$/,
    changes: [lines(free, 'lsmod', /^nvidia_peermem/), '', 'nvidia_peermem'],
  },
  {
    step: 'processKill',
    node: free,
    before: () =>
      void scene.simulator.inject('foreign-process', { target: { node: free, gpu: 2 }, onset: { shape: 'sudden' } }),
    // The number was given to another process since: nothing is left to end.
    args: () => [kill()[0], '4711'],
    says: /^process \d+ is not there any more\n$/,
    changes: [strangers, 1, 1],
  },
  { step: 'processKill', node: free, args: kill, says: /^process \d+ has ended\n$/, changes: [strangers, 1, 0] },
  {
    step: 'shmClear',
    node: free,
    before: () => void scene.simulator.inject('shm-leftovers', { target: { node: free }, onset: { shape: 'sudden' } }),
    says: /^moved [1-9]\d* files, [1-9]\d* KiB\n$/,
    changes: [() => shmFull(), true, false],
  },
  {
    step: 'shmReturn',
    node: free,
    says: /^returned [1-9]\d* files\n$/,
    changes: [() => shmFull(), false, true],
  },
  {
    step: 'remount',
    node: free,
    args: ['/lustre'],
    before: () => put(setFact('storage.mount', free, 'missing', { key: '/lustre' })),
    says: '/lustre is mounted and answers\n',
    changes: [lines(free, 'cat /proc/mounts', /^\S+ (\/lustre)/), '', '/lustre'],
  },
  {
    step: 'configRevert',
    node: free,
    args: ['nccl-conf'],
    before: () => put(setFact('nccl.conf', free, '1', { key: 'NCCL_P2P_DISABLE' })),
    says: '/etc/nccl.conf is as recorded; what stood there is in /etc/nccl.conf.wardround-before\n',
    changes: [() => ncclConf(), true, false],
  },
  {
    step: 'configRestore',
    node: free,
    args: ['nccl-conf'],
    says: '/etc/nccl.conf is as it was before\n',
    changes: [() => ncclConf(), false, true],
  },
  {
    step: 'firewallRevert',
    node: free,
    before: () => put(setFact('net.firewall', free, 'closed')),
    says: 'is as recorded; what stood there is in',
    changes: [lines(free, 'iptables -S', /^-P INPUT (\S+)/), 'DROP', 'ACCEPT'],
  },
  {
    step: 'firewallRestore',
    node: free,
    says: 'is as it was before',
    changes: [lines(free, 'iptables -S', /^-P INPUT (\S+)/), 'ACCEPT', 'DROP'],
  },
  {
    step: 'governorSet',
    node: free,
    args: ['powersave'],
    says: /^Setting cpu: 0\n/,
    changes: [() => governors(), 'performance', 'powersave'],
  },
  {
    step: 'nodePowerOff',
    node: fresh,
    args: [fresh],
    says: 'Chassis Power Control: Down/Off\n',
    changes: [power, 'on', 'off'],
  },
  {
    step: 'nodePowerOn',
    node: fresh,
    args: [fresh],
    says: 'Chassis Power Control: Up/On\n',
    changes: [power, 'off', 'on'],
  },
  {
    step: 'nodePowerCycle',
    node: fresh,
    args: [fresh],
    before: () => scene.pass(8),
    says: 'Chassis Power Control: Cycle\n',
    changes: [() => reboots(), 1, 2],
  },
  {
    step: 'nodeReboot',
    node: fresh,
    args: [fresh],
    before: () => scene.pass(8),
    says: /^$/,
    changes: [() => reboots(), 2, 3],
  },
  {
    step: 'jobRequeue',
    node: busy,
    args: () => [job(0)],
    says: /^$/,
    changes: [ofJob(0, /JobState=(\S+)/), 'RUNNING', 'PENDING'],
  },
];

const locked = () => gpuSettings(scene.simulator.settings(), free, 3).lockedMhz;
const heldFiles = () => Number(/(\d+)\n$/.exec(scene.reads(free, 'wardround-space list'))?.[1]);
const shmFull = () => Number(/ (\d+)% \/dev\/shm$/m.exec(scene.reads(free, 'df -P -k'))?.[1]) > 50;
const ncclConf = () => scene.simulator.settings().facts.get('nccl.conf')?.size === 1;
const governors = lines(
  free,
  'grep -rH . /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq',
  /policy0\/scaling_governor:(\S+)/,
);
const reboots = () => scene.simulator.settings().reboots.get(fresh)?.length ?? 0;

/** Where the real tool does not do what it is told; the gate passes its exit code on. */
const declined: readonly (Row & { readonly exit: number; readonly because: string })[] = [
  ...(['kubernetesCordon', 'kubernetesUncordon', 'kubernetesDrain'] as const).map((step) => ({
    step,
    node: free,
    args: [free],
    exit: 127,
    says: "failed to run command 'kubectl': No such file or directory",
    because: 'the cluster is one of Slurm: timeout(1) says 127 of a command that is not there',
  })),
  {
    step: 'powerLimit',
    node: free,
    args: ['3', '900'],
    exit: 2,
    says: 'is not a valid power limit which should be between 100.00 W and 400.00 W',
    because: 'nvidia-smi(1): 2 is an invalid argument; the gate knows no board',
  },
  {
    step: 'gpuReset',
    node: busy,
    args: ['3'],
    exit: 255,
    says: 'is currently in use by another process.',
    because: 'the driver resets no GPU in use',
  },
  {
    step: 'nodeResume',
    node: free,
    args: [free],
    exit: 1,
    says: 'Invalid node state specified',
    because: 'slurmctld resumes nothing that is in service',
  },
  {
    step: 'jobExcludeNode',
    node: busy,
    args: () => [job(0), busy],
    exit: 1,
    says: 'Job is no longer pending execution',
    because: 'slurmctld changes the list of a job that waits, and of no other',
  },
  {
    step: 'jobMemoryLimit',
    node: busy,
    args: () => [job(0), '900000'],
    exit: 1,
    says: 'Job is no longer pending execution',
    because: 'the same for what a job asks of a node',
  },
  {
    step: 'spaceHold',
    node: free,
    args: ['core-dumps'],
    exit: 2,
    says: 'wardround-space: there is no readable policy core-dumps',
    because: 'the site has written no such policy',
  },
  {
    step: 'linkMtu',
    node: free,
    args: ['eno9', '9000'],
    exit: 1,
    says: 'Cannot find device "eno9"',
    because: 'iproute2 of an interface that is not there',
  },
  {
    step: 'moduleUnload',
    node: free,
    args: ['nvidia'],
    exit: 1,
    says: 'modprobe: FATAL: Module nvidia is in use.',
    because: 'the persistence daemon and DCGM keep the driver open',
  },
  {
    step: 'processKill',
    node: busy,
    args: () => trainer(),
    exit: 77,
    says: /refused: process \d+ was started by slurmstepd, so its job runs/,
    because: 'wardround-fix ends no process of a job that runs',
  },
  {
    step: 'remount',
    node: free,
    args: ['/home'],
    exit: 77,
    says: 'refused: /home belongs to the system',
    because: 'wardround-fix leaves folders of the system alone',
  },
  {
    step: 'configRevert',
    node: free,
    args: ['sudoers'],
    exit: 77,
    says: 'refused: there is no readable configuration sudoers',
    because: 'the site keeps no record of it',
  },
  {
    step: 'ibPortDown',
    node: free,
    args: ['mlx5_9'],
    exit: 1,
    says: 'Failed to open device: "mlx5_9"',
    because: 'mlxlink of an adapter that is not there',
  },
];

const trainer = () =>
  scene
    .reads(busy, 'wardround-job holders')
    .match(/^(\d+) (\d+) \S+ pt_main/m)
    ?.slice(1, 3) ?? [];

const argsOf = ({ args = [] }: Row) => (typeof args === 'function' ? args() : args);
const titleOf = ({ step, node, on, says }: Row) => `${step} ${on ?? node}: ${String(says).trim()}`;

describe('what a tool declines', () => {
  it.each(declined.map((row) => [titleOf(row), row.because, row] as const))('%s (%s)', async (_title, _why, row) => {
    const actions = scene.simulator.timeline.actions.length;
    const reply = await scene.apply({ ...row, args: argsOf(row) });
    expect(reply).toMatchObject({ outcome: 'done', exitCode: row.exit, output: expect.stringMatching(asPattern(row)) });
    expect(scene.simulator.timeline.actions).toHaveLength(actions);
  });
});

describe('what a step does', () => {
  it.each(done.map((row) => [titleOf(row), row] as const))('%s', async (_title, row) => {
    row.before?.();
    const [shows, from, to] = row.changes ?? [() => null, null, null];
    expect(shows()).toEqual(from);
    const reply = await scene.apply({ ...row, args: argsOf(row) });
    expect(reply).toMatchObject({ outcome: 'done', exitCode: 0, output: expect.stringMatching(asPattern(row)) });
    expect(shows()).toEqual(to);
  });
});

function asPattern({ says }: Row): RegExp {
  return typeof says === 'string' ? new RegExp(says.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)) : says;
}

describe('the tables', () => {
  const kubernetes: readonly StepName[] = ['kubernetesCordon', 'kubernetesUncordon', 'kubernetesDrain'];

  it('hold every step of the gate, and all but those of Kubernetes with their effect', () => {
    expect(
      [...new Set(done.filter(({ changes }) => changes !== undefined).map(({ step }) => step))].toSorted(),
    ).toEqual(stepNames.filter((step) => !kubernetes.includes(step)).toSorted());
    expect(kubernetes.filter((step) => declined.some((row) => row.step === step))).toEqual(kubernetes);
  });
});

describe('the gate itself', () => {
  it.each([
    ['a step of the node alone', { step: 'gpuReset', node: free, args: ['3'], on: 'management' }, 'on the node itself'],
    [
      'another node than the own one',
      { step: 'nodeDrain', node: free, args: [busy] },
      'for another node than this one',
    ],
    [
      'a node that was not named',
      { step: 'nodeDrain', node: free, args: [busy], on: 'management' },
      'for another node',
    ],
  ] as const)('refuses %s', async (_what, order, reason) => {
    expect(await scene.apply(order)).toEqual({ outcome: 'refused', reason: expect.stringContaining(reason) });
  });

  it.each([
    'docker-daemon',
    'nvidia-container-runtime',
    'nccl-conf',
    'limits',
    'chrony',
    'resolv',
    'hosts',
    'netplan-mtu',
    'fabricmanager',
    'firewall',
  ])('finds the record %s, which repairs ask for by this name', async (name) => {
    const reply = await scene.apply({ step: 'configRevert', node: 'node-05', args: [name] });
    expect(reply).toMatchObject({ outcome: 'done', exitCode: 0, output: expect.stringMatching(/^\/etc|^\/usr/) });
  });
});
