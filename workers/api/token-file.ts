import { closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { renameSync, rmSync, statSync, type Stats } from 'node:fs';
import type { SourceToken } from './bearer.ts';
import { parseTokenList, renderTokenList } from './token-list.ts';

/** The token file cannot be used; the message names the file and says what to do. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
  /** The file is not there: for a first token no trouble. */
  readonly missing: boolean;
  constructor(message: string, options?: { readonly cause?: unknown; readonly missing?: boolean }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.missing = options?.missing ?? false;
  }
}

/** A list of `tokensMax` tokens has less than a tenth of this. */
const fileBytesMax = 4 * 1024 * 1024;
/** Written by others than its owner, or read by all: group members may read it, as mounted secrets need. */
const forbiddenBits = 0o026;

/** Reads the tokens; throws `TokenFileError` where the file is missing, spoilt, or not ours alone to write. */
export function readTokenFile(file: string): readonly SourceToken[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const advice = missing ? 'make it with `wardround api token create`' : 'its owner has to be the user of the API';
    throw new TokenFileError(`${file} can not be read: ${messageOf(cause)}; ${advice}`, { cause, missing });
  }
  try {
    checkOwnership(file, fstatSync(descriptor));
    return parseTokenList(readFileSync(descriptor, 'utf8'));
  } catch (cause) {
    if (cause instanceof TokenFileError) throw cause;
    throw new TokenFileError(`${file} is no list of tokens: ${messageOf(cause)}`, { cause });
  } finally {
    closeSync(descriptor);
  }
}

/** Who can write the file can let anybody in. Checked on the open file, so that nobody can exchange it in between. */
function checkOwnership(file: string, stats: Stats): void {
  if (!stats.isFile()) throw new TokenFileError(`${file} is not a file`);
  if (stats.size > fileBytesMax) throw new TokenFileError(`${file} has more than ${fileBytesMax} bytes`);
  // Windows has neither bits nor user ids.
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stats.uid !== user && stats.uid !== 0)
    throw new TokenFileError(`${file} belongs to user ${stats.uid}, neither to this one (${user}) nor to root`);
  if ((stats.mode & forbiddenBits) !== 0)
    throw new TokenFileError(
      `${file} has mode ${(stats.mode & 0o777).toString(8)}: others can read it or write it; use \`chmod 600\`, or 640 with a group of its own`,
    );
}

/**
 * Replaces the list, whole or not at all. The unfinished file is also the lock: of two changes at once the second is
 * refused. Mode, owner and group of an existing file stay.
 */
export function changeTokenFile(
  file: string,
  change: (tokens: readonly SourceToken[]) => readonly SourceToken[],
): readonly SourceToken[] {
  const unfinished = `${file}.new`;
  let descriptor: number;
  try {
    descriptor = openSync(unfinished, 'wx', 0o600);
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const advice = taken
      ? 'another command changes the list, or one broke off: then remove that file'
      : 'nothing was changed';
    throw new TokenFileError(`${unfinished} can not be made: ${messageOf(cause)}; ${advice}`, { cause });
  }
  try {
    const changed = change(existingTokens(file));
    keepOwnership(file, descriptor);
    writeSync(descriptor, renderTokenList(changed));
    fsyncSync(descriptor);
    renameSync(unfinished, file);
    return changed;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function existingTokens(file: string): readonly SourceToken[] {
  try {
    return readTokenFile(file);
  } catch (error) {
    if (error instanceof TokenFileError && error.missing) return [];
    throw error;
  }
}

function keepOwnership(file: string, descriptor: number): void {
  const before = statSync(file, { throwIfNoEntry: false });
  if (before === undefined || process.getuid === undefined) return;
  const now = fstatSync(descriptor);
  try {
    if (before.uid !== now.uid || before.gid !== now.gid) fchownSync(descriptor, before.uid, before.gid);
  } catch (cause) {
    throw new TokenFileError(`${file} belongs to another user or group; run this as its owner or as root`, { cause });
  }
  fchmodSync(descriptor, before.mode & 0o777);
}

/** The tokens as the file says at this moment: looked at on every call, read again when it has changed. */
export function followTokenFile(file: string, log: TokenFileLog): () => readonly SourceToken[] {
  let seen = versionOf(file);
  let tokens = readTokenFile(file);
  return () => {
    const version = versionOf(file);
    if (version !== seen) {
      seen = version;
      try {
        tokens = readTokenFile(file);
        log.info({ file, tokens: tokens.length }, 'bearer tokens read again');
      } catch (error) {
        // A slip of an editor must not turn every alert away. Expiry of the known ones still counts.
        log.error({ file, reason: messageOf(error) }, 'bearer tokens can not be read again; those known before stay');
      }
    }
    return tokens;
  };
}

export interface TokenFileLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Changes whenever the file is written, replaced, or given another mode or owner. */
function versionOf(file: string): string {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined
      ? 'missing'
      : `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
