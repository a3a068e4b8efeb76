import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectError, type ProbeRunner } from '../../../activities/ports.ts';
import { loadConfig } from '../../../workers/config.ts';
import { inventoryCommand } from '../../../workers/cli/inventory.ts';
import { gpuLabels, kubernetesNode, slurmJobLine, slurmNodeLine } from '../../kb/inventory/outputs.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { runCli } from '../support/cli-runs.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('inventory-cli');
});
afterEach(() => folder.remove());

const file = (name: string, text?: string): string => {
  const place = path.join(folder.path, name);
  if (text !== undefined) writeFileSync(place, text);
  return place;
};

/** Answers as two nodes with two GPUs each would; the second one only where it is allowed to. */
const nodesAnswer = (silent: readonly string[] = []): ProbeRunner => ({
  async run({ name }, [tool]) {
    if (silent.includes(name)) throw new ConnectError('unreachable', `${name}: no route`);
    const number = name.slice(-1);
    const lines = [0, 1].map(
      (gpu) =>
        `${gpu}, GPU-0000000${number}-0000-0000-0000-00000000000${gpu}, 00000000:0${gpu + 7}:00.0, 92.00, G506, 550.90.07, NVIDIA A800-SXM4-80GB\n`,
    );
    const stdout =
      tool === 'nvidia-smi'
        ? lines.join('')
        : `CA 'mlx5_0'\n\tPort 1:\n\t\tState: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n`;
    return { stdout, stderr: '', exitCode: 0 };
  },
});

async function inventory(argv: readonly string[], runner: ProbeRunner = nodesAnswer()) {
  const config = async () => loadConfig({ WARDROUND_STATE_DIR: folder.path });
  return runCli((context) => inventoryCommand({ ...context, config }, async () => runner), ['inventory', ...argv]);
}

const scontrol = () =>
  file(
    'scontrol',
    ['node-01', 'node-02'].map((name) => slurmNodeLine(name, { gres: 'gpu:a800:2' })).join('') +
      slurmJobLine(7, { tasks: 4, gpus: 4 }),
  );
const knownHosts = () =>
  file(
    'known_hosts',
    ['node-01', 'node-02'].map((name, at) => `${name} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${at}A==\n`).join(''),
  );
const fromSlurm = () => ['import', '--from', 'slurm', scontrol(), '--cluster', 'site-a'];
const whole = () => [
  ...fromSlurm(),
  '--ssh-user',
  'probe',
  '--logs-bucket',
  'logs',
  '--known-hosts',
  knownHosts(),
  '--ask',
];

