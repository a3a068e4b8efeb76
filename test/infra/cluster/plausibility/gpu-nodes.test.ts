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
const clocks = 'clocks.sm,clocks_event_reasons.active';

describe('the server around the GPUs, a few minutes after', () => {
  // A standing fan passes its lower critical threshold (ipmitool, threshold sensors); boards behind it hold 85 C.
  it('node-fan-failed: 0 RPM and an event, the others at their maximum; one GPU throttles, its neighbours are warm', () => {
    const at = after('node-fan-failed', { values: { speed: 0 }, onset: { shape: 'sudden' } }, 12);
    const fan = Number(/^FAN(\d)_Speed .*\| cr +\| +29\.\d \| 0 RPM$/m.exec(at.bmc('sdr elist full'))?.[1]);
    expect(fan).toBeGreaterThan(0);
    expect(at.bmc('sdr elist full').match(/ok +\| +29\.\d \| 13[0-9]00 RPM/g)?.length).toBeGreaterThan(5);
    expect(at.bmc('sel elist last 200')).toMatch(
      new RegExp(`\\| Fan FAN${fan}_Speed \\| Lower Critical going low {2}\\| Asserted`),
    );
    expect(at.bmc('chassis status')).toContain('Cooling/Fan Fault    : true');
    const temperatures = Array.from({ length: 8 }, (_, gpu) => Number(at.gpu('temperature.gpu', gpu)));
    expect(temperatures[fan - 1]).toBeGreaterThanOrEqual(82);
    expect(temperatures.filter((one) => one >= 80)).toHaveLength(1);
    expect(at.job().stepS).toBeGreaterThan(8.2);
    expect(at.bmc('sdr elist full', well)).not.toMatch(/\| (cr|nc) /);
    at.bmc('chassis power cycle');
    expect(at.present()).toEqual(['node-fan-failed']);
    at.simulator.heal('node-fan-failed');
    at.pass(1);
    expect(at.bmc('sel elist last 200')).toContain('| Lower Critical going low  | Deasserted');
  });

  // One of four: the controller caps the boards (enforced limit); two of four: the brake, which halves clocks (nvml.h).
  it('psu-failed: with one gone a cap of 250 W, with two the power brake; both in the event log', () => {
    const one = after('psu-failed', { values: { lost: 1, noInput: 1 } });
    expect(one.gpu('power.limit,enforced.power.limit')).toBe('400.00, 250.00');
    const [mhz = '', reasons = ''] = one.gpu(clocks).split(', ');
    expect(Number(mhz)).toBeLessThan(1_200);
    expect(Number(reasons)).toBe(0x4);
    expect(Number(one.gpu('power.draw'))).toBeLessThan(250);
    expect(one.bmc('sel elist last 200')).toMatch(/\| Power Supply PSU\d_Status \| Power Supply AC lost \| Asserted/);
    expect(one.bmc('sdr elist full').match(/PSU\d_PIn .* 0 Watts/g)).toHaveLength(1);
    expect(one.gpu('enforced.power.limit', 0, well)).toBe('400.00');
    one.on('nvidia-smi -pl 400');
    expect(one.present()).toEqual(['psu-failed']);
    one.close();
    const two = after('psu-failed', { values: { lost: 2, noInput: 0 } });
    expect(two.gpu(clocks)).toBe('705, 0x0000000000000088');
    expect(two.bmc('chassis status')).toContain('Main Power Fault     : true');
    expect(two.job().stepS).toBeCloseTo(8 * (0.65 + 0.35 * 2), 1);
    two.simulator.heal('psu-failed');
    two.pass(1);
    expect(two.job().stepS).toBe(8);
  });

  it('node-power-lost: silence, slurmctld loses it, its controller tells of a fault; power on brings it back', () => {
    const at = after('node-power-lost');
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'NODE_FAIL' });
    expect(at.bmc('chassis status')).toMatch(/^System Power {9}: off$/m);
    expect(at.bmc('sel elist last 200')).toMatch(/\| Power Unit PWR_Fault \| Failure detected \| Asserted/);
    expect(at.bmc('sdr elist full')).toMatch(/^GPU0_Temp .*\| ns .*No Reading$/m);
    expect(at.bmc('chassis status', well)).toMatch(/^System Power {9}: on$/m);
    expect(at.on(`scontrol -o show node ${struck.node}`, well)).toMatch(/State=DOWN\S*NOT_RESPONDING/);
    expect(at.metric('DCGM_FI_DEV_GPU_TEMP')).toBeUndefined();
    expect(at.bmc('chassis power cycle')).toContain('Command not supported in present state');
    expect(at.bmc('chassis power on')).toBe('Chassis Power Control: Up/On\n');
    at.pass(6);
    expect(at.present()).toEqual([]);
    at.requeue();
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // PCIe: `pcie.link.width.current` and the bandwidth of nvbandwidth fall alike, 25 GB/s at 16 lanes (NVIDIA/nvbandwidth issue 42).
  it('pcie-width-degraded: 4 lanes, a quarter of the bandwidth, a slower job; a reset does not help', () => {
    const at = after('pcie-width-degraded', { values: { halvings: 2 } });
    expect(at.gpu('pcie.link.width.current,pcie.link.width.max')).toBe('4, 16');
    expect(at.gpu('pcie.link.width.current', 3, well)).toBe('16');
    expect(at.metric('DCGM_FI_DEV_PCIE_LINK_WIDTH')).toBe(4);
    expect(at.job().stepS).toBeGreaterThan(10);
    at.drainAndStop();
    at.on('nvidia-smi -i 3 -r');
    expect(at.present()).toEqual(['pcie-width-degraded']);
    const sum = (gpu: number) =>
      Number(/SUM host_to_device_memcpy_ce (\S+)/.exec(at.on(`wardround-measure pcie ${gpu}`))?.[1]);
    expect(sum(3) / sum(2)).toBeCloseTo(0.25, 1);
  });

  // drivers/pci/pcie/aer.c: lines of a corrected error; counters in sysfs.
  it('pcie-errors: corrected errors in log and counters of one device, replays in DCGM; a light storm costs nothing', () => {
    const at = after('pcie-errors', { onset: { shape: 'sudden' }, values: { perSecond: 400 } });
    expect(at.dmesg()).toMatch(/nvidia 0000:4e:00\.0: PCIe Bus Error: severity=Corrected, type=/);
    const total = (device: string) =>
      Number(
        /TOTAL_ERR_COR (\d+)/.exec(
          at.on(`grep -H . /sys/bus/pci/devices/0000:${device}:00.0/aer_dev_correctable`),
        )?.[1],
      );
    const before = total('4e');
    at.pass(1);
    expect(total('4e') - before).toBe(24_000);
    expect(total('47')).toBe(0);
    expect(at.on('grep -H . /sys/bus/pci/devices/0000:4e:00.0/aer_dev_fatal')).toContain('TOTAL_ERR_FATAL 0');
    expect(at.metric('DCGM_FI_DEV_PCIE_REPLAY_COUNTER')).toBeGreaterThan(60_000);
    expect(at.on('dcgmi health -g 0 -c -j')).toContain('PCIe replays per minute for GPU 3');
    expect(at.job().stepS).toBeLessThan(8.1);
    expect(at.dmesg(well)).not.toContain('AER');
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: struck.node }]);
    expect(at.present()).toEqual(['pcie-errors']);
  });

  // mm/memory-failure.c, drivers/edac/amd64_edac.c of Linux 5.15; sensor type 0Ch of IPMI.
  it('dimm-uncorrectable: SIGBUS for a trainer, UE in EDAC and event log, in every job; a reboot does not help', () => {
    const at = after('dimm-uncorrectable', { values: { corrected: 0.8 }, onset: { shape: 'sudden' } });
    expect(at.dmesg()).toMatch(
      /Memory failure: 0x[0-9a-f]+: Sending SIGBUS to pt_main_thread:\d+ due to hardware memory corruption/,
    );
    expect(at.on('grep -rH . /sys/devices/system/edac/mc --include=ce_count --include=ue_count')).toMatch(
      /mc[01]\/ue_count:1$/m,
    );
    expect(at.bmc('sel elist last 200')).toMatch(/\| Memory CPU[01]_[A-H]1_Status \| Uncorrectable ECC \| Asserted/);
    const logs = [0, 1, 2, 3, 4, 5, 6, 7].map((gpu) => at.rank(gpu)).join('\n');
    expect(logs).toMatch(/exitcode {2}: -7 \(pid: \d+\)/);
    expect(at.on('grep -rH . /sys/devices/system/edac/mc --include=ce_count --include=ue_count', well)).not.toMatch(
      /:[1-9]/,
    );
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: struck.node }]);
    at.pass(5);
    at.requeue(10);
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    at.simulator.heal('dimm-uncorrectable');
    at.pass(9);
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });

  // Sensor type 07h offset 0Ah (`Throttled` in ipmitool); cores at the cap in cpufreq, GPUs wait for the host.
  it('cpu-prochot: cores at 600 MHz, GPUs less busy, sockets cool; a governor does not help', () => {
    const at = after('cpu-prochot', { values: { mhz: 600 } });
    expect(at.bmc('sel elist last 200')).toMatch(/\| Processor CPU0_Prochot \| Throttled \| Asserted/);
    expect(Number(/CPU0_Temp .*\| (\d+) degrees/.exec(at.bmc('sdr elist full'))?.[1])).toBeLessThan(45);
    const line =
      'grep -rH . /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq';
    const khz = (node: string = struck.node) =>
      [...at.on(line, node).matchAll(/scaling_cur_freq:(\d+)/g)].map((one) => Number(one[1]));
    expect(Math.max(...khz())).toBeLessThanOrEqual(610_000);
    expect(Math.max(...khz(well))).toBeGreaterThan(2_000_000);
    expect(Number(at.gpu('utilization.gpu'))).toBeLessThan(90);
    expect(at.gpu(clocks)).toBe('1410, 0x0000000000000000');
    expect(at.job().stepS).toBeGreaterThan(9);
    at.on('cpupower frequency-set -g performance');
    expect(at.present()).toEqual(['cpu-prochot']);
  });
});

