import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runLine } from '../../../../infra/cluster/commands/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const node = () => {
  const found = simulator.world.nodes[1];
  if (found === undefined) throw new Error('the cluster has four nodes');
  return found;
};
const run = (line: string, root = false) => {
  const { world, timeline, time, act } = simulator;
  return runLine({ world, timeline, node: node(), nowMs: time.nowMs(), root, act }, line);
};
const lines = (line: string) => {
  const result = run(line);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return result.stdout.replace(/\n$/, '').split('\n');
};

describe('nvidia-smi', () => {
  it('answers any list of fields, with header and units when asked for', () => {
    expect(lines('nvidia-smi --query-gpu=index,clocks.sm,power.limit,pstate --format=csv').slice(0, 2)).toEqual([
      'index, clocks.current.sm [MHz], power.limit [W], pstate',
      '0, 1410 MHz, 400.00 W, P0',
    ]);
    expect(lines('nvidia-smi -i 2 --query-gpu=pstate,index --format=csv,noheader')).toEqual(['P0, 2']);
  });

  it.each([
    'uuid,pci.bus_id,name,serial,driver_version,pstate,clocks.sm,clocks.current.sm,clocks.mem,clocks.max.sm,clocks.max.mem',
    'clocks.applications.graphics,clocks_event_reasons.active,clocks_throttle_reasons.active,temperature.gpu,temperature.memory',
    'power.draw,power.limit,enforced.power.limit,power.default_limit,power.max_limit,utilization.gpu,utilization.memory',
    'memory.total,memory.used,ecc.errors.corrected.volatile.total,ecc.errors.uncorrected.volatile.total,ecc.errors.uncorrected.aggregate.total',
    'pcie.link.gen.current,pcie.link.gen.max,pcie.link.width.current,pcie.link.width.max,persistence_mode,compute_mode,mig.mode.current,vbios_version',
  ])('knows %s', (fields) => {
    const [row = ''] = lines(`nvidia-smi -i 0 --query-gpu=${fields} --format=csv,noheader,nounits`);
    const cells = row.split(', ');
    expect(cells).toHaveLength(fields.split(',').length);
    expect(cells.filter((cell) => cell === '' || /NaN|undefined/.test(cell))).toEqual([]);
  });

  it('refuses a field, a format, a GPU and options that it does not know', () => {
    expect(run('nvidia-smi --query-gpu=index,colour --format=csv')).toMatchObject({
      exitCode: 2,
      stdout: 'Field "colour" is not a valid field to query.\n\n',
    });
    expect(run('nvidia-smi --query-gpu=index --format=xml').exitCode).toBe(2);
    expect(run('nvidia-smi -i 9 -L')).toMatchObject({ exitCode: 6, stdout: 'No devices were found\n' });
    expect(run('nvidia-smi --clear-accounted-apps').exitCode).toBe(2);
  });

  it('lists GPUs by UUID, processes and remapped rows', () => {
    const [first] = node().gpus;
    expect(lines('nvidia-smi -L')[0]).toBe(`GPU 0: NVIDIA A800-SXM4-80GB (UUID: ${first?.uuid})`);
    const [process = ''] = lines(
      'nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits',
    );
    expect(process).toMatch(new RegExp(`^${first?.uuid}, ${first?.pid}, /usr/bin/python3, 6\\d{4}$`));
    expect(
      lines(
        'nvidia-smi --query-remapped-rows=gpu_bus_id,remapped_rows.correctable,remapped_rows.pending,remapped_rows.failure --format=csv,noheader,nounits',
      )[1],
    ).toBe('00000000:0F:00.0, 0, No, No');
    expect(lines('nvidia-smi nvlink --status').slice(1, 3)).toEqual(['\t Link 0: 25 GB/s', '\t Link 1: 25 GB/s']);
  });

  it('explains a clock in its performance report and in its mask alike', () => {
    simulator.inject('gpu-power-cap', { target: { node: node().name, gpu: 0 } });
    const report = run('nvidia-smi -i 0 -q -d PERFORMANCE').stdout;
    expect(report).toMatch(/^ {8}SW Power Cap {22}: Active$/m);
    expect(report).toMatch(/^ {8}HW Slowdown {23}: Not Active$/m);
    expect(report).toMatch(/^Timestamp {33}: Sat Nov 21 03:00:00 2026$/m);
    expect(lines('nvidia-smi -i 0 --query-gpu=clocks_throttle_reasons.active --format=csv,noheader')).toEqual([
      '0x0000000000000004',
    ]);
  });

  it('says what root set', () => {
    expect(run('nvidia-smi -i 1 -lgc 600,900', true).stdout).toBe(
      'GPU clocks set to "(gpuClkMin 600, gpuClkMax 900)" for GPU 00000000:0F:00.0\nAll done.\n',
    );
    expect(lines('nvidia-smi -i 1 --query-gpu=clocks.sm --format=csv,noheader,nounits')).toEqual(['900']);
    expect(run('nvidia-smi -i 1 -lgc 900,600', true).exitCode).toBe(2);
    expect(run('nvidia-smi -i 1 -pl 250', true).stdout).toBe(
      'Power limit for GPU 00000000:0F:00.0 was set to 250.00 W from 400.00 W.\nAll done.\n',
    );
    expect(run('nvidia-smi -i 1 -pl 50', true).exitCode).toBe(2);
  });
});

