import { afterEach, describe, expect, it } from 'vitest';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import { loadOf } from '../../../../infra/cluster/physics/segment.ts';
import { lastStepAt } from '../../../../infra/cluster/physics/timeline.ts';
import { minutes, stepSeconds } from '../held-cluster.ts';
import { counterIn, networkCluster, type NetworkCluster } from './network-tools.ts';

const networkFaults = [
  'acs-enabled',
  'double-default-route',
  'firewall-ports',
  'hca-firmware-hang',
  'ib-dirty-optic',
  'ib-rate-low',
  'ib-width-1x',
  'iommu-on',
  'leaf-uplinks-lost',
  'mtu-node',
  'mtu-path',
  'net-plugin-old',
  'rendezvous-dns',
  'rendezvous-stale-hosts',
  'roce-gid-changed',
  'roce-lossy',
  'socket-interface-docker0',
  'subnet-manager-down',
  'switch-port-errors',
];

let cluster: NetworkCluster;
afterEach(() => {
  cluster.simulator.close();
  cluster.held.remove();
});

const struck = (fault: string, seed: number, values?: Readonly<Record<string, number>>) => {
  cluster = networkCluster(seed);
  const injectedMs = cluster.simulator.time.nowMs();
  const { target } = cluster.simulator.inject(fault, { onset: { shape: 'sudden' }, ...(values && { values }) });
  const others = cluster.simulator.world.nodes
    .find((node) => node.name === target.node)
    ?.hcas.map((hca) => hca.name)
    .filter((name) => name !== target.hca);
  return { ...target, hca: target.hca ?? '', other: others?.[0] ?? '', injectedMs };
};
const counters = (node: string, hca: string) => cluster.on(node, `perfquery -x -C ${hca} -P 1`).stdout;

