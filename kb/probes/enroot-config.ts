import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, type NoArgs } from './host-read.ts';
import { filesBefore, type ReadFiles } from './read-files.ts';

const hooks = 'https://github.com/NVIDIA/enroot/blob/master/doc/standard-hooks.md';
const plugin = 'https://github.com/NVIDIA/pyxis/wiki/Installation';

const gpusHidden: FindingKind = {
  id: 'enroot.config.gpus-hidden',
  summary: 'enroot’s configuration on the node keeps the GPUs out of every container',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3 },
  source: hooks,
};
const rdmaHidden: FindingKind = {
  id: 'enroot.config.rdma-hidden',
  summary: 'enroot’s configuration on the node keeps the RDMA devices out of every container',
  role: 'cause',
  weighs: { 'rdma-device-missing-in-container': 3 },
  source: 'https://github.com/MrBr-github/lshca/issues/83',
};
const rdmaNotAsked: FindingKind = {
  id: 'enroot.config.rdma-not-asked',
  summary: 'enroot gives containers few devices, and RDMA devices only where a job or image asks for them',
  // Many jobs and images do ask; what a rank sees is told by container.devices.
  role: 'symptom',
  weighs: { 'rdma-device-missing-in-container': 1.2 },
  source: 'https://github.com/Azure/az-hop/pull/902',
};
const notLoaded: FindingKind = {
  id: 'enroot.config.pyxis-not-loaded',
  summary: 'Slurm on the node has a configuration of pyxis and does not read it, so jobs in containers fail there',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.5 },
  source: 'https://github.com/NVIDIA/pyxis/issues/84',
};
const otherSetting: FindingKind = {
  id: 'enroot.config.unlike-siblings',
  summary: 'enroot or pyxis of this node alone is set up in another way than on its siblings',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3 },
  source: plugin,
};
const otherRdma: FindingKind = {
  id: 'enroot.config.rdma-unlike-siblings',
  summary: 'enroot of this node alone gives containers other RDMA devices than on its siblings',
  role: 'cause',
  weighs: { 'rdma-device-missing-in-container': 3, 'container-toolkit-misconfig': 1 },
  source: hooks,
};
const usual: FindingKind = {
  id: 'enroot.config.usual',
  summary: 'enroot’s configuration on the node keeps no device out of containers',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.4, 'rdma-device-missing-in-container': -0.4 },
  source: hooks,
};
const notThere: FindingKind = {
  id: 'enroot.config.not-there',
  summary: 'the node has no configuration of enroot',
  role: 'clean',
  weighs: {},
  source: hooks,
};
const kinds = [gpusHidden, rdmaHidden, rdmaNotAsked, notLoaded, otherSetting, otherRdma, usual, notThere];

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}
interface Reading {
  readonly isThere: boolean;
  /** In the order in which enroot reads them; of one name the last counts. */
  readonly settings: readonly Setting[];
  readonly pyxis: 'loaded' | 'not-loaded' | 'unknown';
}

const settingsMax = 100;

const restrict = 'ENROOT_RESTRICT_DEV';
const rdmaDevices = 'MELLANOX_VISIBLE_DEVICES';
const gpuDevices = 'NVIDIA_VISIBLE_DEVICES';
const gpuCapabilities = 'NVIDIA_DRIVER_CAPABILITIES';
// Proxies and keys of services stand beside them: nothing else leaves the node.
const asked = [restrict, rdmaDevices, gpuDevices, gpuCapabilities, 'pyxis', 'include', 'Linux'];

const config = '/etc/enroot/enroot.conf';
const plugstack = '/etc/slurm/plugstack.conf';
const pyxisFile = '/etc/slurm/plugstack.conf.d/pyxis.conf';
const folders = { more: `${config}.d`, environment: '/etc/enroot/environ.d' };

