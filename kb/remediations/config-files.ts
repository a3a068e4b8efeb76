import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import { seenOf } from './scene.ts';

/** A file that a site may have recorded, and what shows that its setting is wrong. */
interface ConfigFile {
  readonly category: Category;
  /** Findings that show the setting, and where they speak of several files, in which one it is. */
  readonly kinds: readonly string[];
  /** Name of the record in /etc/wardround/configs.d on the node. */
  readonly config: string;
  readonly probeId: string;
  /** The service that reads the file only when it starts. */
  readonly restarts?: string;
  /** Its restart takes something from jobs. */
  readonly disturbs?: true;
  /** Programs read it when they start: one that runs goes on with what stood there. */
  readonly readAtStart?: true;
  /** The launch of a job makes the same on all of its nodes: only what no other node shows stands in a file of this one. */
  readonly onlyHere?: true;
  /** And another node was read, and is well. */
  readonly wellElsewhere?: string;
  /** Findings that place the setting elsewhere, or contradict it. */
  readonly unless?: readonly string[];
  /** Of a kind that speaks of several files: whether it means this one. */
  readonly means?: (seen: Finding) => boolean;
}

/** The file of the node that its findings show to be wrong. */
export function wrongFile(category: Category, node: string, findings: readonly Finding[]): ConfigFile | undefined {
  const here = findings.filter((one) => one.node === node);
  const elsewhere = findings.filter((one) => one.node !== undefined && one.node !== node);
  return configFiles.find((file) => {
    const { kinds, means, unless = [], wellElsewhere } = file;
    const meant = means === undefined ? here : here.filter((one) => !kinds.includes(one.kind) || means(one));
    return (
      file.category === category &&
      seenOf(meant, kinds) !== undefined &&
      here.every(({ kind }) => !unless.includes(kind)) &&
      (file.onlyHere !== true || elsewhere.every(({ kind }) => !kinds.includes(kind))) &&
      (wellElsewhere === undefined || elsewhere.some(({ kind }) => kind === wellElsewhere))
    );
  });
}

const docker = {
  config: 'docker-daemon',
  probeId: 'docker.config',
  restarts: 'docker',
  disturbs: true,
} as const;
const containerRuntime = { config: 'nvidia-container-runtime', probeId: 'container.config' } as const;
// slurmd hands its own limits down to the steps that it starts; those that run are not touched.
const limits = { config: 'limits', probeId: 'host.limits', restarts: 'slurmd' } as const;
const ncclConf = { config: 'nccl-conf', probeId: 'nccl.config-file', readAtStart: true } as const;
const hosts = { category: 'rendezvous-resolution', config: 'hosts', probeId: 'net.name-resolution' } as const;
const taskProlog = { config: 'task-prolog', readAtStart: true } as const;

/** What a comparison with siblings is about: a setting, or a name. */
const named = (pattern: RegExp) => (seen: Finding) => pattern.test(String(seen.values?.['name'] ?? ''));

// As a comparison of words says that the siblings have none.
const notThere = 'not there';

