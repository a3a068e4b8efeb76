import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../world.ts';

/** Folders of one machine. */
export interface NodeFolder {
  /** The tools that the gate may call, the same for all. */
  readonly bin: string;
  /** The journal of the gate. */
  readonly gate: string;
  /** What is /etc/wardround there. */
  readonly config: string;
}

/**
 * Tools that the gate may run as root; each is a small sh script that asks the simulator. Also those that no step uses
 * yet: what is not here would be the tool of the machine that the simulator runs on.
 */
const rootTools = [
  'nvidia-smi',
  'nvidia-persistenced',
  'nv-fabricmanager',
  'dcgmi',
  'mlxlink',
  'scontrol',
  'scancel',
  'squeue',
  'sacct',
  'systemctl',
  'cpupower',
  'shutdown',
  'reboot',
  'poweroff',
  'modprobe',
  'rmmod',
  'lsmod',
  'mount',
  'umount',
  'mountpoint',
  'swapoff',
  'sysctl',
  'ip',
  'ethtool',
  'iptables',
  'nft',
  'ipmitool',
  'curl',
  'docker',
  'chronyc',
  'pkill',
  'fuser',
  'wardround-space',
  'wardround-fix',
  'wardround-job',
  'wardround-measure',
];

/** What a cluster under Slurm has nowhere, and what the gate would find where the simulator runs: said as `timeout` says it. */
const absentTools = ['kubectl'];

export interface ToolOptions {
  readonly stateDir: string;
  readonly nodeExecutable: string;
  readonly nodeCommandScript: string;
  readonly socketPath: string;
}

/** Writes the tools once for all nodes; they know their node by the folder of the gate that calls them. */
export function prepareTools(options: ToolOptions): string {
  const { stateDir, nodeExecutable, nodeCommandScript, socketPath } = options;
  const bin = join(stateDir, 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  const install = (tool: string, line: string) => {
    writeFileSync(join(bin, tool), `#!/bin/sh\nnode=\${WARDROUND_GATE_DIR%/gate}\n${line}\n`);
    chmodSync(join(bin, tool), 0o755);
  };
  const ask = [nodeExecutable, nodeCommandScript, socketPath].map(quoted).join(' ');
  for (const tool of rootTools) install(tool, `exec ${ask} "\${node##*/}" ${quoted(tool)} "$@"`);
  for (const tool of absentTools)
    install(tool, `echo "timeout: failed to run command '${tool}': No such file or directory" >&2\nexit 127`);
  // `hostname -s`: the gate acts for its own node only.
  install('hostname', 'echo "${node##*/}"');
  return bin;
}

export function prepareNodeFolder(stateDir: string, node: string, bin: string): NodeFolder {
  const gate = join(stateDir, 'nodes', node, 'gate');
  const config = join(stateDir, 'nodes', node, 'config');
  for (const folder of [gate, config]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { bin, gate, config };
}

/** The management host: it may change every node, and knows the name of each one's controller. */
export function prepareManagementFolder(stateDir: string, { management, nodes }: World, bin: string): NodeFolder {
  const folder = prepareNodeFolder(stateDir, management.name, bin);
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(folder.config, name), lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  write(
    'manages',
    nodes.map(({ name }) => name),
  );
  write(
    'bmcs',
    nodes.map(({ name, bmc }) => `${name} ${bmc}`),
  );
  return folder;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
