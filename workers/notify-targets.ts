import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { targetsSchema, type NotifyTarget } from '../activities/adapters/notify/target.ts';
import { jsonErrorPlace } from './api/json-place.ts';
import { ConfigError } from './config.ts';

/**
 * The receivers that WARDROUND_NOTIFY_FILE names; none when it names no file. Throws a `ConfigError` that says where
 * in the file something is wrong and never repeats what stands there.
 */
export function loadNotifyTargets(file: string | null): readonly NotifyTarget[] {
  if (file === null) return [];
  const parsed = targetsSchema.safeParse(parseJson(file, readPrivateFile(file)));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  throw unusable(
    file,
    issues.slice(0, issuesShownMax).map((issue) => `/${issue.path.map(String).join('/')}: ${issue.message}`),
    issues.length,
  );
}

const fileBytesMax = 256 * 1024; // 20 targets take 10 KiB
const issuesShownMax = 10;
const readableByOthers = 0o077;

/** Checked on the open file, so that it is the one that is read. */
function readPrivateFile(file: string): string {
  let handle: number | null = null;
  try {
    handle = openSync(file, 'r');
    const { mode, size } = fstatSync(handle);
    if (process.platform !== 'win32' && (mode & readableByOthers) !== 0)
      throw unusable(file, [
        `holds secrets, and its mode ${(mode & 0o777).toString(8)} lets others at it: chmod 600 it`,
      ]);
    if (size > fileBytesMax) throw unusable(file, [`has more than ${fileBytesMax} bytes`]);
    return readFileSync(handle, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw unusable(file, [`can not be read (${codeOf(error)})`]);
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message would show what stands there.
    const { line, column } = jsonErrorPlace(text);
    throw unusable(file, [`not JSON, wrong at line ${line}, column ${column}`]);
  }
}

function unusable(file: string, problems: readonly string[], total = problems.length): ConfigError {
  const more = total > problems.length ? [`and ${total - problems.length} more`] : [];
  return new ConfigError([...problems, ...more].map((problem) => `WARDROUND_NOTIFY_FILE: ${file}: ${problem}`));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
