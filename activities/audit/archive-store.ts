/** Where archives lie: objects that are written once and found again by their prefix. Calls throw `PortError`. */
export interface ArchiveStore {
  /**
   * A second put under the same key succeeds and changes nothing. `lockUntilMs` asks for a lock until then, wall time;
   * `locked` tells whether the store took it.
   */
  put(
    key: string,
    bytes: Uint8Array,
    options?: { readonly mediaType?: string; readonly lockUntilMs?: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly locked: boolean }>;
  get(key: string, options: { readonly bytesMax: number; readonly signal?: AbortSignal }): Promise<Uint8Array>;
  list(
    prefix: string,
    options: { readonly keysMax: number; readonly signal?: AbortSignal },
  ): Promise<readonly string[]>;
}

/** `archive/<cluster>/<group hash>/`: all runs of an incident. Key layouts are stored: never changed. */
export function archiveFolder(workflowId: string): string {
  return `archive/${workflowId.replace(/^incident\//, '')}/`;
}

export function runFolder(workflowId: string, runId: string): string {
  return `${archiveFolder(workflowId)}${runId}/`;
}

export function manifestKey(workflowId: string, runId: string, sha256: string): string {
  return `${runFolder(workflowId, runId)}manifest-${sha256}.json`;
}

export function signatureKey(workflowId: string, runId: string, sha256: string, keyId: string): string {
  return `${runFolder(workflowId, runId)}signature-${sha256}-${keyId}.json`;
}

/** Shared by all incidents of a cluster: the same knowledge is stored once. */
export function documentKey(cluster: string, sha256: string): string {
  return `archive/${cluster}/documents/${sha256}`;
}

const manifestPattern = /\/([^/]+)\/manifest-([0-9a-f]{64})\.json$/;

/** Run id and hash of a manifest's key; `null` for any other key. */
export function manifestOfKey(key: string): { readonly runId: string; readonly sha256: string } | null {
  const found = manifestPattern.exec(key);
  return found?.[1] === undefined || found[2] === undefined ? null : { runId: found[1], sha256: found[2] };
}
