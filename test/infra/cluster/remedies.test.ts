import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { remediations } from '../../../kb/remediations/index.ts';
import { gateSteps } from '../../../kb/remediations/gate-steps.ts';
import type { Remediation } from '../../../kb/schemas/remediation.ts';
import type { Category } from '../../../workflows/domain/categories.ts';
import type { AskedTarget } from '../../../infra/cluster/state/actions.ts';
import { gateScene, type GateScene, type Order } from './gate-scene.ts';

/*
 * A fault is injected, the steps of a declared repair are put to the real gate script of the node or of the management
 * host, and the cause is gone; the steps of another repair leave it.
 */

const node = 'node-03';
const gpu = 3;
const eight = Array.from({ length: 8 }, (_one, index) => String(index));

let scene: GateScene;
beforeAll(async () => {
  scene = await gateScene({ nodes: 4 });
  scene.pass(4);
}, 60_000);
afterAll(() => scene?.close());
/** What a failed test leaves is not the next one's. */
afterEach(() => {
  for (const id of new Set(scene.present())) scene.simulator.heal(id);
});

type Wanted = Pick<Order, 'step' | 'args' | 'on'>;
interface Repair {
  readonly id: string;
  readonly steps: readonly Wanted[];
}

interface Row {
  readonly fault: string;
  readonly target?: AskedTarget;
  readonly right: Repair;
  readonly wrong: Repair;
  /** The repair asks for a node on which no job runs. */
  readonly free?: true;
  /** Minutes until the node is up again. */
  readonly downMin?: number;
}

const restart = (id: string, unit: string): Repair => ({ id, steps: [{ step: 'serviceRestart', args: [unit] }] });
const revert = (config: string, unit?: string): Repair => ({
  id: 'config.revert',
  steps: [{ step: 'configRevert', args: [config] }, ...(unit === undefined ? [] : restart('', unit).steps)],
});
const load = (id: string, module: string): Repair => ({ id, steps: [{ step: 'moduleLoad', args: [module] }] });
const unlock: Repair = { id: 'gpu.clocks.unlock', steps: [{ step: 'clocksReset', args: [String(gpu)] }] };
const limit: Repair = { id: 'gpu.power-limit.restore', steps: [{ step: 'powerLimit', args: [String(gpu), '400'] }] };
const mount = (at: string): Repair => ({ id: 'fs.remount', steps: [{ step: 'remount', args: [at] }] });
const clearShm: Repair = { id: 'shm.clear', steps: [{ step: 'shmClear' }] };
const mtu: Repair = { id: 'link.mtu.restore', steps: [{ step: 'linkMtu', args: ['bond0', '9000'] }] };
const firewall: Repair = { id: 'firewall.revert', steps: [{ step: 'firewallRevert' }] };
const reset: Repair = {
  id: 'gpu.reset',
  steps: [
    { step: 'nodeDrain', args: [node] },
    { step: 'gpuReset', args: [String(gpu)] },
    { step: 'nodeResume', args: [node] },
  ],
};
const reboot: Repair = { id: 'node.reboot', steps: [{ step: 'nodeReboot', args: [node] }] };
const powerCycle: Repair = {
  id: 'node.power-cycle',
  steps: [
    { step: 'nodeDrain', args: [node], on: 'management' },
    { step: 'nodePowerCycle', args: [node] },
    { step: 'nodeResume', args: [node], on: 'management' },
  ],
};
const whole: AskedTarget = { node };
const board: AskedTarget = { node, gpu };

