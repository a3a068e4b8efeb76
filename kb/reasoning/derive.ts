import type { Finding } from '../../workflows/domain/finding.ts';
import { findingId } from '../logs/fold.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

/**
 * A finding that is made from others. It stands where the one that tells most was read, and not on that line itself, which is
 * evidence of its own.
 * @param what Tells it from others of its kind.
 */
export function derive(
  kind: FindingKind,
  what: string,
  { range: { evidenceId, source } }: Pick<Finding, 'range'>,
  told: Pick<Finding, 'text' | 'node' | 'device' | 'atMs' | 'values'>,
): Finding {
  const range = { evidenceId, source };
  return { id: findingId(kind.id, what, range), kind: kind.id, role: kind.role, count: 1, range, ...told };
}
