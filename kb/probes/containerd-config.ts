import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { tomlSettings, type TomlSetting } from './containerd-settings.ts';
import { hostRead, type NoArgs } from './host-read.ts';
import { filesBefore, type ReadFiles } from './read-files.ts';

const lost =
  'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html#containers-losing-access-to-gpus-with-error-failed-to-initialize-nvml-unknown-error';
const install =
  'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html#configuring-containerd-for-kubernetes';

const unknownDefault: FindingKind = {
  id: 'containerd.config.default-unknown',
  summary: 'containerd’s default runtime is one that its configuration does not have',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.5 },
  source: 'https://github.com/NVIDIA/gpu-operator/issues/730',
};
const otherBinary: FindingKind = {
  id: 'containerd.config.runtime-not-nvidia',
  summary: 'containerd’s runtime for GPUs starts another program than NVIDIA’s, so containers get no GPU',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.5 },
  source: install,
};
const noRuntime: FindingKind = {
  id: 'containerd.config.no-nvidia-runtime',
  summary: 'containerd runs pods and has neither an NVIDIA runtime nor the device interface (CDI)',
  // Another containerd of the node (k3s, RKE2) may have one.
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 1.2 },
  source: 'https://github.com/berops/claudie/issues/1786',
};
const criOff: FindingKind = {
  id: 'containerd.config.cri-disabled',
  summary: 'containerd has an NVIDIA runtime for pods, and its part that runs pods is disabled',
  // Right on a node with Docker alone.
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 1.2 },
  source: 'https://github.com/NVIDIA/gpu-operator/issues/1323',
};
const notImported: FindingKind = {
  id: 'containerd.config.not-imported',
  summary: 'the toolkit’s file with the NVIDIA runtime is there, and containerd’s configuration does not import it',
  // Newer releases of containerd import that folder without being told.
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 1.5 },
  source: install,
};
const newerImport: FindingKind = {
  id: 'containerd.config.import-newer',
  summary:
    'the toolkit’s file has a newer version than containerd’s configuration: containerd does not start, or forgets settings of its own',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.5 },
  source: 'https://github.com/NVIDIA/aicr/issues/1688',
};
const noType: FindingKind = {
  id: 'containerd.config.runtime-type-missing',
  summary: 'containerd’s runtime for GPUs has no type, so none of its containers starts',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.5 },
  source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/1956',
};
const groupsDiffer: FindingKind = {
  id: 'containerd.config.cgroups-differ',
  summary: 'systemd keeps the control groups of one of containerd’s runtimes and not those of the other',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2 },
  source: 'https://github.com/NVIDIA/nvidia-docker/issues/1788',
};
const systemdGroups: FindingKind = {
  id: 'containerd.config.systemd-cgroups',
  summary:
    'systemd keeps the control groups of containerd’s GPU containers: a reload of its units may take the GPUs away from them',
  // What Kubernetes recommends on every host with control groups of version 2.
  role: 'context',
  weighs: { 'cgroup-device-loss': 1 },
  source: lost,
};
const otherRuntime: FindingKind = {
  id: 'containerd.config.runtime-unlike-siblings',
  summary: 'containerd of this node alone has other runtimes, or another one as its default, than its siblings',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3.4 },
  source: install,
};
const otherGroups: FindingKind = {
  id: 'containerd.config.cgroups-unlike-siblings',
  summary: 'another manager than on its siblings keeps the control groups of containerd’s containers on this node',
  role: 'cause',
  // As of Docker: by itself it harms nobody until units are reloaded.
  weighs: { 'cgroup-device-loss': 2.5 },
  source: lost,
};
const usual: FindingKind = {
  id: 'containerd.config.usual',
  summary: 'containerd knows the NVIDIA runtime or the device interface (CDI)',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.7 },
  source: install,
};
const runsNoPods: FindingKind = {
  id: 'containerd.config.runs-no-pods',
  summary: 'containerd is not configured to run pods on this node',
  role: 'clean',
  weighs: {},
  source: install,
};
const kinds = [
  unknownDefault,
  otherBinary,
  noRuntime,
  criOff,
  notImported,
  newerImport,
  noType,
  groupsDiffer,
  systemdGroups,
  otherRuntime,
  otherGroups,
  usual,
  runsNoPods,
];

interface Runtime {
  readonly name: string;
  /** Program that it starts; `null`: the default, runc. */
  readonly binary: string | null;
  readonly systemd: boolean;
  readonly typed: boolean;
  readonly line: number;
}
/** Only what is judged. */
interface Reading {
  /** `null`: the node has no such file. */
  readonly version: number | null;
  readonly cri: 'on' | 'off' | 'none';
  readonly cdi: boolean;
  readonly defaultRuntime: string | null;
  readonly runtimes: readonly Runtime[];
  readonly dropIn: 'imported' | 'ignored' | 'none';
  /** Of the toolkit's file, where it is newer than that of the configuration. */
  readonly newerVersion: number | null;
}

