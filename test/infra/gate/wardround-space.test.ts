import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requireTool } from '../../support/requires.ts';
import { spaceScript } from './gate-node.ts';

const all = ['a.log', 'b.log', 'c.log', 'd.log'];
const header = 'policy mount reclaimable_kib files held_files\n';

/** A folder on one file system and one on another, and a policy between them. */
function twoDisks() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'wardround-space-')));
  const other = mkdtempSync('/dev/shm/wardround-space-');
  chmodSync(other, 0o755);
  const data = join(root, 'data');
  const tools = join(root, 'tools');
  for (const folder of [data, tools, join(root, 'config/space.d')]) mkdirSync(folder, { recursive: true });
  const env = { PATH: `${tools}:/usr/bin:/bin`, WARDROUND_CONFIG_DIR: join(root, 'config') };
  const policy = (changes: Readonly<Record<string, string | null>> = {}, name = 'old-logs') => {
    const lines = { directory: data, holding: other, keep: '2', min_age_minutes: '60', reserve_kib: '0', ...changes };
    const text = Object.entries(lines).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}\n`]));
    writeFileSync(join(root, 'config/space.d', name), `# old logs may go to the other disk\n${text.join('')}`);
  };
  policy();
  const tool = (name: string, body: string) =>
    writeFileSync(join(tools, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  // Nothing here loses power, and a disk that is shared answers slowly.
  tool('sync', 'exit 0');
  return {
    root,
    data,
    other,
    env,
    policy,
    held: join(other, 'old-logs/files'),
    file: (name: string, ageHours: number, text = `${name} `.repeat(1000)) => {
      writeFileSync(join(data, name), text);
      const at = new Date(Date.now() - ageHours * 3_600_000);
      utimesSync(join(data, name), at, at);
    },
    tool,
    run: (...args: readonly string[]): SpawnSyncReturns<string> =>
      spawnSync('/bin/sh', [spaceScript, ...args], { encoding: 'utf8', env }),
    remove: () => {
      rmSync(root, { recursive: true, force: true });
      rmSync(other, { recursive: true, force: true });
    },
  };
}

let disk: ReturnType<typeof twoDisks>;
beforeEach((context) => {
  const why = 'a move needs two file systems, here the temporary folder and /dev/shm';
  requireTool(context, { name: 'second file system', available: hasTwo(), why });
  const flock = spawnSync('flock', ['--version']).status === 0;
  requireTool(context, { name: 'flock', available: flock, why: 'wardround-space locks with it' });
  disk = twoDisks();
  for (const [at, name] of all.entries()) disk.file(name, 100 - at);
});
afterEach(() => disk?.remove());

function hasTwo(): boolean {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return statSync('/dev/shm').dev !== statSync(tmpdir()).dev;
  } catch {
    return false;
  }
}

const names = (folder: string) => readdirSync(folder).toSorted();

describe('hold', () => {
  it('moves the oldest files beyond the newest ones that the policy keeps', () => {
    const reply = disk.run('hold', 'old-logs');
    expect([reply.status, reply.stderr]).toEqual([0, '']);
    expect(reply.stdout).toMatch(/^held 2 files, \d+ KiB\n$/);
    expect(names(disk.data)).toEqual(['c.log', 'd.log']);
    expect(names(disk.held)).toEqual(['a.log', 'b.log']);
  });

  it('leaves alone what is young, linked, a link, a folder or of an odd name', () => {
    disk.policy({ keep: '0' });
    disk.file('young.log', 0.5);
    disk.file('two names.log', 90);
    disk.file('$(touch owned)', 90);
    linkSync(join(disk.data, 'd.log'), join(disk.data, 'd-again.log'));
    symlinkSync('/etc/passwd', join(disk.data, 'link.log'));
    mkdirSync(join(disk.data, 'folder'));
    disk.run('hold', 'old-logs');
    expect(names(disk.held)).toEqual(['a.log', 'b.log', 'c.log']);
    expect(names(disk.data)).toEqual(
      ['$(touch owned)', 'd-again.log', 'd.log', 'folder', 'link.log', 'two names.log', 'young.log'].toSorted(),
    );
    expect(existsSync(join(disk.data, 'owned'))).toBe(false);
  });

  it('can run twice and moves nothing the second time', () => {
    disk.run('hold', 'old-logs');
    expect(disk.run('hold', 'old-logs').stdout).toBe('held 0 files, 0 KiB\n');
    expect(names(disk.held)).toHaveLength(2);
  });

  it('moves no file for which the other file system has no room', () => {
    disk.policy({ reserve_kib: '999999999999' });
    expect(disk.run('hold', 'old-logs').stdout).toBe('held 0 files, 0 KiB\n');
    expect(names(disk.data)).toHaveLength(4);
  });

  it('keeps the file when its copy is not the same', () => {
    disk.tool('cmp', 'exit 1');
    expect(disk.run('hold', 'old-logs').stdout).toBe('held 0 files, 0 KiB\n');
    expect(names(disk.held)).toEqual([]);
    rmSync(join(disk.root, 'tools/cmp'));
    // What stood in the way of being moved is moved, or brought back, by the next run.
    disk.run('return', 'old-logs');
    expect(names(disk.data)).toEqual(all);
  });
});

