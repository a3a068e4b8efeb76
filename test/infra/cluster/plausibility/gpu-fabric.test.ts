import { afterEach, describe, expect, it } from 'vitest';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';
import { scene, struck, well } from './gpu-scene.ts';

let open: ReturnType<typeof scene> | null = null;
afterEach(() => {
  open?.close();
  open = null;
});
function after(fault: string | null, asked: Asked = {}, afterMin = 3) {
  open = scene(fault, asked, afterMin);
  return open;
}

describe('NVLink and its switches, a few minutes after', () => {
  // NVIDIA, "Xid Errors", 74: `NVLink: fatal error detected on link N`; nvidia-smi shows such a link as <inactive>.
  it('nvlink-link-down: Xid 74 and a dead job, then an inactive link and a slower one; a reset does not help', () => {
    const at = after('nvlink-link-down', { values: { links: 1 } });
    const link = /: 74, .*NVLink: fatal error detected on link (\d)/.exec(at.dmesg())?.[1] ?? '';
    expect(at.rank(struck.gpu)).toContain('uncorrectable NVLink error detected during the execution');
    const status = at.on('nvidia-smi -i 3 nvlink --status');
    expect(status).toContain(`\t Link ${link}: <inactive>\n`);
    expect(status.match(/25 GB\/s/g)).toHaveLength(7);
    expect(at.on('nvidia-smi -i 3 nvlink -R')).toContain(`Link ${link}: <inactive>`);
    expect(at.on('nvidia-smi topo -m')).toMatch(/^GPU3\tNV7\tNV7\tNV7\t X \tNV7/m);
    expect(at.on('nvidia-smi nvlink --status', well)).not.toContain('inactive');
    expect(at.on('dcgmi health -g 0 -c -j')).toContain(`NvLink link ${link} is currently down`);
    at.on('nvidia-smi -i 3 -r');
    at.requeue(4);
    // 8 of 7 links in 45 % of a transfer phase of 5.2 s.
    expect(at.job().stepS).toBeCloseTo(8 + 5.2 * 0.45 * (8 / 7 - 1), 1);
    expect(at.present()).toEqual(['nvlink-link-down']);
    at.drainAndStop();
    const rows = at.on('wardround-measure nvlink').split('\n');
    const row =
      rows
        .find((line) => line.startsWith(' 3'))
        ?.trim()
        .split(/ +/)
        .slice(1)
        .map(Number) ?? [];
    expect(row[0]).toBeGreaterThan(158);
    expect(row[0]).toBeLessThan(170);
  });

  // `nvidia-smi nvlink -e`; replays cost bandwidth, an engineer looks at their growth between two reads.
  it('nvlink-crc-errors: counters of one link grow by the second, nothing dies', () => {
    const onset = { shape: 'creeping', rampMs: 600_000 } as const;
    const at = after('nvlink-crc-errors', { onset, values: { perSecond: 50_000 } }, 15);
    const count = () =>
      [...at.on('nvidia-smi -i 3 nvlink -e').matchAll(/Link (\d): CRC Errors: (\d+)/g)].map((one) => Number(one[2]));
    const before = count();
    at.pass(1);
    const grown = count().map((now, link) => now - (before[link] ?? 0));
    expect(grown.filter((one) => one > 0)).toEqual([3_000_000]);
    expect(at.job()).toMatchObject({ phase: 'running' });
    expect(at.job().stepS).toBeGreaterThan(8.5);
    expect(at.job().stepS).toBeLessThan(9.5);
    expect(at.dmesg()).not.toContain('Xid');
    expect(at.on('nvidia-smi nvlink -e', well)).not.toMatch(/Errors: [1-9]/);
    expect(at.metric('DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL')).toBeGreaterThan(1_000_000);
    at.simulator.heal('nvlink-crc-errors');
    expect(at.present()).toEqual([]);
    at.pass(1);
    expect(at.job().stepS).toBe(8);
  });

  // NVIDIA, "Fabric Manager User Guide", fatal NVSwitch errors; the log line is from leptonai/gpud's test data.
  it('nvswitch-fatal: SXid in kernel and fabric manager log, nothing starts; only a reset of the whole fabric heals', () => {
    const at = after('nvswitch-fatal');
    const sxid = /nvidia-nvswitch\d: SXid \(PCI:0000:c\d:00\.0\): (\d+), Fatal, Link \d+/.exec(at.dmesg())?.[1] ?? '';
    expect(at.on('tail -n 200 /var/log/fabricmanager.log')).toMatch(
      new RegExp(
        `\\[ERROR\\] \\[tid \\d+\\] detected NVSwitch fatal error ${sxid} on fid 0 on NVSwitch pci bus id 00000000:C\\d:00\\.0`,
      ),
    );
    expect(at.dmesg(well)).not.toContain('SXid');
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    at.on('systemctl restart nvidia-fabricmanager');
    at.requeue();
    expect(at.job().phase).toBe('ended');
    expect(at.rank(0)).toContain('Error 802: system not yet initialized');
    for (const unit of ['nvidia-persistenced', 'nvidia-dcgm', 'nvidia-fabricmanager']) at.on(`systemctl stop ${unit}`);
    expect(at.on('modprobe -r nvidia')).toBe('');
    expect(at.on('nvidia-smi -L')).toContain("couldn't communicate with the NVIDIA driver");
    expect(at.on('modprobe nvidia')).toBe('');
    expect(at.present()).toEqual([]);
    for (const module of ['nvidia-uvm', 'nvidia-peermem']) at.on(`modprobe ${module}`);
    for (const unit of ['nvidia-persistenced', 'nvidia-dcgm', 'nvidia-fabricmanager']) at.on(`systemctl start ${unit}`);
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });
});

