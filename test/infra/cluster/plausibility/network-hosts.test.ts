import { afterEach, describe, expect, it } from 'vitest';
import { minutes, stepSeconds } from '../held-cluster.ts';
import { counterIn, networkCluster, type NetworkCluster } from './network-tools.ts';

let cluster: NetworkCluster;
afterEach(() => {
  cluster.simulator.close();
  cluster.held.remove();
});

const struck = (fault: string, seed: number, values?: Readonly<Record<string, number>>) => {
  cluster = networkCluster(seed);
  const injectedMs = cluster.simulator.time.nowMs();
  const { target } = cluster.simulator.inject(fault, { onset: { shape: 'sudden' }, ...(values && { values }) });
  return { node: target.node, injectedMs };
};
const heals = () => {
  expect(cluster.simulator.activeFaults()).toEqual([]);
  cluster.simulator.act([{ kind: 'job-requeue', hold: false }]);
  cluster.held.pass(minutes(3));
  expect(cluster.phase()).toBe('running');
};
const largePing = (from: string, to: string) => cluster.on(from, `ping -M do -c 2 -i 0.2 -W 2 -s 8972 ${to}`);

/** A launch takes 20 s in the queue and 45 s to the first step; it fails within them. */
const launched = (fault: string, seed: number, values?: Readonly<Record<string, number>>) => {
  const one = struck(fault, seed, values);
  cluster.held.pass(minutes(3));
  expect(cluster.phase()).toBe('ended');
  return { ...one, said: cluster.ranksSaid(one.injectedMs) };
};
/** A restart of the job, or of a daemon, changes nothing. */
const wrongOne = (node: string) => {
  cluster.root(node, 'systemctl restart openibd');
  cluster.simulator.act([{ kind: 'job-requeue', hold: false }]);
  cluster.held.pass(minutes(3));
  expect(cluster.phase()).toBe('ended');
  expect(cluster.simulator.activeFaults()).toHaveLength(1);
};