/** The first of a category that its findings show is taken. */
export const configFiles: readonly ConfigFile[] = [
  {
    category: 'container-toolkit-misconfig',
    kinds: ['container.config.no-cgroups', 'container.config.modules-not-loaded'],
    ...containerRuntime,
  },
  {
    category: 'container-toolkit-misconfig',
    kinds: ['docker.config.runtime-missing', 'docker.config.runtime-unlike-siblings'],
    ...docker,
  },
  {
    category: 'cgroup-device-loss',
    kinds: ['docker.config.systemd-cgroups', 'docker.config.cgroups-unlike-siblings'],
    ...docker,
  },
  { category: 'cgroup-device-loss', kinds: ['container.config.no-cgroups'], ...containerRuntime },
  { category: 'ulimit-too-low', kinds: ['docker.config.memlock-limited'], ...docker },
  {
    category: 'ulimit-too-low',
    kinds: ['host.limits.memlock-low', 'host.limits.open-files-low', 'host.limits.processes-low'],
    ...limits,
  },
  {
    // Ranks that are dead have no limits to read; what they said on one node alone was not given by the launch.
    category: 'ulimit-too-low',
    kinds: [
      'limit.locked-memory',
      'limit.locked-memory.shown-low',
      'library.memlock-too-low',
      'nccl.ib.memory-registration',
      'nccl.ib.queue-not-created',
      'verbs.memory.not-locked',
      'verbs.queue.not-created',
      'mpi.memlock-too-low',
      'limit.open-files',
      'limit.open-files.reached',
      'library.open-files-exhausted',
      'limit.processes',
      'library.threads-exhausted',
    ],
    onlyHere: true,
    unless: ['host.limits.enough', 'scheduler.config.limits-from-login'],
    ...limits,
  },
  {
    category: 'fabricmanager-not-running',
    kinds: ['fabricmanager.config-invalid'],
    config: 'fabricmanager',
    probeId: 'fabricmanager.active',
    restarts: 'nvidia-fabricmanager',
  },
  { ...hosts, kinds: ['net.resolver.name-twice'], probeId: 'net.resolver' },
  { ...hosts, kinds: ['net.name.loopback', 'net.name.own-is-loopback', 'net.resolver.own-name-loopback'] },
  { ...hosts, kinds: ['net.resolver.none'], config: 'resolv', probeId: 'net.resolver' },
  // A line that the hosts files of the siblings have, and this one has not or otherwise.
  {
    ...hosts,
    kinds: ['net.resolver.unlike-siblings'],
    means: ({ values }) => values?.['siblingsValue'] !== notThere,
  },
  { ...hosts, kinds: ['net.name.unlike-siblings'] },
  // No sibling has the name in its hosts file, and each has its address: a name server tells them.
  { ...hosts, kinds: ['net.name.unresolved'], config: 'resolv', onlyHere: true },
  { ...hosts, kinds: ['net.resolver.unlike-siblings'] },
  {
    category: 'nccl-env-misconfig',
    kinds: ['nccl.config.harms', 'nccl.config.unlike-siblings', 'nccl.config.interface-unlike-siblings'],
    ...ncclConf,
  },
  {
    category: 'socket-interface-mismatch',
    kinds: ['nccl.config.interface-unlike-siblings'],
    means: named(/_IFNAME$/),
    ...ncclConf,
  },
  {
    category: 'roce-gid-misconfig',
    kinds: ['nccl.config.interface-unlike-siblings'],
    means: named(/^NCCL_IB_/),
    ...ncclConf,
  },
  {
    // The addresses of an interface make its table of GIDs; which one stands where follows from their order.
    category: 'roce-gid-misconfig',
    kinds: ['ib.gid.index-unlike-siblings', 'ib.gid.none-routable'],
    config: 'netplan-mtu',
    probeId: 'ib.gids',
    readAtStart: true,
    onlyHere: true,
  },
  { category: 'mtu-mismatch', kinds: ['net.mtu.unlike-siblings'], config: 'netplan-mtu', probeId: 'net.mtu' },
  {
    // Each rank says it of its own node; a launch that is wrong makes it on all.
    category: 'launcher-rank-misconfig',
    kinds: ['nccl.rank.duplicate-gpu'],
    probeId: 'gpu.processes',
    onlyHere: true,
    ...taskProlog,
  },
  {
    category: 'launcher-rank-misconfig',
    kinds: ['gpu.process.several-of-job'],
    probeId: 'gpu.processes',
    onlyHere: true,
    wellElsewhere: 'gpu.process.as-siblings',
    ...taskProlog,
  },
  {
    category: 'cpu-affinity-misconfig',
    kinds: ['host.cpu-affinity.other-than-siblings'],
    probeId: 'host.cpu-affinity',
    onlyHere: true,
    ...taskProlog,
  },
  {
    category: 'cpu-affinity-misconfig',
    kinds: ['host.cpu-affinity.one-core', 'host.cpu-affinity.shared-cores'],
    probeId: 'host.cpu-affinity',
    onlyHere: true,
    wellElsewhere: 'host.cpu-affinity.sound',
    ...taskProlog,
  },
];
