import { createHash } from 'node:crypto';
import { PortError, type EvidenceStore, type LogObject, type LogStore } from '../../activities/ports.ts';
import { evidenceKey, type EvidenceWriter } from '../../kb/schemas/evidence-keys.ts';

/** Evidence in memory, with the port's promises: written once, hash checked on every read. */
export function memoryEvidence(writer: EvidenceWriter = 'orchestrator'): EvidenceStore & {
  readonly objects: Map<string, Uint8Array>;
} {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    async put(kind, cluster, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const key = evidenceKey(writer, cluster, kind, sha256);
      if (!objects.has(key)) objects.set(key, bytes.slice());
      return { id: `ev_${sha256.slice(0, 24)}`, kind, bucket: 'evidence', key, sha256, bytes: bytes.length };
    },
    async get(ref) {
      const bytes = objects.get(ref.key);
      if (bytes === undefined) throw new PortError('not-found', `reading evidence ${ref.key}`);
      if (createHash('sha256').update(bytes).digest('hex') !== ref.sha256)
        throw new PortError('tampered', `evidence ${ref.id} has other bytes`);
      return bytes.slice();
    },
  };
}

/**
 * Raw logs in memory. A key with `unreachable` in it is listed and then cannot be read, one with `vanished` is gone
 * by then; a listing stops at its bound and says so.
 */
export function memoryLogs(
  files: Readonly<Record<string, string | Uint8Array>>,
  bucket = 'logs',
): LogStore & {
  readonly listed: string[];
} {
  const listed: string[] = [];
  const objects = Object.entries(files)
    .map(([key, content]) => ({
      key,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return {
    listed,
    async list(prefix, { objectsMax }) {
      listed.push(prefix);
      const found = objects.filter(({ key }) => key.startsWith(prefix));
      return {
        objects: found.slice(0, objectsMax).map(({ key, bytes }): LogObject => ({
          bucket,
          key,
          bytes: bytes.length,
          lastModifiedMs: 0,
          versionId: `v-${key.length}`,
        })),
        truncated: found.length > objectsMax,
      };
    },
    async read({ key }, { bytesMax }) {
      if (key.includes('unreachable')) throw new PortError('unreachable', `reading log ${key}`);
      const found = objects.find((object) => object.key === key);
      if (found === undefined || key.includes('vanished')) throw new PortError('not-found', `reading log ${key}`);
      if (found.bytes.length > bytesMax) throw new PortError('too-large', `reading log ${key}`);
      return found.bytes.slice();
    },
  };
}
