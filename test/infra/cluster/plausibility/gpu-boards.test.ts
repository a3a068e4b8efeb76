import { afterEach, describe, expect, it } from 'vitest';
import { clearFact, setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import { scene, struck, well } from './gpu-scene.ts';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';

let open: ReturnType<typeof scene> | null = null;
afterEach(() => {
  open?.close();
  open = null;
});
function after(fault: string | null, asked: Asked = {}, afterMin = 3) {
  open = scene(fault, asked, afterMin);
  return open;
}
const clocks = 'clocks.sm,clocks_event_reasons.active,temperature.gpu';

describe('boards, a few minutes after', () => {
  // NVIDIA, "Xid Errors", 79; Azure's HPC trouble shooting and gpud quote the text of the kernel and nvidia-smi's line.
  it('gpu-fell-off-bus: Xid 79, nvidia-smi cannot get a handle; a reboot leaves seven, a power cycle brings it back', () => {
    const at = after('gpu-fell-off-bus');
    expect(at.dmesg()).toMatch(
      /NVRM: Xid \(PCI:0000:4e:00\): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus\./,
    );
    const list = at.result('nvidia-smi --query-gpu=index,uuid --format=csv,noheader');
    expect(list.exitCode).toBe(255);
    expect(list.stdout).toContain('Unable to determine the device handle for GPU0000:4E:00.0: Unknown Error');
    expect(list.stdout.match(/GPU-/g)).toHaveLength(7);
    expect(at.metric('DCGM_FI_DEV_XID_ERRORS')).toBe(79);
    expect(at.metric('DCGM_FI_DEV_GPU_TEMP')).toBeUndefined();
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    expect(at.rank(struck.gpu)).toContain('RuntimeError: CUDA error: unspecified launch failure');
    expect(at.dmesg(well)).not.toContain('Xid');
    at.result('nvidia-smi -i 3 -r');
    expect(at.present()).toEqual(['gpu-fell-off-bus']);
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: struck.node }]);
    at.pass(5);
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(7);
    expect(at.gpu('index,pci.bus_id', 3)).toBe('3, 00000000:87:00.0');
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'ended' });
    expect(at.rank(7)).toContain('CUDA error: invalid device ordinal');
    expect(at.bmc('chassis power cycle')).toBe('Chassis Power Control: Cycle\n');
    at.pass(6);
    expect(at.present()).toEqual([]);
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(8);
  });

  it('gpu-riser-loose: the same signs, back after a power cycle, and off again within a quarter of an hour', () => {
    const at = after('gpu-riser-loose', {}, 4);
    expect(at.dmesg()).toContain('79, pid=');
    at.bmc('chassis power cycle');
    at.pass(6);
    expect(at.on('nvidia-smi -L').trim().split('\n')).toHaveLength(8);
    expect(at.present()).toEqual(['gpu-riser-loose']);
    at.requeue(16);
    expect(at.dmesg()).toContain('79, pid=');
    expect(at.job().phase).toBe('ended');
  });

  // NVIDIA, "GPU Memory Error Management": Xid 63 with a pending remap needs a reset; the text of ras_events.c.
  it('gpu-remap-pending: Xid 94 and 63, a remap that waits; a reset in use is refused, one at rest heals', () => {
    const at = after('gpu-remap-pending', { values: { rows: 1 } });
    expect(at.dmesg()).toMatch(/: 63, .* marked for remapping, reset gpu to activate\./);
    expect(at.on('nvidia-smi -q -d ROW_REMAPPER')).toMatch(
      /GPU 00000000:4E[^G]*?Uncorrectable Error {15}: 1\n {8}Pending {27}: Yes/,
    );
    expect(at.metric('DCGM_FI_DEV_ROW_REMAP_PENDING')).toBe(1);
    expect(at.on('dcgmi diag -r 1 -j')).toContain('row remappings are pending');
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    at.requeue(4);
    // The page is out of use: the job runs, the row waits.
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
    expect(at.result('nvidia-smi -i 3 -r').exitCode).toBe(255);
    expect(at.present()).toEqual(['gpu-remap-pending']);
    at.drainAndStop();
    expect(at.on('nvidia-smi -i 3 -r')).toBe('GPU 00000000:4E:00.0 was successfully reset.\nAll done.\n');
    expect(at.present()).toEqual([]);
    expect(at.on('nvidia-smi -q -d ROW_REMAPPER')).not.toMatch(/Pending {27}: Yes/);
    expect(at.gpu('ecc.errors.uncorrected.volatile.total,ecc.errors.uncorrected.aggregate.total')).toBe('0, 1');
  });

  it('gpu-sram-uncorrectable: every job dies with Xid 95 again; a reset clears the volatile count only', () => {
    const at = after('gpu-sram-uncorrectable', { values: { uncontained: 1 } });
    expect(at.dmesg()).toMatch(/: 95, .*Uncontained: LTC TAG/);
    expect(at.gpu('ecc.errors.uncorrected.volatile.sram,ecc.errors.uncorrected.volatile.dram')).toBe('1, 0');
    expect(at.rank(struck.gpu)).toContain('uncorrectable ECC error encountered');
    expect(at.on('nvidia-smi -i 3 -r')).toContain('successfully reset');
    expect(at.gpu('ecc.errors.uncorrected.volatile.sram,ecc.errors.uncorrected.aggregate.sram')).toBe('0, 1');
    expect(at.present()).toEqual(['gpu-sram-uncorrectable']);
    at.requeue(8);
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    expect(at.gpu('ecc.errors.uncorrected.aggregate.sram')).toBe('2');
    at.simulator.heal('gpu-sram-uncorrectable');
    at.pass(9);
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // nvidia-smi -q -d TEMPERATURE of an A100 SXM: slowdown 89 C, software holds 85 C.
  it('gpu-thermal-paste: one GPU at 85 C below its clock, its neighbours cool; nothing but a person heals', () => {
    const onset = { shape: 'creeping', rampMs: 600_000 } as const;
    const at = after('gpu-thermal-paste', { onset, values: { conduction: 0.25 } }, 25);
    const [mhz = 0, reasons = '', celsius = 0] = at
      .gpu(clocks)
      .split(', ')
      .map((one, i) => (i === 1 ? one : Number(one)));
    expect(Number(mhz)).toBeLessThan(1_350);
    expect(Number(reasons) & 0x20).toBe(0x20);
    expect(Number(celsius)).toBeGreaterThanOrEqual(82);
    expect(Number(at.gpu('temperature.gpu', 2))).toBeLessThan(68);
    expect(at.job().stepS).toBeGreaterThan(8.1);
    expect(at.bmc('sdr elist full')).not.toMatch(/FAN.*\| cr/);
    at.simulator.act([{ kind: 'happen', event: 'gpu-reset', place: `${struck.node}/gpu3` }]);
    expect(at.present()).toEqual(['gpu-thermal-paste']);
  });

  // nvml.h: the reason is set when applications clocks hold the GPU down. 900 MHz below 1410: 0.35 * (1410/510 - 1) of a step more.
  it('applications-clock-set: all eight at the set clock, reason 0x2; -rac on each heals, -rgc does not', () => {
    const at = after('applications-clock-set', { values: { steps: 60 } });
    for (const gpu of [0, 7])
      expect(at.gpu('clocks.sm,clocks_event_reasons.active,clocks.applications.graphics', gpu)).toBe(
        '510, 0x0000000000000002, 510',
      );
    expect(at.gpu('clocks.sm', 0, well)).toBe('1410');
    expect(at.on('nvidia-smi -q -d CLOCK')).toMatch(/Applications Clocks\n {8}Graphics {26}: 510 MHz/);
    expect(at.job().stepS).toBeCloseTo(8 * (0.65 + (0.35 * 1410) / 510), 1);
    at.on('nvidia-smi -rgc');
    for (let gpu = 0; gpu < 7; gpu += 1) at.on(`nvidia-smi -i ${gpu} -rac`);
    expect(at.present()).toEqual(['applications-clock-set']);
    at.on('nvidia-smi -i 7 -rac');
    expect(at.present()).toEqual([]);
    at.pass(1);
    expect(at.job().stepS).toBe(8);
  });

  // NVIDIA MIG User Guide: the mode is kept over reboots; CUDA sees no device of a GPU without instances.
  it('mig-left-on: the mode shows, a rank finds no device; a reboot does not heal, -mig 0 does', () => {
    const at = after('mig-left-on');
    expect(at.gpu('mig.mode.current,mig.mode.pending')).toBe('Enabled, Enabled');
    expect(at.gpu('mig.mode.current', 3, well)).toBe('Disabled');
    expect(at.rank(7)).toContain('CUDA error: invalid device ordinal');
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: struck.node }]);
    at.pass(5);
    expect(at.gpu('mig.mode.current')).toBe('Enabled');
    expect(at.present()).toEqual(['mig-left-on']);
    // While something uses the GPU the mode waits for the next reset.
    at.simulator.act([setFact('gpu.process', `${struck.node}/gpu3`, 'notebook')]);
    expect(at.on('nvidia-smi -i 3 -mig 0')).toContain('pending disable state');
    expect(at.gpu('mig.mode.current,mig.mode.pending')).toBe('Enabled, Disabled');
    at.simulator.act([clearFact('gpu.process', `${struck.node}/gpu3`)]);
    expect(at.present()).toEqual(['mig-left-on']);
    expect(at.on('nvidia-smi -i 3 -mig 0')).toContain('Disabled MIG Mode for GPU 00000000:4E:00.0');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // Time slices of two processes on a GPU; `nvidia-smi` lists both with their memory.
  it('foreign-process: a second process with its memory, the job slower; killing it heals, a stranger cannot be meant', () => {
    const at = after('foreign-process', { values: { mines: 1, mib: 9_000 } });
    const apps = at.on(
      'nvidia-smi -i 3 --query-compute-apps=pid,process_name,used_memory --format=csv,noheader,nounits',
    );
    const pid = Number(/^(\d+), \.\/xmr-cuda, 9000$/m.exec(apps)?.[1]);
    expect(apps.trim().split('\n')).toHaveLength(2);
    expect(at.job().stepS).toBeCloseTo(8 * (0.65 + 0.35 * 1.9), 1);
    expect(
      at.on('nvidia-smi -i 3 --query-compute-apps=pid --format=csv,noheader', well).trim().split('\n'),
    ).toHaveLength(1);
    const ps = at.on('ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss');
    expect(ps).toMatch(new RegExp(`^ *${pid} +1 www-data +812004 +180 xmr-cuda$`, 'm'));
    // The list of who has a GPU open tells when each was started: by `ps`, 180 seconds after the boot plus its uptime.
    const holders = at.on('wardround-job holders');
    const ticks = new RegExp(`^${pid} (\\d+) www-data xmr-cuda 0000:4e:00.0 - no$`, 'm').exec(holders)?.[1];
    const started = Number(/(\d+\.\d+)/.exec(at.on('cat /proc/uptime'))?.[1]) - 180;
    expect(Number(ticks) / 100).toBeCloseTo(started, 0);
    expect(at.on(`wardround-fix kill ${pid} ${Number(ticks) + 1}`)).toBe(`process ${pid} is not there any more\n`);
    const [trainer, since] = /^(\d+) (\d+) \S+ pt_main_thread \S+ \d+ yes$/m.exec(holders)?.slice(1) ?? [];
    expect(at.result(`wardround-fix kill ${trainer} ${since}`)).toMatchObject({
      exitCode: 77,
      stderr: `wardround-fix: refused: process ${trainer} was started by slurmstepd, so its job runs\n`,
    });
    expect(at.present()).toEqual(['foreign-process']);
    expect(at.on(`wardround-fix kill ${pid} ${ticks}`)).toBe(`process ${pid} has ended\n`);
    expect(at.present()).toEqual([]);
    at.pass(1);
    expect(at.job().stepS).toBe(8);
  });

  it('leftover-process: an orphan holds the memory, the new rank runs out of it; a reset is refused, killing it heals', () => {
    const at = after('leftover-process', { values: { mib: 60_000 } });
    expect(at.gpu('memory.used,utilization.gpu')).toBe('60004, 0');
    expect(at.rank(struck.gpu)).toMatch(
      /OutOfMemoryError: CUDA out of memory\..*Process \d+ has 58\.59 GiB memory in use/,
    );
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    expect(at.result('nvidia-smi -i 3 -r').exitCode).toBe(255);
    at.requeue();
    expect(at.job().phase).toBe('ended');
    const row = /^(\d+) (\d+) \S+ pt_main_thread 0000:4e:00.0 \d+ no$/m.exec(at.on('wardround-job holders'));
    expect(at.on(`wardround-fix kill ${row?.[1]} ${row?.[2]}`)).toContain('has ended');
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // NVIDIA, "Xid Errors", 119; 45 s are the driver's limit; reports in NVIDIA/open-gpu-kernel-modules.
  it('gsp-timeout: the rank hangs with Xid 119 again and again, others time out; a reset helps for minutes only', () => {
    const at = after('gsp-timeout', {}, 4);
    expect(at.dmesg()).toMatch(
      /: 119, pid=\d+, name=python3, Timeout after 45s of waiting for RPC response from GPU3 GSP!/,
    );
    expect(at.job().phase).toBe('hung');
    expect(at.metric('DCGM_FI_DEV_XID_ERRORS')).toBe(119);
    at.drainAndStop();
    expect(at.on('nvidia-smi -i 3 -r')).toContain('successfully reset');
    at.simulator.act([{ kind: 'job-release' }]);
    at.pass(14);
    expect(at.job().phase).toBe('hung');
    expect(at.present()).toEqual(['gsp-timeout']);
  });
});
