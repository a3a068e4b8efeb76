import { afterEach, describe, expect, it } from 'vitest';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';
import { startTicks } from '../job-tools.ts';
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
const frequencies =
  'grep -rH . /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq';
const load = 'cat /proc/loadavg /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory';
const tasks = 'ps -eo pid,ppid,stat,wchan:32,etimes,comm';

describe('what the host does to its ranks', () => {
  // Documentation/admin-guide/pm/cpufreq.rst: powersave stays at the lowest frequency.
  it('governor-powersave: all cores at 1.5 GHz; the governor heals it, a requeue does not', () => {
    const at = after('governor-powersave');
    const lines = at.on(frequencies).split('\n');
    expect(lines.filter((one) => one.endsWith(':powersave'))).toHaveLength(192);
    expect(lines.filter((one) => /scaling_cur_freq:150\d{4}$/.test(one)).length).toBe(192);
    expect(at.on(frequencies, well)).not.toContain('powersave');
    expect(at.stepS()).toBeGreaterThan(8.8);
    expect(at.stepS()).toBeLessThan(12);
    at.requeue();
    expect(at.present()).toEqual(['governor-powersave']);
    at.on('cpupower frequency-set -g performance');
    expect(at.present()).toEqual([]);
    expect(at.stepS()).toBeCloseTo(8, 1);
  });

  // PSI: `some` of cpu is the share of time in which a runnable task waits for a core.
  it('cpu-hog: a scanner with hundreds of threads, load and pressure to match; ending it heals', () => {
    const at = after('cpu-hog', { values: { threads: 400 }, onset: { shape: 'sudden' } });
    const [loadavg = '', cpu = ''] = at.on(load).split('\n');
    expect(Number(loadavg.split(' ')[0])).toBeGreaterThan(400);
    expect(Number(/some avg10=([\d.]+)/.exec(cpu)?.[1])).toBeGreaterThan(30);
    const row =
      at
        .on(tasks)
        .split('\n')
        .find((one) => one.endsWith('falcon-scan')) ?? '';
    expect(row).toMatch(/RNl/);
    expect(at.on(tasks, well)).not.toContain('falcon-scan');
    expect(Number(at.on(load, well).split(' ')[0])).toBeLessThan(40);
    expect(at.stepS()).toBeGreaterThan(9);
    const [pid = ''] = row.trim().split(/\s+/);
    const ticks = startTicks(at.simulator, struck, Number(pid));
    expect(at.on(`wardround-fix kill ${pid} ${ticks + 1}`)).toContain('is not there any more');
    expect(at.present()).toEqual(['cpu-hog']);
    at.on(`wardround-fix kill ${pid} ${ticks}`);
    expect(at.present()).toEqual([]);
    expect(at.stepS()).toBeCloseTo(8, 1);
  });

  it('cpu-hog: a scanner that leaves most cores alone is seen, and slows nobody', () => {
    const at = after('cpu-hog', { values: { threads: 190 }, onset: { shape: 'sudden' } });
    expect(Number(at.on(load).split(' ')[0])).toBeGreaterThan(190);
    expect(at.stepS()).toBeLessThan(8.4);
  });

  // vmstat(8): si and so beyond a few pages a second mean that the working set does not fit.
  it('swap-thrash: little memory, a swap file in use, pages in and out; ending the process heals', () => {
    const at = after('swap-thrash', { values: { mibS: 600 }, onset: { shape: 'sudden' } });
    const field = (text: string, name: string) => Number(new RegExp(`^${name}:? +(\\d+)`, 'm').exec(text)?.[1]);
    expect(field(at.on('cat /proc/meminfo'), 'MemAvailable') / 2 ** 20).toBeLessThan(20);
    expect(at.on('cat /proc/swaps')).toMatch(/^\/swap\.img +file\t\t67108860\t\d{8}\t-2$/m);
    const before = field(at.on('cat /proc/vmstat'), 'pswpin');
    at.pass(1);
    const perSecond = (field(at.on('cat /proc/vmstat'), 'pswpin') - before) / 60;
    expect(perSecond).toBeGreaterThan(40_000);
    expect(at.on('cat /proc/swaps', well).trim().split('\n')).toHaveLength(1);
    expect(field(at.on('cat /proc/vmstat', well), 'pswpin')).toBe(0);
    expect(at.stepS()).toBeGreaterThan(8.5);
    const row =
      at
        .on(tasks)
        .split('\n')
        .find((one) => one.endsWith(' java')) ?? '';
    const [pid = ''] = row.trim().split(/\s+/);
    at.on(`wardround-fix kill ${pid} ${startTicks(at.simulator, struck, Number(pid))}`);
    expect(at.present()).toEqual([]);
  });

  // kernel/watchdog.c: the line comes about every 22 s after the first 20 s or so.
  it('soft-lockup: the kernel says so again and again, a rank hangs; a reboot heals, a requeue does not', () => {
    const at = after('soft-lockup', { values: { cpu: 37 }, onset: { shape: 'sudden' } });
    expect(at.dmesg().match(/watchdog: BUG: soft lockup - CPU#37 stuck for \d+s!/g)?.length ?? 0).toBeGreaterThan(4);
    expect(at.dmesg(well)).not.toContain('soft lockup');
    expect(at.phase()).toBe('hung');
    at.requeue();
    expect(at.phase()).toBe('hung');
    at.on(`scontrol requeuehold ${at.id}`);
    at.on(`scontrol reboot ASAP nextstate=RESUME reason=wardround ${struck}`, 'node-01');
    at.pass(5);
    expect(at.present()).toEqual([]);
    at.on(`scontrol release ${at.id}`);
    at.pass(3);
    expect(at.phase()).toBe('running');
    expect(at.dmesg()).not.toContain('soft lockup');
  });

  // slurm.conf(5), TaskPlugin; lscpu of the node says which CPUs a socket has.
  it('cpu-affinity-one-core: all eight trainers may use CPU 0; the recorded prolog and a requeue heal', () => {
    const at = after('cpu-affinity-one-core', { values: { cpu: 0 } });
    expect(at.on('wardround-job affinity').match(/^Cpus_allowed_list:\t0$/gm)).toHaveLength(8);
    expect(at.on('wardround-job affinity', well)).toContain('Cpus_allowed_list:\t0-11,96-107');
    expect(at.stepS()).toBeGreaterThan(16);
    at.requeue();
    expect(at.stepS()).toBeGreaterThan(16);
    at.on('wardround-fix config-revert task-prolog');
    expect(at.present()).toEqual([]);
    expect(at.on('wardround-job affinity')).toContain('Cpus_allowed_list:\t0\n');
    at.requeue();
    expect(at.stepS()).toBeCloseTo(8, 1);
  });

  it('numa-crossed: the trainers of GPU 0 to 3 are on the second socket, and the step is a tenth longer', () => {
    const at = after('numa-crossed', { values: { pairs: 4 } });
    const lists = [...at.on('wardround-job affinity').matchAll(/Cpus_allowed_list:\t(\d+)-/g)].map(([, first]) =>
      Number(first),
    );
    expect(lists.slice(0, 4).every((cpu) => cpu >= 48 && cpu < 96)).toBe(true);
    expect(lists.slice(4).every((cpu) => cpu < 48)).toBe(true);
    expect(at.stepS()).toBeGreaterThan(8.5);
    expect(at.stepS()).toBeLessThan(9.5);
    at.on('wardround-fix config-revert task-prolog');
    at.on('wardround-fix config-restore task-prolog');
    expect(at.present()).toEqual(['numa-crossed']);
    at.on('wardround-fix config-revert task-prolog');
    at.requeue();
    expect(at.stepS()).toBeCloseTo(8, 1);
  });
});

describe('limits and clocks', () => {
  // NCCL user guide, "Troubleshooting", memory locking; texts of public reports of `ibv_create_cq`.
  it('memlock-limit: NCCL cannot make its queues; the recorded limits and a requeue heal', () => {
    const at = after('memlock-limit', { values: { kib: 64 } });
    expect(at.phase()).toBe('ended');
    expect(at.ranksOf(struck)).toContain('NCCL WARN Call to ibv_create_cq failed with error Cannot allocate memory');
    expect(at.ranksOf(well)).not.toContain('ibv_create_cq');
    expect(at.sacct().slice(2, 4)).toEqual(['FAILED', '1:0']);
    at.requeue(1);
    at.pass(0.2);
    expect(at.ranksOf(struck).match(/ibv_create_cq/g)?.length ?? 0).toBeGreaterThan(8);
    at.on('wardround-fix config-revert limits');
    at.pass(1);
    at.requeue();
    expect(at.phase()).toBe('running');
    expect(at.on('wardround-job limits')).toMatch(/Max locked memory +unlimited/);
  });

  it('memlock-limit: while the ranks start, their limits can be read', () => {
    const at = after('memlock-limit', { values: { kib: 8_192 } }, 0.7);
    expect(at.phase()).toBe('launching');
    expect(at.on('wardround-job limits').match(/Max locked memory +8388608 +8388608/g)).toHaveLength(8);
    expect(at.on('wardround-job limits', well)).not.toContain('8388608 8388608');
  });

  // getrlimit(2), EMFILE is errno 24; PyTorch's file_descriptor sharing strategy needs one a batch.
  it('nofile-limit: a loader runs out of files some time after the start', () => {
    const at = after('nofile-limit', { values: { files: 2_048 } }, 2.2);
    expect(at.on('wardround-job limits').match(/Max open files +2048 +2048/g)).toHaveLength(8);
    expect(at.phase()).toBe('running');
    at.pass(2.5);
    expect(at.phase()).toBe('ended');
    expect(at.ranksOf(struck)).toContain('OSError: [Errno 24] Too many open files');
    at.on('wardround-fix config-revert limits');
    at.requeue(6);
    expect(at.phase()).toBe('running');
  });

  // MUNGE FAQ: credentials are rejected as rewound or expired when clocks differ by more than the TTL of 300 s.
  it('clock-drift: chronyd is dead, the clock is behind, and no task starts there; starting chronyd heals', () => {
    const at = after('clock-drift', { values: { offsetS: 600, ahead: 0 } });
    expect(at.result('chronyc -c tracking')).toMatchObject({ stdout: '506 Cannot talk to daemon\n', exitCode: 1 });
    expect(at.on('systemctl list-units --type=service --state=failed --no-legend --plain --no-pager')).toBe(
      'chronyd.service loaded failed failed chrony, an NTP client/server\n',
    );
    expect(at.on(tasks)).not.toContain('chronyd');
    expect(at.phase()).toBe('ended');
    expect(at.rank(0)).toContain(`failed on node ${struck}: Invalid job credential`);
    expect(at.log(struck, 'slurmd')).toContain('Munge decode failed: Rewound credential');
    expect(at.on('chronyc -c tracking', well)).toMatch(/Normal$/m);
    at.on('systemctl restart slurmd');
    at.requeue();
    expect(at.phase()).toBe('ended');
    at.on('systemctl restart chronyd');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.phase()).toBe('running');
  });
});
