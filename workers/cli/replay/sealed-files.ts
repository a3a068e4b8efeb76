import pLimit from 'p-limit';
import { z } from 'zod';
import {
  archiveFolder,
  documentKey,
  manifestOfKey,
  runFolder,
  type ArchiveStore,
} from '../../../activities/audit/archive-store.ts';
import type { Assembled } from '../../../activities/audit/assemble.ts';
import { bundleNames, type BundleFiles } from '../../../activities/audit/bundle.ts';
import type { Remark } from '../../../activities/audit/check.ts';
import { readManifest, type Manifest } from '../../../activities/audit/manifest.ts';
import { PortError, type EvidenceStore } from '../../../activities/ports.ts';
import { evidenceKey } from '../../../kb/schemas/evidence-keys.ts';

/** A bundle that was put together, and what of it could not be had. */
export interface Gathered {
  readonly files: BundleFiles;
  readonly manifest: Manifest;
  readonly trouble: readonly Remark[];
}

export interface AuditStores {
  readonly archive: ArchiveStore;
  readonly evidence: EvidenceStore;
  readonly evidenceBucket: string;
}

const keysMax = 1000;
const readsAtOnceMax = 8;
const manifestBytesMax = 64 * 1024 * 1024;
const documentBytesMax = 64 * 1024 * 1024;

/** The runs of an incident that were archived. */
export async function archivedRuns(archive: ArchiveStore, workflowId: string): Promise<readonly string[]> {
  const keys = await archive.list(archiveFolder(workflowId), { keysMax });
  return [...new Set(keys.flatMap((key) => manifestOfKey(key)?.runId ?? []))];
}

/** The archive of one run as a bundle; `null` when it was not archived. */
export async function sealedFiles(
  stores: AuditStores,
  workflowId: string,
  runId: string,
  options: { readonly withoutLogs: boolean },
): Promise<Gathered | null> {
  const { archive } = stores;
  const keys = await archive.list(runFolder(workflowId, runId), { keysMax });
  const manifests = keys.flatMap((key) => {
    const found = manifestOfKey(key);
    return found === null
      ? []
      : [{ key, signatures: keys.filter((one) => one.includes(`/signature-${found.sha256}-`)) }];
  });
  // Archived twice, by two versions: each is whole; one that somebody signed says more.
  const chosen = manifests.find(({ signatures }) => signatures.length > 0) ?? manifests[0];
  if (chosen === undefined) return null;
  const bytes = await archive.get(chosen.key, { bytesMax: manifestBytesMax });
  const manifest = readManifest(bytes);
  const files = new Map<string, Uint8Array>([[bundleNames.manifest, bytes]]);
  const [signature] = chosen.signatures;
  if (signature !== undefined) addSeal(files, await archive.get(signature, { bytesMax: manifestBytesMax }));
  const trouble: Remark[] = [];
  const { cluster } = manifest.incident;
  for (const [index, { sha256, bytes: size, workflowId: of }] of manifest.histories.entries()) {
    const key = evidenceKey('orchestrator', cluster, 'history', sha256);
    const ref = {
      id: `ev_${sha256.slice(0, 24)}`,
      kind: 'history',
      bucket: stores.evidenceBucket,
      key,
      sha256,
      bytes: size,
    } as const;
    await add(files, bundleNames.history(index), of, trouble, () => stores.evidence.get(ref));
  }
  for (const { name, sha256 } of manifest.documents)
    await add(files, name, name, trouble, () =>
      archive.get(documentKey(cluster, sha256), { bytesMax: documentBytesMax }),
    );
  await addEvidence(stores, manifest, files, trouble, options);
  return { files, manifest, trouble };
}

/** What was put together here and now as a bundle; nobody vouches for it. */
export async function unsealedFiles(
  stores: AuditStores,
  assembled: Assembled,
  options: { readonly withoutLogs: boolean },
): Promise<Gathered> {
  const { manifest } = assembled;
  const files = new Map<string, Uint8Array>([[bundleNames.manifest, assembled.manifestBytes], ...assembled.documents]);
  for (const [index, bytes] of assembled.histories.entries()) files.set(bundleNames.history(index), bytes);
  const trouble: Remark[] = [];
  await addEvidence(stores, manifest, files, trouble, options);
  return { files, manifest, trouble };
}

async function addEvidence(
  { evidence }: AuditStores,
  manifest: Manifest,
  files: Map<string, Uint8Array>,
  trouble: Remark[],
  { withoutLogs }: { readonly withoutLogs: boolean },
): Promise<void> {
  const unreadable = new Set(manifest.unreadable.map(({ key }) => key));
  const wanted = manifest.evidence.filter(
    ({ key, kind }) => !unreadable.has(key) && !(withoutLogs && kind === 'log-window'),
  );
  const byHash = new Map(wanted.map((ref) => [ref.sha256, ref]));
  const limit = pLimit(readsAtOnceMax);
  await Promise.all(
    [...byHash.values()].map((ref) =>
      limit(() =>
        add(files, bundleNames.evidence(ref.sha256), `${ref.kind} ${ref.id}`, trouble, () => evidence.get(ref)),
      ),
    ),
  );
}

/** What is gone or was changed in the store is part of the audit's answer; a store that is away is not. */
async function add(
  files: Map<string, Uint8Array>,
  name: string,
  place: string,
  trouble: Remark[],
  get: () => Promise<Uint8Array>,
): Promise<void> {
  try {
    files.set(name, await get());
  } catch (error) {
    if (!(error instanceof PortError) || error.kind === 'unreachable' || error.kind === 'denied') throw error;
    trouble.push({ place, text: error.message });
  }
}

const sealSchema = z.object({ version: z.literal(1), publicKey: z.string(), signature: z.base64() });

function addSeal(files: Map<string, Uint8Array>, bytes: Uint8Array): void {
  const seal = sealSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  // Without it the bundle says that its signature is missing.
  if (!seal.success) return;
  files.set(bundleNames.signature, Buffer.from(seal.data.signature, 'base64'));
  files.set(bundleNames.publicKey, new TextEncoder().encode(seal.data.publicKey));
}
