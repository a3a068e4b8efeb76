import type { ProbeCases } from '../probe-case.ts';
import { measureGemmCases, measureHbmCases, measurePcieCases } from './measure-gpu.ts';
import { measureNcclPairwiseCases, measureNcclRingCases } from './measure-nccl.ts';
import { measureIbCases, measureStorageCases } from './measure-node.ts';
import { measureNvlinkCases } from './measure-nvlink.ts';

export const measureCases: Readonly<Record<string, ProbeCases>> = {
  'measure.gemm': measureGemmCases,
  'measure.hbm-bandwidth': measureHbmCases,
  'measure.pcie-bandwidth': measurePcieCases,
  'measure.nvlink-bandwidth': measureNvlinkCases,
  'measure.nccl-ring': measureNcclRingCases,
  'measure.nccl-pairwise': measureNcclPairwiseCases,
  'measure.ib-write-bw': measureIbCases,
  'measure.storage': measureStorageCases,
};
