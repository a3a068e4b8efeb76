import { createHash } from 'node:crypto';
import { PortError, type EvidenceStore } from '../../../../activities/ports.ts';
import { evidenceKey } from '../../../../kb/schemas/evidence-keys.ts';

/** More than the logs, metrics and answers of one incident of ten nodes; a case that needs more has gone wrong. */
const bytesMax = 1024 * 1024 * 1024;

/** The evidence of one incident, kept for as long as somebody holds the store. */
export function memoryEvidence(): EvidenceStore {
  const objects = new Map<string, Uint8Array>();
  let held = 0;
  return {
    async put(kind, cluster, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const key = evidenceKey('orchestrator', cluster, kind, sha256);
      if (!objects.has(key)) {
        held += bytes.length;
        if (held > bytesMax)
          throw new PortError('too-large', `evidence of one incident holds more than ${bytesMax} bytes`);
        objects.set(key, bytes);
      }
      return { id: `ev_${sha256.slice(0, 24)}`, kind, bucket: 'evidence', key, sha256, bytes: bytes.length };
    },
    async get(ref) {
      const bytes = objects.get(ref.key);
      if (bytes === undefined) throw new PortError('not-found', `reading evidence ${ref.key}`);
      return bytes;
    },
  };
}