describe.each([1, 2])('Ethernet and launch, seed %i', (seed) => {
  it('a small MTU on a node: ping says so at once, the next checkpoint hangs, the right MTU lets it go on', () => {
    const { node } = struck('mtu-node', seed, { size: 0 });
    const sibling = cluster.sibling(node);
    expect(cluster.on(node, 'ip -o link show').stdout).toMatch(/bond0: <[A-Z,_]+> mtu 1500 /);
    // iputils: `local error: message too long, mtu=%u`
    expect(largePing(node, sibling)).toMatchObject({ exitCode: 1 });
    expect(largePing(node, sibling).stderr).toBe('ping: local error: message too long, mtu=1500\n'.repeat(2));
    expect(largePing(sibling, node).stdout).toContain('2 packets transmitted, 0 received, 100% packet loss');
    expect(cluster.on(sibling, `ping -c 3 -i 0.2 -W 2 ${node}`).stdout).toContain('3 received, 0% packet loss');
    cluster.held.pass(minutes(8));
    expect(cluster.phase()).toBe('hung');
    expect(counterIn(cluster.on(node, 'ethtool -S eth0').stdout, 'rx_oversize_pkts_phy')).toBeGreaterThan(100);
    expect(counterIn(cluster.on(sibling, 'ethtool -S eth0').stdout, 'rx_oversize_pkts_phy')).toBe(0);
    cluster.root(node, 'ip link set dev bond0 mtu 9000');
    expect(cluster.simulator.activeFaults()).toEqual([]);
    cluster.held.pass(minutes(1));
    expect(cluster.phase()).toBe('running');
    expect(largePing(node, sibling).exitCode).toBe(0);
  });

  it('a small MTU in between: both ends say 9000, large packets vanish, a restart runs into it again', () => {
    const { node } = struck('mtu-path', seed, { size: 0 });
    const sibling = cluster.sibling(node);
    expect(cluster.on(node, 'ip -o link show').stdout).not.toContain('mtu 1500 qdisc noqueue state UP');
    expect(largePing(node, sibling)).toMatchObject({ exitCode: 1, stderr: '' });
    expect(largePing(sibling, node).stdout).toContain('100% packet loss');
    expect(cluster.on(node, `ping -c 3 -i 0.2 -W 2 ${sibling}`).stdout).toContain('3 received');
    cluster.held.pass(minutes(8));
    expect(cluster.phase()).toBe('hung');
    cluster.held.pass(minutes(12));
    expect(cluster.phase()).toBe('ended');
    cluster.root(node, 'wardround-fix config-revert netplan-mtu');
    cluster.simulator.act([{ kind: 'job-requeue', hold: false }]);
    cluster.held.pass(minutes(12));
    expect(cluster.phase()).toBe('hung');
    cluster.simulator.heal('mtu-path');
    cluster.held.pass(minutes(3));
    expect(cluster.phase()).toBe('running');
  });

  it('docker0: the node says that it uses it, its neighbour that nobody is there', () => {
    const { node, said } = launched('socket-interface-docker0', seed);
    const using = said.filter(({ text }) => text.includes('Bootstrap : Using docker0:172.17.0.1<0>'));
    expect(new Set(using.map((line) => line.node))).toEqual(new Set([node]));
    const failed = said.filter(({ text }) =>
      /NCCL WARN socketStartConnect: Connect to 172\.17\.0\.1<\d+> failed : Connection refused/.test(text),
    );
    expect(failed).toHaveLength(1);
    expect(failed[0]?.node).not.toBe(node);
    expect(said.some(({ text }) => text.includes('Init COMPLETE'))).toBe(false);
    wrongOne(node);
    cluster.root(node, 'wardround-fix config-revert nccl-conf');
    heals();
  });

  it('two default routes: the first node has both, and the others look for it at an address they cannot reach', () => {
    const { node, said } = launched('double-default-route', seed);
    expect(node).toBe('node-01');
    const defaults = cluster
      .on(node, 'ip -o route show')
      .stdout.split('\n')
      .filter((line) => line.startsWith('default'));
    expect(defaults).toHaveLength(2);
    expect(cluster.on('node-02', 'ip -o route show').stdout.match(/^default/gm)).toHaveLength(1);
    expect(cluster.on(node, 'ip -o addr show').stdout).toContain('eth2    inet 10.241.0.1/16');
    expect(cluster.on('node-02', 'getent ahosts node-01').stdout).toContain('10.241.0.1 ');
    expect(cluster.on(node, 'getent ahosts node-01').stdout).toContain('10.64.0.1 ');
    expect(cluster.on('node-02', 'nc -z -v -w 3 10.241.0.1 29500').stderr).toContain('timed out');
    expect(
      said.some(({ text }) =>
        text.includes('The client socket has timed out after 30000ms while trying to connect to (node-01, 29500).'),
      ),
    ).toBe(true);
    wrongOne(node);
    cluster.root(node, 'wardround-fix config-revert netplan-mtu');
    heals();
  });

  it('a firewall: its rules show it, ports of the job time out, the scheduler and SSH do not', () => {
    const { node, said } = launched('firewall-ports', seed, { end: 0 });
    expect(cluster.on(node, 'sudo -n iptables -S').stdout).toContain('-P INPUT DROP\n');
    expect(cluster.on(node, 'sudo -n nft list ruleset').stdout).toContain('hook input priority filter; policy drop;');
    expect(cluster.on(cluster.sibling(node), 'sudo -n iptables -S').stdout).toContain('-P INPUT ACCEPT\n');
    const port = (number: number) => cluster.on(cluster.sibling(node), `nc -z -v -w 3 ${node} ${number}`).stderr;
    expect(port(6818)).toContain('succeeded!');
    expect(port(29_500)).toMatch(/timed out: Operation now in progress/);
    expect(said.some(({ text }) => /Connection timed out|has timed out after 30000ms/.test(text))).toBe(true);
    wrongOne(node);
    cluster.root(node, 'wardround-fix config-revert firewall');
    heals();
  });

  it('a name server that answers at times: a launch fails when it does not, and the same one succeeds later', () => {
    cluster = networkCluster(seed);
    const onset = { shape: 'intermittent', periodMs: 400_000, onShare: 0.5 } as const;
    const { target } = cluster.simulator.inject('rendezvous-dns', { onset, values: { answers: 0 } });
    cluster.held.pass(minutes(2));
    expect(cluster.phase()).toBe('ended');
    const answers = Array.from({ length: 40 }, () => {
      cluster.held.pass(20_000);
      return cluster.on(target.node, 'getent ahosts node-01').exitCode;
    });
    // resolv.conf(5): five seconds and two attempts, then nothing.
    expect(new Set(answers)).toEqual(new Set([0, 2]));
    const share = answers.filter((code) => code === 2).length / answers.length;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.75);
    for (let tries = 0; tries < 6 && cluster.phase() !== 'running'; tries += 1) {
      cluster.simulator.act([{ kind: 'job-requeue', hold: false }]);
      cluster.held.pass(minutes(2.3));
    }
    expect(cluster.phase()).toBe('running');
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
  });

  it('a dead name server: one node cannot resolve what all others can', () => {
    const { node, said } = launched('rendezvous-dns', seed, { answers: 0 });
    expect(cluster.on(node, 'getent ahosts node-01')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(cluster.on(cluster.sibling(node), 'getent ahosts node-01').stdout).toContain('10.64.0.1');
    expect(cluster.on(node, 'ping -c 3 -i 0.2 -W 2 10.64.0.1').exitCode).toBe(0);
    expect(cluster.on(node, 'cat /etc/resolv.conf /etc/hosts').stdout).toContain('nameserver 10.64.255.54\n');
    const failed = said.filter(({ text }) => text.includes('gai error: -3 - Temporary failure in name resolution'));
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map((line) => line.node))).toEqual(new Set([node]));
    wrongOne(node);
    cluster.root(node, 'wardround-fix config-revert hosts');
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.root(node, 'wardround-fix config-revert resolv');
    heals();
  });

  it('a stale line in /etc/hosts: the name resolves, to an address that does not answer', () => {
    const { node, said } = launched('rendezvous-stale-hosts', seed, { taken: 0 });
    expect(cluster.on(node, 'getent ahosts node-01').stdout).toContain('10.63.0.1       STREAM node-01\n');
    expect(cluster.on(cluster.sibling(node), 'getent ahosts node-01').stdout).toContain('10.64.0.1 ');
    expect(cluster.on(node, 'ping -c 3 -i 0.2 -W 2 node-01').stdout).toContain(
      '3 packets transmitted, 0 received, 100% packet loss',
    );
    expect(said.find(({ text }) => text.includes('while trying to connect to (node-01, 29500)'))?.node).toBe(node);
    wrongOne(node);
    cluster.root(node, 'wardround-fix config-revert hosts');
    heals();
  });

  it.each([
    [
      'acs-enabled',
      'sudo -n lspci -vvv -d ::0604',
      /ACSCtl:\tSrcValid\+ TransBlk- ReqRedir\+ CmpltRedir\+ UpstreamFwd\+/,
    ],
    ['iommu-on', 'ls /sys/class/iommu', /^ivhd0$/m],
  ])('%s: one node is slow on the network, its links are well', (fault, line, sign) => {
    const { node } = struck(fault, seed);
    expect(cluster.on(node, line).stdout).toMatch(sign);
    expect(cluster.on(cluster.sibling(node), line).stdout).not.toMatch(sign);
    // Half of the bandwidth for two fifths of the transfer phase is a quarter to a half more of the step.
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8 * 1.1);
    expect(stepSeconds(cluster.simulator)).toBeLessThan(8 * 1.8);
    expect(counterIn(cluster.on(node, 'perfquery -x -C mlx5_0 -P 1').stdout, 'SymbolErrorCounter')).toBe(0);
    cluster.simulator.act([{ kind: 'happen', event: 'reboot', place: node }]);
    expect(cluster.simulator.activeFaults()).toHaveLength(1);
    cluster.simulator.heal(fault);
    expect(cluster.simulator.activeFaults()).toEqual([]);
  });

  it('an old plugin: one node loads it, and cannot make sense of what it is sent', () => {
    const { node, said } = launched('net-plugin-old', seed, { version: 0 });
    const loaded = said.filter(({ text }) => text.includes('Using network IBext_v5'));
    expect(new Set(loaded.map((line) => line.node))).toEqual(new Set([node]));
    expect(said.some((line) => line.node !== node && line.text.includes('Using network IB'))).toBe(true);
    expect(said.some(({ text }) => text.includes('Message truncated : received 1024 bytes instead of 256'))).toBe(true);
    wrongOne(node);
    cluster.simulator.heal('net-plugin-old');
    cluster.held.pass(minutes(3));
    expect(cluster.phase()).toBe('running');
  });

  it('a GID that moved: index 3 is IPv6 on one node and IPv4 on the others', () => {
    const { node, said } = launched('roce-gid-changed', seed);
    const third = (name: string) =>
      cluster
        .on(name, 'show_gids')
        .stdout.split('\n')
        .find((line) => line.startsWith('mlx5_bond_0\t1\t3\t')) ?? '';
    expect(third(node)).toMatch(/\tfd64:0000:/);
    expect(third(cluster.sibling(node))).toMatch(/\t0000:0000:0000:0000:0000:ffff:0a40:/);
    expect(
      said.find(({ text }) => text.includes('Call to ibv_modify_qp failed with error Network is unreachable'))?.node,
    ).toBe(node);
    expect(said.some(({ text }) => text.includes('NET/IB : Using [0]mlx5_bond_0:1/RoCE'))).toBe(true);
    wrongOne(node);
    cluster.root(node, 'wardround-fix config-revert netplan-mtu');
    heals();
  });

  it('flow control off: one node drops what the others pause for, and the job is slow', () => {
    const { node } = struck('roce-lossy', seed, { lost: 0.6 });
    cluster.held.pass(minutes(5));
    expect(cluster.phase()).toBe('running');
    const read = (name: string) => cluster.on(name, 'ethtool -S eth0').stdout;
    const before = { own: read(node), other: read(cluster.sibling(node)) };
    cluster.held.pass(minutes(2));
    const after = { own: read(node), other: read(cluster.sibling(node)) };
    const grown = (who: 'own' | 'other', name: string) => counterIn(after[who], name) - counterIn(before[who], name);
    expect(grown('own', 'rx_prio3_buf_discard')).toBeGreaterThan(1_000);
    expect(grown('own', 'rx_prio3_pause')).toBe(0);
    expect(grown('other', 'rx_prio3_buf_discard')).toBe(0);
    expect(grown('other', 'rx_prio3_pause')).toBeGreaterThan(100);
    expect(stepSeconds(cluster.simulator)).toBeGreaterThan(8 * 1.2);
    cluster.simulator.act([{ kind: 'happen', event: 'reboot', place: node }]);
    expect(cluster.simulator.activeFaults()).toEqual([]);
  });
});
