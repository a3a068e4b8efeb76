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
const sudden = { shape: 'sudden' } as const;
const load = 'cat /proc/loadavg /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory';
const tasks = 'ps -eo pid,ppid,stat,wchan:32,etimes,comm';
const row = (text: string, ends: string) =>
  text
    .split('\n')
    .find((one) => one.endsWith(ends))
    ?.trim()
    .split(/\s+/) ?? [];

describe('file systems and drives', () => {
  // df(1) -i; ENOSPC is raised for inodes as for blocks (open(2)).
  it('inodes-full: 100 % of the inodes, much room, and a checkpoint that finds none', () => {
    const at = after('inodes-full', { onset: { shape: 'creeping', rampMs: 120_000 } }, 8);
    expect(row(at.on('df -P -i'), '/raid')[4]).toBe('100%');
    expect(Number.parseInt(row(at.on('df -P -k'), '/raid')[4] ?? '', 10)).toBeLessThan(40);
    expect(Number.parseInt(row(at.on('df -P -i', well), '/raid')[4] ?? '', 10)).toBeLessThan(5);
    expect(at.ranksOf(struck)).toContain('[Errno 28] No space left on device');
    expect(at.phase()).toBe('ended');
    at.on('wardround-space hold old-checkpoints');
    expect(at.present()).toEqual(['inodes-full']);
    at.requeue(10);
    expect(at.phase()).toBe('ended');
    at.simulator.heal('inodes-full');
    at.pass(8);
    expect(at.phase()).toBe('running');
  });

  // PyTorch's hint of signal_handling.py; tmpfs full is SIGBUS at the first touch of a page.
  it('shm-leftovers: a full /dev/shm of files of nobody, and loaders that get SIGBUS; clearing heals', () => {
    const at = after('shm-leftovers', { values: { freeMib: 1_200 }, onset: sudden });
    expect(row(at.on('df -P -k'), '/dev/shm')[4]).toBe('100%');
    const listing = at.on('ls -lnA --time-style=full-iso /dev/shm').trim().split('\n');
    expect(listing.length).toBeGreaterThan(2_000);
    expect(listing.filter((one) => one.includes(' 10088 ')).length).toBeGreaterThan(2_000);
    expect(Number(/Shmem: +(\d+)/.exec(at.on('cat /proc/meminfo'))?.[1]) / 2 ** 20).toBeGreaterThan(480);
    expect(at.phase()).toBe('ended');
    expect(at.ranksOf(struck)).toMatch(/DataLoader worker \(pid \d+\) is killed by signal: Bus error/);
    expect(Number.parseInt(row(at.on('df -P -k', well), '/dev/shm')[4] ?? '', 10)).toBeLessThan(6);
    at.requeue();
    expect(at.phase()).toBe('ended');
    expect(at.on('wardround-fix shm-clear')).toMatch(/^moved \d{4} files, \d+ KiB$/m);
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.phase()).toBe('running');
    at.on('wardround-fix shm-return');
    expect(at.present()).toEqual(['shm-leftovers']);
  });

  // Lustre 2.15, client.c; with factor 6 loaders still keep ahead, and only pressure shows it.
  it('lustre-slow: everybody waits for reads alike; a mild one hides behind the read-ahead', () => {
    const at = after('lustre-slow', { target: {}, values: { factor: 15 }, onset: sudden }, 6);
    for (const name of [struck, well]) {
      expect(Number(/some avg10=([\d.]+)/.exec(at.on(load, name).split('\n')[3] ?? '')?.[1])).toBeGreaterThan(30);
      expect(at.on(tasks, name).match(/ Dl +cl_sync_io_wait +\d+ pt_data_worker/g)?.length ?? 0).toBeGreaterThan(20);
      expect(at.dmesg(name)).toContain('ptlrpc_expire_one_request()) @@@ Request sent has timed out for slow reply');
    }
    expect(at.stepS()).toBeGreaterThan(18);
    expect(at.stepS()).toBeLessThan(30);
    at.on('wardround-fix remount /lustre');
    at.requeue();
    expect(at.stepS()).toBeGreaterThan(18);
    at.simulator.heal('lustre-slow');
    at.pass(1);
    expect(at.stepS()).toBeCloseTo(8, 1);
  });

  it('lustre-slow: six times as slow costs a step little, and leaves its mark in the pressure', () => {
    const at = after('lustre-slow', { target: {}, values: { factor: 6 }, onset: sudden }, 6);
    expect(at.stepS()).toBeLessThan(9);
    expect(Number(/some avg10=([\d.]+)/.exec(at.on(load).split('\n')[3] ?? '')?.[1])).toBeGreaterThan(10);
    expect(at.dmesg()).not.toContain('ptlrpc');
  });

  // Lustre's console message 167-0; khungtaskd after 120 s.
  it('lustre-stale: eviction, reads that never return, stat that has to be killed; a new mount and a requeue heal', () => {
    const at = after('lustre-stale');
    expect(at.dmesg()).toMatch(/LustreError: 167-0: scratch-OST\w{4}-osc-ffff\w+: This client was evicted by/);
    expect(at.dmesg()).toContain('blocked for more than 120 seconds');
    expect(at.result('timeout -k 1 5 stat -f -t /lustre')).toMatchObject({ exitCode: 137, stdout: '' });
    expect(at.on('timeout -k 1 5 stat -f -t /raid')).toContain('/raid');
    expect(at.on('timeout -k 1 5 stat -f -t /lustre', well)).toContain('bd00bd0');
    expect(at.on(tasks).match(/ Dl +cl_sync_io_wait/g)?.length ?? 0).toBeGreaterThan(60);
    expect(at.phase()).toBe('hung');
    at.requeue();
    expect(at.phase()).toBe('hung');
    at.on('wardround-fix remount /lustre');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.phase()).toBe('running');
  });

  it('fs-not-mounted: no line in /proc/mounts, and a file that is not there when the job starts', () => {
    const at = after('fs-not-mounted');
    expect(at.on('cat /proc/mounts')).not.toContain(' /lustre ');
    expect(at.on('cat /proc/mounts', well)).toContain('lustre01@o2ib:/scratch /lustre lustre rw');
    expect(at.on('timeout -k 1 5 stat -f -t /lustre')).toMatch(/ ef53 /);
    expect(at.on('df -P -k')).not.toContain('/lustre');
    expect(at.phase()).toBe('ended');
    expect(at.ranksOf(struck)).toContain("FileNotFoundError: [Errno 2] No such file or directory: '/lustre/data/");
    expect(at.ranksOf(well)).not.toContain('FileNotFoundError');
    at.requeue();
    expect(at.phase()).toBe('ended');
    at.on('wardround-fix remount /lustre');
    at.requeue();
    expect(at.phase()).toBe('running');
  });

  // NVMe base specification, SMART log: bit 0 of the critical warning is spare below threshold; percentage used may pass 100.
  it('nvme-slow: a worn drive, milliseconds a request, timeouts in the kernel; only another drive heals', () => {
    const at = after('nvme-slow', { values: { factor: 40 }, onset: sudden }, 6);
    const smart: unknown = JSON.parse(at.on('sudo -n nvme smart-log /dev/nvme1n1 -o json'));
    expect(smart).toMatchObject({ critical_warning: 5, spare_thresh: 10 });
    expect(JSON.parse(at.on('sudo -n nvme smart-log /dev/nvme0n1 -o json'))).toMatchObject({
      critical_warning: 0,
      media_errors: 0,
    });
    const wait = (name: string) => {
      const read = () =>
        /nvme1n1 (\d+) \d+ \d+ (\d+)/.exec(at.on('cat /proc/diskstats', name))?.slice(1).map(Number) ?? [];
      const [reads = 0, ms = 0] = read();
      at.pass(0.5);
      const [laterReads = 0, laterMs = 0] = read();
      return (laterMs - ms) / (laterReads - reads);
    };
    expect(wait(struck)).toBeGreaterThan(3);
    expect(wait(well)).toBeLessThan(0.3);
    expect(at.dmesg()).toMatch(/nvme nvme1: I\/O \d+ QID \d+ timeout, completion polled/);
    expect(at.stepS()).toBeGreaterThan(15);
    at.requeue();
    expect(at.stepS()).toBeGreaterThan(15);
    at.simulator.heal('nvme-slow');
    at.pass(1);
    expect(at.stepS()).toBeCloseTo(8, 1);
  });

  it('checkpoint-folder-permission: PermissionError at the next checkpoint, nothing wrong with the disk', () => {
    const at = after('checkpoint-folder-permission', { values: { way: 0 } }, 7);
    expect(at.phase()).toBe('ended');
    expect(at.ranksOf(struck)).toMatch(
      /PermissionError: \[Errno 13\] Permission denied: '\/raid\/ckpt\/pretrain-13b\/iter_\d{7}'/,
    );
    expect(Number.parseInt(row(at.on('df -P -k'), '/raid')[4] ?? '', 10)).toBeLessThan(40);
    at.requeue(8);
    expect(at.phase()).toBe('ended');
    at.simulator.heal('checkpoint-folder-permission');
    at.pass(8);
    expect(at.phase()).toBe('running');
  });
});
