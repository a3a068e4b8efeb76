import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { requireTool } from '../../support/requires.ts';
import { fixNode, isAlive, startOf } from './fix-node.ts';
import { fixScript } from './gate-node.ts';

let node: ReturnType<typeof fixNode>;
beforeEach(() => {
  node = fixNode();
});
afterEach(() => node.remove());

const namespaces = spawnSync('unshare', ['-m', 'true']).status === 0;
const needNamespace = (context: TestContext) =>
  requireTool(context, { name: 'unshare', available: namespaces, why: 'a mount namespace needs root' });
const shells = ['/bin/sh', '/bin/dash', '/bin/busybox'].filter((shell) => existsSync(shell));

describe('kill', () => {
  it.each(shells)('ends exactly the process that is meant, and a repeat finds nothing to do (%s)', (shell) => {
    const { pid, start } = node.process('sleep', '300');
    const ended = node.run(['kill', String(pid), start], {}, shell);
    expect(ended).toMatchObject({ status: 0, stdout: `process ${pid} has ended\n`, stderr: '' });
    expect(isAlive(pid)).toBe(false);
    expect(node.run(['kill', String(pid), start], {}, shell)).toMatchObject({
      status: 0,
      stdout: `process ${pid} is not there any more\n`,
    });
  });

  it('leaves a process alone that has the same number and another start', () => {
    const { pid, start } = node.process('sleep', '300');
    const reply = node.run(['kill', String(pid), String(Number(start) + 1)]);
    expect(reply).toMatchObject({ status: 0, stdout: `process ${pid} is not there any more\n` });
    expect(isAlive(pid)).toBe(true);
  });

  it('kills what does not end by itself', () => {
    const program = join(node.root, 'stubborn');
    writeFileSync(program, '#!/bin/sh\ntrap : TERM\nwhile :; do sleep 0.1; done\n', { mode: 0o755 });
    const { pid, start } = node.process(program);
    expect(node.run(['kill', String(pid), start], { WARDROUND_FIX_TERM_SECONDS: '1' })).toMatchObject({ status: 0 });
    expect(isAlive(pid)).toBe(false);
  });

  it('is killed in between and finished by the next run', () => {
    const program = join(node.root, 'stubborn');
    writeFileSync(program, '#!/bin/sh\ntrap : TERM\nwhile :; do sleep 0.1; done\n', { mode: 0o755 });
    const { pid, start } = node.process(program);
    node.tool('sleep', 'kill -9 "$PPID"; exit 0');
    expect(node.run(['kill', String(pid), start]).signal).toBe('SIGKILL');
    node.tool('sleep', 'exec /usr/bin/sleep 0.1');
    expect(node.run(['kill', String(pid), start])).toMatchObject({ status: 0 });
    expect(isAlive(pid)).toBe(false);
  });

  it.each(['sshd', 'slurmd', 'chronyd', 'nv-hostengine', 'containerd-shim', 'systemd-udevd'])(
    'refuses %s, which belongs to the system',
    (name) => {
      const { pid, start } = node.process(node.named('/usr/bin/sleep', name), '300');
      const reply = node.run(['kill', String(pid), start]);
      expect(reply).toMatchObject({ status: 77, stdout: '' });
      expect(reply.stderr).toContain('belongs to the system');
      expect(isAlive(pid)).toBe(true);
    },
  );

  it('refuses process 1 and what it comes from itself', () => {
    expect(node.run(['kill', '1', startOf(1)])).toMatchObject({ status: 77 });
    const body =
      'start=$(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20); sh "$0" kill $$ "$start"; echo "survived $?"';
    const parent = spawnSync('sh', ['-c', body, fixScript], { encoding: 'utf8', env: node.env });
    expect(parent.stdout).toBe('survived 77\n');
    expect(parent.stderr).toContain('this repair itself comes from');
  });

  it('refuses what slurmstepd has started', () => {
    const daemon = node.named('/bin/dash', 'slurmstepd');
    const pidFile = join(node.root, 'task');
    node.process(daemon, '-c', `sleep 300 & echo $! >${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`);
    spawnSync('sh', ['-c', `while [ ! -e ${pidFile} ]; do sleep 0.02; done`], { timeout: 10_000 });
    const task = Number(readFileSync(pidFile, 'utf8'));
    // Until then it is still a copy of the daemon, which is refused for its name.
    const becomes = `until [ "$(cat /proc/${task}/comm)" = sleep ]; do sleep 0.02; done`;
    expect(spawnSync('sh', ['-c', becomes], { timeout: 10_000 }).status).toBe(0);
    const reply = node.run(['kill', String(task), startOf(task)]);
    expect(reply).toMatchObject({ status: 77 });
    expect(reply.stderr).toContain('started by slurmstepd');
    expect(isAlive(task)).toBe(true);
  });

  it('refuses a process in the control group of a job that runs, and ends one that outlived its job', (context) => {
    needNamespace(context);
    node.process(node.named('/bin/dash', 'slurmstepd'), '-c', 'sleep 300; :', '[4242.batch]');
    const { pid, start } = node.process('sleep', '300');
    const inJob = (job: string) => {
      const said = join(node.root, `cgroup-${job}`);
      writeFileSync(said, `0::/system.slice/slurmstepd.scope/job_${job}/step_batch/user/task_0\n`);
      return node.inNamespace(`mount --bind ${said} /proc/${pid}/cgroup || exit 9`, ['kill', String(pid), start]);
    };
    const refused = inJob('4242');
    expect(refused).toMatchObject({ status: 77 });
    expect(refused.stderr).toContain('belongs to job 4242, which runs');
    expect(isAlive(pid)).toBe(true);
    expect(inJob('4241')).toMatchObject({ status: 0 });
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['-1', '5'],
    ['0', '5'],
    ['21037', ''],
    ['21037 1', '5'],
    ['$$', '5'],
    ['99999999', '5'],
  ])('does not understand %s %s', (pid, start) => {
    expect(node.run(['kill', pid, start])).toMatchObject({ status: 64, stdout: '' });
  });
});