describe.each([1, 2])('links, seed %i', (seed) => {
  it('a dirty optic: the HCA counts symbol errors at the rate that was drawn, its siblings none, the job is slower', () => {
    const { node, hca, other } = struck('ib-dirty-optic', seed, { errors: 6_000 });
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8.5);
    cluster.held.pass(minutes(10));
    // Minor link errors on the lanes of a port, growing: a bad cable or connector
    // (https://www.openfabrics.org/mediawiki/index.php/Overview_of_Error_Counters).
    const symbols = counterIn(counters(node, hca), 'SymbolErrorCounter');
    expect(symbols).toBeCloseTo(60_000, -2);
    expect(counterIn(counters(node, hca), 'PortRcvErrors')).toBeLessThan(symbols);
    expect(counterIn(counters(node, other), 'SymbolErrorCounter')).toBe(0);
    expect(counterIn(counters(cluster.sibling(node), hca), 'SymbolErrorCounter')).toBe(0);
    expect(cluster.on(node, `ibstat ${hca}`).stdout).toContain(
      '\t\tState: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n',
    );
    // Training the link anew does not clean it.
    cluster.root(node, `mlxlink -d ${hca} -p 1 -a DN`);
    cluster.root(node, `mlxlink -d ${hca} -p 1 -a UP`);
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.simulator.heal('ib-dirty-optic');
    const after = counterIn(counters(node, hca), 'SymbolErrorCounter');
    cluster.held.pass(minutes(5));
    expect(counterIn(counters(node, hca), 'SymbolErrorCounter')).toBe(after);
    expect(stepSeconds(cluster.simulator)).toBe(8);
  });

  it('a switch port with errors: only ibqueryerrors knows, and the job is slower', () => {
    const { node, hca } = struck('switch-port-errors', seed, { errors: 6_000 });
    cluster.held.pass(minutes(10));
    expect(counterIn(counters(node, hca), 'SymbolErrorCounter')).toBe(0);
    const report = cluster.managed('ibqueryerrors');
    expect(report.exitCode).toBe(1);
    const leaf = cluster.simulator.world.nodes.find((one) => one.name === node)?.leaf ?? '';
    expect(report.stdout).toContain(`"MF0;${leaf}:MQM8700/U1"`);
    expect(report.stdout).toMatch(
      /^ {3}GUID 0xb8cef603[0-9a-f]{8} port \d+: \[SymbolErrorCounter == (59|60)\d{3} \(58\.\d+Ki\)\]/m,
    );
    expect(report.stdout).toContain('1 ports have errors beyond threshold');
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8.5);
    cluster.root(node, 'systemctl restart openibd');
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.simulator.heal('switch-port-errors');
    expect(stepSeconds(cluster.simulator)).toBe(8);
  });

  it('a link at a lower speed: ibstat, mlxlink and iblinkinfo agree, and training it anew mends it', () => {
    const { node, hca, other } = struck('ib-rate-low', seed);
    const rate = Number(/Rate: (\d+)/.exec(cluster.on(node, `ibstat ${hca}`).stdout)?.[1]);
    // EDR is 4 x 25 Gb/s, FDR 4 x 14 (InfiniBand roadmap of the IBTA).
    expect([100, 56]).toContain(rate);
    expect(cluster.on(node, `ibstat ${other}`).stdout).toContain('\t\tRate: 200\n');
    expect(cluster.on(node, `mlxlink -d ${hca} -p 1`).stdout).toMatch(/^Speed +: IB-[EF]DR$/m);
    expect(cluster.managed('iblinkinfo -l').stdout.match(/Could be 53\.125 Gbps/g)).toHaveLength(2);
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8 * 1.2);
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.root(node, `mlxlink -d ${hca} -p 1 -a DN`);
    cluster.held.pass(10_000);
    cluster.root(node, `mlxlink -d ${hca} -p 1 -a UP`);
    expect(cluster.simulator.activeFaults()).toEqual([]);
    cluster.held.pass(minutes(2));
    expect(stepSeconds(cluster.simulator)).toBe(8);
  });

  it('broken lanes: 1x or 2x, a step that is much longer, and no way but another cable', () => {
    const { node, hca } = struck('ib-width-1x', seed);
    expect(cluster.on(node, `mlxlink -d ${hca} -p 1`).stdout).toMatch(/^Width +: [12]x$/m);
    expect([50, 100]).toContain(Number(/Rate: (\d+)/.exec(cluster.on(node, `ibstat ${hca}`).stdout)?.[1]));
    expect(cluster.on(node, 'ibv_devinfo -v').stdout).toMatch(/active_width:\t\t[12]X \((1|16)\)/);
    expect(cluster.managed('iblinkinfo -l').stdout).toContain('(Could be 4X )');
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8 * 1.2);
    cluster.root(node, 'systemctl restart openibd');
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.simulator.act([{ kind: 'happen', event: 'cable-replaced', place: `${node}/${hca}` }]);
    expect(cluster.simulator.activeFaults()).toEqual([]);
    expect(stepSeconds(cluster.simulator)).toBe(8);
  });

  it('lost uplinks: the ports of the leaf are down, its nodes are slow alike, no HCA counts anything', () => {
    const { node, switch: leaf = '' } = struck('leaf-uplinks-lost', seed);
    const links = cluster.managed('iblinkinfo -l').stdout.split('\n');
    const down = links.filter(
      (line) => line.includes(`${leaf}:MQM8700`) && /(3[3-9]|40)\[ {2}\] ==\( +Down\/ Polling\)/.test(line),
    );
    expect(down.length).toBeGreaterThanOrEqual(5);
    expect(down.length).toBeLessThanOrEqual(7);
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8.5);
    const segment = cluster.simulator.timeline.segmentAt(cluster.simulator.time.nowMs());
    const slow = new Set([...segment.busyNodes].filter((name) => loadOf(segment, name, 0) !== segment.loads[0]));
    expect(slow.size).toBe(cluster.simulator.world.switches.find((one) => one.name === leaf)?.nodes.length);
    expect(counterIn(counters(node, 'mlx5_0'), 'LinkDownedCounter')).toBe(0);
    cluster.simulator.heal('leaf-uplinks-lost');
    expect(stepSeconds(cluster.simulator)).toBe(8);
  });

  it('hung firmware: the driver says so, the job dies after its retries, openibd brings the adapter back', () => {
    const { node, hca, injectedMs } = struck('hca-firmware-hang', seed, { way: 0 });
    const steps = lastStepAt(cluster.simulator.timeline, injectedMs);
    cluster.held.pass(20_000);
    // Text: https://github.com/charmplusplus/charm/issues/2635
    expect(
      cluster.kernelSaid(node, injectedMs).filter((text) => text.includes('synd 0x7: irisc not responding')),
    ).toHaveLength(1);
    expect(cluster.kernelSaid(cluster.sibling(node), injectedMs).some((text) => text.includes('health'))).toBe(false);
    expect(lastStepAt(cluster.simulator.timeline, cluster.simulator.time.nowMs())).toBeLessThanOrEqual(steps + 1);
    cluster.held.pass(minutes(2));
    expect(cluster.phase()).toBe('ended');
    expect(cluster.ranksSaid(injectedMs).filter(({ text }) => text.includes('local catastrophic error'))).toHaveLength(
      8,
    );
    // What hangs is what keeps the time of the retries: only the peers of its ranks learn that nothing arrives.
    const lost = cluster.ranksSaid(injectedMs).filter(({ text }) => text.includes('status=12'));
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.filter((one) => one.node === node)).toEqual([]);
    expect(cluster.on(node, `ibstat ${hca}`).stdout).toContain('State: Down');
    expect(cluster.on(node, `mlxlink -d ${hca} -p 1`).exitCode).toBe(1);
    expect(cluster.on(node, 'ibv_devinfo -v')).toMatchObject({ exitCode: 2, stderr: 'Failed to query device props\n' });
    // Without the adapter the next attempt runs, and is slower.
    cluster.simulator.act([{ kind: 'job-requeue', hold: false }]);
    cluster.held.pass(minutes(3));
    expect(cluster.phase()).toBe('running');
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8.2);
    cluster.root(node, 'systemctl restart slurmd');
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.root(node, 'systemctl restart openibd');
    expect(cluster.simulator.activeFaults()).toEqual([]);
    expect(cluster.on(node, `ibstat ${hca}`).stdout).toContain(
      '\t\tState: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n',
    );
  });

  it('a dead subnet manager: the port that was trained anew stays in Init until opensmd runs', () => {
    const { node, hca, other, injectedMs } = struck('subnet-manager-down', seed);
    expect(cluster.on(node, `ibstat ${hca}`).stdout).toContain(
      '\t\tState: Initializing\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n',
    );
    expect(cluster.on(node, `ibstat ${other}`).stdout).toContain('\t\tState: Active\n');
    expect(cluster.on(node, 'ibv_devinfo -v').stdout).toContain('PORT_INIT (2)');
    cluster.held.pass(minutes(3));
    expect(cluster.phase()).toBe('ended');
    expect(cluster.kernelSaid(node, injectedMs).some((text) => text.endsWith('Cable plugged'))).toBe(true);
    expect(cluster.kernelSaid(node, injectedMs).some((text) => text.includes('link becomes ready'))).toBe(false);
    cluster.root(node, 'systemctl restart openibd');
    expect(cluster.on(node, `ibstat ${hca}`).stdout).toContain('State: Initializing');
    cluster.root(node, 'systemctl restart opensmd');
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.managed('systemctl restart opensmd', true);
    expect(cluster.simulator.activeFaults()).toEqual([]);
    expect(cluster.on(node, `ibstat ${hca}`).stdout).toContain('State: Active');
  });
});

