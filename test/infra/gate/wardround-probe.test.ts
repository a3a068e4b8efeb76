import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowList } from '../../../infra/gate/allow-list.ts';
import { withAllowList } from '../../../infra/gate/generate-allow-list.ts';
import { probes } from '../../../kb/probes/index.ts';
import { gateNode, probeScript } from './gate-node.ts';
import { hostileLines, linesOf } from './probe-lines.ts';

const patterns = allowList(probes);
const lines = [...new Set(probes.flatMap(linesOf))];
const hostile = [...new Set(lines.flatMap(hostileLines))].filter((line) => !lines.includes(line));

let node: ReturnType<typeof gateNode>;
beforeEach(() => {
  node = gateNode();
});
afterEach(() => node.remove());

describe('the list of the probe key', () => {
  it('stands in the script as the declared probes make it', () => {
    const text = readFileSync(probeScript, 'utf8');
    expect(withAllowList(text, patterns) === text, 'run node infra/gate/generate-allow-list.ts').toBe(true);
  });

  it('has every command of every probe, and none of their hostile variants', () => {
    const list = patterns.map((pattern) => new RegExp(`^${pattern}$`));
    const has = (line: string) => list.some((pattern) => pattern.test(line));
    expect(lines.filter((line) => !has(line))).toEqual([]);
    // The script refuses longer ones before it looks at the list.
    expect(hostile.filter((line) => line.length <= 1_024 && has(line))).toEqual([]);
  });

  it('means the same to grep', () => {
    const wholeLines = [...lines, ...hostile.filter((line) => line.length <= 1_024 && !/[\n\r\0]/.test(line))];
    const { stdout } = spawnSync('grep', ['-Ex', '-e', patterns.join('\n')], {
      input: `${wholeLines.join('\n')}\n`,
      env: { ...process.env, LC_ALL: 'C' },
    });
    expect(stdout.toString().trimEnd().split('\n')).toEqual(lines);
  });
});

const shells = ['/bin/sh', '/bin/dash', '/bin/bash', '/bin/busybox sh'].filter((shell) =>
  existsSync(shell.split(' ')[0] ?? ''),
);

describe('a session whose first process is gone', () => {
  it('ends no command, while who started the script is there', async () => {
    node.tool('lsmod', 'sleep 1; echo done');
    const inner = `sleep 0.2; SSH_ORIGINAL_COMMAND=lsmod /bin/sh ${probeScript}; echo "exit $?"`;
    const leader = spawn('/bin/sh', ['-c', `( ${inner} ) &`], {
      env: { PATH: `${node.root}:/usr/bin:/bin` },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    let printed = '';
    leader.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
    await once(leader, 'close');
    expect(printed).toBe('done\nexit 0\n');
  });
});

describe.each(shells)('the forced command of the probe key under %s', (shell) => {
  const ask = (request: string) => node.start(probeScript, request, {}, shell).ended;

  it('runs what each probe asks for, with and without a time, word for word', async () => {
    // The script's own grep has to be the real one.
    for (const tool of new Set(lines.map(toolOf))) if (tool !== 'grep') node.tool(tool, '');
    const calls: string[] = [];
    const wrong: unknown[] = [];
    for (const probe of probes) {
      const [line = ''] = linesOf(probe);
      const request = probe.id.length % 2 === 0 ? line : `timeout -k 2 30 ${line}`;
      const reply = await ask(request);
      const isGrep = toolOf(line) === 'grep';
      if (isGrep ? reply.stderr.includes('refused') : reply.code !== 0 || reply.stderr !== '')
        wrong.push({ request, reply });
      if (!isGrep) calls.push(argumentsOf(line));
    }
    expect(wrong).toEqual([]);
    expect(node.calls()).toEqual(calls.join('\n').trim().split('\n'));
  });

  it('refuses hostile ones and runs nothing', async () => {
    const every = Math.ceil(hostile.length / 100);
    const some = hostile.filter((line, at) => at % every === 0 && !line.includes('\0'));
    expect(some.length).toBeGreaterThan(50);
    const taken: unknown[] = [];
    for (const line of [...some, ...never]) {
      const { code, stdout, stderr } = await ask(line);
      if (code !== 126 || stdout !== '' || !stderr.startsWith('wardround-probe: refused: ')) taken.push(line);
    }
    expect(taken).toEqual([]);
    expect(node.calls()).toEqual([]);
    expect(existsSync('owned') || existsSync(join(node.root, 'owned'))).toBe(false);
  });

  it('passes the exit code of the command on', async () => {
    node.tool('systemctl', 'echo inactive; exit 3');
    expect(await ask('systemctl is-active nvidia-fabricmanager')).toMatchObject({ code: 3, stdout: 'inactive\n' });
  });

  it('ends a command after the seconds that the request names', async () => {
    node.tool('lsmod', 'echo part; exec sleep 300');
    expect(await ask('timeout -k 2 1 lsmod')).toMatchObject({ code: 124, stdout: 'part\n' });
  });
});

const boundedPattern = /^timeout -k 1 \d+ /;

function toolOf(line: string): string {
  return line.replace(boundedPattern, '').split(' ')[0] ?? '';
}

/** As the tool gets them; other people's tools are bounded as root. */
function argumentsOf(line: string): string {
  const bounded = line.replace(/^sudo -n (?!wardround-)/, 'sudo -n timeout -k 2 60 ');
  return bounded.replace(boundedPattern, '').split(' ').slice(1).join(' ');
}

const never = [
  '',
  '   ',
  'sh',
  'sudo -n sh',
  'true',
  'nvidia-smi -i 3 -rgc',
  'nvidia-smi -i 3 -lgc 210,210',
  'nvidia-smi --gpu-reset -i 3',
  'nvidia-smi --query-gpu=index --format=csv -f /tmp/owned',
  'nvidia-smi --query-gpu=index --format=csv -l 1',
  'perfquery -x -R -C mlx5_0 -P 1',
  'dmesg --clear',
  'cat /etc/shadow',
  'cat /proc/meminfo/../../etc/shadow',
  'systemctl stop slurmd',
  'scontrol update nodename=node-07 state=down',
  'scontrol update jobid=4242 minmemorynode=1',
  'scontrol -o hold 4242',
  'mlxlink -d mlx5_0 -p 1 -a DN',
  'wardround-space hold old-logs',
  'ps -eo pid,args e',
  'ip link set eth0 down',
  'cat /proc/mem*',
  '# allow-list begin',
  "'lsmod'",
  'timeout -k 2 30',
  'timeout -k 2 30 sh',
];
