import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireTool } from '../../support/requires.ts';
import { optionalProgram } from '../../support/tools.ts';
import { gateNode, measureScript, probeScript } from './gate-node.ts';
import { processesOf, remoteNode } from './remote-node.ts';

const linux = { name: 'procfs', available: existsSync('/proc/self/stat'), why: 'it measures Linux nodes' };
const sshd = optionalProgram('sshd');
const endMsMax = 8_000;

let node: ReturnType<typeof gateNode>;
let mount: string;
let started: ChildProcess[];
beforeEach((context) => {
  requireTool(context, linux);
  node = gateNode();
  mount = join(node.root, 'mount');
  mkdirSync(mount);
  started = [];
  smi();
  for (const tool of ['dcgmproftester12', 'nvbandwidth', 'all_reduce_perf', 'sendrecv_perf', 'ib_write_bw', 'dcgmi'])
    node.tool(tool, `echo "${tool} on $CUDA_VISIBLE_DEVICES"`);
});
afterEach(() => {
  if (!linux.available) return;
  for (const child of started) child.kill('SIGKILL');
  node.remove();
});

/** An nvidia-smi that knows eight GPUs and these processes. */
function smi(processes: readonly (readonly [gpu: number, pid: number])[] = []) {
  const list = Array.from({ length: 8 }, (_each, at) => `${at}, GPU-${at}`).join('\n');
  const apps = processes.map(([gpu, pid]) => `GPU-${gpu}, ${pid}`).join('\n');
  node.tool('nvidia-smi', `case $1 in *compute-apps*) printf '%s\\n' '${apps}' ;; *) echo '${list}' ;; esac`);
}

const environment = () => ({
  PATH: `${node.root}:/usr/bin:/bin`,
  WARDROUND_RUN_DIR: join(node.root, 'run'),
  WARDROUND_MEASURE_MIB: '8',
  CUDA_VISIBLE_DEVICES: 'all',
});

