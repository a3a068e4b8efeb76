import { pack as tarPack, extract as tarExtract, type Headers } from 'tar-stream';
import { PortError } from '../ports.ts';
import { evidenceMax, historiesMax } from './manifest.ts';

/** One incident in one file: names of a fixed form, and their bytes. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

export const bundleNames = {
  manifest: 'manifest.json',
  signature: 'manifest.sig',
  publicKey: 'public-key.pem',
  history: (index: number) => `histories/${String(index + 1).padStart(2, '0')}.json`,
  evidence: (sha256: string) => `evidence/${sha256}`,
} as const;

// 512 MiB of logs (gather-logs.ts) and what was found in them.
export const bundleBytesMax = 1024 * 1024 * 1024;
const fileBytesMax = 256 * 1024 * 1024;
const filesMax = evidenceMax + historiesMax + 20;
const namePattern = /^([A-Za-z-]+\.(txt|md|html|json|sig|pem)|histories\/\d{2}\.json|evidence\/[0-9a-f]{64})$/;

/** A tar file; the same files are the same bytes, so that a reader can hold the whole of it against what is in it. */
export async function packBundle(files: BundleFiles): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packed(files)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The files of a bundle. Refuses, as `PortError`: names that are not ours (so nothing can point out of it), links,
 * files twice, too much of anything, and any byte that packing the same files would not write.
 */
export async function unpackBundle(bytes: Uint8Array, what: string): Promise<BundleFiles> {
  if (bytes.length > bundleBytesMax)
    throw new PortError('too-large', `${what}: ${bytes.length} bytes, at most ${bundleBytesMax}`);
  const files = new Map<string, Uint8Array>();
  const extract = tarExtract();
  // Ended here and not awaited: the loop below takes what it holds.
  extract.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    for await (const entry of extract) {
      const { name, size } = acceptable(entry.header, files, what);
      const parts: Uint8Array[] = [];
      for await (const part of entry) parts.push(part as Uint8Array); // a tar stream carries bytes alone
      const content = Buffer.concat(parts);
      if (content.length !== size) throw broken(what, `${name} has ${content.length} of ${size} bytes`);
      files.set(name, content);
    }
  } catch (error) {
    if (error instanceof PortError) throw error;
    throw broken(what, error instanceof Error ? error.message : String(error), error);
  }
  await holdAgainst(bytes, files, what);
  return files;
}

function acceptable(header: Headers, files: BundleFiles, what: string): { name: string; size: number } {
  const { name, type, size } = header;
  const shown = JSON.stringify(name).slice(0, 100);
  if (type !== 'file') throw broken(what, `${shown} is a ${type ?? 'thing of no type'}, not a file`);
  if (!namePattern.test(name)) throw broken(what, `${shown} is not a name of a bundle's file`);
  if (files.has(name)) throw broken(what, `${shown} is there twice`);
  if (files.size >= filesMax) throw new PortError('too-large', `${what}: more than ${filesMax} files`);
  if (size === undefined || size > fileBytesMax)
    throw new PortError('too-large', `${what}: ${shown} has ${size ?? 'unknown'} bytes, at most ${fileBytesMax}`);
  return { name, size };
}

/** Headers, padding and the end belong to the bundle as well: none of them can carry anything. */
async function holdAgainst(bytes: Uint8Array, files: BundleFiles, what: string): Promise<void> {
  let at = 0;
  for await (const chunk of packed(files)) {
    if (!Buffer.from(chunk).equals(bytes.subarray(at, at + chunk.length)))
      throw broken(what, `bytes ${at} to ${at + chunk.length} are not those of the files in it`);
    at += chunk.length;
  }
  if (at !== bytes.length)
    throw broken(
      what,
      `${Math.abs(bytes.length - at)} bytes ${at < bytes.length ? 'too many at' : 'missing at'} the end`,
    );
}

async function* packed(files: BundleFiles): AsyncGenerator<Uint8Array> {
  const pack = tarPack();
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, content] of sorted) pack.entry({ name, mode: 0o644, mtime: new Date(0) }, Buffer.from(content));
  pack.finalize();
  for await (const chunk of pack) yield chunk as Uint8Array; // as above
}

function broken(what: string, why: string, cause?: unknown): PortError {
  return new PortError(
    'malformed',
    `${what} is not a whole bundle: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