const runtimesMax = 20;

const configFile = '/etc/containerd/config.toml';
// Where nvidia-ctk of the toolkit 1.18 and newer writes, instead of changing the file itself.
const dropInFile = '/etc/containerd/conf.d/99-nvidia.toml';

// Of registries, which nobody needs to see: their lines stay on the node.
const secret = ['password', 'username', 'auth', 'token', 'secret'];

/** How containerd is configured to run containers with GPUs. */
export const containerdConfig: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'containerd.config',
  summary: 'runtimes, control groups and device interface of containerd',
  question: 'Does containerd know the NVIDIA runtime, and does its configuration keep the devices for the containers?',
  aspect: 'correctness',
  costMs: 50,
  outputBytesMax: 64 * 1024,
  argv: () => ['grep', '-viH', ...secret.flatMap((word) => ['-e', word]), configFile, dropInFile, '/proc/version'],
  parse: (output) => readingOf(filesBefore(output, '/proc/version')),
  outcomes: kinds,
  meaning(reading) {
    const { version, cri, defaultRuntime, runtimes } = reading;
    if (version === null || cri === 'none' || (cri === 'off' && nvidia(runtimes).length === 0))
      return [{ kind: runsNoPods.id, text: version === null ? 'no configuration of containerd' : 'no pods' }];
    return orClean(judge(reading), kinds, {
      kind: usual.id,
      text: `runtimes ${namesOf(runtimes)}, default ${defaultRuntime ?? 'runc'}`,
    });
  },
  siblings: {
    kind: otherRuntime,
    numbers: () => [],
    rules: [],
    words({ version, defaultRuntime, runtimes }) {
      if (version === null) return [];
      const groups = nvidia(runtimes)[0] ?? runtimes.find(({ name }) => name === 'runc');
      return [
        { name: 'default runtime', value: defaultRuntime ?? 'runc' },
        {
          name: 'runtimes',
          value:
            runtimes
              .map(({ name }) => name)
              .toSorted()
              .join(' ') || 'none',
        },
        { name: 'cgroup driver', value: groups?.systemd === true ? 'systemd' : 'cgroupfs', kind: otherGroups },
      ];
    },
  },
};

function readingOf(files: ReadFiles): Reading {
  const main = tomlSettings(files.linesOf(configFile));
  const dropIn = tomlSettings(files.linesOf(dropInFile));
  const imports = main.some(({ path, value }) => path[0] === 'imports' && /conf\.d\/(?:\*|99-nvidia)/.test(value));
  const isAbsent = files.absent.includes(configFile);
  const whole = imports || isAbsent ? [...main, ...dropIn] : main;
  if (main.length === 0 && dropIn.length === 0)
    return {
      version: null,
      cri: 'none',
      cdi: false,
      defaultRuntime: null,
      runtimes: [],
      dropIn: 'none',
      newerVersion: null,
    };
  const settings = whole.flatMap((one) => ofCri(one));
  const version = versionOf(whole);
  const isOff = main.some(({ path, value }) => path[0] === 'disabled_plugins' && criPattern.test(value));
  const cdi = settings.findLast(({ path }) => path.join('.') === 'enable_cdi')?.value;
  return {
    version,
    cri: isOff ? 'off' : settings.length === 0 ? 'none' : 'on',
    // On by default from containerd 2.0, whose files have version 3.
    cdi: cdi === undefined ? version >= 3 : cdi === 'true',
    defaultRuntime:
      settings.findLast(({ path }) => path.join('.') === 'containerd.default_runtime_name')?.value ?? null,
    runtimes: runtimesIn(settings),
    dropIn: dropIn.length === 0 ? 'none' : imports || isAbsent ? 'imported' : 'ignored',
    newerVersion: imports && versionOf(dropIn) > version ? versionOf(dropIn) : null,
  };
}

function versionOf(settings: readonly TomlSetting[]): number {
  const value = settings.find(({ path }) => path.join('.') === 'version')?.value ?? '1';
  if (!/^\d{1,3}$/.test(value)) throw new ProbeParseError('the version is not a number');
  return Number(value);
}