describe('shared memory', () => {
  const file = (name: string, text = `${name} `.repeat(2000)) => writeFileSync(join(node.shm, name), text);
  const names = () => readdirSync(node.shm).toSorted();
  const held = () => readdirSync(join(node.root, 'held/files')).toSorted();
  const content = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

  it.each(shells)('is moved where nobody uses it, and comes back as it was (%s)', (shell) => {
    file('nccl-a8Hq2K');
    file('torch_21037_0');
    chmodSync(join(node.shm, 'torch_21037_0'), 0o640);
    expect(node.run(['shm-clear'], {}, shell)).toMatchObject({ status: 0, stderr: '' });
    expect(names()).toEqual([]);
    expect(held()).toEqual(['nccl-a8Hq2K', 'torch_21037_0']);
    expect(node.run(['shm-clear'], {}, shell).stdout).toBe('moved 0 files, 0 KiB\n');
    expect(node.run(['shm-return'], {}, shell)).toMatchObject({ status: 0, stdout: 'returned 2 files\n' });
    expect(names()).toEqual(['nccl-a8Hq2K', 'torch_21037_0']);
    expect(content(node.shm, 'torch_21037_0')).toBe('torch_21037_0 '.repeat(2000));
    expect(statSync(join(node.shm, 'torch_21037_0')).mode & 0o777).toBe(0o640);
    expect(node.run(['shm-return'], {}, shell)).toMatchObject({ status: 0, stdout: 'returned 0 files\n' });
  });

  it('stays where a process has it open or mapped, where it is young, and where it is no plain file', () => {
    file('open');
    file('young');
    file('gone');
    mkdirSync(join(node.shm, 'folder'));
    symlinkSync('/etc/passwd', join(node.shm, 'link'));
    file('a name with blanks');
    file('-rf');
    writeFileSync(join(node.shm, 'mapped'), readFileSync('/usr/bin/sleep'), { mode: 0o755 });
    node.process(join(node.shm, 'mapped'), '300');
    const fd = openSync(join(node.shm, 'open'), 'r');
    expect(node.run(['shm-clear'], { WARDROUND_SHM_AGE_MINUTES: '10' }).stdout).toBe('moved 0 files, 0 KiB\n');
    expect(node.run(['shm-clear'])).toMatchObject({ status: 0 });
    closeSync(fd);
    expect(names()).toEqual(['-rf', 'a name with blanks', 'folder', 'link', 'mapped', 'open']);
    expect(held()).toEqual(['gone', 'young']);
  });

  it('that somebody opens at the last moment stays', () => {
    file('late');
    // The first look finds nobody; the second, after its name is gone, finds somebody.
    node.tool('fuser', `[ -e "${node.root}/looked" ] && exit 0; : >"${node.root}/looked"; exit 1`);
    expect(node.run(['shm-clear']).stdout).toBe('moved 0 files, 0 KiB\n');
    expect(names()).toEqual(['late']);
  });

  it('is not moved at all where it would not fit, or where the disk is memory too', () => {
    file('large');
    const reserve = node.run(['shm-clear'], { WARDROUND_SHM_RESERVE_KIB: '999999999999' });
    expect(reserve).toMatchObject({ status: 77 });
    expect(reserve.stderr).toContain('nothing was moved');
    const memory = node.run(['shm-clear'], { WARDROUND_SHM_HELD_DIR: join(node.shm, 'held') });
    expect(memory).toMatchObject({ status: 77 });
    expect(content(node.shm, 'large')).toContain('large large');
  });

  it('comes back beside what has its name by now, and says what stays', () => {
    file('same');
    file('other');
    node.run(['shm-clear']);
    file('same', 'somebody else');
    const back = node.run(['shm-return']);
    expect(back).toMatchObject({ status: 1, stdout: 'returned 1 files\n' });
    expect(content(node.shm, 'same')).toBe('somebody else');
    expect(held()).toEqual(['same']);
  });

  it('is lost at no point at which a run is killed, neither on its way out nor on its way back', () => {
    const texts = new Map(['a', 'b', 'c'].map((name) => [name, `${name} `.repeat(3000)]));
    for (let point = 1; point <= 40; point += 1) {
      for (const [name, text] of texts) file(name, text);
      const cleared = killedAt(point, 'shm-clear');
      for (const [name, text] of texts) expect(anywhere(name)).toContain(text);
      node.run(['shm-clear']);
      expect(names()).toEqual([]);
      const returned = killedAt(point, 'shm-return');
      for (const [name, text] of texts) expect(anywhere(name)).toContain(text);
      expect(node.run(['shm-return'])).toMatchObject({ status: 0 });
      expect(names()).toEqual(['a', 'b', 'c']);
      for (const [name, text] of texts) expect(content(node.shm, name)).toBe(text);
      expect(held()).toEqual([]);
      // Beyond the last command of both there is nothing left to kill.
      if (!cleared && !returned) return;
    }
    expect.fail('the runs have more points than were tried');
  }, 120_000);

  const anywhere = (name: string) =>
    [node.shm, join(node.shm, '.wardround-fix'), join(node.root, 'held/files')]
      .map((folder) => join(folder, name))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'));
});