describe('return', () => {
  it('brings back exactly what was held, with its content and its time', () => {
    const before = statSync(join(disk.data, 'a.log')).mtimeMs;
    disk.run('hold', 'old-logs');
    writeFileSync(join(disk.held, 'not-ours.log'), 'put here by a person');
    const reply = disk.run('return', 'old-logs');
    expect(reply.stdout).toMatch(/^returned 2 files, \d+ KiB\n$/);
    expect(names(disk.data)).toEqual(all);
    expect(readFileSync(join(disk.data, 'a.log'), 'utf8')).toBe('a.log '.repeat(1000));
    expect(Math.abs(statSync(join(disk.data, 'a.log')).mtimeMs - before)).toBeLessThan(1);
    expect(names(disk.held)).toEqual(['not-ours.log']);
    expect(disk.run('return', 'old-logs').stdout).toBe('returned 0 files, 0 KiB\n');
  });

  it('never writes over a file that has taken the place, and says that one stays held', () => {
    disk.run('hold', 'old-logs');
    writeFileSync(join(disk.data, 'b.log'), 'new');
    const reply = disk.run('return', 'old-logs');
    expect(reply.status).toBe(1);
    expect(reply.stdout).toMatch(/^returned 1 files/);
    expect(reply.stderr).toContain('1 files stay held');
    expect(readFileSync(join(disk.data, 'b.log'), 'utf8')).toBe('new');
    expect(names(disk.held)).toEqual(['b.log']);
    rmSync(join(disk.data, 'b.log'));
    expect(disk.run('return', 'old-logs').stdout).toMatch(/^returned 1 files/);
  });

  it('does not write through a link that has taken the place', () => {
    disk.run('hold', 'old-logs');
    const aim = join(disk.root, 'aim');
    writeFileSync(aim, 'untouched');
    symlinkSync(aim, join(disk.data, 'a.log'));
    expect(disk.run('return', 'old-logs').status).toBe(1);
    expect(readFileSync(aim, 'utf8')).toBe('untouched');
  });

  it('goes to the directory from which the files came, whatever the policy says by now', () => {
    disk.run('hold', 'old-logs');
    const elsewhere = join(disk.root, 'elsewhere');
    mkdirSync(elsewhere);
    disk.policy({ directory: elsewhere });
    disk.run('return', 'old-logs');
    expect(names(disk.data)).toHaveLength(4);
    expect(names(elsewhere)).toEqual([]);
  });
});

