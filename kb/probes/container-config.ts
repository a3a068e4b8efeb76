import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html';

const noCgroups: FindingKind = {
  id: 'container.config.no-cgroups',
  summary:
    'the container runtime does not let containers use the GPU devices that it mounts: right for rootless containers only',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 2.2, 'cgroup-device-loss': 1.2 },
  source: `${source}#rootless-mode`,
};
const otherRoot: FindingKind = {
  id: 'container.config.other-root',
  summary:
    'the container runtime takes the driver from another place than the root of the node: right with a driver container only',
  role: 'context',
  weighs: { 'container-toolkit-misconfig': 0.4, 'driver-version-mismatch': 0.4 },
  source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/572',
};
const modulesOff: FindingKind = {
  id: 'container.config.modules-not-loaded',
  summary:
    'the container runtime does not load the driver’s modules, so the first container after a boot may lack them',
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 1, 'driver-version-mismatch': 0.7 },
  source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/572',
};
const usual: FindingKind = {
  id: 'container.config.usual',
  summary: 'the container runtime is configured as it is installed',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.7 },
  source,
};
const kinds = [noCgroups, otherRoot, modulesOff, usual];

const noArgs = z.object({});

interface Entry {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}
interface Reading {
  readonly entries: readonly Entry[];
}

const entriesMax = 200;

/** How the NVIDIA container runtime is configured. */
export const containerConfig: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'container.config',
  platform: 'nvidia-linux',
  summary: 'settings of the NVIDIA container runtime that decide which devices and driver containers get',
  question: 'Is the NVIDIA container runtime configured to hand out devices and driver of this node?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 64 * 1024,
  args: noArgs,
  argv: () => ['cat', '/etc/nvidia-container-runtime/config.toml'],
  parse: (output) => ({ entries: entriesOf(requiredLines(output, 'cat', 'any')) }),
  outcomes: kinds,
  meaning({ entries }) {
    const valueOf = (name: string) => entries.find((one) => one.name === name);
    const seen = [
      ...when(noCgroups, valueOf('nvidia-container-cli.no-cgroups'), (value) => value === 'true'),
      ...when(otherRoot, valueOf('nvidia-container-cli.root'), (value) => value !== '' && value !== '/'),
      ...when(modulesOff, valueOf('nvidia-container-cli.load-kmods'), (value) => value === 'false'),
    ];
    return orClean(seen, kinds, { kind: usual.id, text: `${entries.length} settings, none that takes devices away` });
  },
};

/** Tables, plain values and comments of TOML, which is what the file holds; `table.name` for each value on one line. */
function entriesOf(lines: readonly { readonly text: string; readonly line: number }[]): readonly Entry[] {
  const entries: Entry[] = [];
  const tables: string[] = [];
  let open = false;
  for (const { text, line } of lines) {
    const trimmed = text.trim();
    const head = /^\[{1,2}([\w."-]{1,120})\]{1,2}(?: *#.*)?$/.exec(trimmed);
    const entry = /^([\w"-]{1,80}) *= *(.+)$/.exec(trimmed);
    if (open) open = !trimmed.startsWith(']');
    else if (head !== null) tables.push(head[1] ?? '');
    else if (entry !== null) {
      const value = (entry[2] ?? '').replace(/^"([^"]*)".*$/, '$1').replace(/ +#.*$/, '');
      open = value.startsWith('[') && !value.includes(']');
      entries.push({ name: [...tables.slice(-1), entry[1] ?? ''].join('.'), value: value.slice(0, 200), line });
    } else if (!trimmed.startsWith('#')) throw new ProbeParseError(`line ${line}: not a line of config.toml`);
  }
  // What is judged stands in the first of its tables, so the next one shows that nothing of it was cut off.
  const at = tables.indexOf('nvidia-container-cli');
  if (at < 0 || at === tables.length - 1)
    throw new ProbeParseError('no table [nvidia-container-cli] with another one below');
  return entries.slice(0, entriesMax);
}

function when(kind: FindingKind, entry: Entry | undefined, wrong: (value: string) => boolean): readonly ProbeFinding[] {
  if (entry === undefined || !wrong(entry.value)) return [];
  return [
    {
      kind: kind.id,
      text: `${entry.name} = ${entry.value}`,
      line: entry.line,
      values: { setting: entry.name, value: entry.value },
    },
  ];
}
