import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSshProbeRunner, type SshProbeRunner } from '../../../activities/adapters/ssh/probe-runner.ts';
import { allowList } from '../../../infra/gate/allow-list.ts';
import { withAllowList } from '../../../infra/gate/generate-allow-list.ts';
import { probes as all } from '../../../kb/probes/index.ts';
import { ToolMissingError } from '../../../kb/probes/missing-tool.ts';
import {
  ProbeParseError,
  type Probe,
  type ProbedNode,
  type ProbedSite,
  type ProbeOutput,
} from '../../../kb/schemas/probe.ts';
import { startOpenSsh, type OpenSshServer } from '../../activities/adapters/ssh/openssh-server.ts';
import { newKey } from '../../activities/adapters/ssh/ssh-node.ts';
import { requireTool } from '../../support/requires.ts';
import { optionalProgram } from '../../support/tools.ts';
import { probeScript } from './gate-node.ts';
import { jobNode, jobScript, type Trainer } from './job-node.ts';

// Every passive probe of host and network with this machine's own tools: client, sshd, forced command, tool, parser,
// meaning. Of trainers there is one, a process that has a rank.

const areas = ['kernel', 'modules', 'packages', 'host', 'cgroup', 'memory', 'disk', 'fs', 'net'];
const probes = all.filter(({ id, impact }) => impact === 'passive' && areas.includes(id.split('.')[0] ?? ''));
const limits = { perNodeMinuteMax: 10_000 };

/** A job meets on this machine, at the port of the server; its peer is the machine itself. */
const site = (): ProbedSite => ({
  nodes: ['node-01', 'node-02'].map((name) => ({ name, address: '127.0.0.1', bmc: undefined })),
  mounts: ['/'],
  interfaces: ['lo'],
  rendezvous: [{ host: '127.0.0.1', port: server?.node.ssh.port ?? 0 }],
});
const probed: ProbedNode = { name: 'node-01', gpus: [] };

const sshd = optionalProgram('sshd');
// A BusyBox shell that is built to prefer its own tools would read with those.
const usesTools = (shell: string) =>
  !shell.endsWith('busybox') || spawnSync(shell, ['sh', '-c', 'ls --version']).status === 0;
const shells = ['/bin/sh', '/bin/dash', '/bin/busybox'].filter((shell) => existsSync(shell) && usesTools(shell));
const keys = new Map(shells.map((shell) => [shell, newKey()]));

let folder = '';
let job: ReturnType<typeof jobNode> | undefined;
let trainer: Trainer | undefined;
let server: OpenSshServer | undefined;
const runners = new Map<string, SshProbeRunner>();