const rows: readonly Row[] = [
  {
    fault: 'fabricmanager-stopped',
    right: restart('fabricmanager.restart', 'nvidia-fabricmanager'),
    wrong: restart('persistenced.restart', 'nvidia-persistenced'),
  },
  {
    fault: 'uvm-module-missing',
    right: load('uvm.load', 'nvidia-uvm'),
    wrong: load('peermem.load', 'nvidia-peermem'),
  },
  { fault: 'peermem-missing', right: load('peermem.load', 'nvidia-peermem'), wrong: load('uvm.load', 'nvidia-uvm') },
  { fault: 'gpu-clock-lock', target: board, right: unlock, wrong: limit },
  { fault: 'gpu-power-cap', target: board, right: limit, wrong: unlock },
  { fault: 'gpu-remap-pending', target: board, right: reset, wrong: unlock, free: true },
  {
    fault: 'applications-clock-set',
    right: {
      id: 'gpu.application-clocks.reset',
      steps: eight.map((index) => ({ step: 'gpuAppClocksReset', args: [index] })),
    },
    wrong: unlock,
  },
  {
    fault: 'mig-left-on',
    target: board,
    right: { id: 'gpu.mig.disable', steps: [{ step: 'gpuMigOff', args: [String(gpu)] }] },
    wrong: reset,
    free: true,
  },
  { fault: 'lustre-stale', right: mount('/lustre'), wrong: clearShm },
  { fault: 'fs-not-mounted', right: mount('/lustre'), wrong: mount('/raid') },
  { fault: 'shm-leftovers', right: clearShm, wrong: mount('/lustre') },
  {
    fault: 'disk-full',
    right: { id: 'space.free-by-policy', steps: [{ step: 'spaceHold', args: ['old-checkpoints'] }] },
    wrong: clearShm,
  },
  { fault: 'mtu-node', right: mtu, wrong: firewall },
  { fault: 'mtu-node', right: revert('netplan-mtu'), wrong: revert('hosts') },
  { fault: 'firewall-ports', right: firewall, wrong: mtu },
  { fault: 'rendezvous-dns', right: revert('resolv'), wrong: revert('hosts') },
  { fault: 'rendezvous-stale-hosts', right: revert('hosts'), wrong: revert('resolv') },
  { fault: 'nccl-p2p-disabled', right: revert('nccl-conf'), wrong: revert('limits', 'slurmd') },
  { fault: 'nccl-few-channels', right: revert('nccl-conf'), wrong: revert('task-prolog') },
  { fault: 'socket-interface-docker0', right: revert('nccl-conf'), wrong: revert('hosts') },
  { fault: 'roce-gid-changed', right: revert('netplan-mtu'), wrong: revert('nccl-conf') },
  { fault: 'memlock-limit', right: revert('limits', 'slurmd'), wrong: restart('service.restart', 'slurmd') },
  { fault: 'nofile-limit', right: revert('limits', 'slurmd'), wrong: restart('service.restart', 'slurmd') },
  { fault: 'two-ranks-one-gpu', right: revert('task-prolog'), wrong: revert('limits', 'slurmd') },
  { fault: 'cpu-affinity-one-core', right: revert('task-prolog'), wrong: revert('limits', 'slurmd') },
  { fault: 'numa-crossed', right: revert('task-prolog'), wrong: revert('limits', 'slurmd') },
  {
    fault: 'governor-powersave',
    right: { id: 'cpu-governor.performance', steps: [{ step: 'governorSet', args: ['performance'] }] },
    wrong: restart('service.restart', 'irqbalance'),
  },
  { fault: 'clock-drift', right: restart('clock-sync.restart', 'chronyd'), wrong: revert('chrony') },
  {
    fault: 'container-runtime-reset',
    right: revert('docker-daemon', 'docker'),
    wrong: restart('service.restart', 'docker'),
    free: true,
  },
  {
    fault: 'cgroup-devices-lost',
    right: revert('docker-daemon', 'docker'),
    wrong: revert('nvidia-container-runtime'),
    free: true,
  },
  {
    fault: 'hca-firmware-hang',
    target: { node, hca: 'mlx5_2' },
    right: restart('service.restart', 'openibd'),
    wrong: { id: 'ib.port.enable', steps: [{ step: 'ibPortUp', args: ['mlx5_2'] }] },
    free: true,
  },
  {
    fault: 'node-taken-out',
    right: { id: 'node.resume', steps: [{ step: 'nodeResume', args: [node] }] },
    wrong: restart('service.restart', 'slurmd'),
  },
  { fault: 'driver-library-mismatch', right: reboot, wrong: load('uvm.load', 'nvidia-uvm'), free: true, downMin: 5 },
  { fault: 'soft-lockup', right: reboot, wrong: restart('service.restart', 'slurmd'), free: true, downMin: 5 },
  { fault: 'gpu-fell-off-bus', target: board, right: powerCycle, wrong: reset, free: true, downMin: 6 },
  {
    fault: 'node-power-lost',
    right: { id: 'node.power-on', steps: [{ step: 'nodePowerOn', args: [node] }] },
    // A server that is off cannot be switched off and on.
    wrong: powerCycle,
    downMin: 6,
  },
];