describe('GPU software, a few minutes after', () => {
  // Fabric Manager User Guide: CUDA jobs are aborted when it exits, and start with cudaErrorSystemNotReady (802) after.
  it('fabricmanager-stopped: the unit is down, the job dead, 802 at the next start; a restart of it heals', () => {
    const at = after('fabricmanager-stopped', { values: { crashed: 0 } });
    expect(at.result('systemctl is-active nvidia-fabricmanager')).toMatchObject({ stdout: 'inactive\n', exitCode: 3 });
    expect(at.on('systemctl is-active nvidia-fabricmanager', well)).toBe('active\n');
    expect(at.on('tail -n 200 /var/log/fabricmanager.log')).toContain('Fabric Manager is exiting');
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(8);
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    at.on('systemctl restart nvidia-persistenced');
    at.requeue();
    expect(at.rank(0)).toContain('Error 802: system not yet initialized');
    expect(at.present()).toEqual(['fabricmanager-stopped']);
    at.on('systemctl restart nvidia-fabricmanager');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // Fabric Manager User Guide, ABORT_CUDA_JOBS_ON_FM_EXIT=1 (the default; effective before H100): all CUDA jobs of the node end.
  it('a fabric manager that is restarted while the job runs takes its eight ranks along, and new ones start again', () => {
    const at = after(null);
    at.on('systemctl restart nvidia-persistenced');
    at.pass(0.2);
    expect(at.job()).toMatchObject({ phase: 'running' });
    expect(at.on('grep -H ABORT_CUDA_JOBS /usr/share/nvidia/nvswitch/fabricmanager.cfg')).toMatch(/ON_FM_EXIT=1$/m);
    at.on('systemctl restart nvidia-fabricmanager');
    expect(at.on('systemctl is-active nvidia-fabricmanager')).toBe('active\n');
    at.pass(0.5);
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    for (const gpu of [0, 3, 7]) expect(at.rank(gpu)).toContain('RuntimeError: CUDA error: unspecified launch failure');
    expect(at.rank(3, well)).not.toContain('CUDA error');
    expect(at.rank(0).match(/^ {2}exitcode {2}: 1 \(pid: \d+\)$/gm)).toHaveLength(8);
    const log = at.on('tail -n 200 /var/log/fabricmanager.log');
    expect(log.indexOf('Fabric Manager is exiting')).toBeGreaterThan(0);
    expect(log.lastIndexOf('Successfully configured all')).toBeGreaterThan(log.indexOf('Fabric Manager is exiting'));
    expect(at.log('syslog')).toMatch(
      /Stopping NVIDIA fabric manager service[^]*Stopped NVIDIA[^]*Starting NVIDIA[^]*Started NVIDIA fabric manager service/,
    );
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  it('a fabric manager that is stopped and started at once takes the job along as well; one that did not run takes none', () => {
    const at = after(null);
    at.on('systemctl stop nvidia-fabricmanager');
    at.on('systemctl start nvidia-fabricmanager');
    at.pass(0.5);
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    at.requeue();
    at.on('systemctl start nvidia-fabricmanager');
    at.pass(0.5);
    expect(at.job()).toMatchObject({ phase: 'running' });
  });

  it('a fabric manager that was just started lets no CUDA process start until the switches are configured', () => {
    const at = after(null);
    at.drainAndStop();
    at.on('systemctl restart nvidia-fabricmanager');
    const measured = () => at.on('wardround-measure gemm 3');
    expect(measured()).toContain('Error: cuInit failed: system not yet initialized');
    at.pass(0.1);
    expect(measured()).not.toContain('cuInit failed');
  });

  it('fabricmanager-version: versions differ, its log says so, and a restart fails in the same way', () => {
    const at = after('fabricmanager-version');
    const own = /version is : (\S+)/.exec(at.on('nv-fabricmanager --version'))?.[1] ?? '';
    expect(own).not.toBe('550.90.07');
    expect(at.on('cat /proc/driver/nvidia/version')).toContain('550.90.07');
    expect(at.on('tail -n 200 /var/log/fabricmanager.log')).toContain(
      `fabric manager NVIDIA GPU driver interface version ${own} don't match with driver version 550.90.07`,
    );
    expect(at.on('systemctl is-active nvidia-fabricmanager')).toBe('failed\n');
    expect(at.result('systemctl restart nvidia-fabricmanager')).toMatchObject({ exitCode: 1 });
    expect(at.present()).toEqual(['fabricmanager-version']);
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: struck.node }]);
    at.pass(5);
    expect(at.on('systemctl is-active nvidia-fabricmanager')).toBe('failed\n');
    at.simulator.heal('fabricmanager-version');
    at.pass(3);
    expect(at.on('systemctl is-active nvidia-fabricmanager')).toBe('active\n');
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // The text of nvidia-smi and of nv.c (`API mismatch`) as thousands of reports have it; PyTorch's error 803.
  it('driver-library-mismatch: NVML refuses, the kernel tells both versions; a reload of the driver heals', () => {
    const at = after('driver-library-mismatch', { values: { update: 0 } });
    expect(at.result('nvidia-smi -L')).toMatchObject({
      stdout: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.127\n',
      exitCode: 18,
    });
    expect(at.dmesg()).toContain('NVRM: API mismatch: the client has the version 550.127.05, but');
    expect(at.on('grep -H . /sys/module/nvidia/version')).toBe('/sys/module/nvidia/version:550.90.07\n');
    expect(at.log('syslog')).toContain(
      'unattended-upgrade: Packages that will be upgraded: libnvidia-compute-550-server',
    );
    expect(at.result('nvidia-smi -L', well).exitCode).toBe(0);
    at.requeue();
    expect(at.rank(0)).toContain('Error 803: system has unsupported display driver / cuda driver combination');
    at.on('systemctl restart nvidia-fabricmanager');
    expect(at.present()).toEqual(['driver-library-mismatch']);
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: struck.node }]);
    at.pass(5);
    expect(at.present()).toEqual([]);
    expect(at.on('cat /proc/driver/nvidia/version')).toContain('Kernel Module  550.127.05 ');
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  it('uvm-module-missing: the module is not there, CUDA says unknown error; modprobe heals', () => {
    const at = after('uvm-module-missing');
    expect(at.on('lsmod')).not.toMatch(/^nvidia_uvm /m);
    expect(at.on('lsmod', well)).toMatch(/^nvidia_uvm /m);
    expect(at.on('lsmod')).toMatch(/^nvidia +\d+ {2}1128 nvidia_peermem,nvidia_modeset$/m);
    expect(at.result('grep -H . /sys/module/nvidia_uvm/version')).toMatchObject({ exitCode: 2 });
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(8);
    expect(at.rank(0)).toContain('RuntimeError: CUDA unknown error');
    at.on('modprobe nvidia-peermem');
    expect(at.present()).toEqual(['uvm-module-missing']);
    expect(at.on('modprobe nvidia-uvm')).toBe('');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  it('peermem-missing: all runs, and slower; the module and a new start heal', () => {
    const at = after('peermem-missing');
    expect(at.on('lsmod')).not.toMatch(/^nvidia_peermem /m);
    expect(at.job()).toMatchObject({ phase: 'running' });
    const slow = at.job().stepS;
    expect(slow).toBeGreaterThan(9.5);
    expect(slow).toBeLessThan(11);
    // transport/net.cc of NCCL prints the way of every channel.
    expect(at.rank(3)).toMatch(/-> \d+\[3\] \[send\] via NET\/IB\/1$/m);
    expect(at.rank(3, well)).toMatch(/\[send\] via NET\/IB\/1\/GDRDMA$/m);
    expect(at.dmesg()).not.toContain('Xid');
    at.on('modprobe nvidia-peermem');
    expect(at.present()).toEqual([]);
    at.pass(1);
    // NCCL decided when it started.
    expect(at.job().stepS).toBe(slow);
    at.requeue();
    expect(at.job().stepS).toBe(8);
  });
});
