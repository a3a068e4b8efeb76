import type { FindingKind } from '../schemas/finding-kind.ts';
import { gpuSettingProbe } from './gpu-setting-probe.ts';
import { gpuDevice } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/driver-persistence/index.html';

const off: FindingKind = {
  id: 'gpu.persistence.off',
  summary:
    'persistence mode is off: the driver unloads a GPU between programs, which loses its settings and delays starts',
  role: 'context',
  weighs: {},
  source,
};
const on: FindingKind = {
  id: 'gpu.persistence.on',
  summary: 'the driver keeps the state of every GPU',
  role: 'clean',
  weighs: {},
  source,
};

/** Persistence mode of every GPU. Off is no fault by itself: clocks, limits and volatile counters are lost between jobs. */
export const gpuPersistence = gpuSettingProbe({
  id: 'gpu.persistence',
  summary: 'persistence mode of every GPU',
  question: 'Does the driver keep the state of every GPU when no program uses it?',
  fields: ['persistence_mode'],
  kinds: [off, on],
  judge: (rows) =>
    rows
      .filter((row) => row.values['persistence_mode'] === 'Disabled')
      .map((row) => ({
        kind: off.id,
        device: gpuDevice(row),
        text: 'persistence mode is off',
        line: row.line,
        values: { persistenceMode: 'Disabled' },
      })),
  clean: (rows) => ({
    kind: on.id,
    text: `persistence mode of ${rows.length} GPUs read, which is no fault either way`,
  }),
});