describe('the other tools', () => {
  it('ibstat and perfquery show four active ports whose counters grow', () => {
    const report = lines('ibstat');
    expect(report.filter((line) => line.startsWith("CA 'mlx5_"))).toHaveLength(4);
    expect(report.filter((line) => line === '\t\tState: Active')).toHaveLength(4);
    expect(lines('ibstat mlx5_1')[0]).toBe("CA 'mlx5_1'");
    expect(run('ibstat mlx5_9').exitCode).toBe(255);
    const sent = () =>
      Number(/^PortXmitData:\.+(\d+)$/m.exec(run('perfquery -x -C mlx5_0 -P 1').stdout)?.[1] ?? 'none');
    const before = sent();
    held.pass(minutes(1));
    expect(sent()).toBeGreaterThan(before);
    expect(run('perfquery -x -C mlx5_0 -P 1').stdout).toMatch(/^LinkDownedCounter:\.+0$/m);
    expect(run('perfquery -x -C mlx5_9 -P 1').exitCode).toBe(1);
  });

  it('df adds up in blocks and in inodes', () => {
    for (const line of ['df -P -k', 'df -P -i']) {
      const [head = '', ...rows] = lines(line);
      expect(head).toMatch(/^Filesystem .*Mounted on$/);
      expect(rows).toHaveLength(4);
      for (const row of rows) {
        const [, total = '', used = '', free = '', percent = ''] = row.split(/ +/);
        expect(Number(used) + Number(free)).toBe(Number(total));
        expect(percent).toBe(`${Math.ceil((100 * Number(used)) / Number(total))}%`);
      }
    }
  });

  it('/proc says how much memory is available, and how long the node is up', () => {
    const memory = run('cat /proc/meminfo').stdout;
    const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(memory)?.[1]);
    expect(field('MemAvailable')).toBeLessThan(field('MemTotal'));
    expect(field('MemFree')).toBeLessThan(field('MemAvailable'));
    expect(lines('cat /proc/loadavg')[0]).toMatch(/^\d+\.\d\d \d+\.\d\d \d+\.\d\d \d+\/\d+ \d+$/);
    const bootMs = Date.parse(`${lines('uptime -s')[0]}Z`);
    const upSeconds = Number(lines('cat /proc/uptime')[0]?.split(' ')[0]);
    expect(Math.abs(simulator.time.nowMs() - bootMs - upSeconds * 1000)).toBeLessThan(1_000);
  });

  it('dmesg keeps to the asked levels', () => {
    const warnings = lines('dmesg --time-format iso --level emerg,alert,crit,err,warn');
    expect(warnings.some((line) => /^\d{4}-\d\d-\d\dT[\d:]{8},\d{6}\+00:00 NVRM: loading NVIDIA/.test(line))).toBe(
      true,
    );
    expect(run('dmesg --time-format iso').stdout.length).toBeGreaterThanOrEqual(warnings.join('\n').length);
    expect(run('dmesg --time-format iso --level loud').exitCode).toBe(1);
    expect(warnings.join('\n')).not.toMatch(/Xid/);
  });

  it('systemctl, scontrol, lsmod, ip and dcgmi answer for this node', () => {
    expect(lines('systemctl is-active nvidia-fabricmanager')).toEqual(['active']);
    expect(run('systemctl is-active cups')).toMatchObject({ exitCode: 3, stdout: 'inactive\n' });
    expect(run('systemctl restart slurmd')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('Access denied'),
    });
    expect(lines('scontrol show node node-02')[0]).toMatch(/^NodeName=node-02 /);
    expect(run('scontrol show node node-77')).toMatchObject({ exitCode: 1, stdout: 'Node node-77 not found\n' });
    expect(lines('lsmod').some((line) => /^nvidia_peermem +\d+ {2}\d+/.test(line))).toBe(true);
    expect(lines('ip -o link show').map((line) => line.split(': ')[1])).toEqual([
      'lo',
      'eth0',
      'eth1',
      'eth2',
      'ib0',
      'ib1',
      'ib2',
      'ib3',
      'bond0',
      'docker0',
    ]);
    expect(lines('dcgmi discovery -l')[0]).toBe('8 GPUs found.');
    expect(
      new Set(
        lines('dcgmi discovery -l')
          .slice(1, 34)
          .map((line) => line.length),
      ),
    ).toEqual(new Set([81]));
  });
});
