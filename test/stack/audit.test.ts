import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newStateDir, runCli, startStack, type CommandResult, type RunningStack } from '../support/running-stack.ts';

let stack: RunningStack;
const folder = newStateDir();
const bundle = join(folder, 'incident.tar');
const trustedKey = join(folder, 'trusted.pem');
const msMax = 180_000;

/** An incident that was found, approved, repaired and archived, and then a machine without that stack. */
beforeAll(async () => {
  stack = startStack(['--demo', '--yes', '--seed', '3']);
  await stack.sees(/As expected/);
  await vi.waitUntil(async () => (await exported()).sealed, { timeout: 60_000, interval: 1_000 });
  writeFileSync(trustedKey, readFileSync(join(stack.stateDir, 'secrets', 'archive_signing.pub.pem')));
}, msMax);
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function exported(): Promise<{ sealed: boolean }> {
  rmSync(bundle, { force: true });
  const { stdout } = await stack.cli('export', await incidentId(), '--out', bundle, '--json');
  return JSON.parse(stdout) as { sealed: boolean }; // our own output
}

async function incidentId(): Promise<string> {
  const { stdout } = await stack.cli('incident', 'list', '--all', '--json');
  const { incidents } = JSON.parse(stdout) as { incidents: { id: string }[] }; // our own output
  return incidents[0]?.id ?? '';
}

/** Without the stack's state folder: as on another machine. */
function replayElsewhere(file: string, ...more: string[]): Promise<CommandResult> {
  return runCli(['replay', file, ...more], { WARDROUND_STATE_DIR: join(folder, 'elsewhere') });
}

it(
  'passes all three checks where it happened',
  async () => {
    const { code, stdout, stderr } = await stack.cli('replay', await incidentId());
    expect(`${stdout}${stderr}`).not.toMatch(/FAILED|not checked/);
    expect(code).toBe(0);
  },
  msMax,
);

it(
  'passes elsewhere by the key that is trusted, and never by the one beside it alone',
  async () => {
    expect(await replayElsewhere(bundle, '--public-key', trustedKey)).toMatchObject({ code: 0 });
    const alone = await replayElsewhere(bundle);
    expect(alone.code).toBe(3);
    expect(alone.stdout).toContain('unknown key');
  },
  msMax,
);

it(
  'is refused with one flipped bit in a piece of evidence',
  async () => {
    const bytes = readFileSync(bundle);
    // A tar file's header is a block of 512 bytes, and begins with the name.
    const header = /evidence\/[0-9a-f]{64}\0/.exec(bytes.toString('latin1'))?.index ?? 0;
    const at = header + 512 + 20;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const changed = join(folder, 'changed.tar');
    writeFileSync(changed, bytes);
    const { code, stdout } = await replayElsewhere(changed, '--public-key', trustedKey);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Seal +FAILED/);
    expect(stdout).toMatch(/ev_[0-9a-f]{24}: evidence\/[0-9a-f]{64} is not what was sealed/);
  },
  msMax,
);
