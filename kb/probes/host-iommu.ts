import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.kernel.org/admin-guide/abi-testing.html';

const active: FindingKind = {
  id: 'host.iommu.active',
  summary: 'an IOMMU is in use; whether it translates transfers of GPUs is a boot parameter',
  role: 'symptom',
  weighs: { 'acs-iommu-p2p-broken': 1 },
  source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/#supported-systems',
};
const off: FindingKind = {
  id: 'host.iommu.off',
  summary: 'no IOMMU is in use',
  role: 'clean',
  weighs: { 'acs-iommu-p2p-broken': -1.2 },
  source,
};
const unlike = unlikeSiblings('host.iommu', 'the number of IOMMUs in use', { 'acs-iommu-p2p-broken': 1.2 });

interface Reading {
  readonly units: readonly string[];
}

const unitsKeptMax = 256;

/** IOMMUs that the kernel uses. */
export const hostIommu: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.iommu',
  summary: 'IOMMUs that the kernel uses',
  question: 'Does an IOMMU stand between the GPUs and the network adapters?',
  aspect: 'performance',
  costMs: 40,
  outputBytesMax: 16_384,
  argv: () => ['ls', '/sys/class/iommu'],
  parse(output) {
    requireTool(output, 'ls');
    const lines = numberedLines(output);
    const odd = lines.find(({ text }) => !/^[A-Za-z][\w.:@-]{0,63}$/.test(text));
    if (odd !== undefined) throw new ProbeParseError(`line ${odd.line}: not the name of an IOMMU`);
    // A kernel that was built without IOMMUs has no such folder.
    const absent = lines.length === 0 && /No such file or directory$/m.test(output.stderr);
    if (output.exitCode !== 0 && !absent)
      throw new ProbeParseError(
        `ls ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
      );
    return { units: lines.map(({ text }) => text).slice(0, unitsKeptMax) };
  },
  outcomes: [active, off, unlike],
  meaning({ units }) {
    if (units.length === 0) return [{ kind: off.id, text: 'no IOMMU in use' }];
    const text = `${units.length} IOMMUs in use: ${units.slice(0, 4).join(', ')}`;
    return [{ kind: active.id, text, line: 1, values: { units: units.length } }];
  },
  siblings: {
    kind: unlike,
    numbers: ({ units }) => [{ name: 'units', value: units.length, unit: 'IOMMUs' }],
    rules: [{ name: 'units', side: 'both', relative: 0, absolute: 0, source: unlike.source }],
  },
};
