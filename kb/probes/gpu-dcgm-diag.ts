import { z } from 'zod';
import { dcgmDiagProbe, passedLightly } from './dcgm-diag-probe.ts';

/** The first level of DCGM's diagnostic: software, settings, memory rows. It takes seconds and runs beside a job. */
export const gpuDcgmDiag = dcgmDiagProbe({
  id: 'gpu.dcgm-diag',
  summary: 'the first level of DCGM’s diagnostic: libraries, settings, retired pages and remapped rows',
  question: 'Does the short diagnostic of DCGM find fault with the software or the boards?',
  impact: 'light',
  costMs: 8_000,
  timeoutMs: 45_000,
  args: z.object({ level: z.literal(1).default(1) }),
  clean: passedLightly,
});