const remediationOf = (id: string): Remediation => {
  const found = remediations.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no repair ${id}`);
  return found;
};

const titleOf = ({ id, steps }: Repair) => [id, ...(steps.at(0)?.args ?? [])].join(' ');

/** The job holds no node, as after a failure that nobody has acted on. */
const stopJob = () => {
  scene.simulator.act([{ kind: 'job-requeue', hold: true }]);
  scene.pass(1);
};
/** The job runs on all nodes, so that what was left of one repair does not help the next. */
const startJob = () => {
  const { phase } = scene.simulator.timeline.segmentAt(scene.simulator.time.nowMs());
  if (phase.kind === 'pending') scene.simulator.act([{ kind: 'job-release' }]);
  else scene.simulator.act([{ kind: 'job-requeue', hold: false }]);
  scene.pass(3);
};
const phase = () => scene.simulator.timeline.segmentAt(scene.simulator.time.nowMs()).phase.kind;

describe('a fault and the repair that fits it', () => {
  it.each(rows.map((row) => [row.fault, titleOf(row.right), titleOf(row.wrong), row] as const))(
    '%s is healed by %s and not by %s',
    async (fault, right, wrong, row) => {
      for (const { id, steps } of [row.right, row.wrong])
        for (const { step } of steps)
          expect(remediationOf(id).gateSteps.map((one) => one.id)).toContain(gateSteps[step].id);
      scene.simulator.inject(fault, { target: row.target ?? whole, onset: { shape: 'sudden' } });
      scene.pass(2);
      if (row.free === true && phase() !== 'ended') stopJob();
      for (const wanted of row.wrong.steps) await scene.apply({ ...wanted, node });
      expect({ after: wrong, left: scene.present() }).toEqual({ after: wrong, left: [fault] });
      await scene.mend(...row.right.steps.map((wanted) => ({ ...wanted, node })));
      scene.pass(row.downMin ?? 0);
      expect({ after: right, left: scene.present() }).toEqual({ after: right, left: [] });
      startJob();
      expect(phase()).toBe('running');
    },
    30_000,
  );
});

const contains = 'contains a fault, and heals none: people do that';
const notInjected = 'the cluster has no fault that sets this; its steps are played on the gate';
const ofKubernetes = 'the nodes of the cluster belong to Slurm alone';
const unhealed: Readonly<Record<string, string>> = {
  'gpu.compute-mode.default': notInjected,
  'gpu.persistence.enable': notInjected,
  'ib.port.enable': notInjected,
  'persistenced.restart': notInjected,
  'dcgm.restart': notInjected,
  'job.requeue-with-limits': 'changes a job and no node: a whole incident of test/stack shows it',
  'ib.port.disable-and-reroute': contains,
  'node.drain.hardware': contains,
  'job.requeue-without-node': contains,
  'node.hand-over-hardware': contains,
  'node.drain.kubernetes': ofKubernetes,
  'node.uncordon.kubernetes': ofKubernetes,
  'ask-person': 'changes nothing',
};

it('every repair heals a fault here, or it is said why none', () => {
  const healing = new Set([...rows.map(({ right }) => right.id), 'gpu.process.kill-leftover']);
  const missing = remediations.map(({ id }) => id).filter((id) => !healing.has(id));
  expect(missing.toSorted()).toEqual(Object.keys(unhealed).toSorted());
});

it.each([
  ['leftover-process', 'gpu.process.left-over'],
  ['foreign-process', 'gpu.process.foreign'],
] as const)(
  '%s: the list of holders finds it, the plan names it, and the node ends it',
  async (fault, kind) => {
    scene.simulator.inject(fault, { target: board });
    scene.pass(3);
    // The driver resets nothing that somebody uses.
    const reply = await scene.apply({ step: 'gpuReset', node, args: [String(gpu)] });
    expect(reply).toMatchObject({ outcome: 'done', exitCode: 255 });
    const findings = [...(await scene.probe('gpu.holders', node)), ...(await scene.probe('gpu.processes', node))];
    const found = findings.find((one) => one.kind === kind);
    expect(found?.device).toMatchObject({ kind: 'gpu', index: gpu });
    const category: Category = 'foreign-gpu-process';
    const device = found?.device;
    const cause = { category, node, probability: 0.97, because: [], ...(device === undefined ? {} : { device }) };
    const plan = remediationOf('gpu.process.kill-leftover').plan(cause, findings, scene.inventory);
    if (!('steps' in plan)) throw new Error(JSON.stringify(plan));
    expect(plan.steps.map(({ stepId }) => stepId)).toEqual(['process-kill']);
    for (const step of plan.steps)
      expect(await scene.applyStep(step)).toMatchObject({
        outcome: 'done',
        exitCode: 0,
        output: expect.stringMatching(/^process \d+ has ended\n$/),
      });
    expect(scene.present()).toEqual([]);
    const after = await scene.probe('gpu.holders', node);
    expect(after.map((one) => one.kind)).toEqual(['gpu.holders.of-jobs']);
    startJob();
    expect(phase()).toBe('running');
  },
  30_000,
);

it('gsp-timeout is healed by no repair of a node: a reset and a restart help for minutes', async () => {
  scene.simulator.inject('gsp-timeout', { target: board });
  stopJob();
  await scene.mend(...[...reset.steps, ...reboot.steps].map((wanted) => ({ ...wanted, node })));
  scene.pass(6);
  expect(scene.present()).toEqual(['gsp-timeout']);
  scene.simulator.heal('gsp-timeout');
}, 30_000);
