import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const lost = 'https://github.com/NVIDIA/nvidia-docker/issues/1730';

const systemdGroups: FindingKind = {
  id: 'docker.config.systemd-cgroups',
  summary:
    'systemd keeps the containers’ control groups: a reload of its units may take the GPUs away from running containers',
  // The default of Docker on every host with control groups of version 2.
  role: 'context',
  weighs: { 'cgroup-device-loss': 1 },
  source: lost,
};
const noRuntime: FindingKind = {
  id: 'docker.config.runtime-missing',
  summary: 'Docker does not know the NVIDIA runtime, or names one as its default that it does not know',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.5 },
  source:
    'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html#configuring-docker',
};
const otherRuntime: FindingKind = {
  id: 'docker.config.runtime-unlike-siblings',
  summary: 'Docker of this node alone has other runtimes, or another one as its default, than its siblings',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3.4 },
  source:
    'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html#configuring-docker',
};
const otherGroups: FindingKind = {
  id: 'docker.config.cgroups-unlike-siblings',
  summary: 'another manager than on its siblings keeps the containers’ control groups on this node',
  role: 'cause',
  // By itself it harms nobody until units are reloaded.
  weighs: { 'cgroup-device-loss': 2.5 },
  source: lost,
};
const lockedMemory: FindingKind = {
  id: 'docker.config.memlock-limited',
  summary: 'Docker gives every container a limit of locked memory that RDMA does not get along with',
  role: 'cause',
  weighs: { 'ulimit-too-low': 2.5 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#infiniband',
};
const usual: FindingKind = {
  id: 'docker.config.usual',
  summary: 'Docker knows the NVIDIA runtime and keeps control groups itself',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.7, 'cgroup-device-loss': -1 },
  source: lost,
};
const runtimeKnown: FindingKind = {
  id: 'docker.config.runtime-known',
  summary: 'Docker knows the NVIDIA runtime, and systemd keeps control groups',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.7 },
  source: lost,
};
const kinds = [systemdGroups, noRuntime, otherRuntime, otherGroups, lockedMemory, usual, runtimeKnown];

const noArgs = z.object({});

// Only what is judged is kept: the file may name proxies and registries with their passwords.
const daemonSchema = z.object({
  'default-runtime': z.string().max(200).optional(),
  runtimes: z.record(z.string().max(100), z.unknown()).optional(),
  'exec-opts': z.array(z.string().max(200)).max(50).optional(),
  'default-shm-size': z.union([z.string().max(40), z.number()]).optional(),
  'default-ulimits': z
    .record(z.string(), z.object({ Soft: z.number().optional(), Hard: z.number().optional() }))
    .optional(),
});

interface Reading {
  readonly defaultRuntime: string | null;
  readonly runtimes: readonly string[];
  readonly cgroupDriver: string | null;
  readonly memlockBytes: number | null;
  readonly shmSize: string | null;
}

// As for the ranks themselves (host.limits); -1 is no limit.
const memlockBytesMin = 1024 ** 3;

/** How Docker is configured. */
export const dockerConfig: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'docker.config',
  platform: 'nvidia-linux',
  summary: 'runtimes, control groups and default limits of Docker',
  question:
    'Does Docker know the NVIDIA runtime, and does its configuration keep devices and limits for the containers?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 64 * 1024,
  args: noArgs,
  argv: () => ['cat', '/etc/docker/daemon.json'],
  parse(output) {
    requiredLines(output, 'cat');
    const read = daemonSchema.safeParse(jsonOf(output.stdout));
    if (!read.success)
      throw new ProbeParseError(`not a configuration of Docker: ${read.error.issues[0]?.path.join('.') ?? ''}`);
    const { data } = read;
    const driver = data['exec-opts']?.find((option) => option.startsWith('native.cgroupdriver='))?.split('=')[1];
    return {
      defaultRuntime: data['default-runtime'] ?? null,
      runtimes: Object.keys(data.runtimes ?? {}).slice(0, 20),
      cgroupDriver: driver ?? null,
      memlockBytes: data['default-ulimits']?.['memlock']?.Soft ?? null,
      shmSize: data['default-shm-size'] === undefined ? null : String(data['default-shm-size']),
    };
  },
  outcomes: kinds,
  meaning(reading) {
    return orClean(judge(reading), kinds, {
      kind: (reading.cgroupDriver === 'systemd' ? runtimeKnown : usual).id,
      text: `runtimes ${reading.runtimes.join(', ').slice(0, 80)}, default ${reading.defaultRuntime ?? 'runc'}`,
    });
  },
  siblings: {
    kind: otherRuntime,
    numbers: () => [],
    rules: [],
    words: ({ defaultRuntime, runtimes, cgroupDriver }) => [
      { name: 'default runtime', value: defaultRuntime ?? 'runc', line: 1 },
      { name: 'runtimes', value: runtimes.toSorted().join(' ') || 'none', line: 1 },
      { name: 'cgroup driver', value: cgroupDriver ?? 'not set', line: 1, kind: otherGroups },
    ],
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProbeParseError('not JSON');
  }
}

const builtIn = ['runc', 'io.containerd.runc.v2'];

function judge({ defaultRuntime, runtimes, cgroupDriver, memlockBytes }: Reading): readonly ProbeFinding[] {
  const found: ProbeFinding[] = [];
  if (cgroupDriver === 'systemd')
    found.push({ kind: systemdGroups.id, text: 'native.cgroupdriver=systemd', values: { cgroupDriver } });
  const unknownDefault =
    defaultRuntime !== null && !builtIn.includes(defaultRuntime) && !runtimes.includes(defaultRuntime);
  // Its package registers the runtime; with the device interface (CDI) Docker needs none, which the file does not say.
  if (unknownDefault || (runtimes.length > 0 && !runtimes.some((name) => name.startsWith('nvidia'))))
    found.push({
      kind: noRuntime.id,
      text: `runtimes ${runtimes.join(', ').slice(0, 80) || 'none'}, default ${defaultRuntime?.slice(0, 60) ?? 'runc'}`,
      values: { runtimes: runtimes.join(', ').slice(0, 80), defaultRuntime: defaultRuntime?.slice(0, 60) ?? 'runc' },
    });
  if (memlockBytes !== null && memlockBytes >= 0 && memlockBytes < memlockBytesMin)
    found.push({
      kind: lockedMemory.id,
      text: `containers may lock ${memlockBytes} bytes`,
      values: { memlockBytes },
    });
  return found;
}
