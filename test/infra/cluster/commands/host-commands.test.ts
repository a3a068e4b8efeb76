import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeAll(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(4));
});
afterAll(() => {
  simulator.close();
  held.remove();
});

const run = (line: string) => {
  const { world, timeline, time, act } = simulator;
  const node = world.nodes[1];
  if (node === undefined) throw new Error('the cluster has four nodes');
  return runLine({ world, timeline, node, nowMs: time.nowMs(), root: false, act }, line);
};
const text = (line: string) => {
  const result = run(line);
  expect({ line, exitCode: result.exitCode, stderr: result.stderr }).toEqual({ line, exitCode: 0, stderr: '' });
  return result.stdout;
};
const firstLine = (line: string) => text(line).split('\n')[0] ?? '';

describe('commands about a healthy host', () => {
  it.each([
    ['uname -srvm', /^Linux 5\.15\.0-113-generic #123-Ubuntu SMP .* x86_64$/],
    ['cat /proc/cmdline', /^BOOT_IMAGE=\/boot\/vmlinuz-5\.15\.0-113-generic root=UUID=\S+ ro amd_iommu=off /],
    ['dpkg-query -W', /^apparmor\t3/],
    ['cat /etc/nccl.conf /proc/version', /^NCCL_SOCKET_IFNAME=bond0$/],
    [
      'cat /proc/version',
      /^Linux version 5\.15\.0-113-generic \(\S+\) \(gcc \(Ubuntu 11\.4\.0\S+\) .*\) #123-Ubuntu SMP /,
    ],
    [
      'cat /proc/loadavg /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory',
      /^2\d\.\d\d 2\d\.\d\d 2\d\.\d\d \d+\/2914 \d+$/,
    ],
    ['ps -eo pid,ppid,stat,wchan:32,etimes,comm', /^ {4}PID {4}PPID STAT WCHAN {27} ELAPSED COMMAND$/],
    ['lscpu -J', /^\{$/],
    ['numactl --hardware', /^available: 2 nodes \(0-1\)$/],
    ['chronyc -c tracking', /^0A40FF01,10\.64\.255\.1,3,\d+\.\d{9},-?0\.0000\d{5},.*,Normal$/],
    ['ls -lnA --time-style=full-iso /dev/shm', /^total \d+$/],
    ['grep -H oom_kill /proc/vmstat', /^\/proc\/vmstat:oom_kill 0$/],
    ['cat /proc/sys/fs/file-nr', /^\d+\t0\t9223372036854775807$/],
    [
      'sysctl vm.max_map_count vm.swappiness kernel.numa_balancing kernel.pid_max net.core.somaxconn net.ipv4.ip_local_port_range net.ipv4.conf.all.rp_filter',
      /^vm\.max_map_count = \d+$/,
    ],
    [
      'grep -H . /sys/kernel/mm/transparent_hugepage/enabled /proc/sys/vm/nr_hugepages',
      /^\/sys\/kernel\/mm\/transparent_hugepage\/enabled:always \[madvise\] never$/,
    ],
    ['cat /proc/swaps', /^Filename\t+Type/],
    ['cat /proc/vmstat', /^nr_free_pages \d+$/],
    ['cat /proc/diskstats', /^ {3}7 {7}0 loop0 0 /],
    ['sudo -n nvme smart-log /dev/nvme1n1 -o json', /^\{$/],
    ['cat /proc/mounts', /^sysfs \/sys sysfs /],
    ['timeout -k 1 5 stat -f -t /lustre', /^\/lustre [0-9a-f]+ 255 bd00bd0 4096 4096 \d+ \d+ \d+ \d+ \d+$/],
    ['timeout -k 1 5 stat -f -t /raid', /^\/raid [0-9a-f]+ 255 58465342 4096 4096 /],
    ['cat /proc/self/mountstats', /^device sysfs mounted on \/sys with fstype sysfs$/],
    ['cat /sys/fs/lustre/health_check', /^healthy$/],
    ['nvidia-container-cli -k info', /^NVRM version: {3}550\.90\.07$/],
    ['cat /etc/nvidia-container-runtime/config.toml', /^#accept-nvidia/],
    ['cat /etc/docker/daemon.json', /^\{$/],
    [
      'ls -l /dev/nvidia0 /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia-caps',
      /^crw-rw-rw- 1 root root 195, {3}0 \w{3} [ \d]\d \d\d:\d\d \/dev\/nvidia0$/,
    ],
    ['sudo -n wardround-job list', /^pid rank local_rank world_size user started comm$/],
    ['sudo -n wardround-job limits', /^== pid=\d+ rank=8 local_rank=0$/],
    ['sudo -n wardround-job affinity', /^== pid=\d+ rank=8 local_rank=0$/],
    ['sudo -n wardround-job devices', /^== pid=\d+ rank=8 local_rank=0$/],
    ['sudo -n wardround-job mounts', /^== pid=\d+ rank=8 local_rank=0$/],
    ['sudo -n wardround-job cgroup', /^== pid=\d+ rank=8 local_rank=0$/],
    ['squeue --json', /^\{$/],
    [
      'sacct -P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days',
      /^\d+\|pretrain-13b\|RUNNING\|0:0\|0:0\|[\dT:-]+\|Unknown\|node-\[01-04\]$/,
    ],
    ['scontrol show config', /^Configuration data as of /],
    ['scontrol -o show node', /^NodeName=node-01 /],
  ])('answers %s', (line, expected) => {
    expect(firstLine(line)).toMatch(expected);
    expect(text(line)).not.toMatch(/undefined|NaN|\[object/);
    expect(text(line)).toMatch(/\n$/);
  });

  it.each([
    // chrony takes the place of both other daemons, and dpkg that of rpm.
    ['ntpq -pn', 127, /^sh: 1: ntpq: not found\n$/],
    ['rpm -qa', 127, /^sh: 1: rpm: not found\n$/],
    ['timedatectl timesync-status', 1, /^Failed to query server: The name org\.freedesktop\.timesync1 was not /],
    ['timedatectl show-timesync --all', 1, /^Failed to parse bus message: No route to host\n$/],
  ] as const)('has no daemon or database for %s', (line, exitCode, expected) => {
    const answer = run(line);
    expect(answer).toMatchObject({ exitCode, stdout: '' });
    expect(answer.stderr).toMatch(expected);
  });

  it('prints the files that there are, and complains about the others', () => {
    const answer = run('cat /etc/nccl.conf /etc/colours /proc/swaps');
    expect(answer).toMatchObject({ exitCode: 1, stderr: 'cat: /etc/colours: No such file or directory\n' });
    expect(answer.stdout).toMatch(/^NCCL_SOCKET_IFNAME=bond0\nFilename\t/);
  });

  it('has no failed unit', () => {
    expect(text('systemctl list-units --type=service --state=failed --no-legend --plain --no-pager')).toBe('');
  });

  it('runs all cores by their governor', () => {
    const rows = text(
      'grep -rH . /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq',
    );
    const lines = rows.trimEnd().split('\n');
    expect(lines).toHaveLength(3 * 192);
    expect(lines.filter((one) => one.endsWith('scaling_governor:performance'))).toHaveLength(192);
    const mhz = lines.filter((one) => one.includes('scaling_cur_freq')).map((one) => Number(one.split(':')[1]) / 1000);
    expect(Math.min(...mhz)).toBeGreaterThan(3_200);
  });

  it('ends the blocks of wardround-job with their number', () => {
    const blocks = text('sudo -n wardround-job limits');
    expect(blocks.match(/^== pid=/gm)).toHaveLength(8);
    expect(blocks).toMatch(/^Max locked memory {9}unlimited {12}unlimited {12}bytes {5}$/m);
    expect(blocks).toMatch(/== end trainers=8\n$/);
    expect(text('sudo -n wardround-job affinity')).toContain(
      'Cpus_allowed_list:\t0-11,96-107\nMems_allowed_list:\t0-1\n',
    );
    expect(run('wardround-job limits')).toMatchObject({ exitCode: 77 });
    expect(run('sudo -n wardround-job colour')).toMatchObject({ exitCode: 64 });
  });

  it('shows in /dev/shm what df counts there', () => {
    const [total = '', ...files] = text('ls -lnA --time-style=full-iso /dev/shm').trimEnd().split('\n');
    const shm =
      text('df -P -k')
        .split('\n')
        .find((one) => one.includes('/dev/shm')) ?? '';
    const usedKib = Number(shm.split(/\s+/)[2]);
    expect(files).toHaveLength(412);
    expect(Math.abs(Number(total.split(' ')[1]) - usedKib)).toBeLessThan(2_000);
    expect(usedKib / 2 ** 20).toBeGreaterThan(17);
  });

  it('keeps JSON that parses', () => {
    const cpu: unknown = JSON.parse(text('lscpu -J'));
    expect(cpu).toHaveProperty('lscpu.0.field', 'Architecture:');
    expect(JSON.parse(text('squeue --json'))).toMatchObject({
      jobs: [{ job_state: ['RUNNING'], time_limit: { infinite: true } }],
    });
    expect(JSON.parse(text('sudo -n nvme smart-log /dev/nvme0n1 -o json'))).toMatchObject({
      critical_warning: 0,
      avail_spare: 100,
      media_errors: 0,
    });
    expect(JSON.parse(text('cat /etc/docker/daemon.json'))).toMatchObject({ 'default-runtime': 'nvidia' });
  });

  it('counts on between two reads', () => {
    const before = text('cat /proc/diskstats');
    held.pass(10_000);
    const reads = (all: string) => Number(/nvme1n1 (\d+)/.exec(all)?.[1]);
    expect(reads(text('cat /proc/diskstats')) - reads(before)).toBeGreaterThan(2_000);
  });
});
