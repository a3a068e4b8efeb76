import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { highest, rowNumbers } from './gpu-numbers.ts';
import { busyUtilizationPercent, gpuQueryProbe } from './gpu-query-probe.ts';
import { gpuDevice, type GpuRow } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const narrow: FindingKind = {
  id: 'gpu.pcie.width-reduced',
  summary: 'the PCIe link of a GPU runs on fewer lanes than it has',
  role: 'cause',
  weighs: { 'host-hardware-fault': 3, 'gpu-fell-off-bus': 1 },
  source,
};
const slow: FindingKind = {
  id: 'gpu.pcie.generation-reduced',
  summary: 'the PCIe link of a busy GPU runs at a lower generation than it can',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.5, 'gpu-fell-off-bus': 0.7 },
  source,
};
const belowSiblings: FindingKind = {
  id: 'gpu.pcie.below-siblings',
  summary:
    'the PCIe link of a GPU can do less than those of its siblings: its slot or riser offers fewer lanes or less speed',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.5, 'gpu-fell-off-bus': 0.7 },
  source,
};
const normal: FindingKind = {
  id: 'gpu.pcie.normal',
  summary: 'PCIe links have all their lanes, and their speed where a GPU is busy',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.7, 'gpu-fell-off-bus': -1 },
  source,
};

const fields = [
  'pcie.link.gen.current',
  'pcie.link.gen.max',
  'pcie.link.width.current',
  'pcie.link.width.max',
  'utilization.gpu',
] as const;
type Row = GpuRow<(typeof fields)[number]>;

/** Width and generation of the PCIe links. An idle GPU may lower its generation to save power; the width never changes. */
export const gpuPcieLink = gpuQueryProbe({
  id: 'gpu.pcie-link',
  summary: 'PCIe width and generation of every GPU against what its slot can do',
  question: 'Is a GPU connected over a narrower or slower PCIe link than it can use?',
  aspect: 'performance',
  fields,
  kinds: [narrow, slow, belowSiblings, normal],
  judge: (rows, earlier) => highest(rows, earlier, ['pcie.link.gen.current']).flatMap(judge),
  clean: (rows) => ({ kind: normal.id, text: `PCIe links of ${rows.length} GPUs are at their width and generation` }),
  siblings: {
    numbers: ({ rows }) =>
      rowNumbers(rows, [
        { name: 'pcieLanes', unit: 'lanes', field: 'pcie.link.width.current' },
        { name: 'pcieGenerationMax', unit: 'generation', field: 'pcie.link.gen.max' },
      ]),
    // Both are whole numbers: half of one stands between equal and not.
    rules: [
      { name: 'pcieLanes', side: 'low', relative: 0, absolute: 0.5, source },
      { name: 'pcieGenerationMax', side: 'low', relative: 0, absolute: 0.5, source },
    ],
    kind: belowSiblings,
  },
  againAfterMs: 1_000,
});

function judge(row: Row): readonly ProbeFinding[] {
  const width = row.values['pcie.link.width.current'];
  const widthMax = row.values['pcie.link.width.max'];
  const generation = row.values['pcie.link.gen.current'];
  const generationMax = row.values['pcie.link.gen.max'];
  const device = gpuDevice(row);
  const found: ProbeFinding[] = [];
  if (width !== null && widthMax !== null && width < widthMax)
    found.push({
      kind: narrow.id,
      device,
      text: `PCIe link has ${width} of ${widthMax} lanes`,
      line: row.line,
      values: { pcieLanes: width, pcieLanesMax: widthMax },
    });
  const busy = (row.values['utilization.gpu'] ?? 0) >= busyUtilizationPercent;
  if (busy && generation !== null && generationMax !== null && generation < generationMax)
    found.push({
      kind: slow.id,
      device,
      text: `PCIe link at generation ${generation} of ${generationMax} under load`,
      line: row.line,
      values: { pcieGeneration: generation, pcieGenerationMax: generationMax },
    });
  return found;
}
