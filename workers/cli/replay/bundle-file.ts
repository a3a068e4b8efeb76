import { readFile, stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { bundleBytesMax, packBundle, unpackBundle, type BundleFiles } from '../../../activities/audit/bundle.ts';
import { PortError } from '../../../activities/ports.ts';

/** What a file that somebody sent holds. */
export type AuditFile =
  | { readonly kind: 'bundle'; readonly files: BundleFiles }
  /** One history, as `temporal workflow show --output json` writes it. */
  | { readonly kind: 'history'; readonly bytes: Uint8Array };

/** Reads it into memory and within bounds; nothing is unpacked to disk. Throws `PortError`. */
export async function readAuditFile(file: string): Promise<AuditFile> {
  const bytes = await unzipped(await readBounded(file), file);
  if (bytes[0] === '{'.charCodeAt(0)) return { kind: 'history', bytes };
  return { kind: 'bundle', files: await unpackBundle(bytes, file) };
}

/** `.gz` compresses it. An existing file is never written over. */
export async function writeBundleFile(file: string, files: BundleFiles): Promise<{ readonly bytes: number }> {
  const tar = await packBundle(files);
  const bytes = file.endsWith('.gz') ? await promisify(gzip)(tar) : tar;
  await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
  return { bytes: bytes.length };
}

async function readBounded(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > bundleBytesMax) throw new PortError('too-large', `${file}: ${size} bytes, at most ${bundleBytesMax}`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof PortError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new PortError('not-found', `${file} cannot be read: ${why}`, { cause: error });
  }
}

async function unzipped(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: bundleBytesMax });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PortError('malformed', `${file} is not a whole gzip file of at most ${bundleBytesMax} bytes: ${why}`, {
      cause,
    });
  }
}
