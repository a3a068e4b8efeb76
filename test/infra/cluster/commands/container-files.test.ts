import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';
import { onNode } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;
beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(5));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const node = 'node-02';
const on = (line: string, name = node) => onNode(simulator, name, line, false);
const containerd = (name = node) => on('cat /etc/containerd/config.toml', name).stdout;
const packageOf = (name: string) => new RegExp(`^${name}\\t(\\S+)$`, 'm').exec(on('dpkg-query -W').stdout)?.[1];

describe('/etc/containerd/config.toml', () => {
  // pkg/config/engine/containerd/config_test.go of NVIDIA/nvidia-container-toolkit.
  it('has the runtime as nvidia-ctk writes it, in version 2 of the file with containerd 1.6', () => {
    expect(packageOf('containerd\\.io')).toBe('1.6.33-1');
    expect(containerd()).toMatch(/^version = 2$/m);
    expect(containerd()).toContain(
      '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]\n            BinaryName = "/usr/bin/nvidia-container-runtime"\n',
    );
    expect(containerd()).toContain('default_runtime_name = "nvidia"');
  });

  it('has version 3 and the other name of the plug-in with containerd 2', () => {
    simulator.act([setFact('container.containerd-release', node, '2.2.0-1~ubuntu.22.04~jammy')]);
    expect(containerd()).toMatch(/^version = 3$/m);
    expect(containerd()).toContain('[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia]');
    expect(containerd()).not.toContain('grpc.v1.cri');
    expect(containerd('node-03')).toMatch(/^version = 2$/m);
  });
});

describe('enroot and pyxis', () => {
  it('are there with their packages, and read by cat, grep and ls', () => {
    expect(packageOf('enroot')).toBe('3.4.1-1');
    expect(packageOf('nvslurm-plugin-pyxis')).toBe('0.20.0-1');
    // debian/rules of NVIDIA/pyxis: libdir=/usr/lib/$(DEB_HOST_MULTIARCH).
    const required = 'required /usr/lib/x86_64-linux-gnu/slurm/spank_pyxis.so\n';
    expect(on('cat /etc/slurm/plugstack.conf.d/pyxis.conf').stdout).toBe(required);
    expect(on('grep -H pyxis /etc/slurm/plugstack.conf.d/pyxis.conf').stdout).toBe(
      `/etc/slurm/plugstack.conf.d/pyxis.conf:${required}`,
    );
    expect(on('ls /etc/enroot/hooks.d').stdout.trim().split('\n')).toEqual([
      '10-aptfix.sh',
      '10-cgroups.sh',
      '10-devices.sh',
      '10-home.sh',
      '10-shadow.sh',
      '98-nvidia.sh',
      '99-mellanox.sh',
    ]);
    expect(on('ls /etc/enroot').stdout).toBe('enroot.conf\nenviron.d\nhooks.d\n');
    expect(on('ls -l /etc/enroot/hooks.d').stdout).toMatch(
      /^-rwxr-xr-x 1 root root +\d+ \w{3} [ \d]\d .* 98-nvidia\.sh$/m,
    );
    expect(on('cat /etc/enroot/hooks.d/98-nvidia.sh').stdout).toContain('exec nvidia-container-cli --user configure');
    expect(on('cat /etc/enroot/enroot.conf').stdout).toMatch(/^ENROOT_DATA_PATH +\/raid\/enroot/m);
    expect(on('grep -rH . /etc/enroot/environ.d').stdout).toBe('/etc/enroot/environ.d/10-terminal.env:TERM=${TERM}\n');
    expect(on('cat /etc/enroot/hooks.d/98-nvidia.sh /etc/enroot/enroot.toml')).toMatchObject({ exitCode: 1 });
  });

  it('say the same on every node', () => {
    const of = (name: string) => on('grep -rH . /etc/enroot /etc/containerd /etc/slurm', name).stdout;
    expect(of('node-01')).toBe(of(node));
    expect(of(node).split('\n').length).toBeGreaterThan(40);
  });
});

describe('an upgrade that takes the NVIDIA runtime from docker', () => {
  it.each([
    [0, '1.7.27-1', /^version = 2$/m],
    [1, '2.2.0-1~ubuntu.22.04~jammy', /^version = 3$/m],
  ] as const)(
    'shows in daemon.json and in its packages, and leaves containerd its runtime: upgrade %i',
    (upgrade, release, file) => {
      const well = containerd('node-03');
      simulator.inject('container-runtime-reset', { target: { node }, values: { upgrade } });
      expect(JSON.parse(on('cat /etc/docker/daemon.json').stdout)).not.toHaveProperty('runtimes');
      expect(packageOf('containerd\\.io')).toBe(release);
      expect(packageOf('docker-ce')).not.toBe('5:26.1.4-1~ubuntu.22.04~jammy');
      expect(containerd()).toMatch(file);
      expect(containerd()).toContain('default_runtime_name = "nvidia"');
      expect(containerd('node-03')).toBe(well);
      onNode(simulator, node, 'wardround-fix config-revert docker-daemon');
      onNode(simulator, node, 'systemctl restart docker');
      expect(simulator.activeFaults()).toEqual([]);
      expect(JSON.parse(on('cat /etc/docker/daemon.json').stdout)).toHaveProperty('default-runtime', 'nvidia');
    },
  );
});