describe('a run that is killed in the middle', () => {
  type Place = readonly [tool: string, call: number, when: 'before' | 'after'];
  // Calls of the tools in the course of the second file: into the staging folder, copied, compared, named, let go.
  const whileHolding: readonly Place[] = [
    ['mv', 3, 'before'],
    ['mv', 3, 'after'],
    ['cp', 2, 'before'],
    ['cp', 2, 'after'],
    ['cmp', 2, 'after'],
    ['mv', 4, 'after'],
    ['rm', 5, 'after'],
  ];
  const whileReturning: readonly Place[] = [
    ['cp', 2, 'before'],
    ['cp', 2, 'after'],
    ['mv', 2, 'after'],
    ['ln', 2, 'before'],
    ['ln', 2, 'after'],
    ['rm', 6, 'after'],
  ];

  const killAt = async ([tool, call, when]: Place, verb: string) => {
    const calls = join(disk.root, 'calls');
    const kill = `[ "$n" -eq ${call} ] && kill -s KILL -- "-$WARDROUND_GROUP"`;
    disk.tool(
      tool,
      `n=$(($(cat "${calls}" 2>/dev/null || echo 0) + 1)); echo "$n" >"${calls}"
${when === 'before' ? kill : ''}
/usr/bin/${tool} "$@"; ended=$?
${when === 'after' ? kill : ''}
exit "$ended"`,
    );
    const child = spawn('/bin/sh', ['-c', `WARDROUND_GROUP=$$ exec /bin/sh "${spaceScript}" ${verb} old-logs`], {
      env: disk.env,
      detached: true,
      stdio: 'ignore',
    });
    const signal = await new Promise((resolve) => child.on('exit', (_code, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    // The lock goes with the last of the group, which may die a moment after its first.
    await vi.waitFor(() => expect(() => process.kill(-Number(child.pid), 0)).toThrow('ESRCH'), { timeout: 5_000 });
    rmSync(join(disk.root, 'tools', tool));
  };

  const expectAllBack = () => {
    expect(names(disk.data)).toEqual(all);
    for (const name of all) expect(readFileSync(join(disk.data, name), 'utf8')).toBe(`${name} `.repeat(1000));
    expect(names(disk.held)).toEqual([]);
  };

  it.each(whileHolding)(
    'hold, at %s %i, %s: another hold finishes it, and return brings all back',
    async (...place) => {
      await killAt(place, 'hold');
      expect(disk.run('hold', 'old-logs').status).toBe(0);
      expect(names(disk.held)).toEqual(['a.log', 'b.log']);
      expect(names(disk.data)).toEqual(['c.log', 'd.log']);
      expect(disk.run('return', 'old-logs').status).toBe(0);
      expectAllBack();
    },
  );

  it.each(whileHolding.slice(1, 6))('hold, at %s %i, %s: return alone brings all back', async (...place) => {
    await killAt(place, 'hold');
    expect(disk.run('return', 'old-logs').status).toBe(0);
    expectAllBack();
  });

  it.each(whileReturning)('return, at %s %i, %s: another return finishes it', async (...place) => {
    disk.run('hold', 'old-logs');
    await killAt(place, 'return');
    expect(disk.run('return', 'old-logs').status).toBe(0);
    expectAllBack();
    expect(disk.run('list').stdout).toMatch(/ 2 0\n$/);
  });
});

describe('list', () => {
  it('says what each policy could free and what it holds, and changes nothing', () => {
    const before = disk.run('list').stdout;
    expect(before.startsWith(header)).toBe(true);
    expect(before.slice(header.length)).toMatch(/^old-logs \/\S* [1-9]\d* 2 0\n$/);
    expect(names(disk.data)).toHaveLength(4);
    expect(names(disk.other)).toEqual([]);
    disk.run('hold', 'old-logs');
    expect(disk.run('list').stdout.slice(header.length)).toMatch(/^old-logs \/\S* 0 0 2\n$/);
  });

  it('tells of a policy that it cannot use, and goes on with the others', () => {
    disk.policy({ keep: 'all' }, 'broken');
    const reply = disk.run('list');
    expect(reply.status).toBe(1);
    expect(reply.stderr).toContain('policy broken is not valid');
    expect(reply.stdout).toContain('old-logs ');
  });

  it('prints its head where there are no policies', () => {
    rmSync(join(disk.root, 'config'), { recursive: true });
    expect(disk.run('list')).toMatchObject({ status: 0, stdout: header });
  });
});

describe('what is not allowed', () => {
  it.each<[string, Readonly<Record<string, string | null>>]>([
    ['a directory that is a path up', { directory: '/tmp/../etc' }],
    ['a relative directory', { directory: 'data' }],
    ['a minimum age below ten minutes', { min_age_minutes: '5' }],
    ['no minimum age', { min_age_minutes: null }],
    ['no number of files to keep', { keep: null }],
    ['a line that it does not know', { delete: 'yes' }],
    ['text that a shell would run', { directory: '$(touch owned)' }],
  ])('a policy with %s moves nothing', (_what, changes) => {
    disk.policy(changes);
    const reply = disk.run('hold', 'old-logs');
    expect(reply.status).toBe(2);
    expect(reply.stderr).toMatch(/^wardround-space: policy old-logs/);
    expect(names(disk.data)).toHaveLength(4);
    expect(existsSync('owned')).toBe(false);
  });

  it('a holding directory on the same file system moves nothing', () => {
    const near = join(disk.root, 'near');
    mkdirSync(near);
    disk.policy({ holding: near });
    expect(disk.run('hold', 'old-logs').stderr).toContain('on the file system that should get room');
    expect(names(disk.data)).toHaveLength(4);
  });

  it('a directory behind a link moves nothing', () => {
    symlinkSync(disk.data, join(disk.root, 'link'));
    disk.policy({ directory: join(disk.root, 'link') });
    expect(disk.run('hold', 'old-logs').status).toBe(2);
    expect(names(disk.data)).toHaveLength(4);
  });

  it.each([[['hold']], [['hold', '../config']], [['hold', 'nothing']], [['delete', 'old-logs']], [[]]])(
    'the arguments %s',
    (args) => {
      expect(disk.run(...args).status).toBe(2);
      expect(names(disk.data)).toHaveLength(4);
    },
  );
});

it('never evaluates text, and parses with a plain sh', () => {
  const text = readFileSync(spaceScript, 'utf8');
  expect(text).not.toMatch(/^[^#]*\b(eval|source|bash)\b/m);
  expect(text).not.toMatch(/\[\[|<<<|\bfunction\b|\blocal\b|^\s*\. /m);
  expect(spawnSync('/bin/sh', ['-n', spaceScript]).status).toBe(0);
});