/** Standard input stays open until the measurement ends, or the test ends it. */
function start(words: readonly string[], env: Readonly<Record<string, string>> = {}, shell = '/bin/sh') {
  const child = spawn(shell, [measureScript, ...words], {
    env: { ...environment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return { child, printed: () => stdout, ended };
}

const measured = (words: readonly string[], env = {}) => start(words, env).ended;
const toolCalls = () => node.calls().filter((line) => !line.startsWith('--query-'));
const isFree = () => spawnSync('flock', ['-n', join(node.root, 'run', 'measure.lock'), 'true']).status === 0;

describe('a measurement', () => {
  it.each([
    ['gemm 3', 'dcgmproftester12', 'gpu3', '--no-dcgm-validation -t 1004 -d 10', '3'],
    ['hbm 0', 'nvbandwidth', 'gpu0', '-t device_local_copy', '0'],
    ['pcie 7', 'nvbandwidth', 'gpu7', '-t host_to_device_memcpy_ce', '7'],
    ['nvlink', 'nvbandwidth', 'gpus', '-t device_to_device_memcpy_read_ce', 'all'],
    ['nccl-ring', 'all_reduce_perf', 'gpus', '-b 8M -e 1G -f 2 -g 8', 'all'],
    ['dcgm', 'dcgmi', 'gpus', 'diag -r 2 -j', 'all'],
    ['ib-server mlx5_2', 'ib_write_bw', 'mlx5_2', '-d mlx5_2 -D 5 --report_gbits', 'all'],
    ['ib-client mlx5_2 10.0.0.8', 'ib_write_bw', 'mlx5_2', '-d mlx5_2 -D 5 --report_gbits 10.0.0.8', 'all'],
  ])('%s runs its tool between a head and an end', async (request, tool, device, call, gpus) => {
    const { code, stdout, stderr } = await measured(request.split(' '));
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      new RegExp(
        `^== measure ${request} tool=${tool} device=${device}\n${tool} on ${gpus}\n== end exit=0 seconds=\\d+\n$`,
      ),
    );
    expect(code).toBe(0);
    expect(toolCalls()).toEqual([call]);
  });

  it('of neighbours goes round the ring of GPUs', async () => {
    const { stdout } = await measured(['nccl-pairwise']);
    const pairs = stdout.split('\n').filter((line) => line.startsWith('== pair '));
    expect(pairs).toEqual(Array.from({ length: 8 }, (_each, at) => `== pair ${at} ${(at + 1) % 8}`));
    expect(stdout).toContain('== pair 7 0\nsendrecv_perf on 7,0\n');
    expect(toolCalls()).toEqual(Array.from({ length: 8 }, () => '-b 64M -e 64M -g 2'));
  });

  it('says how its tool ended', async () => {
    node.tool('nvbandwidth', 'echo half; exit 3');
    const { code, stdout } = await measured(['hbm', '1']);
    expect(stdout).toMatch(/\nhalf\n== end exit=3 seconds=\d+\n$/);
    expect(code).toBe(3);
  });

  it('says how long it took also when the clock of the node is set back meanwhile', async () => {
    node.tool('date', 'echo 1000');
    node.tool('nvbandwidth', `printf '#!/bin/sh\necho 10\n' >${node.root}/date`);
    expect((await measured(['hbm', '1'])).stdout).toMatch(/\n== end exit=0 seconds=\d+\n$/);
  });

  it('of storage writes, reads back, compares, and leaves the folder as it was', async () => {
    const { stdout, stderr } = await measured(['storage', mount]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\nwrite_mib_s \d+\nread_mib_s \d+\nverified yes\n== end exit=0 seconds=\d+\n$/);
    expect(readdirSync(mount)).toEqual([]);
  });

  it('of storage tells content that comes back changed', async () => {
    node.tool('cmp', 'exit 1');
    expect((await measured(['storage', mount])).stdout).toContain('\nverified no\n');
  });

  it('of storage takes away what a machine that died left behind, and nothing else', async () => {
    for (const name of ['.wardround-measure.1', '.wardround-measure.2', 'other']) writeFileSync(join(mount, name), '');
    for (const name of ['.wardround-measure.1', 'other']) utimesSync(join(mount, name), 1_000_000, 1_000_000);
    await measured(['storage', mount]);
    expect(readdirSync(mount).toSorted()).toEqual(['.wardround-measure.2', 'other']);
  });
});

describe('is refused and runs nothing', () => {
  it.each([
    ['a GPU in use', ['gemm', '3'], 'busy: GPU 3 is used by 1 process\n'],
    ['a node in use', ['nvlink'], 'busy: GPU 3 is used by 1 process\n'],
    ['a node in use, whoever runs the tests', ['dcgm'], 'busy: GPU 3 is used by 1 process\n'],
    ['a network of a node in use', ['ib-client', 'mlx5_0', 'node-08'], 'busy: GPU 3 is used by 1 process\n'],
  ])('busy: %s', async (_name, words, said) => {
    smi([
      [3, 4242],
      [5, 1],
      [5, 2],
    ]);
    expect(await measured(words)).toMatchObject({ code: 75, stdout: '', stderr: `wardround-measure: ${said}` });
    expect(toolCalls()).toEqual([]);
    expect((await measured(['gemm', '5'])).stderr).toContain('busy: GPU 5 is used by 2 processes');
    expect(await measured(['gemm', '4'])).toMatchObject({ code: 0 });
  });

  it('reserved: while another one runs, and not after it', async () => {
    node.tool('nvbandwidth', 'exec sleep 300');
    const first = start(['hbm', '1']);
    await expect.poll(() => toolCalls().length, { timeout: endMsMax }).toBe(1);
    const second = await measured(['gemm', '2']);
    expect(second).toMatchObject({ code: 75, stderr: 'wardround-measure: busy: reserved by another measurement\n' });
    first.child.stdin.end();
    await first.ended;
    await expect.poll(isFree, { timeout: endMsMax }).toBe(true);
    expect(await measured(['gemm', '2'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['a tool', { PATH: '/usr/bin:/bin' }, ['hbm', '0'], 'missing: nvbandwidth is not installed'],
    ['DCGM', { PATH: '/usr/bin:/bin' }, ['dcgm'], 'missing: dcgmi is not installed'],
    ['room', { WARDROUND_MEASURE_MIB: '99999999' }, ['storage', '/tmp'], 'missing: 199999998 MiB of room in /tmp'],
  ])('missing: %s', async (_name, env, words, said) => {
    const reply = await measured(words, env);
    expect(reply).toMatchObject({ code: 69, stdout: '', stderr: `wardround-measure: ${said}\n` });
  });

  it('missing: an nvidia-smi that does not answer', async () => {
    node.tool('nvidia-smi', 'echo "Failed to initialize NVML: Unknown Error"; exit 255');
    expect(await measured(['hbm', '0'])).toMatchObject({ code: 69, stdout: '' });
    expect(toolCalls().filter((line) => line.startsWith('-t'))).toEqual([]);
  });

  it.each([
    [],
    ['help'],
    ['gemm'],
    ['gemm', '3', '4'],
    ['gemm', '16'],
    ['gemm', '-1'],
    ['gemm', '0,1'],
    ['gemm', '3; id'],
    ['nvlink', '3'],
    ['dcgm', '3'],
    ['dcgm', '-r 4'],
    ['ib-client', 'mlx5_0'],
    ['ib-client', 'mlx5_0', '-oX'],
    ['ib-client', '--help', 'node-08'],
    ['ib-client', 'mlx5_0', 'node-08', 'x'],
    ['ib-server', 'mlx5_0 x'],
    ['storage', '/'],
    ['storage', 'tmp'],
    ['storage', '/no/such/folder'],
    ['storage', '/tmp/../etc'],
    ['storage', '/tmp/*'],
    ['storage', '/proc/self/cwd'],
    ['gemm', '9'],
  ])('invalid: %s %s %s %s', async (...words) => {
    smi();
    node.tool('nvidia-smi', `[ "\${1#*apps}" != "$1" ] || echo '0, GPU-0'`);
    const reply = await measured(words.filter((word) => word !== undefined));
    expect(reply).toMatchObject({ code: 64, stdout: '' });
    expect(reply.stderr).toMatch(/^wardround-measure: invalid: [ -~]+\n$/);
    expect(toolCalls()).toEqual([]);
  });
});

describe('leaves no process, no lock and no file', () => {
  /** Its own children too, and polite requests are not heard. */
  const stubborn = `trap '' TERM HUP INT; sleep 301 & sleep 302; wait`;
  const running = () => processesOf(node).filter((line) => line.includes('sleep 30')).length;
  const nothingLeft = async () => {
    await expect.poll(() => processesOf(node), { timeout: endMsMax }).toEqual([]);
    expect(isFree()).toBe(true);
    expect(readdirSync(mount)).toEqual([]);
  };

  it.each([
    ['standard input closes', (child: ChildProcess) => child.stdin?.end()],
    ['it is interrupted', (child: ChildProcess) => child.kill('SIGINT')],
    ['it is ended', (child: ChildProcess) => child.kill('SIGTERM')],
    [
      'it is killed and standard input closes with it',
      (child: ChildProcess) => {
        child.kill('SIGKILL');
        child.stdin?.end();
      },
    ],
  ])('when %s', async (_name, act) => {
    for (const words of [['nccl-pairwise'], ['dcgm'], ['storage', mount]]) {
      for (const tool of ['sendrecv_perf', 'dcgmi']) node.tool(tool, stubborn);
      // Writes a part and then hangs.
      node.tool('openssl', `head -c 1000 /dev/zero; ${stubborn}`);
      const { child } = start(words);
      await expect.poll(running, { timeout: endMsMax }).toBe(2);
      expect(readdirSync(mount)).toHaveLength(words[0] === 'storage' ? 1 : 0);
      expect(isFree()).toBe(false);
      act(child);
      await nothingLeft();
    }
  });

  it('when its time is up', async () => {
    // The real one with a shorter time.
    node.tool('timeout', 'shift 3; exec /usr/bin/timeout -k 1 1 "$@"');
    node.tool('nvbandwidth', stubborn);
    const { code, stdout } = await measured(['hbm', '0']);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/\n== end exit=(124|137) seconds=\d+\n$/);
    await nothingLeft();
  });

  it.for([
    ['the client is killed', 'SIGKILL'],
    ['the client is interrupted', 'SIGINT'],
    ['the client closes its standard input', null],
  ] as const)('through the forced command of a real OpenSSH server when %s', async ([, signal], context) => {
    requireTool(context, sshd);
    node.tool('sudo', 'shift; exec "$@"');
    node.tool('wardround-measure', `exec /bin/sh ${measureScript} "$@"`);
    node.tool('nvbandwidth', stubborn);
    const variables = Object.entries(environment()).map(([name, value]) => `${name}=${value}`);
    const remote = await remoteNode(sshd.path ?? '', node, `${variables.join(' ')} exec /bin/sh ${probeScript}`);
    try {
      const client = remote.ssh('timeout -k 2 90 sudo -n wardround-measure hbm 2');
      await expect.poll(running, { timeout: endMsMax }).toBe(2);
      expect(client.printed()).toBe('== measure hbm 2 tool=nvbandwidth device=gpu2\n');
      if (signal === null) client.child.stdin?.end();
      else client.child.kill(signal);
      await nothingLeft();
    } finally {
      await remote.stop();
    }
  });
});