describe('faults of the network', () => {
  const ids = faults
    .filter(({ place, categories }) => categories.length > 0 && place !== 'gpu')
    .map(({ id }) => id)
    .filter((id) => networkFaults.includes(id));

  it.each(ids)('%s: the same seed gives the same text, and siblings stay as they were', (id) => {
    const read = () => {
      const one = networkCluster(5);
      const { target } = one.simulator.inject(id);
      one.held.pass(minutes(4));
      const text = ['ip -s -s link show', 'show_gids', 'ibstat', 'ethtool -S eth0', 'perfquery -x -C mlx5_1 -P 1'].map(
        (line) => one.on(target.node, line).stdout,
      );
      const said = one.ranksSaid(one.simulator.time.nowMs() - minutes(4)).map((line) => line.text);
      const sibling = one.on(one.sibling(target.node), 'ibstat').stdout;
      one.simulator.close();
      one.held.remove();
      return { text: [...text, ...said].join('\n'), sibling };
    };
    cluster = networkCluster(5);
    const first = read();
    expect(read().text).toBe(first.text);
    expect(first.sibling.match(/State: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200/g)).toHaveLength(4);
  });

  it('cover what the family has', () => {
    cluster = networkCluster(5);
    expect(ids).toHaveLength(19);
  });

  it('a creeping optic is quiet at first', () => {
    cluster = networkCluster(5);
    const { target } = cluster.simulator.inject('ib-dirty-optic', {
      onset: { shape: 'creeping', rampMs: 1_200_000 },
      values: { errors: 9_000 },
    });
    const first = stepSeconds(cluster.simulator);
    cluster.held.pass(minutes(21));
    expect(first).toBeLessThan(8.8);
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(first + 2);
    const symbols = counterIn(counters(target.node, target.hca ?? ''), 'SymbolErrorCounter');
    // Twelve equal steps of the ramp: 13/24 of the full rate on average, then a minute of it.
    expect(symbols).toBeGreaterThan(9_000 * 10);
    expect(symbols).toBeLessThan(9_000 * 13);
  });
});
