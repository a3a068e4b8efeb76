import { afterEach, describe, expect, it } from 'vitest';
import { minutes, stepSeconds } from '../held-cluster.ts';
import { scene, struck as board } from './gpu-scene.ts';
import { hostScene, struck, type HostScene } from './host-scene.ts';
import { ofTrainer, rankLogs } from './job-reading.ts';
import { networkCluster, type NetworkCluster } from './network-tools.ts';

/*
 * The other values of ranges whose first one has its test beside its fault: what an engineer reads then. The sources of the
 * values are beside the faults.
 */

let opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened) close();
  opened = [];
});
const sudden = { shape: 'sudden' } as const;
type Values = Readonly<Record<string, number>>;

const onHost = (fault: string, values: Values, afterMin = 4): HostScene => {
  const node = { target: { node: struck } };
  const one = hostScene(fault, { ...(fault.startsWith('user') ? {} : node), values, onset: sudden }, afterMin);
  opened.push(() => one.close());
  return one;
};
const onGpu = (fault: string, values: Values, afterMin = 3) => {
  const one = scene(fault, { values, onset: sudden }, afterMin);
  opened.push(() => one.close());
  return one;
};
/** Of the first job, after three minutes; and all that its ranks wrote since. */
const onNetwork = (fault: string, values: Values) => {
  const cluster: NetworkCluster = networkCluster(1);
  opened.push(() => {
    cluster.simulator.close();
    cluster.held.remove();
  });
  const injectedMs = cluster.simulator.time.nowMs();
  const { target } = cluster.simulator.inject(fault, { values, onset: sudden });
  cluster.held.pass(minutes(3));
  const said = cluster
    .ranksSaid(injectedMs)
    .map(({ text }) => text)
    .join('\n');
  return { ...cluster, node: target.node, hca: target.hca ?? '', injectedMs, said };
};

