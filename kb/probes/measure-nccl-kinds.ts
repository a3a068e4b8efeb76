import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import type { RanReport } from './measure-probe.ts';
import { ncclFailedCheck, ncclRows } from './nccl-tests.ts';

/** Sums that come out wrong on an idle node: memory, links, or the library. */
export const wrongValues: FindingKind = {
  id: 'measure.nccl.wrong-values',
  summary: 'a collective gave wrong values',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2, 'gpu-ecc-uncorrectable': 1.5, 'nvlink-fabric-error': 1.5, 'nccl-bug': 1 },
  source: 'https://github.com/NVIDIA/nccl-tests/issues/7',
};

export function wrongIn(lines: RanReport['lines']): readonly ProbeFinding[] {
  const row = ncclRows(lines).find(({ wrong }) => (wrong ?? 0) > 0);
  const check = ncclFailedCheck(lines);
  const values = Math.max(row?.wrong ?? 0, check?.values ?? 0);
  const line = row?.line ?? check?.line;
  if (values === 0 || line === undefined) return [];
  return [{ kind: wrongValues.id, text: `${values} values came out wrong`, line, values: { wrong: values } }];
}
