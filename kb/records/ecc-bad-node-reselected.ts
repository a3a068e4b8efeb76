import type { KnowledgeRecord } from '../schemas/record.ts';

export const eccBadNodeReselected: KnowledgeRecord = {
  problemkey: 'ecc-uncorrectable-same-node-again',
  rawtext:
    'GPU jobs failed now and then at their very first CUDA call with `CUDA_ERROR_ECC_UNCORRECTABLE` (error 214, `uncorrectable ECC error encountered`). All failures were on one node; healthy nodes passed and reruns on the bad one did not help. The scheduler did not know about GPU health and kept placing jobs there. PMIX permission errors in the same logs were harmless and stood in passing runs too.',
  function:
    'nvidia-smi -q -d ECC on the suspected node: uncorrectable volatile count above zero if the cause is present, zero on a healthy one; creating a CUDA context fails with 214 only there.',
  result: 'Uncorrectable memory errors of one node\'s GPU; excluding the node ended the failures.',
  category: 'gpu-ecc-uncorrectable',
  remedy:
    'Take the node out of the scheduler, reset the GPU or replace it after checking row remapping.',
  signals: ['CUDA_ERROR_ECC_UNCORRECTABLE', 'error 214', 'uncorrectable ECC error encountered', 'gpu.ecc.uncorrectable-volatile', 'Xid 48'],
  not_this_if: ['uncorrectable counts are zero and a CUDA context can be made on the node'],
  source: 'https://github.com/MFlowCode/MFC/pull/1750',
  probes: ['gpu.ecc', 'gpu.row-remap'],
};
