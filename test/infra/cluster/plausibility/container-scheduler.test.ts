import { afterEach, describe, expect, it } from 'vitest';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';
import { hostScene, struck, well, type HostScene } from './host-scene.ts';

let open: HostScene | null = null;
afterEach(() => {
  open?.close();
  open = null;
});
function after(fault: string | null, asked: Asked = {}, afterMin = 4) {
  open = hostScene(fault, { target: { node: struck }, ...asked }, afterMin);
  return open;
}
const ofJob = { target: { job: 'pretrain-13b' } } as const;

describe('containers', () => {
  // NCCL issue tracker and user guide ("Shared memory"): docker gives a container 64 MiB unless told otherwise.
  it('shm-too-small: NCCL cannot make its segments in 64 MiB; only its owner heals', () => {
    const at = after('shm-too-small', { ...ofJob, values: { mib: 64 } });
    expect(at.phase()).toBe('ended');
    expect(at.rank(3)).toMatch(
      /NCCL WARN Error while creating shared memory segment \/dev\/shm\/nccl-\w{6} \(size 9637888\)/,
    );
    expect(at.on('df -P -k')).toMatch(/^tmpfs .* {2,}\d% \/dev\/shm$/m);
    at.on('wardround-fix shm-clear');
    at.requeue();
    expect(at.phase()).toBe('ended');
    at.simulator.heal('shm-too-small');
    at.pass(3);
    expect(at.phase()).toBe('running');
  });

  it('shm-too-small: with 8 GiB the communicators are made, and loaders get SIGBUS later', () => {
    const at = after('shm-too-small', { ...ofJob, values: { mib: 8_192 } }, 0.7);
    expect(at.on('wardround-job mounts')).toContain('shm 8388608 ');
    expect(at.on('wardround-job mounts')).toContain('- tmpfs shm rw,size=8388608k');
    at.pass(3);
    expect(at.phase()).toBe('ended');
    const all = Array.from({ length: 32 }, (_, rank) => at.rank(rank)).join('');
    expect(all).toContain('is killed by signal: Bus error');
    expect(all).not.toContain('/dev/shm/nccl-');
  });

  // NVIDIA Container Toolkit, installation guide: `nvidia-ctk runtime configure` writes the runtime into daemon.json.
  it('container-runtime-reset: no NVIDIA runtime in daemon.json, no driver in the container', () => {
    const at = after('container-runtime-reset');
    const file = (name: string): unknown => JSON.parse(at.on('cat /etc/docker/daemon.json', name));
    expect(file(struck)).not.toHaveProperty('default-runtime');
    expect(file(well)).toHaveProperty('default-runtime', 'nvidia');
    expect(at.on('nvidia-container-cli -k info')).toContain('Device Index:   7');
    expect(at.ranksOf(struck)).toContain('RuntimeError: Found no NVIDIA driver on your system.');
    expect(at.ranksOf(well)).not.toContain('Found no NVIDIA driver');
    at.on('systemctl restart docker');
    at.requeue();
    expect(at.phase()).toBe('ended');
    at.on('wardround-fix config-revert docker-daemon');
    at.requeue();
    expect(at.phase()).toBe('ended');
    at.on('systemctl restart docker');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.phase()).toBe('running');
  });

  // NVIDIA/nvidia-docker issue 1730: containers lose their GPUs at a daemon-reload when systemd manages the cgroups.
  it('cgroup-devices-lost: after a reload a trainer may not open NVML; a requeue lasts until the next one', () => {
    const at = after('cgroup-devices-lost', {}, 6);
    expect(at.phase()).toBe('ended');
    expect(at.log(struck, 'syslog')).toContain('systemd[1]: Reloading.');
    expect(at.log(well, 'syslog')).not.toContain('Reloading.');
    expect(at.ranksOf(struck)).toContain('NVML_SUCCESS == DriverAPI::get()->nvmlInit_v2_() INTERNAL ASSERT FAILED');
    expect(JSON.parse(at.on('cat /etc/docker/daemon.json'))).toMatchObject({
      'exec-opts': ['native.cgroupdriver=systemd'],
    });
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(8);
    at.requeue(3);
    expect(at.phase()).toBe('running');
    at.pass(30);
    expect(at.phase()).toBe('ended');
    at.on('wardround-fix config-revert docker-daemon');
    at.on('systemctl restart docker');
    expect(at.present()).toEqual([]);
    at.requeue(40);
    expect(at.phase()).toBe('running');
  });

  // NCCL 2.22 without a verbs device: `NET/IB : No device found.` and sockets instead.
  it('rdma-missing-in-container: no infiniband below /dev of the ranks, sockets, and a slow step', () => {
    const at = after('rdma-missing-in-container', ofJob);
    expect(at.on('wardround-job devices')).not.toContain('infiniband');
    expect(at.on('wardround-job devices')).toContain('nvidia0 crw-rw-rw- 0 0 195:0');
    expect(at.rank(9)).toContain('NET/IB : No device found.');
    expect(at.rank(9)).toContain('Using network Socket');
    expect(at.on('ibstat')).toContain('State: Active');
    expect(at.stepS()).toBeGreaterThan(20);
    at.requeue();
    expect(at.stepS()).toBeGreaterThan(20);
    at.simulator.heal('rdma-missing-in-container');
    at.pass(3);
    expect(at.stepS()).toBeCloseTo(8, 1);
    expect(at.on('wardround-job devices')).toContain('infiniband/uverbs0 crw-rw-rw- 0 0 231:192');
  });
});

