import type { Knowledge } from '../../../kb/reasoning/knowledge.ts';
import { inventorySchema, type Inventory } from '../../../kb/schemas/inventory.ts';
import type { EvidenceRef } from '../../../workflows/domain/evidence.ts';
import { PortError, type EvidenceStore, type LogStore } from '../../ports.ts';
import { bundleNames, type BundleFiles } from '../bundle.ts';
import { placeOf, type Manifest } from '../manifest.ts';
import { sha256Of } from '../sha256.ts';

/** What activities find when they run again: the recorded evidence and nothing else. What they write stays in memory. */
export interface RecordedWorld {
  readonly evidence: EvidenceStore;
  readonly logs: (bucket: string) => LogStore;
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly knowledge: Knowledge;
  /** The bytes of recorded evidence, or of what was derived again; `null` when neither is here. */
  readonly bytesOf: (sha256: string) => Uint8Array | null;
}

export function recordedWorld(files: BundleFiles, manifest: Manifest, knowledge: Knowledge): RecordedWorld {
  const derived = new Map<string, Uint8Array>();
  const bytesOf = (sha256: string) => files.get(bundleNames.evidence(sha256)) ?? derived.get(sha256) ?? null;
  const inventory = readInventory(files);
  const places = new Map(manifest.evidence.map((ref) => [placeOf(ref), ref]));
  return {
    bytesOf,
    knowledge,
    inventories: new Map(inventory === null ? [] : [[inventory.cluster, inventory]]),
    evidence: {
      async put(kind, _cluster, bytes) {
        const sha256 = sha256Of(bytes);
        derived.set(sha256, bytes.slice());
        const id = `ev_${sha256.slice(0, 24)}`;
        return { id, kind, bucket: 'derived', key: sha256, sha256, bytes: bytes.length };
      },
      get: async (ref) => recordedBytes(ref, bytesOf),
    },
    logs: (bucket) => ({
      list: async () => ({ objects: [], truncated: false }),
      async read({ key, versionId }) {
        const place = placeOf({ bucket, key, ...(versionId === undefined ? {} : { versionId }) });
        const ref = places.get(place);
        if (ref === undefined) throw new PortError('not-found', `log ${bucket}/${key} is not in the manifest`);
        return recordedBytes(ref, bytesOf);
      },
    }),
  };
}

/** Read by hash: bytes of another hash are refused, whatever the name of their file. */
function recordedBytes(ref: EvidenceRef, bytesOf: RecordedWorld['bytesOf']): Uint8Array {
  const bytes = bytesOf(ref.sha256);
  if (bytes === null) throw new PortError('not-found', `${ref.kind} ${ref.id} is not here`);
  if (sha256Of(bytes) !== ref.sha256)
    throw new PortError('tampered', `${ref.kind} ${ref.id} has other bytes than its hash`);
  return bytes;
}

function readInventory(files: BundleFiles): Inventory | null {
  const bytes = files.get('inventory.json');
  if (bytes === undefined) return null;
  try {
    return inventorySchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    // An inventory of another version: what needs one is not checked.
    return null;
  }
}
