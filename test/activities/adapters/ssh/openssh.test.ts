import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2, { type ClientChannel, type ExecOptions } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSshGateClient } from '../../../../activities/adapters/ssh/gate-client.ts';
import { createSshProbeRunner } from '../../../../activities/adapters/ssh/probe-runner.ts';
import { gateNode, gateScript, probeScript } from '../../../infra/gate/gate-node.ts';
import { requireTool } from '../../../support/requires.ts';
import { optionalProgram } from '../../../support/tools.ts';
import { startOpenSsh, type OpenSshServer } from './openssh-server.ts';
import { newKey, type Key } from './ssh-node.ts';

const tool = optionalProgram('sshd');
const gateKey = newKey();
const probeKey = newKey();
const environmentKey = newKey();
const anyKey = newKey();
const token = '0123456789abcdef'.repeat(2);
const request = { token, fence: '1700000000000.7', stepId: 'gpu-clocks-lock', args: ['3', '210', '1410'] };
const limits = { timeoutMs: 10_000, outputBytesMax: 100_000 };

let folder: ReturnType<typeof gateNode>;
let servers: OpenSshServer[];

beforeEach((context) => {
  requireTool(context, tool);
  folder = gateNode();
  servers = [];
});
afterEach(async () => {
  if (!tool.available) return;
  await Promise.all(servers.map((server) => server.stop()));
  folder.remove();
});

/** Both scripts as forced commands. A variable of the client's would win over these, if sshd let it through. */
async function start(config: readonly string[] = []): Promise<OpenSshServer> {
  const path = `PATH=${folder.root}:/usr/bin:/bin`;
  const directory = `WARDROUND_GATE_DIR=\${WARDROUND_GATE_DIR:-${folder.directory}}`;
  const server = await startOpenSsh({
    program: tool.path ?? '',
    folder: folder.root,
    keys: [
      { key: gateKey, command: `${path} ${directory} exec /bin/sh ${gateScript}` },
      { key: probeKey, command: `${path} exec /bin/sh ${probeScript}` },
      { key: environmentKey, command: 'env' },
      // Bound, as a probe key is, so that sshd passes no signal on; but to whatever is asked for.
      { key: anyKey, command: 'exec sh -c "exec $SSH_ORIGINAL_COMMAND"' },
    ],
    config,
  });
  servers.push(server);
  return server;
}

const gateOf = ({ user }: OpenSshServer) => createSshGateClient({ privateKey: gateKey.private, user });
const probeOf = ({ user }: OpenSshServer) => createSshProbeRunner({ privateKey: probeKey.private, user });
const journal = () => readdirSync(join(folder.directory, 'journal'));

describe('the gate behind a real OpenSSH server', () => {
  it('does a step once, writes one journal entry, and answers repeats from it', async () => {
    const server = await start();
    const gate = gateOf(server);
    expect(await gate.look(server.node, token)).toEqual({ outcome: 'none' });
    const both = await Promise.all([gate.apply(server.node, request), gate.apply(server.node, request)]);
    expect(both.filter((reply) => 'replayed' in reply && reply.replayed)).toHaveLength(1);
    expect(await gate.apply(server.node, request)).toMatchObject({ outcome: 'done', exitCode: 0, replayed: true });
    expect(folder.calls()).toEqual(['-i 3 -lgc 210,1410']);
    expect(journal()).toEqual([token]);
    expect(server.log()).toContain('Accepted publickey');
  });

  it('refuses what is not of the protocol, whatever the client asks for', async () => {
    const server = await start();
    for (const ask of [
      'nvidia-smi -i 3 -rgc',
      `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 3; id`,
      'internal-sftp',
    ])
      expect(await exec(server, gateKey, ask)).toMatch(/^gate: 1\noutcome: refused\n/);
    expect(await shell(server, gateKey)).toContain('opens no shell');
    expect(folder.calls()).toEqual([]);
  });
});

describe('the probe key on a real OpenSSH server', () => {
  it('reads what the list allows, and is refused everything else', async () => {
    const server = await start();
    const meminfo = await probeOf(server).run(server.node, ['cat', '/proc/meminfo'], limits);
    expect(meminfo).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^MemTotal:/) as unknown });
    const passwd = await probeOf(server).run(server.node, ['cat', '/etc/passwd'], limits);
    expect(passwd).toMatchObject({ exitCode: 126, stdout: '', stderr: expect.stringContaining('refused') as unknown });
    const change = await probeOf(server).run(server.node, ['nvidia-smi', '-i', '3', '-rgc'], limits);
    expect(change.exitCode).toBe(126);
    expect(folder.calls()).toEqual([]);
  });
});

