import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { CommandResult } from '../../../../infra/cluster/commands/command.ts';
import { managementHost } from '../../../../infra/cluster/management.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { onNode, startTicks } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;
beforeAll(() => {
  held = heldCluster({ nodes: 4 });
  simulator = held.open();
  held.pass(minutes(6));
});
afterAll(() => {
  simulator.close();
  held.remove();
});

function fromManagement(line: string): CommandResult {
  const { world, timeline, time, act } = simulator;
  const node = managementHost(world);
  return runLine({ world, timeline, node, host: 'management', nowMs: time.nowMs(), root: true, act }, line);
}

/** `ipmitool` about one node, with the options that the contract names. */
const ipmi = (verb: string, bmc = 'bmc-node-02') =>
  fromManagement(`ipmitool -I lanplus -H ${bmc} -U wardround -f /etc/wardround/bmc-password ${verb}`);

describe('GPU tools on a healthy node', () => {
  it.each([
    ['nvidia-smi --query-gpu=index,uuid,pci.bus_id,compute_mode --format=csv,noheader,nounits', /, Default$/m, 8],
    [
      'nvidia-smi --query-gpu=index,uuid,pci.bus_id,mig.mode.current,mig.mode.pending --format=csv,noheader,nounits',
      /Disabled, Disabled$/m,
      8,
    ],
    ['nvidia-smi --query-gpu=index,uuid,pci.bus_id,persistence_mode --format=csv,noheader,nounits', /Enabled$/m, 8],
    [
      'nvidia-smi --query-gpu=index,uuid,pci.bus_id,vbios_version,inforom.img,driver_version,name --format=csv,noheader,nounits',
      /92\.00\.9E\.00\.01, G506\.\d{4}\.00\.\d\d, 550\.90\.07, NVIDIA A800-SXM4-80GB$/m,
      8,
    ],
    ['cat /proc/driver/nvidia/version', /Kernel Module {2}550\.90\.07 /, 1],
    [
      'nvidia-smi topo -m',
      /^GPU0\t X \tNV8\tNV8\tNV8\tNV8\tNV8\tNV8\tNV8\tPXB\tNODE\tSYS\tSYS\t0-47,96-143\t0\t\tN\/A$/m,
      1,
    ],
    ['nvidia-smi -q -d PAGE_RETIREMENT', /Pending Page Blacklist {12}: N\/A$/m, 8],
    ['nvidia-smi -q -d CLOCK', /Applications Clocks\n {8}Graphics {26}: 1410 MHz$/m, 16],
    ['nvidia-smi nvlink -e', /^\t Link 7: CRC Errors: 0$/m, 8],
    ['nvidia-smi nvlink -R', /^\t Link 7: Remote Device 00000000:C[4-9]:00\.0: Link \d+$/m, 8],
    ['nv-fabricmanager --version', /^Fabric Manager version is : 550\.90\.07$/m, 1],
    ['tail -n 200 /var/log/fabricmanager.log', /Successfully configured all the available NVSwitches/, 1],
    [
      'grep -H . /sys/module/nvidia/version /sys/module/nvidia_uvm/version /sys/module/nvidia_peermem/version',
      /^\/sys\/module\/nvidia_peermem\/version:550\.90\.07$/m,
      1,
    ],
    [
      'grep -H . /sys/bus/pci/devices/0000:07:00.0/aer_dev_correctable /sys/bus/pci/devices/0000:07:00.0/aer_dev_nonfatal /sys/bus/pci/devices/0000:07:00.0/aer_dev_fatal',
      /aer_dev_correctable:TOTAL_ERR_COR 0$/m,
      1,
    ],
    [
      'grep -rH . /sys/devices/system/edac/mc --include=ce_count --include=ue_count',
      /^\/sys\/devices\/system\/edac\/mc\/mc1\/ue_count:0$/m,
      1,
    ],
  ] as const)('%s', (line, shows, times) => {
    const { stdout, stderr, exitCode } = onNode(simulator, 'node-02', line, false);
    expect(`${exitCode}${stderr}`).toBe('0');
    expect(stdout.match(new RegExp(shows.source, 'gm'))).toHaveLength(times);
  });

  it('DCGM finds nothing, and its diagnosis passes', () => {
    const health: unknown = JSON.parse(onNode(simulator, 'node-02', 'dcgmi health -g 0 -c -j').stdout);
    expect(health).toEqual({ body: { 'Overall Health': { value: 'Healthy' } }, header: ['Health Monitor Report'] });
    for (const level of [1, 2, 3]) {
      const { stdout, exitCode } = onNode(simulator, 'node-02', `dcgmi diag -r ${level} -j`);
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain('"Fail"');
      expect(stdout).toContain('"Page Retirement/Row Remap"');
    }
  });

  it('dmon shows each GPU once a second', () => {
    const { stdout } = onNode(simulator, 'node-02', 'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 5 -d 1000');
    const rows = stdout.split('\n').filter((line) => line.startsWith('GPU 3'));
    expect(rows).toHaveLength(5);
    const [clock, , celsius, watts] = (rows[0] ?? '').slice(10).trim().split(/ +/).map(Number);
    expect(clock).toBe(1_410);
    expect(celsius).toBeGreaterThan(50);
    expect(watts).toBeGreaterThan(250);
  });
});

