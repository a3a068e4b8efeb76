import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/#device-node-verification';

const noDriver: FindingKind = {
  id: 'device.nodes.driver-missing',
  summary: 'the device files of the driver are missing: it is not loaded, or nobody made them',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 3, 'gpu-fell-off-bus': 1, 'container-toolkit-misconfig': 1 },
  source,
};
const noUvm: FindingKind = {
  id: 'device.nodes.uvm-missing',
  summary: 'the device file of unified memory is missing, without which no CUDA program starts',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 3.5, 'container-toolkit-misconfig': 1.5 },
  source: 'https://github.com/NVIDIA/gpu-operator/issues/2685',
};
const closed: FindingKind = {
  id: 'device.nodes.not-permitted',
  summary: 'a device file of the driver cannot be opened by ordinary users',
  role: 'cause',
  weighs: { 'permission-misconfig': 3 },
  source: 'https://download.nvidia.com/XFree86/Linux-x86_64/550.90.07/README/faq.html (NVreg_DeviceFileMode)',
};
const there: FindingKind = {
  id: 'device.nodes.there',
  summary: 'the device files of the driver are there and open to all users',
  role: 'clean',
  weighs: { 'driver-version-mismatch': -1, 'permission-misconfig': -0.7 },
  source,
};
const kinds = [noDriver, noUvm, closed, there];

const noArgs = z.object({});
const asked = ['/dev/nvidia0', '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools', '/dev/nvidia-caps'];

interface Node {
  readonly path: string;
  readonly mode: string;
  readonly line: number;
}
interface Reading {
  readonly nodes: readonly Node[];
  readonly missing: readonly string[];
}

/** Whether the driver's device files are there, on the node itself. */
export const deviceNodes: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'device.nodes',
  platform: 'nvidia-linux',
  summary: 'device files of the NVIDIA driver on the node, and who may open them',
  question: 'Are the device files of the driver there, and may the users of the node open them?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 16 * 1024,
  args: noArgs,
  argv: () => ['ls', '-l', ...asked],
  parse(output) {
    requireTool(output, 'ls');
    const missing = asked.filter((path) => new RegExp(`${path}'?: No such file or directory`).test(output.stderr));
    const nodes = numberedLines(output).flatMap(({ text, line }) => nodeOf(text, line));
    const named = new Set([...missing, ...nodes.map(({ path }) => path)]);
    // A folder (nvidia-caps) has a heading and its own rows; every other path has a row or a complaint.
    const silent = asked.filter((path) => !path.endsWith('-caps') && !named.has(path));
    if (output.exitCode === null || silent.length > 0)
      throw new ProbeParseError(`ls says nothing of ${silent.join(', ')}`);
    return { nodes, missing };
  },
  outcomes: kinds,
  meaning: (reading) =>
    orClean(judge(reading), kinds, { kind: there.id, text: `${reading.nodes.length} device files of the driver` }),
};

function nodeOf(text: string, line: number): readonly Node[] {
  if (/^(total \d+|\/dev\/nvidia-caps:)$/.test(text)) return [];
  const match = /^([bcdl-][rwxsStT-]{9}[.+@]?) +\d+ +\S+ +\S+ +\d+(?:, +\d+)? +\S.* (\/?[\w./-]+)$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a row of ls -l`);
  const [, mode = '', name = ''] = match;
  return [{ path: name.startsWith('/') ? name : `/dev/nvidia-caps/${name}`, mode, line }];
}

function judge({ nodes, missing }: Reading): readonly ProbeFinding[] {
  const main = missing.filter((path) => path === '/dev/nvidia0' || path === '/dev/nvidiactl');
  const found: ProbeFinding[] = [];
  if (main.length > 0)
    found.push({ kind: noDriver.id, text: `${main.join(' and ')} missing`, values: { missing: main.join(', ') } });
  else if (missing.includes('/dev/nvidia-uvm'))
    found.push({ kind: noUvm.id, text: '/dev/nvidia-uvm is missing', values: { missing: '/dev/nvidia-uvm' } });
  for (const { path, mode, line } of nodes)
    // Capabilities are for administrators by design; the others are for everybody (NVreg_DeviceFileMode is 0666).
    if (!path.startsWith('/dev/nvidia-caps') && mode.startsWith('c') && mode.slice(7, 9) !== 'rw')
      found.push({ kind: closed.id, text: `${path} has mode ${mode}`, line, values: { path, mode } });
  return found;
}
