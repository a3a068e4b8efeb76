import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireTool } from '../../support/requires.ts';
import { optionalProgram } from '../../support/tools.ts';
import { gateNode, probeScript } from './gate-node.ts';
import { processesOf, remoteNode } from './remote-node.ts';

const sshd = optionalProgram('sshd');
const endMsMax = 8_000;

let node: ReturnType<typeof gateNode>;
let remote: Awaited<ReturnType<typeof remoteNode>>;

beforeEach(async (context) => {
  requireTool(context, sshd);
  requireTool(context, {
    name: 'procfs',
    available: existsSync('/proc/self/stat'),
    why: 'processes are told by /proc',
  });
  node = gateNode();
  remote = await remoteNode(sshd.path ?? '', node, `PATH=${node.root}:/usr/bin:/bin exec /bin/sh ${probeScript}`);
});
afterEach(async () => {
  if (!sshd.available) return;
  await remote.stop();
  node.remove();
});

const running = (word: string) => processesOf(node).filter((line) => line.includes(word)).length;

describe('a command of the probe key on a real OpenSSH server leaves no process', () => {
  // The tool starts one of its own, and minds no polite request.
  const stubborn = `trap '' TERM HUP INT; echo begun; sleep 301 & sleep 302; wait`;

  it.each([
    ['the client closes its standard input', 'open', (client: Client) => client.child.stdin?.end()],
    ['the client is killed', 'open', (client: Client) => client.child.kill('SIGKILL')],
    ['the client is interrupted', 'open', (client: Client) => client.child.kill('SIGINT')],
    ['a client without standard input is killed', 'none', (client: Client) => client.child.kill('SIGKILL')],
  ] as const)('when %s', async (_name, stdin, act) => {
    node.tool('lsmod', stubborn);
    const client = remote.ssh('lsmod', stdin);
    await expect.poll(() => client.printed(), { timeout: endMsMax }).toBe('begun\n');
    await expect.poll(() => running('sleep 30'), { timeout: endMsMax }).toBe(2);
    // Later than the moment in which a client that offers no standard input is told from one that closed it.
    const begun = performance.now();
    await expect.poll(() => performance.now() - begun, { timeout: endMsMax }).toBeGreaterThan(2_500);
    act(client);
    await expect.poll(() => processesOf(node), { timeout: endMsMax }).toEqual([]);
  });

  it('when its time is up', async () => {
    node.tool('lsmod', stubborn);
    const client = remote.ssh('timeout -k 2 1 lsmod', 'none');
    expect(await client.ended).not.toBe(0);
    await expect.poll(() => processesOf(node), { timeout: endMsMax }).toEqual([]);
  });

  it('when it ended by itself, and passes exit code and output on', async () => {
    node.tool('lsmod', 'echo out; exit 3');
    for (const stdin of ['open', 'none'] as const) {
      const client = remote.ssh('lsmod', stdin);
      expect(await client.ended).toBe(3);
      expect(client.printed()).toBe('out\n');
    }
    await expect.poll(() => processesOf(node), { timeout: endMsMax }).toEqual([]);
  });
});

type Client = ReturnType<Awaited<ReturnType<typeof remoteNode>>['ssh']>;
