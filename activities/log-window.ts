import { createHash } from 'node:crypto';
import type { LogWindow } from '../workflows/domain/phase-data.ts';
import type { LogStore } from './ports.ts';

/** The bytes of a gathered window as they were then; `null` where they have changed since. */
export async function readLogWindow(
  logs: (bucket: string) => LogStore,
  { ref }: LogWindow,
  options: { readonly bytesMax: number; readonly signal: AbortSignal },
): Promise<Uint8Array | null> {
  const object = {
    bucket: ref.bucket,
    key: ref.key,
    bytes: ref.bytes,
    lastModifiedMs: 0,
    ...(ref.versionId === undefined ? {} : { versionId: ref.versionId }),
  };
  const bytes = await logs(ref.bucket).read(object, options);
  return createHash('sha256').update(bytes).digest('hex') === ref.sha256 ? bytes : null;
}