beforeAll(async () => {
  if (!sshd.available) return;
  folder = mkdtempSync(join(tmpdir(), 'wardround-host-probes-'));
  const script = join(folder, 'wardround-probe.sh');
  job = jobNode();
  trainer = await job.start(0, ['/bin/sh', '-c', 'echo ready; exec sleep 300']);
  // The machine's own sudo would ask for rules; who runs as root needs none.
  tool('sudo', 'shift; exec "$@"');
  tool('wardround-job', `exec /bin/sh ${jobScript} "$@"`);
  // The shipped script, with the list that these probes make: another test holds the shipped list against the probes.
  writeFileSync(script, withAllowList(readFileSync(probeScript, 'utf8'), allowList(probes)));
  server = await startOpenSsh({
    program: sshd.path ?? '',
    folder,
    keys: shells.map((shell) => ({
      key: keys.get(shell) ?? newKey(),
      command: `PATH=${folder}:/usr/bin:/bin exec ${shell}${shell.endsWith('busybox') ? ' sh' : ''} ${script}`,
    })),
  });
  for (const [shell, key] of keys)
    runners.set(shell, createSshProbeRunner({ privateKey: key.private, user: server.user, limits }));
});
afterAll(async () => {
  for (const runner of runners.values()) runner.close();
  await server?.stop();
  job?.remove();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => requireTool(context, sshd));

function tool(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

interface Read {
  readonly first: ProbeOutput;
  /** Of a probe that is read twice. */
  readonly second?: ProbeOutput;
}

describe.each(shells)('with the real tools, through the forced command under %s', (shell) => {
  let answers = new Map<string, Read>();
  beforeAll(async () => {
    if (!sshd.available) return;
    answers = new Map(await Promise.all(probes.map(async (probe) => [probe.id, await readAll(shell, probe)] as const)));
  }, 120_000);

  it.each(probes.map((probe) => [probe.id, probe] as const))('%s is read, or says what is missing', (id, probe) => {
    const { first = nothing, second } = answers.get(id) ?? {};
    let reading: unknown;
    try {
      reading = probe.parse(first);
    } catch (error) {
      expectMissing(error, probe, first);
      return;
    }
    expect(JSON.parse(JSON.stringify(reading))).toEqual(reading);
    expectMeaning(probe, reading);
    if (probe.again === undefined || second === undefined) return;
    const both = probe.again.combine(reading, probe.parse(second), 1_000);
    expectMeaning(probe, both);
    for (const { value } of probe.siblings?.numbers(both) ?? []) expect(Number.isFinite(value)).toBe(true);
  });
});

describe.each(shells)('the rank of this machine, through the forced command under %s', (shell) => {
  it.for([
    ['host.limits', '"pid":PID,"rank":40,'],
    ['host.cpu-affinity', '"pid":PID,"rank":40,'],
    ['cgroup.memory', '"ranks":\\[(?:\\d+,)*40[,\\]]'],
  ] as const)('is seen by %s, with what it may use', async ([id, shown], context) => {
    requireTool(context, { name: 'root', available: process.getuid?.() === 0, why: 'wardround-job reads as root' });
    const probe = all.find((one) => one.id === id);
    if (probe === undefined) throw new Error(`no probe ${id}`);
    const output = await run(shell, probe);
    expect(output.stdout).toMatch(new RegExp(`^== pid=${trainer?.pid} rank=40 `, 'm'));
    expect(JSON.stringify(probe.parse(output))).toMatch(new RegExp(shown.replace('PID', String(trainer?.pid))));
  });
});

const nothing: ProbeOutput = { stdout: '', stderr: '', exitCode: null };

it('refuses a command that no probe declares', async () => {
  const [shell = ''] = shells;
  const probe = probes[0];
  if (probe === undefined || server === undefined) throw new Error('no probe, or no server');
  const answer = await runners.get(shell)?.run(server.node, ['cat', '/etc/passwd'], probe);
  expect(answer).toMatchObject({ exitCode: 126, stdout: '' });
  expect(() => probe.parse(answer ?? { stdout: '', stderr: '', exitCode: 0 })).toThrow('allow-list');
});

async function readAll(shell: string, probe: Probe): Promise<Read> {
  const read = () => run(shell, probe);
  const first = await read();
  return probe.again === undefined ? { first } : { first, second: await read() };
}

function argsOf(probe: Probe): unknown {
  return probe.args.parse({ node: 'node-01', ...probe.devices?.(probed, site())[0] });
}

async function run(shell: string, probe: Probe): Promise<ProbeOutput> {
  const runner = runners.get(shell);
  if (runner === undefined || server === undefined) throw new Error('no server');
  const { timeoutMs, outputBytesMax } = probe;
  return runner.run(server.node, probe.argv(argsOf(probe)), { timeoutMs, outputBytesMax });
}

/** What not every Linux offers; everything else must be read on any machine that runs this. */
const optionalIds = [
  'packages.versions',
  'host.numa',
  'host.iommu-acs',
  'host.clock-sync',
  'host.services',
  'disk.smart',
  'disk.reclaimable',
  'modules.loaded',
  'kernel.log',
  'packages.versions-rpm',
  'host.clock-timesyncd',
  'host.clock-ntpd',
  // Of a user who is not root.
  'host.limits',
  'host.cpu-affinity',
  'cgroup.memory',
  'net.mtu',
  'net.reach',
  'net.node-reach',
  'net.path-mtu',
  'net.interfaces',
  'net.routes',
  'net.neighbours',
  'net.counters',
  'net.name-resolution',
  'net.ports-reachable',
  'net.listeners',
  'net.firewall',
  'net.firewall-nft',
  'net.link-settings',
];

function expectMissing(error: unknown, { id }: Probe, output: ProbeOutput): void {
  expect(optionalIds, `${id}: ${JSON.stringify(output).slice(0, 400)}`).toContain(id);
  // Callers that know of no missing tools see what they know: output that cannot be read.
  expect(error).toBeInstanceOf(ProbeParseError);
  expect(isTrue(error, id), `${String(error)}`).toBe(true);
}

/** Does what the error says of this machine hold? */
function isTrue(error: unknown, id: string): boolean {
  if (!(error instanceof ToolMissingError)) return id === 'disk.smart' && !existsSync('/dev/nvme0n1');
  const missing = /^(\S+) is not installed on the node$/.exec(error.message)?.[1];
  if (missing !== undefined) return !isInstalled(missing);
  if (id === 'host.services') return !existsSync('/run/systemd/system');
  if (id === 'host.clock-timesyncd' && error.message.startsWith('systemd-timesyncd is not installed'))
    return !existsSync('/run/systemd/timesync');
  return /not permitted|did not run as root/.test(error.message);
}

function expectMeaning(probe: Probe, reading: unknown): void {
  const found = probe.meaning(reading, probed, argsOf(probe), site());
  expect(found.length).toBeGreaterThan(0);
  for (const { kind } of found) expect(probe.outcomes.map(({ id }) => id)).toContain(kind);
}

/** Where the forced command looks. */
function isInstalled(program: string): boolean {
  const path = `${folder}:/usr/bin:/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin`;
  return path.split(delimiter).some((each) => existsSync(join(each, program)));
}