describe('the management controller of a healthy node', () => {
  it('knows that it is on, what it draws, and how it started', () => {
    expect(ipmi('chassis status').stdout).toMatch(/^System Power {9}: on$/m);
    const sensors = ipmi('sdr elist full').stdout;
    expect(sensors).toMatch(/^FAN8_Speed {7}\| [0-9A-F]{2}h \| ok {2}\| 29\.8 \| \d+ RPM$/m);
    const watts = Number(/^Total_Power .*\| (\d+) Watts$/m.exec(sensors)?.[1]);
    // NF5488A5: 8 boards at about 330 W and the host.
    expect(watts).toBeGreaterThan(3_800);
    expect(watts).toBeLessThan(5_200);
    expect(sensors).not.toMatch(/ (nc|cr|ns) /);
    expect(ipmi('sel elist last 200').stdout).toMatch(
      /^ {3}1 \| \d\d\/\d\d\/2026 \| [\d:]{8} \| System Boot Initiated/,
    );
  });

  it('says the same over Redfish', () => {
    const options = '-sS --max-time 10 --netrc-file /etc/wardround/bmc-netrc --cacert /etc/wardround/bmc-ca.pem';
    const system = fromManagement(`curl ${options} https://bmc-node-02/redfish/v1/Systems/1`).stdout;
    expect(JSON.parse(system)).toMatchObject({ PowerState: 'On', Status: { Health: 'OK' }, HostName: 'node-02' });
    const log = fromManagement(
      `curl ${options} https://bmc-node-02/redfish/v1/Systems/1/LogServices/SEL/Entries`,
    ).stdout;
    expect(JSON.parse(log)).toMatchObject({ 'Members@odata.count': 1 });
  });

  it('refuses who is unknown', () => {
    expect(ipmi('chassis status', 'bmc-node-99')).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('changes of the GPU software', () => {
  it('are refused while the job uses the GPUs, and to others than root', () => {
    const reset = onNode(simulator, 'node-02', 'nvidia-smi -i 3 -r');
    expect(reset.exitCode).toBe(255);
    expect(reset.stdout).toMatch(/^GPU 00000000:4E:00\.0 is currently in use by another process\.$/m);
    expect(onNode(simulator, 'node-02', 'nvidia-smi -i 3 -r', false).exitCode).toBe(4);
    expect(onNode(simulator, 'node-02', 'modprobe -r nvidia-uvm').stderr).toBe(
      'modprobe: FATAL: Module nvidia_uvm is in use.\n',
    );
    const [pid, ticks] = [2_402, startTicks(simulator, 'node-02', 2_402)];
    expect(onNode(simulator, 'node-02', `wardround-fix kill ${pid} ${ticks}`)).toMatchObject({
      exitCode: 77,
      stderr: 'wardround-fix: refused: process 2402 (sshd) belongs to the system\n',
    });
  });

  it('are seen by the next query', () => {
    expect(onNode(simulator, 'node-03', 'nvidia-smi -i 1 -pm 0').stdout).toContain('Disabled persistence mode');
    expect(onNode(simulator, 'node-03', 'nvidia-smi -i 1 -c 3').stdout).toContain('EXCLUSIVE_PROCESS');
    expect(onNode(simulator, 'node-03', 'nvidia-smi -i 1 -ac 1593,1110').stdout).toContain('SM 1110');
    const fields = 'persistence_mode,compute_mode,clocks.applications.graphics';
    const asked = () =>
      onNode(simulator, 'node-03', `nvidia-smi -i 1 --query-gpu=${fields} --format=csv,noheader,nounits`).stdout;
    expect(asked()).toBe('Disabled, Exclusive_Process, 1110\n');
    for (const back of ['-pm 1', '-c 0', '-rac']) onNode(simulator, 'node-03', `nvidia-smi -i 1 ${back}`);
    expect(asked()).toBe('Enabled, Default, 1410\n');
  });
});
