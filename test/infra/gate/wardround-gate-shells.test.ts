import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gateNode, gateScript, shells } from './gate-node.ts';

// What a node's /bin/sh is, its distribution says. The key's whole safety is how a shell reads text.

const token = 'a'.repeat(32);
const other = 'b'.repeat(32);
const reset = (to = token, fence = '1000.1') => `wardround-gate/1 apply ${to} ${fence} gpu-clocks-reset 3`;

let node: ReturnType<typeof gateNode>;
beforeEach(() => {
  node = gateNode();
});
afterEach(() => node.remove());

const hostile = [
  ['a shell command', 'id'],
  ['nothing', ''],
  ['another protocol', `wardround-gate/2 apply ${token} 1.1 gpu-clocks-reset 3`],
  ['an unknown step', `wardround-gate/1 apply ${token} 1.1 reboot 3`],
  ['a step that is the start of one', `wardround-gate/1 apply ${token} 1.1 gpu-clocks 3`],
  ['too few arguments', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-lock 3 210`],
  ['too many arguments', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 3 4`],
  ['a GPU that no node has', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 16`],
  ['clocks the wrong way round', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-lock 3 1410 210`],
  ['a node in capitals', `wardround-gate/1 apply ${token} 1.1 node-drain NODE-07`],
  ['a list of nodes', `wardround-gate/1 apply ${token} 1.1 node-drain node-[01-08]`],
  ['a job that is no number', `wardround-gate/1 apply ${token} 1.1 job-requeue all`],
  ['a list of jobs', `wardround-gate/1 apply ${token} 1.1 job-requeue 4242,4243`],
  ['a memory of one MiB', `wardround-gate/1 apply ${token} 1.1 job-memory-limit 4242 1`],
  ['an adapter by its path', `wardround-gate/1 apply ${token} 1.1 ib-port-down /dev/mst/mt4123_pciconf0`],
  ['a policy by its path', `wardround-gate/1 apply ${token} 1.1 space-hold ../policy`],
  ['a service that is not listed', `wardround-gate/1 apply ${token} 1.1 service-restart sshd`],
  ['a module that is not listed', `wardround-gate/1 apply ${token} 1.1 module-unload nvme`],
  ['a process group', `wardround-gate/1 apply ${token} 1.1 process-kill -21037 5`],
  ['process 0', `wardround-gate/1 apply ${token} 1.1 process-kill 0 5`],
  ['a mount point that walks up', `wardround-gate/1 apply ${token} 1.1 remount /mnt/../etc`],
  ['a mount point that is none', `wardround-gate/1 apply ${token} 1.1 remount /`],
  ['a configuration by its path', `wardround-gate/1 apply ${token} 1.1 config-revert ../../etc/shadow`],
  ['a governor that is not listed', `wardround-gate/1 apply ${token} 1.1 governor-set userspace`],
  ['an interface like an option', `wardround-gate/1 apply ${token} 1.1 link-mtu -h 9000`],
  ['a compute mode that is not listed', `wardround-gate/1 apply ${token} 1.1 gpu-compute-mode 3 1`],
  ['a short token', 'wardround-gate/1 apply abc 1.1 gpu-clocks-reset 3'],
  ['a token that walks up', `wardround-gate/1 look ../../../../etc/passwd`],
  ['no fence', `wardround-gate/1 apply ${token} gpu-clocks-reset 3`],
  ['a second command', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 3; touch owned`],
  ['a substitution', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset $(touch owned)`],
  ['backquotes', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset \`touch owned\``],
  ['a line break', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 3\ntouch owned`],
  ['a glob', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset *`],
  ['a variable', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset $PATH`],
  ['quotes', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset '3'`],
  ['a tab', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset\t3`],
  ['a redirection', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 3 >owned`],
  ['an option', `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset --help`],
  ['a very long request', `wardround-gate/1 look ${'a'.repeat(600)}`],
  ['another node to manage', `wardround-gate/1 manage ../node-07 apply ${token} 1.1 node-drain node-07`],
] as const;

describe.each(shells)('under %s', (shell) => {
  const ask = (request: string) => node.start(gateScript, request, {}, shell).ended;

  it.each(hostile)('is refused and runs nothing: %s', async (_name, request) => {
    const reply = await ask(request);
    expect(reply.stdout).toMatch(/^gate: 1\noutcome: refused\nreplayed: no\nreason: .+\n\n$/);
    expect(reply.stderr).toBe('');
    expect(node.calls()).toEqual([]);
    expect(existsSync(join(node.root, 'owned'))).toBe(false);
    expect(existsSync('owned')).toBe(false);
  });

  it('a step is done once, with its output cut and its exit code kept, and a repeat is answered', async () => {
    node.tool('nvidia-smi', 'head -c 70000 /dev/zero | tr "\\0" x; exit 7');
    const replies = await Promise.all([ask(reset()), ask(reset())]);
    for (const { stdout, stderr } of replies) {
      expect(stdout).toMatch(/^gate: 1\noutcome: done\nreplayed: (?:yes|no)\nexit: 7\n\nx+$/);
      expect(stdout.split('\n\n')[1]).toHaveLength(65_536);
      expect(stderr).toBe('');
    }
    expect(replies.filter(({ stdout }) => stdout.includes('replayed: no'))).toHaveLength(1);
    expect(node.calls()).toEqual(['-i 3 -rgc']);
    expect(readdirSync(join(node.directory, 'journal'))).toEqual([token]);
  });

  it('a lower fence, and a token used for another step, are refused', async () => {
    expect((await ask(reset(token, '1000.9'))).stdout).toContain('outcome: done');
    expect((await ask(reset(other, '1000.8'))).stdout).toContain('is lower than 1000.9');
    const another = await ask(`wardround-gate/1 apply ${token} 1000.9 gpu-clocks-reset 4`);
    expect(another.stdout).toContain('reason: this token was used for another step');
    expect((await ask(`wardround-gate/1 look ${token}`)).stdout).toContain('outcome: done\nreplayed: yes\nexit: 0');
    expect((await ask(`wardround-gate/1 look ${other}`)).stdout).toContain('outcome: none');
    expect(node.calls()).toHaveLength(1);
  });

  it('the script parses', () => {
    const [program = '', ...words] = shell.split(' ');
    expect(spawnSync(program, [...words, '-n', gateScript]).status).toBe(0);
  });
});

it('never evaluates text: the script holds no eval, no bashism', () => {
  const text = readFileSync(gateScript, 'utf8');
  expect(text).not.toMatch(/^[^#]*\b(eval|source|bash)\b/m);
  expect(text).not.toMatch(/\[\[|<<<|\bfunction\b|\blocal\b/);
});
