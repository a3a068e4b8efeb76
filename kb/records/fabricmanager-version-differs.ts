import type { KnowledgeRecord } from '../schemas/record.ts';

export const fabricmanagerVersionDiffers: KnowledgeRecord = {
  problemkey: 'cuda-802-fabric-manager-version',
  rawtext:
    'CUDA reported `system not yet initialized` (error 802) on NVSwitch GPUs although nvidia-smi listed all of them. Driver and toolkit had been changed several times and the fabric manager had stayed at another version. Removing it, installing the version of the driver and rebooting cured it.',
  function:
    'systemctl status nvidia-fabricmanager: failed or inactive if the cause is present (its log says that its version does not match the driver), active if not.',
  result: 'The fabric manager\'s version did not match the driver, so it did not run.',
  category: 'fabricmanager-not-running',
  remedy: 'Install the fabric manager of exactly the driver version and start it.',
  signals: ['system not yet initialized', 'error 802', 'cudaErrorSystemNotReady', 'nvidia-fabricmanager', 'fabricmanager.service.not-active'],
  not_this_if: ['the GPUs have no NVSwitch', 'the fabric manager is active and of the driver version'],
  source: 'https://github.com/ollama/ollama/issues/12136',
  probes: ['fabricmanager.active'],
};
