import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { gpuSettingProbe, usual } from './gpu-setting-probe.ts';
import { gpuDevice, type GpuCells } from './nvidia-smi.ts';
import { vbiosNumber } from './version-numbers.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (VBIOS Version, Inforom Version)';

const differs: FindingKind = {
  id: 'gpu.vbios.differs-from-siblings',
  summary:
    'a GPU of the same model runs another VBIOS or infoROM image than its siblings: exchanged, or left out of an update',
  role: 'context',
  weighs: { 'gpu-driver-bug': 0.5, 'gpu-clock-throttle': 0.3 },
  source,
};
const otherModel: FindingKind = {
  id: 'gpu.vbios.model-differs',
  summary: 'a GPU is of another model than its siblings on the node',
  role: 'context',
  weighs: { 'gpu-clock-throttle': 0.4 },
  source,
};
const alike: FindingKind = {
  id: 'gpu.vbios.alike',
  summary: 'all GPUs of the node are of one model with the same VBIOS',
  role: 'clean',
  weighs: { 'gpu-driver-bug': -0.1 },
  source,
};

const fields = ['vbios_version', 'inforom.img', 'driver_version', 'name'] as const;
type Row = GpuCells<(typeof fields)[number], string>;

/** Model, VBIOS and infoROM image of every GPU, and the driver that they run under. */
export const gpuVbios = gpuSettingProbe({
  id: 'gpu.vbios',
  summary: 'model, VBIOS, infoROM image and driver of every GPU',
  question: 'Do the GPUs run the same VBIOS, and which driver drives them?',
  fields,
  kinds: [differs, otherModel, alike],
  judge(rows) {
    const model = usual(rows.map((row) => row.values.name));
    const sameModel = rows.filter((row) => row.values.name === model);
    return [
      ...rows.filter((row) => row.values.name !== model).map((row) => finding(row, otherModel, 'name', model)),
      ...(['vbios_version', 'inforom.img'] as const).flatMap((field) => {
        const common = usual(sameModel.map((row) => row.values[field]));
        return sameModel
          .filter((row) => row.values[field] !== common)
          .map((row) => finding(row, differs, field, common));
      }),
    ];
  },
  clean: (rows) => ({
    kind: alike.id,
    text: `${rows.length} GPUs with VBIOS ${usual(rows.map((row) => row.values['vbios_version'])) ?? 'unknown'}`,
    values: {
      vbios: usual(rows.map((row) => row.values['vbios_version'])) ?? 'unknown',
      driver: usual(rows.map((row) => row.values['driver_version'])) ?? 'unknown',
    },
  }),
  siblings: {
    numbers: ({ rows }) =>
      rows.flatMap((row) => {
        const value = vbiosNumber(row.values['vbios_version'] ?? '');
        return value === null
          ? []
          : [{ name: 'vbios', value, unit: 'version', device: gpuDevice(row), line: row.line }];
      }),
    rules: [{ name: 'vbios', side: 'both', relative: 0, absolute: 0.5, source }],
    words: ({ rows }) =>
      rows.flatMap((row) =>
        (['vbios_version', 'inforom.img'] as const).flatMap((field) => {
          const value = row.values[field];
          return value === null
            ? []
            : [{ name: labels[field], value, group: row.values.name ?? '', device: gpuDevice(row), line: row.line }];
        }),
      ),
    kind: differs,
  },
});

function finding(row: Row, kind: FindingKind, field: (typeof fields)[number], common: string | null): ProbeFinding {
  const own = row.values[field] ?? 'none';
  return {
    kind: kind.id,
    device: gpuDevice(row),
    text: `${labels[field]} ${own}, siblings ${common ?? 'none'}`,
    line: row.line,
    values: { own, siblings: common ?? 'none' },
  };
}

const labels: Readonly<Record<(typeof fields)[number], string>> = {
  vbios_version: 'VBIOS',
  'inforom.img': 'infoROM image',
  driver_version: 'driver',
  name: 'model',
};
