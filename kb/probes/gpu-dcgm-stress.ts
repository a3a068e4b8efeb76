import { z } from 'zod';
import { dcgmDiagProbe, passedUnderLoad } from './dcgm-diag-probe.ts';

/**
 * The second level of DCGM's diagnostic: PCIe, memory, bandwidth. Below two minutes by its guide; the third takes up to
 * thirty, which is a maintenance job and no probe.
 */
export const gpuDcgmStress = dcgmDiagProbe({
  id: 'gpu.dcgm-stress',
  summary:
    'the second level of DCGM’s diagnostic, which loads every GPU: PCIe, memory and bandwidth; needs a node without jobs',
  question: 'Do PCIe, memory and bandwidth of the GPUs pass DCGM’s diagnostic under load?',
  impact: 'load',
  costMs: 90_000,
  timeoutMs: 120_000,
  args: z.object({ level: z.literal(2).default(2) }),
  clean: passedUnderLoad,
});