describe('the facility, some minutes after', () => {
  it('rack-hot-inlet: all nodes of one rack are hot and throttle, those of the next are not; inlet events', () => {
    const at = after(
      'rack-hot-inlet',
      { target: { rack: 'rack-01' }, onset: { shape: 'sudden' }, values: { inletC: 52 } },
      15,
    );
    for (const node of ['node-01', 'node-04']) {
      expect(Number(at.gpu('temperature.gpu', 0, node))).toBeGreaterThanOrEqual(82);
      expect(Number(at.gpu(clocks, 0, node).split(', ')[1]) & 0x20).toBe(0x20);
      expect(at.bmc('sdr elist full', node)).toMatch(/^Inlet_Temp .*\| cr +\| +7\.1 \| 5\d degrees C$/m);
      expect(at.bmc('sel elist last 200', node)).toContain('Temperature Inlet_Temp | Upper Non-critical going high');
    }
    expect(at.gpu(clocks, 0, 'node-05')).toBe('1410, 0x0000000000000000');
    expect(at.job().stepS).toBeGreaterThan(8.2);
    at.bmc('chassis power cycle', 'node-01');
    expect(at.present()).toEqual(['rack-hot-inlet']);
  });

  it('power-unit-brake: both nodes of a power unit at half clock with the brake as the reason, no others', () => {
    const at = after('power-unit-brake', { target: { powerUnit: 'pdu-02' }, onset: { shape: 'sudden' } });
    for (const node of ['node-03', 'node-04']) {
      expect(at.gpu(clocks, 5, node)).toBe('705, 0x0000000000000088');
      expect(at.bmc('sel elist last 200', node)).toContain('Power Unit PDU_Power_Brake | Limit Exceeded | Asserted');
    }
    expect(at.gpu(clocks, 5, 'node-05')).toBe('1410, 0x0000000000000000');
    expect(at.on('nvidia-smi -q -d PERFORMANCE')).toMatch(/HW Power Brake Slowdown {7}: Active/);
    at.on('nvidia-smi -rgc');
    expect(at.present()).toEqual(['power-unit-brake']);
    at.simulator.heal('power-unit-brake');
    at.pass(1);
    expect(at.job().stepS).toBe(8);
  });

  it('nothing of all this is to be seen on a cluster that is well', () => {
    const at = after(null);
    expect(at.dmesg()).not.toMatch(/Xid|AER|EDAC|mismatch/);
    expect(at.bmc('sel elist last 200').trim().split('\n')).toHaveLength(1);
    expect(at.on('dcgmi health -g 0 -c -j')).toContain('"Healthy"');
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
  });
});
