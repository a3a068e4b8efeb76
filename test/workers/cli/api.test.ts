import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBearer } from '../../../workers/api/bearer.ts';
import { openApiDocument } from '../../../workers/api/openapi.ts';
import { readTokenFile } from '../../../workers/api/token-file.ts';
import { apiCommand } from '../../../workers/cli/api.ts';
import { runCli } from '../support/cli-runs.ts';
import { nowMs } from '../support/remembering-desk.ts';

let folder: string;
let file: string;
const run = (...argv: string[]) => runCli(apiCommand, ['api', ...argv]);
const token = (...argv: string[]) => run('token', ...argv, '--file', file);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-api-'));
  file = join(folder, 'tokens.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('wardround api openapi', () => {
  it('prints the document that the server serves', async () => {
    const { exitCode, stdout } = await run('openapi');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });
});

describe('wardround api token', () => {
  it('makes a token that is let in, printed once, kept as a hash', async () => {
    const made = await token('create', '--name', 'alertmanager');
    expect(made.exitCode).toBe(0);
    expect(made.stdout.trim()).toMatch(/^wardround_[\w-]{43}$/);
    expect(made.stderr).toContain('not shown again');
    expect(readFileSync(file, 'utf8')).not.toContain(made.stdout.trim().slice('wardround_'.length));
    const header = `Bearer ${made.stdout.trim()}`;
    expect(checkBearer(readTokenFile(file), header, nowMs)).toEqual({ kind: 'accepted', source: 'alertmanager' });
  });

  it('lets it expire after so many days, and lists that', async () => {
    const made = JSON.parse((await token('create', '--name', 'grafana', '--days', '1', '--json')).stdout) as {
      token: string;
    };
    const endMs = nowMs + 24 * 3_600_000;
    expect(checkBearer(readTokenFile(file), `Bearer ${made.token}`, endMs - 1).kind).toBe('accepted');
    expect(checkBearer(readTokenFile(file), `Bearer ${made.token}`, endMs).kind).toBe('expired');
    const { stdout } = await token('list');
    expect(stdout).toMatch(new RegExp(`grafana +${new Date(endMs).toISOString()} +1 d left`));
    expect(stdout).not.toContain(made.token);
    expect(JSON.parse((await token('list', '--json')).stdout)).toEqual({
      tokens: [{ name: 'grafana', expiresAt: new Date(endMs).toISOString(), expired: false }],
    });
  });

  it('revokes one and leaves the others', async () => {
    await token('create', '--name', 'a');
    await token('create', '--name', 'b');
    expect((await token('revoke', '--name', 'a')).stdout).toContain('a is revoked');
    expect(readTokenFile(file).map(({ name }) => name)).toEqual(['b']);
    const again = await token('revoke', '--name', 'a');
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('there is no token of "a"')]);
  });

  it.each([
    ['a name that is taken', ['create', '--name', 'a'], 1, 'already'],
    ['a name with blanks', ['create', '--name', 'a b'], 2, 'lower-case letters'],
    ['no name', ['create'], 2, '--name'],
    ['no days at all', ['create', '--name', 'c', '--days', '0'], 2, 'whole number of days'],
    ['half a day', ['create', '--name', 'c', '--days', '0.5'], 2, 'whole number of days'],
  ])('refuses %s and changes nothing', async (_, argv, exitCode, message) => {
    await token('create', '--name', 'a');
    const before = readFileSync(file, 'utf8');
    const refused = await token(...argv);
    expect([refused.exitCode, refused.stderr]).toEqual([exitCode, expect.stringContaining(message)]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('says which file is missing when there is no list', async () => {
    const listed = await token('list');
    expect(listed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(file) as unknown });
    expect(existsSync(file)).toBe(false);
  });
});
