import type { FindingKind } from '../schemas/finding-kind.ts';
import { gpuQueryProbe } from './gpu-query-probe.ts';
import { gpuDevice } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html';

const uncorrectable: FindingKind = {
  id: 'gpu.ecc.uncorrectable-volatile',
  summary: 'uncorrectable memory errors since the driver was loaded',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 5 },
  source,
};
const earlier: FindingKind = {
  id: 'gpu.ecc.uncorrectable-earlier',
  summary: 'uncorrectable memory errors in the life of the board, none since the driver was loaded',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.5 },
  source,
};
const normal: FindingKind = {
  id: 'gpu.ecc.no-uncorrectable',
  summary: 'no uncorrectable memory error since the driver was loaded',
  role: 'clean',
  weighs: { 'gpu-ecc-uncorrectable': -4 },
  source,
};

/** ECC counters of the present driver load, and of the board's life. */
export const gpuEcc = gpuQueryProbe({
  id: 'gpu.ecc',
  summary: 'corrected and uncorrectable memory errors of every GPU',
  aspect: 'correctness',
  fields: [
    'ecc.errors.corrected.volatile.total',
    'ecc.errors.uncorrected.volatile.total',
    'ecc.errors.uncorrected.aggregate.total',
  ],
  kinds: [uncorrectable, earlier, normal],
  judge: (rows) =>
    rows.flatMap((row) => {
      const now = row.values['ecc.errors.uncorrected.volatile.total'] ?? 0;
      const ever = row.values['ecc.errors.uncorrected.aggregate.total'] ?? 0;
      if (now === 0 && ever === 0) return [];
      return [
        {
          kind: now > 0 ? uncorrectable.id : earlier.id,
          device: gpuDevice(row),
          text: `${now} uncorrectable memory errors since the driver was loaded, ${ever} in the life of the board`,
          line: row.line,
          values: {
            uncorrectableVolatile: now,
            uncorrectableAggregate: ever,
            correctedVolatile: row.values['ecc.errors.corrected.volatile.total'] ?? 0,
          },
        },
      ];
    }),
  clean: (rows) => ({
    kind: normal.id,
    text: `no uncorrectable memory error on ${rows.length} GPUs since the driver was loaded`,
  }),
});
