import { printed, type ProbeCases } from '../probe-case.ts';
import { csv, eight, eightGpus, instead, notSmi, smiTroubles } from './gpu-node.ts';

const smi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html (--help-query-gpu)';
const thread = 'https://github.com/NVIDIA/nvidia-docker/issues/1648 (identity columns, driver 525)';

export const gpuComputeModeCases: ProbeCases = {
  faulty: [
    {
      name: 'one GPU that nobody may use',
      source: smi,
      output: csv((index) => instead(index, 5, 'Prohibited', 'Default')),
      node: eightGpus,
      means: ['gpu.compute-mode.prohibited gpu 5'],
    },
    {
      name: 'libraries of another driver than the module',
      source: thread,
      output: smiTroubles.mismatch,
      means: ['gpu.driver.version-mismatch'],
    },
  ],
  healthy: [
    { name: 'all shared', source: smi, output: csv(() => 'Default'), means: ['gpu.compute-mode.default'] },
    {
      name: 'one process a GPU is a setting',
      source: smi,
      output: csv((index) => instead(index, 0, 'Exclusive_Process', 'Default')),
      means: ['gpu.compute-mode.exclusive gpu 0', 'gpu.compute-mode.default'],
    },
    {
      name: 'the word of old drivers',
      source: smi,
      output: csv((index) => instead(index, 0, 'Exclusive_Thread', '[Not Supported]')),
      means: ['gpu.compute-mode.exclusive gpu 0', 'gpu.compute-mode.default'],
    },
    {
      name: 'a warning about a board beside the reading',
      source: 'https://github.com/Azure/azhpc-diagnostics/pull/40',
      output: printed(`${csv(() => 'Default').stdout}WARNING: infoROM is corrupted at gpu 0000:4D:00.0\n`),
      node: eightGpus,
      means: ['gpu.inforom.corrupt gpu 3', 'gpu.compute-mode.default'],
    },
  ],
  garbage: [...notSmi, csv(() => ''), csv(() => 'Default, Default'), csv(() => '; reboot')],
};

export const gpuMigCases: ProbeCases = {
  faulty: [
    {
      name: 'one GPU cut into slices',
      source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html',
      output: csv((index) => instead(index, 2, 'Enabled, Enabled', 'Disabled, Disabled')),
      means: ['gpu.mig.on-among-others gpu 2'],
    },
    {
      name: 'a change that waits for a reset',
      source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html',
      output: csv((index) => instead(index, 7, 'Disabled, Enabled', 'Disabled, Disabled')),
      means: ['gpu.mig.pending gpu 7'],
    },
    { name: 'no GPU at all', source: thread, output: smiTroubles.none, means: ['gpu.device.none-found'] },
  ],
  healthy: [
    { name: 'whole GPUs', source: smi, output: csv(() => 'Disabled, Disabled'), means: ['gpu.mig.off'] },
    { name: 'boards without slices', source: smi, output: csv(() => '[N/A], [N/A]'), means: ['gpu.mig.off'] },
    {
      name: 'slices everywhere are a decision',
      source: smi,
      output: csv(() => 'Enabled, Enabled'),
      means: [...Array.from({ length: 8 }, (_one, index) => `gpu.mig.on-everywhere gpu ${index}`), 'gpu.mig.off'],
    },
  ],
  garbage: [...notSmi, csv(() => 'Disabled')],
};

export const gpuPersistenceCases: ProbeCases = {
  faulty: [{ name: 'no GPU at all', source: thread, output: smiTroubles.none, means: ['gpu.device.none-found'] }],
  healthy: [
    { name: 'on', source: smi, output: csv(() => 'Enabled'), means: ['gpu.persistence.on'] },
    {
      name: 'off on one GPU is no fault',
      source: 'https://docs.nvidia.com/deploy/driver-persistence/index.html',
      output: csv((index) => instead(index, 4, 'Disabled', 'Enabled')),
      means: ['gpu.persistence.off gpu 4', 'gpu.persistence.on'],
    },
  ],
  garbage: [...notSmi, csv(() => 'Enabled, 1')],
};

const board = '92.00.9E.00.03, G506.0212.00.02, 550.90.07, NVIDIA A800-SXM4-80GB';

export const gpuVbiosCases: ProbeCases = {
  faulty: [
    {
      name: 'a lost GPU',
      source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/69',
      output: smiTroubles.lost,
      node: eightGpus,
      means: ['gpu.device.unreachable gpu 2'],
    },
  ],
  healthy: [
    { name: 'all alike', source: smi, output: csv(() => board), means: ['gpu.vbios.alike'] },
    {
      name: 'a board with an older VBIOS and infoROM',
      source: 'DGX A100 with 92.00.36.00.04 and G506.0200.00.04 (nvidia-smi -q of driver 535.129.03)',
      output: csv((index) =>
        instead(index, 6, '92.00.36.00.04, G506.0200.00.04, 550.90.07, NVIDIA A800-SXM4-80GB', board),
      ),
      means: ['gpu.vbios.differs-from-siblings gpu 6', 'gpu.vbios.differs-from-siblings gpu 6', 'gpu.vbios.alike'],
    },
    {
      name: 'another model among them',
      source: smi,
      output: csv((index) => instead(index, 1, '96.00.89.00.01, [N/A], 550.90.07, NVIDIA H100 80GB HBM3', board)),
      means: ['gpu.vbios.model-differs gpu 1', 'gpu.vbios.alike'],
    },
    {
      name: 'a board that does not say',
      source: smi,
      output: csv(() => '[N/A], [N/A], 550.90.07, NVIDIA A800-SXM4-80GB'),
      means: ['gpu.vbios.alike'],
    },
  ],
  garbage: [
    ...notSmi,
    csv(() => '92.00.9E.00.03, G506.0212.00.02, 550.90.07'),
    printed(eight((index) => `${index}, ${board}\n`)),
  ],
};
