import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processIdentity } from '../../../infra/stack/process-identity.ts';
import { openSecrets } from '../../../infra/stack/secrets.ts';
import { openStateDir, StateDirError } from '../../../infra/stack/state-dir.ts';
import { UpLockError } from '../../../infra/stack/up-lock.ts';
import { temporaryFolder } from '../../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('state');
});
afterEach(() => folder.remove());

const lockFile = () => path.join(folder.path, 'up.lock');
const deadLock = (children: readonly unknown[] = []) =>
  JSON.stringify({ pid: process.pid, startedAt: '2026-11-20T10:00:00.000Z', identity: 'a boot ago', children });

describe('state folder', () => {
  test('a second start on a folder in use is refused with the process id and what to do', async () => {
    const state = await openStateDir(folder.path);
    const second = openStateDir(folder.path);
    await expect(second).rejects.toBeInstanceOf(UpLockError);
    await expect(second).rejects.toThrow(new RegExp(`process ${process.pid}.*\`kill ${process.pid}\``, 's'));
    state.close();
    (await openStateDir(folder.path)).close();
  });

  test('a folder that can not be made is refused with its name and why', async () => {
    writeFileSync(path.join(folder.path, 'file'), '');
    const below = path.join(folder.path, 'file', 'state');
    await expect(openStateDir(below)).rejects.toBeInstanceOf(StateDirError);
    await expect(openStateDir(below)).rejects.toThrow(`The state folder ${below} can not be used: ENOTDIR`);
  });

  test('of many starts at the same moment exactly one gets the folder, stale lock or not', async () => {
    writeFileSync(lockFile(), deadLock());
    const starts = await Promise.allSettled(Array.from({ length: 8 }, () => openStateDir(folder.path)));
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('the lock of a process that has ended is taken over with a message, also when its id runs again', async () => {
    writeFileSync(lockFile(), deadLock());
    const notices: string[] = [];
    const state = await openStateDir(folder.path, (notice) => notices.push(notice));
    expect(notices).toEqual([
      expect.stringContaining(`Took over the lock of process ${process.pid} (since 2026-11-20T10:00:00.000Z)`),
    ]);
    state.close();
  });

  test('a lock that cannot be read is taken over with a message', async () => {
    writeFileSync(lockFile(), 'not json');
    const notices: string[] = [];
    (await openStateDir(folder.path, (notice) => notices.push(notice))).close();
    expect(notices).toEqual([expect.stringContaining('unreadable lock')]);
  });

  test('what the former owner left running is ended before the folder is used again', async () => {
    const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    await once(orphan, 'spawn');
    const pid = orphan.pid ?? 0;
    writeFileSync(lockFile(), deadLock([{ name: 'temporal', pid, identity: processIdentity(pid) }]));
    const ended = once(orphan, 'exit');
    (await openStateDir(folder.path)).close();
    expect((await ended)[1]).toBe('SIGTERM');
  });

  test('a stranger that runs under a recorded process id is left alone', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
      stdio: 'ignore',
    });
    await once(stranger, 'spawn');
    writeFileSync(lockFile(), deadLock([{ name: 'temporal', pid: stranger.pid, identity: 'another start time' }]));
    (await openStateDir(folder.path)).close();
    expect(processIdentity(stranger.pid ?? 0)).not.toBeNull();
    stranger.kill('SIGKILL');
  });

  test('recorded children stand in the lock file with what identifies them', async () => {
    const state = await openStateDir(folder.path);
    state.lock.record([{ name: 'me', pid: process.pid }]);
    expect(JSON.parse(readFileSync(lockFile(), 'utf8')).children).toEqual([
      { name: 'me', pid: process.pid, identity: processIdentity(process.pid) },
    ]);
    state.close();
  });
});

describe('secrets', () => {
  test('are made once, kept, and readable for their owner alone', async () => {
    const state = await openStateDir(folder.path);
    const first = openSecrets(state.secretsDir);
    expect(openSecrets(state.secretsDir)).toEqual(first);
    expect(statSync(state.secretsDir).mode & 0o777).toBe(0o700);
    for (const file of [first.probeKey.privateFile, path.join(state.secretsDir, 'secrets.json')])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(first.probeKey.publicLine).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ wardround-probe$/);
    expect(first.remediationKey.publicLine).not.toBe(first.probeKey.publicLine);
    state.close();
  });

  test('every account has a secret of its own', () => {
    const { s3 } = openSecrets(folder.path);
    const keys = Object.values(s3).map(({ secretKey }) => secretKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a spoilt secrets file is an error that says what to do, not new secrets', () => {
    writeFileSync(path.join(folder.path, 'secrets.json'), '{}');
    expect(() => openSecrets(folder.path)).toThrow(/secrets\.json cannot be read any more\. Move it away/);
  });
});