describe('a command that does not end by itself on a real OpenSSH server', () => {
  // Seconds that no other process of this machine sleeps.
  const long = () => `61.${Date.now() % 1_000_000}`;
  const running = (word: string) =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    }).length;
  const runnerOf = ({ user }: OpenSshServer) => createSshProbeRunner({ privateKey: anyKey.private, user });

  it('is ended there at its deadline', async () => {
    const server = await start();
    const word = long();
    const ran = runnerOf(server).run(server.node, ['sleep', word], { ...limits, timeoutMs: 1_000 });
    await expect.poll(() => running(word), { timeout: 5_000 }).toBeGreaterThan(0);
    await expect(ran).rejects.toThrow('did not end within 1000 ms');
    await expect.poll(() => running(word), { timeout: 5_000 }).toBe(0);
  });

  it('is ended when nobody waits for it any longer, at once where it reads its input', async () => {
    const server = await start();
    const runner = runnerOf(server);
    const cancel = new AbortController();
    const file = `/proc/self/../uptime-${long()}`;
    const run = { ...limits, timeoutMs: 30_000, signal: cancel.signal };
    const reading = runner.run(server.node, ['cat', '-', file], run).catch(String);
    const cats = () => running(file);
    await expect.poll(cats, { timeout: 5_000 }).toBeGreaterThan(0);
    cancel.abort(new Error('Ctrl-C'));
    expect(await reading).toBe('Error: Ctrl-C');
    await expect.poll(cats, { timeout: 5_000 }).toBe(0);
  });
});

describe('the host key of a real OpenSSH server', () => {
  it('is pinned: with another one in the inventory nothing is sent, not even the key of the user', async () => {
    const server = await start();
    const node = { ...server.node, ssh: { ...server.node.ssh, hostKeys: [newKey().public] } };
    await expect(gateOf(server).apply(node, request)).rejects.toMatchObject({ kind: 'tampered' });
    await expect.poll(() => server.log()).toMatch(/Disconnected|Connection (closed|reset)/);
    expect(server.log()).not.toMatch(/publickey/);
    expect(folder.calls()).toEqual([]);
  });

  it('that was changed on the server is noticed, too', async () => {
    const [before, after] = [await start(), await start()];
    const node = { ...before.node, ssh: { ...before.node.ssh, port: after.node.ssh.port } };
    await expect(probeOf(after).run(node, ['lsmod'], limits)).rejects.toMatchObject({ kind: 'tampered' });
  });
});

describe('a client', () => {
  const env = { WARDROUND_GATE_DIR: '/nowhere', WARDROUND_TEST: 'sent', LD_PRELOAD: '/nowhere.so' };

  it('sets no variable of the forced command', async () => {
    const server = await start();
    const seen = await exec(server, environmentKey, 'anything', { env });
    expect(seen).toContain('SSH_ORIGINAL_COMMAND=anything');
    expect(seen).not.toMatch(/nowhere|WARDROUND_/);
    const reply = await exec(server, gateKey, `wardround-gate/1 apply ${token} 1.1 gpu-clocks-reset 3`, { env });
    expect(reply).toMatch(/^gate: 1\noutcome: done\n/);
    expect(journal()).toEqual([token]);
  });

  it('would set them where sshd is told to accept them, so the test above can tell', async () => {
    const server = await start(['AcceptEnv WARDROUND_*']);
    expect(await exec(server, environmentKey, 'anything', { env })).toContain('WARDROUND_TEST=sent');
  });

  it('gets no terminal and no forwarding', async () => {
    const server = await start();
    await expect(exec(server, probeKey, 'lsmod', { pty: true })).rejects.toThrow(/pseudo-terminal/);
    const { port } = server.node.ssh;
    await expect(
      connected(
        server,
        probeKey,
        (client) =>
          new Promise((done, fail) =>
            client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error) =>
              error === undefined ? done('forwarded') : fail(error),
            ),
          ),
      ),
    ).rejects.toThrow(/prohibited|open failed/i);
  });
});

/** What a client of its own kind, without our adapters' care, gets out of the server. */
async function connected<T>(server: OpenSshServer, key: Key, use: (client: ssh2.Client) => Promise<T>): Promise<T> {
  const client = new ssh2.Client();
  try {
    await new Promise<void>((ready, fail) => {
      client.on('ready', ready).on('error', fail);
      client.connect({ host: '127.0.0.1', port: server.node.ssh.port, username: server.user, privateKey: key.private });
    });
    return await use(client);
  } finally {
    client.end();
  }
}

function exec(server: OpenSshServer, key: Key, command: string, options: ExecOptions = {}): Promise<string> {
  return connected(server, key, (client) => output((callback) => client.exec(command, options, callback)));
}

function shell(server: OpenSshServer, key: Key): Promise<string> {
  return connected(server, key, (client) => output((callback) => client.shell(false, callback)));
}

function output(open: (callback: ssh2.ClientCallback) => void): Promise<string> {
  return new Promise((done, fail) => {
    open((error: Error | undefined, stream: ClientChannel) => {
      if (error !== undefined) {
        fail(error);
        return;
      }
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.stderr.resume();
      stream.on('close', () => done(text));
      stream.end();
    });
  });
}