describe('inventory import', () => {
  it('prints what a scheduler knows, says what is missing and how to get host keys', async () => {
    const { stdout, stderr, exitCode } = await inventory(fromSlurm());
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^version: 1\ncluster: site-a\n/);
    expect(stdout).toContain('{rank: 3, node: node-02, gpu: 1}');
    expect(stderr).toContain('no host key, so nothing talks to it: --known-hosts (node-01, node-02)');
    expect(stderr).toContain('ssh-keyscan -t ed25519 node-01 node-02 >> scanned-keys');
    expect(stderr).toContain('not who it is');
  });

  it('with keys and answers of the nodes it is whole; importing again changes not one byte', async () => {
    const into = file('inventory.yaml');
    const first = await inventory([...whole(), '--into', into]);
    expect(first.stderr).toMatch(/node-01 {2}SHA256:\S+ \(ssh-ed25519, .*known_hosts:1\)/);
    expect(first.stderr).toContain('restart the workers');
    expect(first.exitCode).toBe(0);
    const written = readFileSync(into, 'utf8');
    const again = await inventory([...whole(), '--into', into]);
    expect(again.stderr).toContain('is up to date');
    expect(readFileSync(into, 'utf8')).toBe(written);
    expect(existsSync(`${into}.before`)).toBe(false);
    const check = await inventory(['check', into, '--connect']);
    expect(check).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0 errors, 0 warnings') });
  });

  it('--diff writes nothing, and a person’s field stays', async () => {
    const into = file('inventory.yaml');
    await inventory([...whole(), '--into', into]);
    const edited = readFileSync(into, 'utf8').replace('  - name: node-01\n', '  - name: node-01\n    rack: r1\n');
    writeFileSync(into, edited);
    file(
      'scontrol',
      slurmNodeLine('node-01', { gres: 'gpu:a800:2' }) + slurmNodeLine('node-03', { gres: 'gpu:a800:2' }),
    );
    const more = ['import', '--from', 'slurm', file('scontrol'), '--into', into];
    const diff = await inventory([...more, '--diff']);
    expect(diff.stdout).toContain('+ nodes.node-03.ssh.host: node-03');
    expect(diff.stderr).toContain('node-02: node kept, though the source does not list it');
    expect(readFileSync(into, 'utf8')).toBe(edited);
    await inventory(more);
    expect(readFileSync(into, 'utf8')).toContain('rack: r1');
    expect(readFileSync(`${into}.before`, 'utf8')).toBe(edited);
  });

  it('takes Ansible’s three forms, and Kubernetes', async () => {
    const ini = file('hosts', '[gpu]\nnode[01:02] ansible_user=probe\n');
    const yaml = file(
      'hosts.yaml',
      '---\nall:\n  children:\n    gpu:\n      hosts:\n        node[01:02]: { ansible_user: probe }\n',
    );
    const list = file('list.json', JSON.stringify({ _meta: { hostvars: {} }, gpu: { hosts: ['node01', 'node02'] } }));
    for (const source of [ini, yaml, list]) {
      const { stdout } = await inventory([
        'import',
        '--from',
        'ansible',
        source,
        '--group',
        'gpu',
        '--cluster',
        'site-a',
        '--ssh-user',
        'probe',
      ]);
      expect(stdout.match(/name: node0\d/g)).toEqual(['name: node01', 'name: node02']);
      expect(stdout).toContain('user: probe');
    }
    const nodes = file(
      'nodes.json',
      JSON.stringify({ kind: 'List', items: [kubernetesNode('node-1', { labels: { ...gpuLabels, 'x/rack': 'r9' } })] }),
    );
    const read = await inventory([
      'import',
      '--from',
      'kubernetes',
      nodes,
      '--label',
      'rack=x/rack',
      '--cluster',
      'k',
      '--json',
    ]);
    const { inventory: draft, written } = JSON.parse(read.stdout);
    expect(written).toBe(false);
    expect(draft.nodes[0]).toMatchObject({ name: 'node-1', rack: 'r9', ssh: { host: '10.8.102.148' } });
  });

  it('an inventory file completes another one', async () => {
    const into = file(
      'inventory.yaml',
      'cluster: site-a\nnodes:\n  - name: node-01\n    rack: r1\n    ssh: { host: node-01.mgmt }\n',
    );
    const source = file('other.json', JSON.stringify(smallInventory()));
    const { exitCode } = await inventory(['import', '--from', 'yaml', source, '--into', into]);
    expect(exitCode).toBe(0);
    expect(readFileSync(into, 'utf8')).toMatch(/name: node-01\n {4}ssh:\n {6}host: node-01\.mgmt[^]*rack: r1/);
  });

  it.each<[string, () => readonly string[], number, RegExp]>([
    ['no name of the cluster', () => ['import', '--from', 'slurm', scontrol()], 2, /add --cluster/],
    [
      'a source that is none',
      () => ['import', '--from', 'slurm', file('x', 'hello\n'), '--cluster', 'a'],
      1,
      /x:1: "hello" is no output of scontrol/,
    ],
    [
      'a file that is not there',
      () => ['import', '--from', 'slurm', file('gone'), '--cluster', 'a'],
      1,
      /gone can not be read/,
    ],
    ['an unknown source', () => ['import', '--from', 'pbs', 'x'], 2, /yaml, slurm, ansible or kubernetes/],
    [
      'JSON that is cut',
      () => ['import', '--from', 'kubernetes', file('n', '{"items":'), '--cluster', 'a'],
      1,
      /n: not JSON/,
    ],
    ['keys that are none', () => [...fromSlurm(), '--known-hosts', file('k', 'node-01 nonsense\n')], 1, /k:1: /],
  ])('says what is wrong: %s', async (_what, argv, code, message) => {
    const { exitCode, stderr } = await inventory(argv());
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(message);
  });
});

describe('inventory check and show', () => {
  it('names file, line and field of everything', async () => {
    const place = file(
      'inventory.yaml',
      'cluster: site-a\nnodes:\n  - name: node-01\n    ssh: { host: a, user: probe }\n    gpus:\n      - { index: 0 }\n',
    );
    const { stdout, exitCode } = await inventory(['check', place]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${place}:4 error nodes.0.ssh.hostKeys: node-01: no host key`);
    expect(stdout).toContain(`${place}:5 error nodes.0.gpus: node-01: no uuid of GPU 0`);
    const wrong = await inventory([
      'check',
      file('inventory.yaml', 'cluster: site-a\nnodes:\n  - name: A\n    ssh: { host: x }\n'),
    ]);
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${place}:3 nodes.0.name: `) });
  });

  it('--connect names nodes that do not answer, and GPUs that are others', async () => {
    const into = file('inventory.yaml');
    await inventory([...whole(), '--into', into]);
    writeFileSync(
      into,
      readFileSync(into, 'utf8').replace(
        'GPU-00000001-0000-0000-0000-000000000001',
        'GPU-0000000f-0000-0000-0000-000000000001',
      ),
    );
    const { stdout, exitCode } = await inventory(['check', into, '--connect'], nodesAnswer(['node-02']));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/nodes\.1: node-02: could not be asked: no route/);
    expect(stdout).toMatch(/nodes\.0: node-01: gpus\.1\.uuid: GPU-0000000f\S+ kept; the node says GPU-00000001/);
  });

  it('shows nodes with GPUs and jobs', async () => {
    const place = file('small.json', JSON.stringify(smallInventory()));
    const { stdout } = await inventory(['show', place]);
    expect(stdout).toMatch(/^NODE +ADDRESS +GPUS +HCAS +LEAF +RACK +BMC +JOBS$/m);
    expect(stdout).toMatch(/^node-02 +127\.0\.1\.2 port 2222 +2 NVIDIA A800-SXM4-80GB +pretrain 2-3$/m);
    const { nodes } = JSON.parse((await inventory(['show', place, '--json'])).stdout);
    expect(nodes[0].jobs).toEqual([{ name: 'pretrain', ranks: [0, 1] }]);
  });
});