/** How the node's enroot gives devices to containers, and whether Slurm can start any (pyxis). */
export const enrootConfig: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'enroot.config',
  summary: 'settings of enroot that decide which devices containers get, and how Slurm loads pyxis',
  question: 'Does enroot’s configuration on the node keep GPUs or RDMA devices out of containers?',
  aspect: 'correctness',
  costMs: 50,
  outputBytesMax: 64 * 1024,
  // pyxis.conf is a link, mostly: links are followed where they are named, and not in folders.
  argv: () => [
    'grep',
    '-rH',
    ...asked.flatMap((word) => ['-e', word]),
    config,
    folders.more,
    folders.environment,
    plugstack,
    pyxisFile,
    '/proc/version',
  ],
  parse: (output) => readingOf(filesBefore(output, '/proc/version')),
  outcomes: kinds,
  meaning(reading) {
    if (!reading.isThere && reading.pyxis === 'unknown')
      return [{ kind: notThere.id, text: 'no configuration of enroot' }];
    return orClean(judge(reading), kinds, {
      kind: usual.id,
      text: `${reading.settings.length} settings, ENROOT_RESTRICT_DEV ${valueOf(reading, restrict)?.value ?? 'no'}`,
    });
  },
  siblings: {
    kind: otherSetting,
    numbers: () => [],
    rules: [],
    words: (reading) => [
      ...[restrict, gpuDevices, gpuCapabilities, rdmaDevices].flatMap((name) => {
        const setting = valueOf(reading, name);
        if (setting === undefined) return [];
        const { value, line } = setting;
        return [{ name, value, line, ...(name === rdmaDevices ? { kind: otherRdma } : {}) }];
      }),
      ...(reading.pyxis === 'unknown' ? [] : [{ name: 'pyxis', value: reading.pyxis }]),
    ],
  },
};

function readingOf(files: ReadFiles): Reading {
  const isOf = (path: string, folder: string, ending: string) => path.startsWith(`${folder}/`) && path.endsWith(ending);
  const ofEnroot = files.lines.filter(
    ({ path }) => path === config || isOf(path, folders.more, '.conf') || isOf(path, folders.environment, '.env'),
  );
  const settings = ofEnroot.flatMap(({ value: text, line }) => {
    // As enroot itself reads: a name, then blanks, tabs or one equals sign. https://github.com/NVIDIA/enroot (enroot.in)
    const match = /^((?:ENROOT|MELLANOX|NVIDIA)_\w{1,60})(?:[ \t]*=|[ \t])[ \t]*(.*)$/.exec(text);
    if (match === null) return [];
    return [{ name: match[1] ?? '', value: unquoted(match[2] ?? ''), line }];
  });
  const read = files.lines.some(({ path }) => path === config) || !files.absent.includes(config);
  return { isThere: read || settings.length > 0, settings: settings.slice(-settingsMax), pyxis: pyxisOf(files) };
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  return (/^(["'])(.*)\1$/.exec(trimmed)?.[2] ?? trimmed).slice(0, 200);
}

function pyxisOf(files: ReadFiles): Reading['pyxis'] {
  const active = files.lines.filter(({ value }) => value !== '' && !value.startsWith('#'));
  const ofPyxis = active.filter(({ path }) => path === pyxisFile);
  const main = active.filter(({ path }) => path === plugstack);
  const loads = (lines: typeof active) => lines.some(({ value }) => /^(?:required|optional)\s.*pyxis/.test(value));
  // include /etc/slurm/plugstack.conf.d/* · include plugstack.conf.d/*.conf · include /etc/slurm/plugstack.conf.d/pyxis.conf
  const includes = main.some(({ value }) => /^include\s.*(?:plugstack\.conf\.d\/|pyxis)/.test(value));
  if (loads(main) || (includes && loads(ofPyxis))) return 'loaded';
  // Slurm may be told to read another file; where this one is not, it does.
  return loads(ofPyxis) && !files.absent.includes(plugstack) ? 'not-loaded' : 'unknown';
}

function valueOf({ settings }: Reading, name: string): Setting | undefined {
  return settings.findLast((one) => one.name === name);
}

// As the hooks themselves decide.
const isNone = (value: string) => value === 'void' || value === 'none' || value === '';
const isNo = (value: string) => /^(?:no?|N[oO]?|[fF](?:alse)?|FALSE|)$/.test(value);

function judge(reading: Reading): readonly ProbeFinding[] {
  const shown = (kind: FindingKind, { name, value, line }: Setting): ProbeFinding => ({
    kind: kind.id,
    text: `${name} ${value}`,
    line,
    values: { setting: name, value },
  });
  const [gpus, rdma, restricts] = [gpuDevices, rdmaDevices, restrict].map((name) => valueOf(reading, name));
  return [
    ...(gpus !== undefined && isNone(gpus.value) ? [shown(gpusHidden, gpus)] : []),
    ...(restricts === undefined || isNo(restricts.value)
      ? []
      : rdma === undefined
        ? [shown(rdmaNotAsked, restricts)]
        : isNone(rdma.value)
          ? [shown(rdmaHidden, rdma)]
          : []),
    ...(reading.pyxis === 'not-loaded'
      ? [{ kind: notLoaded.id, text: `${plugstack} does not include ${pyxisFile}` }]
      : []),
  ];
}