// The names of the part that runs pods, in files of version 1, 2, and 3 and newer.
const criPlugins = ['cri', 'io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.runtime'];
const criPattern =
  /["'[, ](?:io\.containerd\.(?:grpc\.v1\.cri|cri\.v1\.runtime)|cri)["',\]]|^io\.containerd\.(?:grpc\.v1\.cri|cri\.v1\.runtime)$|^cri$/;

/** What it says of running pods, named from there on. */
function ofCri({ path, value, line }: TomlSetting): readonly TomlSetting[] {
  const [first, plugin, ...rest] = path;
  if (first !== 'plugins' || plugin === undefined || !criPlugins.includes(plugin)) return [];
  return [{ path: rest, value, line }];
}

function runtimesIn(settings: readonly TomlSetting[]): readonly Runtime[] {
  const found = new Map<string, Runtime>();
  for (const { path, value, line } of settings) {
    const [containerd, list, name, ...rest] = path;
    if (containerd !== 'containerd' || list !== 'runtimes' || name === undefined) continue;
    const before = found.get(name) ?? { name, binary: null, systemd: false, typed: false, line };
    const setting = rest.at(-1);
    found.set(name, {
      ...before,
      ...(isProgram(setting) && value !== '' ? { binary: value } : {}),
      ...(setting === 'runtime_type' && value !== '' ? { typed: true } : {}),
      ...(setting === 'SystemdCgroup' ? { systemd: value === 'true', line } : {}),
      // A table in one line: { runtime_type = "…", options = { BinaryName = "…" } }
      ...inOneLine(value),
    });
  }
  return [...found.values()].slice(0, runtimesMax);
}

// `Runtime` was the name for shims of version 1.
const isProgram = (setting: string | undefined) =>
  setting === 'BinaryName' || setting === 'Runtime' || setting === 'runtime_path';

function inOneLine(value: string): Partial<Runtime> {
  if (!value.startsWith('{')) return {};
  const binary = /\bBinaryName\s*=\s*["']([^"']+)["']/.exec(value)?.[1];
  return {
    ...(binary === undefined ? {} : { binary }),
    systemd: /\bSystemdCgroup\s*=\s*true\b/.test(value),
    typed: /\bruntime_type\s*=\s*["'][^"']/.test(value),
  };
}

/** Runtimes that are meant for GPUs, by their name or their program. */
function nvidia(runtimes: readonly Runtime[]): readonly Runtime[] {
  return runtimes.filter(({ name, binary }) => name.includes('nvidia') || binary?.includes('nvidia') === true);
}

function namesOf(runtimes: readonly Runtime[]): string {
  return (
    runtimes
      .map(({ name }) => name)
      .join(', ')
      .slice(0, 80) || 'none'
  );
}

function judge({
  version,
  cri,
  cdi,
  defaultRuntime,
  runtimes,
  dropIn,
  newerVersion,
}: Reading): readonly ProbeFinding[] {
  const found: ProbeFinding[] = [];
  const known = namesOf(runtimes);
  const forGpus = nvidia(runtimes);
  const [gpu] = forGpus;
  if (cri === 'off') found.push({ kind: criOff.id, text: `runtimes ${known}, and disabled_plugins has cri` });
  if (defaultRuntime !== null && defaultRuntime !== 'runc' && !runtimes.some(({ name }) => name === defaultRuntime))
    found.push({
      kind: unknownDefault.id,
      text: `default ${defaultRuntime.slice(0, 60)}, runtimes ${known}`,
      values: { defaultRuntime: defaultRuntime.slice(0, 60), runtimes: known },
    });
  if (gpu === undefined && dropIn !== 'ignored' && !cdi)
    found.push({ kind: noRuntime.id, text: `runtimes ${known}, no device interface`, values: { runtimes: known } });
  if (dropIn === 'ignored' && gpu === undefined)
    found.push({ kind: notImported.id, text: `${dropInFile} is not imported by ${configFile}` });
  if (newerVersion !== null)
    found.push({
      kind: newerImport.id,
      text: `${dropInFile} has version ${newerVersion}, ${configFile} ${version ?? 1}`,
      values: { version: version ?? 1, importedVersion: newerVersion },
    });
  for (const { name, typed, line } of forGpus)
    if (!typed) found.push({ kind: noType.id, text: `runtime ${name.slice(0, 60)} has no runtime_type`, line });
  for (const { name, binary, line } of forGpus)
    if (binary?.includes('nvidia') !== true)
      found.push({
        kind: otherBinary.id,
        text: `runtime ${name.slice(0, 60)} starts ${binary?.slice(0, 100) ?? 'runc'}`,
        line,
        values: { runtime: name.slice(0, 60), binary: binary?.slice(0, 100) ?? 'runc' },
      });
  const plainOne = runtimes.find(({ name }) => name === 'runc');
  if (gpu !== undefined && plainOne !== undefined && gpu.systemd !== plainOne.systemd)
    found.push({
      kind: groupsDiffer.id,
      text: `SystemdCgroup of ${gpu.name.slice(0, 60)} is ${gpu.systemd}, of runc ${plainOne.systemd}`,
      line: gpu.line,
      values: { runtime: gpu.name.slice(0, 60) },
    });
  if (gpu?.systemd === true)
    found.push({ kind: systemdGroups.id, text: `SystemdCgroup of ${gpu.name.slice(0, 60)} is true`, line: gpu.line });
  return found;
}
