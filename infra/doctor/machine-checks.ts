import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { processIdentity } from '../stack/process-identity.ts';
import { fail, ok, warn, type CheckSpec, type DoctorContext, type Finding } from './check.ts';
import { checkWritable } from './setup-checks.ts';

/** What the machine has to give. */
export const machineChecks: readonly CheckSpec[] = [
  { id: 'files', title: 'Open files', run: checkOpenFiles },
  { id: 'disk', title: 'Free disk', run: checkDisk },
  { id: 'memory', title: 'Memory', run: checkMemory },
  { id: 'loopback', title: 'Loopback', run: checkLoopback },
  { id: 'state', title: 'State folder', run: checkState },
];

// A thousand simulated nodes hold 1,023 descriptors; the servers beside them need their share.
const openFilesWanted = 2_048;
const diskBytesWarn = 5e9; // both tools and their build cache
const diskBytesFail = 0.5e9;
const memoryBytesWanted = 2e9; // Temporal 124 MB, Chroma 101 MB, three workers of 334 MB, simulated nodes
const askMsMax = 2_000;
const simulatedAddress = '127.0.0.2';

async function checkOpenFiles(): Promise<Finding> {
  if (process.platform === 'win32') return ok('no such limit on Windows');
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'ulimit -n'], { timeout: askMsMax });
  const text = stdout.trim();
  if (text === 'unlimited' || Number(text) >= openFilesWanted) return ok(text);
  return warn(`at most ${text}`, `run \`ulimit -n ${openFilesWanted}\` first when you simulate hundreds of nodes`);
}

async function checkDisk({ stateDir }: DoctorContext): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearestExisting(stateDir));
  const bytes = bavail * bsize;
  const detail = `${gigabytes(bytes)} where the state is kept`;
  if (bytes < diskBytesFail) return fail(detail, 'free some, or set WARDROUND_STATE_DIR to a folder on another disk');
  return bytes < diskBytesWarn ? warn(detail, `${gigabytes(diskBytesWarn)} leave room for a first set-up`) : ok(detail);
}

function checkMemory(): Finding {
  const detail = `${gigabytes(freemem())} free of ${gigabytes(totalmem())}`;
  return totalmem() < memoryBytesWanted
    ? warn(detail, `the embedded stack wants ${gigabytes(memoryBytesWanted)}`)
    : ok(detail);
}

async function checkLoopback(): Promise<Finding> {
  if (await canListen(simulatedAddress)) return ok(`one address a simulated node (${simulatedAddress}, …)`);
  if (await canListen('127.0.0.1')) return ok('only 127.0.0.1: one port a simulated node');
  return fail(
    'cannot listen on 127.0.0.1',
    'the embedded stack needs local ports: look at sandbox or firewall settings',
  );
}

function canListen(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)));
  });
}

async function checkState({ stateDir }: DoctorContext): Promise<Finding> {
  const writable = await checkWritable(nearestExisting(stateDir), 'WARDROUND_STATE_DIR');
  if (writable.status !== 'ok') return writable;
  const lockFile = path.join(stateDir, 'up.lock');
  if (!existsSync(lockFile)) return ok(existsSync(stateDir) ? 'free: no stack runs' : 'made at the first start');
  const lock = readLock(lockFile);
  if (!lock) return warn('its lock is unreadable', 'the next `wardround up` takes it over');
  const since = `process ${lock.pid}, since ${lock.startedAt}`;
  const identity = processIdentity(lock.pid);
  if (identity !== null && (lock.identity === undefined || lock.identity === identity))
    return ok(`a stack runs: ${since}`);
  return warn(`a stack ended without cleaning up (${since})`, 'nothing to do: the next `wardround up` takes it over');
}

interface Lock {
  readonly pid: number;
  readonly startedAt: string;
  readonly identity: string | undefined;
}

function readLock(file: string): Lock | undefined {
  try {
    const lock: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof lock !== 'object' || lock === null || !('pid' in lock) || typeof lock.pid !== 'number') return undefined;
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    return {
      pid: lock.pid,
      startedAt: ('startedAt' in lock ? text(lock.startedAt) : undefined) ?? 'unknown',
      identity: 'identity' in lock ? text(lock.identity) : undefined,
    };
  } catch {
    return undefined;
  }
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || path.dirname(folder) === folder ? folder : nearestExisting(path.dirname(folder));
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 10e9 ? 1 : 0)} GB`;
}