/** Runs a verb that is killed just before the given one of its changing commands; was it? */
function killedAt(point: number, ...args: readonly string[]): boolean {
  const count = join(node.root, 'count');
  writeFileSync(count, '0\n');
  const names = ['cp', 'mv', 'rm', 'ln', 'mkdir', 'rmdir', 'systemctl'];
  for (const name of names)
    node.tool(
      name,
      `read -r n <"${count}"; n=$((n + 1)); echo "$n" >"${count}"
[ "$n" -ne ${point} ] || { kill -9 "$PPID"; exit 1; }
${name === 'systemctl' ? `echo "$*" >>"${node.root}/units"` : `exec /usr/bin/${name} "$@"`}`,
    );
  const { signal } = node.run(args);
  for (const name of names)
    node.tool(name, name === 'systemctl' ? `echo "$*" >>"${node.root}/units"` : `exec /usr/bin/${name} "$@"`);
  return signal === 'SIGKILL';
}

describe('a configuration file', () => {
  const path = () => join(node.root, 'etc/daemon.json');
  const recorded = () => join(node.root, 'recorded/daemon.json');
  const declare = (more = '', name = 'docker-daemon') =>
    writeFileSync(join(node.root, 'config/configs.d', name), `# kept\npath=${path()}\nrecorded=${recorded()}\n${more}`);
  const read = () => readFileSync(path(), 'utf8');
  const units = () => (existsSync(join(node.root, 'units')) ? readFileSync(join(node.root, 'units'), 'utf8') : '');
  beforeEach(() => {
    writeFileSync(path(), '{ "wrong": true }\n', { mode: 0o640 });
    writeFileSync(recorded(), '{ "right": true }\n');
    node.tool('systemctl', `echo "$*" >>"${node.root}/units"`);
    declare('restart=docker\n');
  });

  it.each(shells)('gets its recorded version, keeps what stood there, and gets it back (%s)', (shell) => {
    expect(node.run(['config-revert', 'docker-daemon'], {}, shell)).toMatchObject({ status: 0, stderr: '' });
    expect(read()).toBe('{ "right": true }\n');
    expect(statSync(path()).mode & 0o777).toBe(0o640);
    expect(readFileSync(`${path()}.wardround-before`, 'utf8')).toBe('{ "wrong": true }\n');
    expect(node.run(['config-revert', 'docker-daemon'], {}, shell)).toMatchObject({ status: 0 });
    expect(units()).toBe('restart docker\n');
    expect(node.run(['config-restore', 'docker-daemon'], {}, shell)).toMatchObject({ status: 0, stderr: '' });
    expect(read()).toBe('{ "wrong": true }\n');
    expect(node.run(['config-restore', 'docker-daemon'], {}, shell).stdout).toContain('nothing of');
    expect(units()).toBe('restart docker\nrestart docker\n');
    expect(readdirSync(join(node.root, 'etc'))).toEqual(['daemon.json']);
  });

  it('that is missing is made, and taken away again', () => {
    spawnSync('rm', [path()]);
    expect(node.run(['config-revert', 'docker-daemon'])).toMatchObject({ status: 0 });
    expect(read()).toBe('{ "right": true }\n');
    expect(node.run(['config-restore', 'docker-daemon'])).toMatchObject({ status: 0 });
    expect(readdirSync(join(node.root, 'etc'))).toEqual([]);
  });

  it('that is as recorded is left alone, with its service', () => {
    writeFileSync(path(), '{ "right": true }\n');
    expect(node.run(['config-revert', 'docker-daemon'])).toMatchObject({ status: 0 });
    expect(units()).toBe('');
    expect(readdirSync(join(node.root, 'etc'))).toEqual(['daemon.json']);
  });

  it('that somebody changed since is not overwritten by the restore', () => {
    node.run(['config-revert', 'docker-daemon']);
    writeFileSync(path(), '{ "mine": true }\n');
    expect(node.run(['config-restore', 'docker-daemon'])).toMatchObject({ status: 77 });
    expect(read()).toBe('{ "mine": true }\n');
  });

  it('is whole and can be taken back, at whatever point a run is killed', () => {
    for (let point = 1; point <= 40; point += 1) {
      const whole = () => expect(['{ "wrong": true }\n', '{ "right": true }\n']).toContain(read());
      const before = units().split('\n').length;
      const reverted = killedAt(point, 'config-revert', 'docker-daemon');
      whole();
      expect(node.run(['config-revert', 'docker-daemon'])).toMatchObject({ status: 0 });
      expect(read()).toBe('{ "right": true }\n');
      expect(readFileSync(`${path()}.wardround-before`, 'utf8')).toBe('{ "wrong": true }\n');
      expect(units().split('\n').length).toBeGreaterThan(before);
      const restored = killedAt(point, 'config-restore', 'docker-daemon');
      whole();
      expect(node.run(['config-restore', 'docker-daemon'])).toMatchObject({ status: 0 });
      expect(read()).toBe('{ "wrong": true }\n');
      if (!reverted && !restored) return;
    }
    expect.fail('the runs have more points than were tried');
  }, 120_000);

  it.each<[string, () => void]>([
    ['is a link', () => (spawnSync('rm', [path()]), symlinkSync('/etc/passwd', path()))],
    ['stands where everybody may write', () => chmodSync(join(node.root, 'etc'), 0o777)],
    ['has a recorded version that everybody may write', () => chmodSync(recorded(), 0o666)],
    [
      'has a recorded version that is a link',
      () => (spawnSync('rm', [recorded()]), symlinkSync('/etc/passwd', recorded())),
    ],
    ['is declared with a line that nobody knows', () => declare('command=reboot\n')],
    ['is declared with a service that is none', () => declare('restart=docker;reboot\n')],
    ['is declared nowhere', () => spawnSync('rm', [join(node.root, 'config/configs.d/docker-daemon')])],
  ])('that %s is refused and stays', (_what, change) => {
    change();
    const reply = node.run(['config-revert', 'docker-daemon']);
    expect(reply).toMatchObject({ status: 77, stdout: '' });
    expect(existsSync(`${path()}.wardround-before`)).toBe(false);
    expect(units()).toBe('');
  });

  it.each(['../daemon', 'Docker', '', 'a'.repeat(40)])('called "%s" is not understood', (name) => {
    expect(node.run(['config-revert', name])).toMatchObject({ status: 64, stdout: '' });
  });
});