describe('the scheduler, and who gives it orders', () => {
  // Slurm: job_mgr.c "Time limit exhausted for"; slurmstepd's message in the job's output.
  it('time-limit: TIMEOUT after its minutes; a requeue gives it as many again', () => {
    const at = after('time-limit', { ...ofJob, values: { minutes: 5 } }, 3);
    expect(at.job()).toContain('TimeLimit=00:05:00');
    expect(at.phase()).toBe('running');
    at.pass(4);
    expect(at.sacct().slice(2, 4)).toEqual(['TIMEOUT', '0:15']);
    expect(at.job()).toMatch(/JobState=TIMEOUT Reason=TimeLimit/);
    expect(at.rank(0)).toMatch(
      /slurmstepd: error: \*\*\* JOB \d+ ON node-01 CANCELLED AT [\d-]+T[\d:]+ DUE TO TIME LIMIT \*\*\*/,
    );
    expect(at.rank(0)).not.toContain('ChildFailedError');
    expect(at.log('mgmt-01', 'slurmctld')).toContain('Time limit exhausted for JobId=');
    at.requeue(3);
    expect(at.phase()).toBe('running');
    at.pass(5);
    expect(at.sacct()[2]).toBe('TIMEOUT');
    at.simulator.heal('time-limit');
    at.pass(9);
    expect(at.phase()).toBe('running');
  });

  it('preempted: PREEMPTED, and the controller names the job that took its place', () => {
    const at = after('preempted', { ...ofJob, values: { other: 7 } }, 2);
    expect(at.sacct()[2]).toBe('PREEMPTED');
    expect(at.rank(0)).toContain('DUE TO PREEMPTION ***');
    expect(at.log('mgmt-01', 'slurmctld')).toContain(
      `preempted JobId=${at.id} has been killed to reclaim resources for JobId=46007`,
    );
    expect(JSON.parse(at.on('squeue --json'))).toMatchObject({ jobs: [{ job_state: ['PREEMPTED'] }] });
    expect(at.on('scontrol show config')).toMatch(/^PreemptMode +=+ CANCEL$/m);
    at.simulator.heal('preempted');
    at.pass(3);
    expect(at.phase()).toBe('running');
  });

  it('cancelled-by-user: CANCELLED by its owner, and nobody failed', () => {
    const at = after('cancelled-by-user', ofJob, 2);
    expect(at.sacct().slice(2, 4)).toEqual(['CANCELLED by 10042', '0:15']);
    expect(at.rank(0)).toMatch(/\*\*\* JOB \d+ ON node-01 CANCELLED AT [\d-]+T[\d:]+ \*\*\*/);
    expect(at.rank(0)).not.toMatch(/exitcode|Traceback/);
    expect(at.log('mgmt-01', 'slurmctld')).toMatch(/REQUEST_KILL_JOB JobId=\d+ uid 10042/);
    at.simulator.heal('cancelled-by-user');
    at.pass(3);
    expect(at.phase()).toBe('running');
  });

  it('node-taken-out: a node that answers is DOWN with a reason; the job fails with it and goes on without it', () => {
    const at = after('node-taken-out', { values: { reason: 0 } }, 2);
    const node = at.on(`scontrol -o show node ${struck}`, 'node-01');
    expect(node).toMatch(/State=DOWN/);
    expect(node).toContain('Reason=moved to row 4 [root@');
    expect(at.on('scontrol -o show node node-03')).not.toContain('Reason=');
    expect(at.sacct()[2]).toBe('NODE_FAIL');
    expect(at.rank(0)).toContain('DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***');
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(8);
    at.requeue();
    expect(at.phase()).toBe('running');
    expect(at.job()).toContain('NumNodes=3');
    at.on(`scontrol update NodeName=${struck} State=RESUME`);
    expect(at.present()).toEqual([]);
  });

  // memory.max of the step; the report of mm/oom_kill.c names the group.
  it('cgroup-memory-limit: a kill by the group, with the node full of free memory', () => {
    const at = after('cgroup-memory-limit', { ...ofJob, values: { mib: 200_000 } });
    expect(at.sacct().slice(2, 4)).toEqual(['OUT_OF_MEMORY', '0:125']);
    expect(at.dmesg('node-01')).toContain('Memory cgroup out of memory: Killed process');
    expect(Number(/MemAvailable: +(\d+)/.exec(at.on('cat /proc/meminfo', 'node-01'))?.[1]) / 2 ** 20).toBeGreaterThan(
      600,
    );
    at.requeue();
    expect(at.phase()).toBe('ended');
    at.on(`scontrol requeuehold ${at.id}`);
    at.on(`scontrol update JobId=${at.id} MinMemoryNode=0`);
    at.on(`scontrol release ${at.id}`);
    expect(at.present()).toEqual([]);
    at.pass(3);
    expect(at.phase()).toBe('running');
  });
});

