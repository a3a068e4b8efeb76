import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runLine } from '../../../../infra/cluster/commands/index.ts';
import { managementHost } from '../../../../infra/cluster/management.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster({ nodes: 10 });
  simulator = held.open();
  held.pass(minutes(5));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const on = (name: string, line: string, root = false) => {
  const { world, timeline, time, act } = simulator;
  const isManagement = name === 'mgmt-01';
  const node = isManagement ? managementHost(world) : findNode(world, name);
  if (node === undefined) throw new Error(name);
  const host = isManagement ? 'management' : 'node';
  return runLine({ world, timeline, node, host, nowMs: time.nowMs(), root, act }, line);
};
const lines = (name: string, line: string) => on(name, line).stdout.split('\n');

describe('the network tools of a healthy node', () => {
  it.each([
    ['show_gids', /^mlx5_bond_0\t1\t3\t0000:0000:0000:0000:0000:ffff:0a40:0002\t10\.64\.0\.2 {2}\tv2\tbond0$/m],
    ['ibv_devinfo -v', /^\t\t\tactive_speed:\t\t50\.0 Gbps \(64\)$/m],
    ['ls -l /dev/infiniband', /^crw-rw-rw- 1 root root 231, 192 \w{3} [ \d]\d \d\d:\d\d uverbs0$/m],
    ['rdma link show', /^link mlx5_3\/1 .* state ACTIVE physical_state LINK_UP $/m],
    ['ip -o addr show', /^9: bond0 {4}inet 10\.64\.0\.2\/16 brd 10\.64\.255\.255 scope global bond0\\ /m],
    ['ip -o route show', /^default via 10\.64\.255\.254 dev bond0 proto static metric 100 $/m],
    ['ip -o neigh show', /^10\.64\.255\.254 dev bond0 lladdr [0-9a-f:]{17} REACHABLE$/m],
    ['ip -s -s link show', /^ {4}RX errors: {2}length {4}crc {3}frame {4}fifo overrun$/m],
    ['ping -M do -c 2 -i 0.2 -W 2 -s 8972 node-07', /^2 packets transmitted, 2 received, 0% packet loss, time \d+ms$/m],
    ['ping -c 3 -i 0.2 -W 2 10.64.0.7', /^64 bytes from 10\.64\.0\.7: icmp_seq=3 ttl=64 time=0\.\d{3} ms$/m],
    ['getent ahosts node-01', /^10\.64\.0\.1 {7}STREAM node-01$/m],
    ['cat /etc/resolv.conf /etc/hosts', /^nameserver 10\.64\.255\.53$/m],
    ['ss -Hltn', /^LISTEN 0 {6}128 {6}.*0\.0\.0\.0:22 +0\.0\.0\.0:\*$/m],
    ['cat /proc/net/snmp /proc/net/netstat', /^Tcp: 1 200 120000 -1 \d+ \d+ /m],
    ['sudo -n iptables -S', /^-P INPUT ACCEPT$/m],
    ['sudo -n nft list ruleset', /^\t\ttype filter hook input priority filter; policy accept;$/m],
    ['ethtool -S eth0', /^ {5}rx_prio3_pause: 0$/m],
    ['ethtool eth0', /^\tSpeed: 100000Mb\/s$/m],
    ['ethtool bond0', /^\tSpeed: 200000Mb\/s$/m],
    ['sudo -n lspci -vvv -d ::0604', /^\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir- /m],
  ])('%s', (line, expected) => {
    const result = on('node-02', line);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(expected);
  });

  it('find ports open on the node that leads the job, and refused on others', () => {
    expect(on('node-02', 'nc -z -v -w 3 node-01 29500')).toMatchObject({
      exitCode: 0,
      stderr: 'Connection to node-01 (10.64.0.1) 29500 port [tcp/*] succeeded!\n',
    });
    expect(on('node-02', 'nc -z -v -w 3 node-03 29500')).toMatchObject({
      exitCode: 1,
      stderr: 'nc: connect to node-03 (10.64.0.3) port 29500 (tcp) failed: Connection refused\n',
    });
    expect(on('node-02', 'getent ahosts node-99')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(on('node-02', 'ls /sys/class/iommu')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('the counters of TCP grow', () => {
    const sent = () =>
      Number(/^Tcp: (?:-?\d+ ){10}(\d+) /m.exec(on('node-02', 'cat /proc/net/snmp /proc/net/netstat').stdout)?.[1]);
    const before = sent();
    held.pass(minutes(1));
    expect(sent()).toBeGreaterThan(before);
  });

  it('the fabric is whole and without errors, seen from the management host', () => {
    const links = lines('mgmt-01', 'iblinkinfo -l').filter((line) => line !== '');
    // Forty HCAs, two leaves and two spines with 40 ports each.
    expect(links).toHaveLength(40 + 4 * 40);
    expect(links.filter((line) => line.includes('==( 4X        53.125 Gbps Active/  LinkUp)==>'))).toHaveLength(
      40 + 40 + 16 + 16,
    );
    expect(links.find((line) => line.includes('node-10 mlx5_3"') && line.startsWith('0xb8cef603'))).toBeDefined();
    expect(on('mgmt-01', 'ibqueryerrors')).toMatchObject({ exitCode: 0 });
    expect(lines('mgmt-01', 'ibqueryerrors')[1]).toBe('## Summary: 44 nodes checked, 0 bad nodes found');
    expect(on('mgmt-01', 'ping -c 3 -i 0.2 -W 2 node-04').stdout).toContain('3 received');
  });

  it('the MTU is changed by root only', () => {
    expect(on('node-02', 'ip link set dev bond0 mtu 1500').exitCode).toBe(2);
    expect(on('node-02', 'ip link set dev bond0 mtu 1500', true)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(on('node-02', 'ip -o link show').stdout).toMatch(/bond0: <[A-Z,_]+> mtu 1500 /);
  });
});
