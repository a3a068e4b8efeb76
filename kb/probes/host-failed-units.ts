import type { KnownCategory } from '../taxonomy.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requireTool, ToolMissingError } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://www.freedesktop.org/software/systemd/man/latest/systemctl.html';

function failed(
  what: string,
  summary: string,
  weighs: Readonly<Partial<Record<KnownCategory, number>>>,
  role: 'cause' | 'symptom' = 'symptom',
): FindingKind {
  return { id: `host.services.${what}`, summary, role, weighs, source };
}

const manager = failed(
  'fabricmanager',
  'the service of the fabric manager failed',
  { 'fabricmanager-not-running': 4 },
  'cause',
);
const gpu = failed('gpu', 'a service of the GPU driver failed', {
  'driver-version-mismatch': 1,
  'gpu-driver-bug': 0.5,
});
const rdma = failed('rdma', 'a service of the RDMA stack failed', {
  'gdr-peermem-missing': 1,
  'rdma-link-fault': 0.8,
  'net-plugin-mismatch': 0.4,
});
const storage = failed('storage', 'a service that mounts or serves shared storage failed', {
  'shared-fs-problem': 1.5,
});
const containers = failed('containers', 'a service of the container runtime failed', {
  'container-toolkit-misconfig': 1.5,
});
const scheduler = failed('scheduler', 'a service of the scheduler or of its log-in failed', {
  'scheduler-action': 1,
  'permission-misconfig': 0.8,
});
const network = failed('network', 'a service of the network or of name resolution failed', {
  'rendezvous-resolution': 0.8,
  'socket-interface-mismatch': 0.5,
  'firewall-blocked': 0.4,
});
const other: FindingKind = {
  id: 'host.services.other',
  summary: 'a service failed that jobs do not need',
  role: 'context',
  weighs: {},
  source,
};
const none: FindingKind = {
  id: 'host.services.none-failed',
  summary: 'no service of the node that jobs need has failed',
  role: 'clean',
  weighs: { 'fabricmanager-not-running': -0.7, 'container-toolkit-misconfig': -0.2, 'shared-fs-problem': -0.1 },
  source,
};
const unlike = unlikeSiblings('host.services', 'the number of failed services', {
  'scheduler-action': 0.4,
  'fabricmanager-not-running': 0.4,
  'shared-fs-problem': 0.3,
});

/** What a service belongs to; the first pattern that fits. */
const areas: readonly (readonly [pattern: RegExp, kind: FindingKind])[] = [
  [/^nvidia-fabricmanager|^nvidia-fabric-manager/, manager],
  [/^nvidia-(?:persistenced|dcgm|powerd|mig|peermem|cdi|imex|nvlsm)|^dcgm|^dkms/, gpu],
  [/^(?:openibd|rdma|opensm|ibacm|srp_daemon|srpd|mst|mlnx|iwpmd)/, rdma],
  [/^(?:nfs|rpc|autofs|lustre|lnet|beegfs|gpfs|mmfs|weka|ceph|remote-fs|multipath|mdmonitor|iscsi)/, storage],
  [/^(?:docker|containerd|crio|kubelet|podman|nvidia-container|enroot)/, containers],
  [/^(?:slurm|munge|sssd|pbs|nslcd)/, scheduler],
  [/^(?:systemd-networkd|systemd-resolved|networking|networkmanager|firewalld|nftables|iptables|ufw|ifup)/i, network],
];
const kinds = [manager, gpu, rdma, storage, containers, scheduler, network, other, none, unlike];

interface Unit {
  readonly name: string;
  readonly line: number;
}
interface Reading {
  readonly failed: readonly Unit[];
}

const failedKeptMax = 100;

/** Services that systemd gave up. */
export const hostServices: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.services',
  summary: 'services of the node that have failed',
  question: 'Has a service failed that jobs need?',
  aspect: 'correctness',
  costMs: 120,
  outputBytesMax: 65_536,
  argv: () => ['systemctl', 'list-units', '--type=service', '--state=failed', '--no-legend', '--plain', '--no-pager'],
  parse(output) {
    requireTool(output, 'systemctl');
    if (/^System has not been booted with systemd/m.test(output.stderr))
      throw new ToolMissingError('systemd does not run on the node');
    if (output.exitCode !== 0)
      throw new ProbeParseError(
        `systemctl ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
      );
    const units = numberedLines(output).map(({ text, line }) => {
      // Some releases begin the line of a failed unit with a dot, or with a blank in its place.
      const match = /^(?:[●*×] +|\s*)([A-Za-z0-9@:_.\\-]{1,200})\.service +\S+ +failed +\S+/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a failed service`);
      return { name: match[1] ?? '', line };
    });
    return { failed: units.slice(0, failedKeptMax) };
  },
  outcomes: kinds,
  meaning: ({ failed: units }) =>
    orClean(
      units.map(({ name, line }) => ({
        kind: (areas.find(([pattern]) => pattern.test(name))?.[1] ?? other).id,
        text: `${name}.service has failed`,
        line,
        values: { service: name },
      })),
      kinds,
      { kind: none.id, text: units.length === 0 ? 'no service has failed' : 'no service that jobs need has failed' },
    ),
  siblings: {
    kind: unlike,
    numbers: ({ failed: units }) => [{ name: 'failed', value: units.length, unit: 'services' }],
    rules: [{ name: 'failed', side: 'high', relative: 0, absolute: 0, source: unlike.source }],
  },
};