describe('remount', () => {
  const folders = () => {
    const source = join(node.root, 'server');
    const mount = join(node.root, 'mnt/shared_0.a');
    mkdirSync(source);
    mkdirSync(mount, { recursive: true });
    writeFileSync(join(source, 'data'), 'of the server\n');
    return { source, mount };
  };
  const fstab = (line: string) => writeFileSync(join(node.root, 'fstab'), `# a comment\n${line}\n`);

  it('mounts what is missing, and finds nothing to do once it is there', (context) => {
    needNamespace(context);
    const { source, mount } = folders();
    fstab(`${source}\t${mount}\tnone\tbind 0 0`);
    const reply = node.inNamespace(`cat() { command cat "$@"; }`, ['remount', mount]);
    expect(reply).toMatchObject({ status: 0, stdout: `${mount} is mounted and answers\n` });
    const again = node.inNamespace(`mount --bind ${source} ${mount}`, ['remount', mount]);
    expect(again).toMatchObject({ status: 0, stdout: `${mount} is mounted and answers\n` });
  });

  it('takes a network file system away that does not answer, and mounts it anew', (context) => {
    needNamespace(context);
    const { source, mount } = folders();
    fstab(`${source} ${mount} none bind,_netdev 0 0`);
    node.tool(
      'stat',
      `[ -e "${node.root}/mounted" ] || { echo "stat: Stale file handle" >&2; exit 1; }; exec /usr/bin/stat "$@"`,
    );
    node.tool('umount', `echo "umount $*" >>"${node.root}/calls"; exec /usr/bin/umount "$@"`);
    node.tool('mount', `echo "mount $*" >>"${node.root}/calls"; : >"${node.root}/mounted"; exec /usr/bin/mount "$@"`);
    const reply = node.inNamespace(`/usr/bin/mount --bind ${source} ${mount}`, ['remount', mount]);
    expect(reply).toMatchObject({ status: 0 });
    expect(readFileSync(join(node.root, 'calls'), 'utf8')).toBe(
      `umount -l ${mount}\nmount -T ${join(node.root, 'fstab')} ${mount}\n`,
    );
  });

  it('leaves a local file system alone that is mounted and does not answer', (context) => {
    needNamespace(context);
    const { source, mount } = folders();
    fstab(`${source} ${mount} none bind 0 0`);
    node.tool('stat', 'exit 1');
    const reply = node.inNamespace(`mount --bind ${source} ${mount}`, ['remount', mount]);
    expect(reply).toMatchObject({ status: 77 });
    expect(reply.stderr).toContain('is no network file system');
  });

  it('fails where the server cannot be mounted, and says so', (context) => {
    needNamespace(context);
    const { mount } = folders();
    fstab(`${join(node.root, 'no-such')} ${mount} none bind,_netdev 0 0`);
    const reply = node.inNamespace(':', ['remount', mount]);
    expect(reply).toMatchObject({ status: 1 });
    expect(reply.stderr).toContain('could not be mounted');
  });

  it.each([
    ['/usr/share', 77],
    ['/etc', 77],
    ['/dev/shm', 77],
    ['/mnt/not-listed', 77],
    ['/', 64],
    ['/mnt/../etc', 64],
    ['mnt', 64],
    ['/mnt/a b', 64],
  ])('of %s ends with exit code %s and changes nothing', (mount, status) => {
    fstab('server:/x /etc nfs defaults 0 0');
    node.tool('mount', `: >"${node.root}/mounted"`);
    expect(node.run(['remount', mount])).toMatchObject({ status, stdout: '' });
    expect(existsSync(join(node.root, 'mounted'))).toBe(false);
  });
});

it('runs one at a time', async () => {
  mkdirSync(join(node.root, 'run'));
  const held = spawn('flock', [join(node.root, 'run/fix.lock'), 'sh', '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await new Promise((resolve) => held.stdout.once('data', resolve));
  expect(node.run(['shm-clear'])).toMatchObject({ status: 75, stdout: '' });
  process.kill(-(held.pid ?? 0), 'SIGKILL');
});

it.each([[[]], [['kill', '1']], [['shm-clear', 'now']], [['reboot']], [['remount']]])(
  'does not understand %j',
  (args) => {
    expect(node.run(args)).toMatchObject({ status: 64, stdout: '' });
  },
);

it('never evaluates text: the script holds no eval, no bashism and parses with a plain sh', () => {
  const text = readFileSync(fixScript, 'utf8');
  expect(text).not.toMatch(/^[^#]*\b(eval|source|bash)\b/m);
  expect(text).not.toMatch(/\[\[|<<<|\bfunction\b|\blocal\b/);
  expect(spawnSync('/bin/sh', ['-n', fixScript]).status).toBe(0);
});
