import type { EvidenceKind } from '../../workflows/domain/evidence.ts';

/**
 * Who writes evidence. The first part of the key, so that a process whose credentials are put-only under its
 * prefix can write nowhere else (design.md section 4).
 */
export type EvidenceWriter = 'orchestrator' | 'logs' | 'probes' | 'remediation' | 'model';

/** `evidence/<writer>/<cluster>/<kind>/<first two hex>/<sha256>`: the content hash is the name, written once. */
export function evidenceKey(writer: EvidenceWriter, cluster: string, kind: EvidenceKind, sha256: string): string {
  return `evidence/${writer}/${cluster}/${kind}/${sha256.slice(0, 2)}/${sha256}`;
}