describe('of the network', () => {
  // iptables-extensions(8), REJECT: icmp-host-prohibited is EHOSTUNREACH for who connects; socket.cpp of torch 2.5.
  it('firewall-ports: one that refuses says so at once, and the launch fails sooner than behind one that drops', () => {
    const at = onNetwork('firewall-ports', { end: 1 });
    expect(at.phase()).toBe('ended');
    const rules = at.on(at.node, 'sudo -n iptables -S').stdout;
    expect(rules).toContain('-P INPUT ACCEPT\n');
    expect(rules).toContain('-A INPUT -j REJECT --reject-with icmp-host-prohibited\n');
    expect(at.on(at.node, 'sudo -n nft list ruleset').stdout).toContain('reject with icmp type host-prohibited');
    const port = (number: number) => at.on(at.sibling(at.node), `nc -z -v -w 3 ${at.node} ${number}`).stderr;
    expect(port(29_500)).toContain('failed: No route to host');
    expect(port(6818)).toContain('succeeded!');
    expect(at.said).toMatch(/: No route to host|errno: 113 - No route to host/);
    expect(at.said).not.toMatch(/timed out/);
  });

  // RFC 1035, RCODE 3; getaddrinfo(3): EAI_NONAME is -2, EAI_AGAIN -3.
  it('rendezvous-dns: a name server of another zone answers, and at once, that there is no such host', () => {
    const at = onNetwork('rendezvous-dns', { answers: 1 });
    expect(at.phase()).toBe('ended');
    expect(at.on(at.node, 'getent ahosts node-01')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(at.on(at.node, 'nc -z -v -w 3 node-01 22').stderr).toContain('Name or service not known');
    expect(at.on(at.sibling(at.node), 'nc -z -v -w 3 node-01 22').stderr).toContain('succeeded!');
    expect(at.said).toContain('gai error: -2 - Name or service not known');
    at.root(at.node, 'wardround-fix config-revert resolv');
    expect(at.simulator.activeFaults()).toEqual([]);
    expect(at.on(at.node, 'nc -z -v -w 3 node-01 22').stderr).toContain('succeeded!');
  });

  // connect(2): ECONNREFUSED where nobody listens, ETIMEDOUT where nobody is.
  it('rendezvous-stale-hosts: an address that another node has now answers a ping and refuses the port', () => {
    const at = onNetwork('rendezvous-stale-hosts', { taken: 1 });
    expect(at.phase()).toBe('ended');
    expect(at.on(at.node, 'getent ahosts node-01').stdout).toMatch(/^10\.64\.0\.(?!1 )\d+ +STREAM node-01$/m);
    expect(at.on(at.node, 'ping -c 3 -i 0.2 -W 2 node-01').stdout).toContain('3 received, 0% packet loss');
    expect(at.on(at.node, 'nc -z -v -w 3 node-01 29500').stderr).toContain('Connection refused');
  });

  it('net-plugin-old: the interface is another one', () => {
    expect(onNetwork('net-plugin-old', { version: 1 }).said).toContain('Using network IBext_v6');
  });

  // drivers/net/ethernet/mellanox/mlx5/core/health.c, hsynd_str.
  it('hca-firmware-hang: an assertion of the firmware has another syndrome', () => {
    const at = onNetwork('hca-firmware-hang', { way: 1 });
    const said = at.kernelSaid(at.node, at.injectedMs).join('\n');
    expect(said).toContain('synd 0x1: firmware internal error');
    expect(said).not.toContain('synd 0x7');
    expect(at.phase()).toBe('ended');
  });

  // Each of four PCIe switches has a root port above it and three ports below (`commands/network/pci.ts`).
  it('acs-enabled: on the bridges of some switches; their GPUs are slow, and so is the job', () => {
    const seen = [1, 2, 4].map((switches) => {
      const at = onNetwork('acs-enabled', { switches });
      const ports = at.on(at.node, 'sudo -n lspci -vvv -d ::0604').stdout.match(/ACSCtl:\tSrcValid\+/g)?.length;
      return { ports, stepS: stepSeconds(at.simulator) };
    });
    expect(seen.map(({ ports }) => ports)).toEqual([4, 8, 16]);
    // The slowest rank decides, however many are as slow as it is.
    expect(new Set(seen.map(({ stepS }) => stepS)).size).toBe(1);
    expect(seen[0]?.stepS).toBeGreaterThan(8 * 1.1);
  });

  // Documentation/admin-guide/kernel-parameters.txt, iommu.strict.
  it('iommu-on: strict stands on the command line of the kernel', () => {
    const at = onNetwork('iommu-on', { mode: 1 });
    expect(at.on(at.node, 'cat /proc/cmdline').stdout).toContain(' amd_iommu=on iommu.strict=1 ');
    expect(at.on(at.sibling(at.node), 'cat /proc/cmdline').stdout).not.toContain('iommu.strict');
    expect(stepSeconds(at.simulator)).toBeGreaterThan(8 * 1.1);
  });
});

describe('of the host', () => {
  // MUNGE FAQ: a credential of the future is rewound for who is behind; for who is ahead it has expired.
  it('clock-drift: a clock that is ahead finds credentials expired', () => {
    const at = onHost('clock-drift', { offsetS: 600, ahead: 1 });
    expect(at.phase()).toBe('ended');
    expect(at.log(struck, 'slurmd')).toContain('Munge decode failed: Expired credential');
    at.on('systemctl restart chronyd');
    expect(at.present()).toEqual([]);
  });

  it('cpu-affinity-one-core: it may be any core', () => {
    const at = onHost('cpu-affinity-one-core', { cpu: 48 });
    expect(at.on('wardround-job affinity').match(/^Cpus_allowed_list:\t48$/gm)).toHaveLength(8);
    expect(at.stepS()).toBeGreaterThan(16);
  });

  it('numa-crossed: the first pair of GPUs alone is on the other socket, and the job is as slow as with all', () => {
    const at = onHost('numa-crossed', { pairs: 1 });
    const first = [...at.on('wardround-job affinity').matchAll(/Cpus_allowed_list:\t(\d+)-/g)].map(([, cpu]) =>
      Number(cpu),
    );
    expect(first.map((cpu) => cpu >= 48)).toEqual([true, true, false, false, true, true, true, true]);
    expect(at.stepS()).toBeGreaterThan(8.5);
    expect(at.stepS()).toBeLessThan(9.5);
  });

  // ioctl_iflags(2), FS_IMMUTABLE_FL: EPERM for everybody; errno 1 in `errno -l`.
  it('checkpoint-folder-permission: an immutable folder is another error than a foreign owner', () => {
    const at = onHost('checkpoint-folder-permission', { way: 1 }, 7);
    expect(at.phase()).toBe('ended');
    expect(at.ranksOf(struck)).toMatch(
      /PermissionError: \[Errno 1\] Operation not permitted: '\/raid\/ckpt\/pretrain-13b\/iter_\d{7}'/,
    );
  });

  it('node-taken-out: the reason is what the administrator gave', () => {
    const at = onHost('node-taken-out', { reason: 1 }, 2);
    expect(at.on(`scontrol -o show node ${struck}`, 'node-01')).toContain('Reason=firmware update [root@');
  });

  // Release notes of NVIDIA's 550 branch; /proc/driver/nvidia/version has the day on which the module was built.
  it('driver-library-mismatch: NVML and the kernel name the update that came, which a reboot loads', () => {
    const at = onGpu('driver-library-mismatch', { update: 2 });
    expect(at.on('nvidia-smi -L')).toContain('NVML library version: 550.163\n');
    expect(at.dmesg()).toContain('NVRM: API mismatch: the client has the version 550.163.01, but');
    at.simulator.act([{ kind: 'happen', event: 'reboot', place: board.node }]);
    at.pass(5);
    expect(at.on('cat /proc/driver/nvidia/version')).toContain(
      'Kernel Module  550.163.01  Tue Apr  8 12:41:17 UTC 2025',
    );
  });

  // Reports of Xid 119 say minutes to hours after a start; the board of a bad seat falls off some minutes after each power-up.
  it.each([
    ['gsp-timeout', 'againS', 200, 580],
    ['gpu-riser-loose', 'holdsS', 320, 880],
  ])('%s: how long it takes until it strikes again', (fault, name, short, long) => {
    const againMin = [short, long].map((seconds) => {
      const at = onGpu(fault, { [name]: seconds });
      at.simulator.act([{ kind: 'happen', event: 'power-cycle', place: board.node }]);
      at.pass(5);
      at.requeue(1.2);
      expect(at.job().phase).toBe('running');
      const looks = Array.from({ length: 40 }, () => {
        at.pass(0.5);
        return at.job().phase;
      });
      return looks.findIndex((phase) => phase !== 'running') / 2;
    });
    const [soon = 0, late = 0] = againMin;
    // About what was asked for: a tenth more or less, and what the launch takes.
    expect(late - soon).toBeGreaterThan(((long - short) / 60) * 0.75);
    expect(late).toBeLessThan((long / 60) * 1.1 + 2);
  });
});

describe('of the job', () => {
  const logs = (at: HostScene) => [...rankLogs(at.simulator, minutes(20)).values()].join('');
  const launched = (fault: string, values: Values, afterMin = 3) => {
    const target = fault.startsWith('nccl-ib') || fault.startsWith('user') || fault.startsWith('framework');
    const asked = fault.startsWith('checkpoint') ? { job: 'pretrain-13b', rank: 13 } : { node: struck };
    const one = hostScene(fault, { values, onset: sudden, ...(!target && { target: asked }) }, afterMin);
    opened.push(() => one.close());
    return one;
  };

  // NCCL user guide, NCCL_P2P_LEVEL: LOC is "never use P2P (always disabled)".
  it('nccl-p2p-disabled: a level of LOC does the same as the switch, under another name', () => {
    const at = launched('nccl-p2p-disabled', { setting: 1 }, 6);
    expect(logs(at).match(/NCCL_P2P_LEVEL set by environment to LOC$/gm)).toHaveLength(8);
    expect(logs(at)).not.toContain('NCCL_P2P_DISABLE');
    expect(logs(at)).toContain('via SHM/direct/direct');
    expect(at.stepS()).toBeGreaterThan(12);
    at.on('wardround-fix config-revert nccl-conf');
    at.requeue();
    expect(at.stepS()).toBeCloseTo(8, 1);
  });

  // NCCL user guide, NCCL_NET: the name of the network, `Socket` among them.
  it('nccl-ib-disabled: a network that is named keeps NCCL off InfiniBand as well', () => {
    const at = launched('nccl-ib-disabled', { setting: 1 }, 6);
    const environment = ofTrainer(at.simulator, 'env', struck, 1);
    expect(environment).toContain('NCCL_NET=Socket\n');
    expect(environment).not.toContain('NCCL_IB_DISABLE');
    expect(logs(at)).toContain('Using network Socket');
    expect(logs(at)).not.toContain('NET/IB');
    expect(at.stepS()).toBeGreaterThan(25);
  });

  it('nccl-version-mixed: the older release is the one that was found', () => {
    expect(logs(launched('nccl-version-mixed', { release: 2 }))).toContain('NCCL version 2.18.5+cuda12.4');
  });

  // torch/serialization.py: what is no zip archive is read as a pickle; CPython's EOFError for an empty file.
  it('checkpoint-truncated: a file without a byte is not even an archive', () => {
    const text = logs(launched('checkpoint-truncated', { end: 1 }));
    expect(text).toContain('EOFError: Ran out of input');
    expect(text).not.toContain('failed finding central directory');
  });

  it('user-exception: at every tenth iteration, and not what the first of its errors is', () => {
    const at = launched('user-exception', { error: 2, every: 10 }, 3);
    expect(at.phase()).toBe('ended');
    expect(logs(at)).toContain('ZeroDivisionError: division by zero');
  });

  // NVIDIA/Megatron-LM issue 2422: a race, so that it is the one checkpoint or another.
  it('framework-async-save-deadlock: some checkpoints go well before one does not, or none', () => {
    const hungAfterMin = [1, 5].map((odds) => {
      const at = launched('framework-async-save-deadlock', { odds }, 0.1);
      const looks = Array.from({ length: 70 }, () => {
        at.pass(0.5);
        return at.phase();
      });
      return looks.indexOf('hung') / 2;
    });
    // A checkpoint is thirty steps of 8 s after the one before.
    expect(hungAfterMin[0]).toBeGreaterThanOrEqual(0);
    expect((hungAfterMin[1] ?? 0) - (hungAfterMin[0] ?? 0)).toBeGreaterThanOrEqual(3.5);
  });
});