describe('orders to the scheduler', () => {
  it('leave a node out, and reboot one', () => {
    const at = after(null, {}, 1);
    // slurmctld changes the list of a job that waits, and of no other.
    expect(at.result(`scontrol update JobId=${at.id} ExcNodeList=${struck}`).exitCode).toBe(1);
    at.on(`scontrol requeuehold ${at.id}`);
    at.on(`scontrol update JobId=${at.id} ExcNodeList=${struck}`);
    expect(at.job()).toContain(`ExcNodeList=${struck}`);
    at.on(`scontrol release ${at.id}`);
    at.pass(3);
    expect(at.job()).toContain('NodeList=node-[01,03-04]');
    at.on(`scontrol reboot ASAP nextstate=RESUME reason=wardround ${struck}`, 'node-01');
    at.pass(1);
    expect(at.on(`scontrol -o show node ${struck}`, 'node-01')).toMatch(/State=DOWN\+NOT_RESPONDING/);
    at.pass(5);
    expect(at.on('uptime -s')).not.toBe(at.on('uptime -s', well));
    at.on(`scontrol reboot ASAP nextstate=RESUME reason=wardround ${well}`, 'node-01');
    expect(at.phase()).toBe('running');
    expect(at.on(`scontrol -o show node ${well}`, 'node-01')).toMatch(/State=ALLOCATED\+DRAIN/);
  });
});
