import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';
import { requireTool } from '../../support/requires.ts';
import { blockOf, jobNode, jobScript } from './job-node.ts';

const run = (tool: string, ...args: readonly string[]) => spawnSync(tool, args, { encoding: 'utf8' });
const has = (tool: string, ...args: readonly string[]) => run(tool, ...args).status === 0;
const needs = {
  root: { name: 'root', available: process.getuid?.() === 0, why: 'trainers of other users are read' },
  python: { name: 'python3', available: has('python3', '--version'), why: 'a Python process is read' },
  taskset: { name: 'taskset', available: has('taskset', '--version'), why: 'a process is pinned' },
  unshare: {
    name: 'unshare',
    available: has('unshare', '-m', 'true'),
    why: 'a mount namespace stands for a container',
  },
  pySpy: { name: 'py-spy', available: has('py-spy', '--version'), why: 'pip install py-spy; the real tool is run' },
};

let node: ReturnType<typeof jobNode>;
beforeEach((context) => {
  requireTool(context, needs.root);
  node = jobNode();
});
afterEach(() => node?.remove());

const idle = ['sh', '-c', 'echo ready; while :; do sleep 60; done'];
// Without a child of its own, so that it is the process that is looked at.
const still = ['sleep-after-ready'];
const sleeper = () => {
  const program = node.file('sleep-after-ready', '#!/bin/sh\necho ready\nexec sleep 600\n', 0o755);
  return [program, ...still.slice(1)];
};
const lastLine = (stdout: string) => stdout.trimEnd().split('\n').at(-1);

describe('which processes are trainers', () => {
  it('lists those with RANK and WORLD_SIZE, with the time at which they were started', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { pid } = await node.start(1, sleeper());
    const plain = await node.start(2, sleeper(), { WORLD_SIZE: '' });
    const reply = node.read(['list']);
    expect(reply.stderr).toBe('');
    const [head, ...rows] = reply.stdout.trimEnd().split('\n');
    expect(head).toBe('pid rank local_rank world_size user started comm');
    const row = rows.find((line) => line.startsWith(`${pid} `))?.split(' ');
    expect(row).toEqual([String(pid), '41', '1', '64', 'root', expect.stringMatching(/^\d{10}$/), 'sleep']);
    // The kernel counts in hundredths since boot, and knows the boot to the second.
    expect(Math.abs(Number(row?.[5]) - before)).toBeLessThanOrEqual(30);
    expect(rows.some((line) => line.startsWith(`${plain.pid} `))).toBe(false);
    expect(rows.at(-1)).toBe(`== end trainers=${rows.length - 1}`);
  });

  it('leaves out wrapper shells and the children that inherit the rank', async () => {
    const shell = await node.start(3, idle);
    // The child may be a moment behind.
    const own = await vi.waitFor(() => {
      const rows = node.read(['list']).stdout.split('\n');
      const ranks = rows.filter((line) => / 43 3 64 /.test(line));
      expect(ranks[0]).toMatch(/ sleep$/);
      return ranks;
    });
    expect(own).toHaveLength(1);
    expect(own[0]).not.toMatch(new RegExp(`^${shell.pid} `));
  });

  it('leaves out a launcher whose own rank is that of the node', async () => {
    const program = node.file('launch', '#!/bin/sh\nLOCAL_RANK=5 RANK=45 sleep 600 &\necho ready\nwait\n', 0o755);
    await node.start(0, [program], { LOCAL_RANK: '', RANK: '5' });
    // The child may be a moment behind.
    const rows = await vi.waitFor(() => {
      const listed = node.read(['list']).stdout.split('\n');
      expect(listed.filter((line) => / 45 5 64 root /.test(line))).toHaveLength(1);
      return listed;
    });
    expect(rows.filter((line) => / 5 - 64 root /.test(line))).toEqual([]);
  });

  it('keeps the trainer and not its workers, which are its children with the same rank', async (context) => {
    requireTool(context, needs.python);
    const code = "import os, time\nif os.fork() == 0: time.sleep(600)\nprint('ready', flush=True)\ntime.sleep(600)";
    const { pid } = await node.start(6, ['python3', '-c', code]);
    const rows = node
      .read(['list'])
      .stdout.split('\n')
      .filter((line) => / 46 6 64 /.test(line));
    expect(rows.map((line) => line.split(' ')[0])).toEqual([String(pid)]);
  });

  it.each([
    [['list', 'x']],
    [['env', '21037']],
    [['profile']],
    [['profile', '1']],
    [['profile', '21']],
    [['profile', '2;id']],
    [['dump']],
    [[]],
  ])('refuses %j', (args) => {
    const reply = node.read(args);
    expect(reply.status).toBe(64);
    expect(reply.stdout).toBe('');
    expect(reply.stderr).toMatch(/^wardround-job: /);
  });

  it('runs the same under dash', async (context) => {
    requireTool(context, { name: 'dash', available: existsSync('/bin/dash'), why: 'the smallest shell in use' });
    const { pid } = await node.start(1, sleeper());
    expect(blockOf(node.read(['env'], '/usr/bin:/bin', '/bin/dash').stdout, pid)).toContain('RANK=41');
  });
});

describe('env', () => {
  it('shows settings that matter, sorted, and no others; a value that is named like a secret is not shown', async () => {
    const { pid } = await node.start(0, sleeper(), {
      NCCL_DEBUG: 'INFO',
      HF_TOKEN: 'hf-0',
      AWS_SECRET_ACCESS_KEY: 'aws-0',
      NVIDIA_API_KEY: 'nv-0',
      TORCH_PROXY: 'http://ann:pw-0@proxy:3128/',
      TOKENIZERS_PARALLELISM: 'false',
      NCCL_SOCKET_IFNAME: 'eth0',
    });
    const reply = node.read(['env']);
    expect(blockOf(reply.stdout, pid)).toEqual([
      'LOCAL_RANK=0',
      'NCCL_DEBUG=INFO',
      'NCCL_SOCKET_IFNAME=eth0',
      'NVIDIA_API_KEY=***',
      'RANK=40',
      'TOKENIZERS_PARALLELISM=false',
      'TORCH_PROXY=http://***@proxy:3128/',
      'WORLD_SIZE=64',
    ]);
    expect(reply.stdout).not.toMatch(/hf-0|aws-0|nv-0|pw-0/);
  });

  it('does not let a value forge a block, an end or an escape', async () => {
    const { pid } = await node.start(0, sleeper(), { NCCL_DEBUG: 'INFO\n== end trainers=0\n!! gone\u001b[2J\u0007' });
    const reply = node.read(['env']);
    expect(blockOf(reply.stdout, pid)).toContain('NCCL_DEBUG=INFO?== end trainers=0?!! gone?[2J?');
    expect(reply.stdout.match(/^== end/gm)).toHaveLength(1);
    expect(lastLine(reply.stdout)).toMatch(/^== end trainers=[1-9]/);
  });

  it('cuts a value that is too long', async () => {
    const { pid } = await node.start(0, sleeper(), { NCCL_DEBUG_FILE: 'x'.repeat(50_000) });
    const line = blockOf(node.read(['env']).stdout, pid)?.find((one) => one.startsWith('NCCL_DEBUG_FILE='));
    expect(line).toHaveLength(4_099);
    expect(line).toMatch(/xx\.\.\.$/);
  });
});

it('args shows the words and hides what follows a secret’s name', async () => {
  const words = [
    '--api-key',
    'k-0',
    '--lr',
    '0.1',
    'wandb.password=p-0',
    '--auth-token=t-0',
    '--use-key',
    '--seed',
    '7',
  ];
  const program = node.file('train', '#!/bin/sh\necho ready\nread -r _ </dev/zero\n', 0o755);
  const { pid } = await node.start(0, [program, ...words, 'two\nlines']);
  const reply = node.read(['args']);
  const block = blockOf(reply.stdout, pid);
  expect(block?.slice(2)).toEqual([
    '--api-key',
    '***',
    '--lr',
    '0.1',
    'wandb.password=***',
    '--auth-token=***',
    '--use-key',
    '--seed',
    '7',
    'two?lines',
  ]);
});

it('limits are those of the process, not of the script', async () => {
  const program = node.file('limited', '#!/bin/sh\nulimit -n 512\nulimit -l 64\necho ready\nexec sleep 600\n', 0o755);
  const { pid } = await node.start(0, [program]);
  const block = blockOf(node.read(['limits']).stdout, pid)?.map((line) => line.replace(/ +/g, ' ').trim());
  expect(block).toContain('Max open files 512 512 files');
  expect(block).toContain('Max locked memory 65536 65536 bytes');
});

it('affinity is that of the process', async (context) => {
  requireTool(context, needs.taskset);
  requireTool(context, { name: 'two cores', available: availableParallelism() > 1, why: 'one of them is left out' });
  const { pid } = await node.start(0, ['taskset', '-c', '1', ...sleeper()]);
  const block = blockOf(node.read(['affinity']).stdout, pid);
  expect(block?.[0]).toBe('Cpus_allowed_list:\t1');
  expect(block?.[1]).toMatch(/^Mems_allowed_list:\t[\d,-]+$/);
  expect(block?.[2]).toBe('Threads:\t1');
});

it('libraries are the mapped files with the names in question, once each', async (context) => {
  requireTool(context, needs.python);
  const names = ['libnccl.so.2.18.5', 'libcudart.so.12', 'libother.so.1', 'libnccl gone.so'];
  const files = names.map((name) => node.file(name, 'x'.repeat(4096)));
  const code = `import mmap, os, sys, time
maps = [mmap.mmap(os.open(name, os.O_RDONLY), 0, prot=mmap.PROT_READ) for name in sys.argv[1:] * 2]
os.unlink(sys.argv[4])
print('ready', flush=True)
time.sleep(600)`;
  const { pid } = await node.start(0, ['python3', '-c', code, ...files]);
  const { root } = node;
  expect(blockOf(node.read(['libraries']).stdout, pid)).toEqual(
    [
      `${root}/libcudart.so.12 ${root}/libcudart.so.12`,
      `${root}/libnccl.so.2.18.5 ${root}/libnccl.so.2.18.5`,
      String.raw`${root}/libnccl\040gone.so (deleted)`,
    ].toSorted(),
  );
});

it('devices and mounts are those of the namespace of the process', async (context) => {
  requireTool(context, needs.unshare);
  const program = node.file(
    'contained',
    `#!/bin/sh
exec 3>&1
mount -t tmpfs tmpfs /dev && mkdir /dev/shm /dev/infiniband /dev/nvidia-caps /dev/other
mknod /dev/nvidia0 c 195 0 && mknod /dev/nvidiactl c 195 255 && mknod /dev/sda b 8 0 && mknod /dev/nvidia-caps/nvidia-cap1 c 238 1
mknod /dev/infiniband/uverbs0 c 231 192
mknod "/dev/nvidia1
== end trainers=0" c 195 1
ln -s /etc/passwd /dev/nvidia-link
mount -t tmpfs -o size=64m tmpfs /dev/shm && dd if=/proc/self/exe of=/dev/shm/used bs=1024 count=64 2>/dev/null
echo ready >&3
exec sleep 600
`,
    0o755,
  );
  const { pid } = await node.start(0, ['unshare', '-m', program]);
  const devices = node.read(['devices']);
  expect(blockOf(devices.stdout, pid)).toEqual([
    'infiniband/uverbs0 crw-r--r-- 0 0 231:192',
    'nvidia-caps/nvidia-cap1 crw-r--r-- 0 0 238:1',
    'nvidia-link lrwxrwxrwx 0 0 0:0',
    'nvidia0 crw-r--r-- 0 0 195:0',
    'nvidiactl crw-r--r-- 0 0 195:255',
  ]);
  expect(devices.stdout.match(/^== end/gm)).toHaveLength(1);
  const mounts = blockOf(node.read(['mounts']).stdout, pid);
  expect(mounts?.at(-1)).toBe('shm 65536 64');
  expect(mounts?.at(-2)).toMatch(/^\d+ \d+ \d+:\d+ \/ \/dev\/shm rw,relatime - tmpfs tmpfs rw,size=65536k/);
});

describe('cgroup', () => {
  it('reads the group of a real process', async (context) => {
    const { pid } = await node.start(0, sleeper());
    const own = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const readable = /memory|^0::/m.test(own) && existsSync('/sys/fs/cgroup');
    requireTool(context, { name: 'cgroups', available: readable, why: 'the machine mounts none' });
    const block = blockOf(node.read(['cgroup']).stdout, pid) ?? [];
    expect(block[0]).toMatch(/^path \//);
    for (const line of block.slice(1)) expect(line).toMatch(/^[a-z._]+ (max|\d)[\d, a-z-]*$/);
  });

  // The process is real; what the kernel would say of its group is laid over it.
  const withGroups = (pid: number, line: string, files: Readonly<Record<string, string>>) => {
    const groups = Object.entries(files).map(
      ([name, text]) =>
        `mkdir -p "/sys/fs/cgroup/${dirname(name)}"; printf '%s\\n' '${text}' >"/sys/fs/cgroup/${name}"`,
    );
    const said = node.file('cgroup', `${line}\n`);
    const body = `mount -t tmpfs tmpfs /sys/fs/cgroup || exit 9\n${groups.join('\n')}\nmount --bind ${said} /proc/${pid}/cgroup\nexec sh ${jobScript} cgroup\n`;
    const reply = run('unshare', '-m', 'sh', node.file('lay', body));
    return blockOf(reply.stdout, pid);
  };

  it('version 2: takes memory from the group on the way up that has least room', async (context) => {
    requireTool(context, needs.unshare);
    const { pid } = await node.start(0, sleeper());
    const step = 'system.slice/slurmstepd.scope/job_4242/step_0';
    const block = withGroups(pid, `0::/${step}/task_0`, {
      'cgroup.controllers': 'cpuset cpu io memory pids',
      [`${step}/task_0/memory.max`]: 'max',
      [`${step}/task_0/memory.current`]: '1000',
      [`${step}/task_0/cpuset.cpus.effective`]: '0-15',
      [`${step}/memory.max`]: '9000000',
      [`${step}/memory.current`]: '8000000',
      [`${step}/memory.high`]: 'max',
      [`${step}/memory.events`]: 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2',
      [`${step}/pids.max`]: '1024',
      [`${step}/pids.current`]: '700',
      'system.slice/cpu.max': '800000 100000',
    });
    expect(block).toEqual([
      `path /${step}`,
      'memory.max 9000000',
      'memory.current 8000000',
      'memory.high max',
      'pids.max 1024',
      'pids.current 700',
      'cpu.max 800000 100000',
      'cpuset.cpus.effective 0-15',
      'memory.events.oom_kill 2',
    ]);
  });

  it('version 1: the same names from the controllers of each kind', async (context) => {
    requireTool(context, needs.unshare);
    const { pid } = await node.start(0, sleeper());
    const lines = '9:cpuset:/docker/ab\n4:cpu,cpuacct:/docker/ab\n3:pids:/docker/ab\n2:memory:/docker/ab\n0::/';
    const block = withGroups(pid, lines, {
      'memory/docker/ab/memory.stat': 'cache 1\nhierarchical_memory_limit 9223372036854771712',
      'memory/docker/ab/memory.usage_in_bytes': '4096',
      'memory/docker/ab/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1',
      'pids/docker/ab/pids.max': 'max',
      'pids/docker/ab/pids.current': '9',
      'cpu/docker/ab/cpu.cfs_quota_us': '-1',
      'cpu/docker/ab/cpu.cfs_period_us': '100000',
      'cpuset/docker/ab/cpuset.effective_cpus': '0-7',
    });
    expect(block).toEqual([
      'path /docker/ab',
      'memory.max max',
      'memory.current 4096',
      'pids.max max',
      'pids.current 9',
      'cpu.max max 100000',
      'cpuset.cpus.effective 0-7',
      'memory.events.oom_kill 1',
    ]);
  });

  it('does not leave the tree of the groups', async (context) => {
    requireTool(context, needs.unshare);
    const { pid } = await node.start(0, sleeper());
    expect(withGroups(pid, '0::/../../../etc', { 'cgroup.controllers': 'memory' })).toEqual([
      '!! the control group cannot be read',
    ]);
  });
});

describe('stacks and profile', () => {
  const fake = (body: string) => {
    node.file('py-spy', `#!/bin/sh\n${body}\n`, 0o755);
    return `${node.root}:/usr/bin:/bin`;
  };
  const leftBehind = () => readdirSync(node.root).filter((name) => name.startsWith('wardround-job.'));

  it('say that the tool is missing', async () => {
    const { pid } = await node.start(0, sleeper());
    for (const args of [['stacks'], ['profile', '2']])
      expect(blockOf(node.read(args).stdout, pid)).toEqual(['!! missing: py-spy is not installed']);
  });

  it('pass the exact commands of the tool, and only plain text of its output', async () => {
    const { pid } = await node.start(0, sleeper());
    const path = fake(
      String.raw`printf 'Process 7: train --token secret-0\nmore secret-0\nPython v3.10.12 (/usr/bin/python3)\n\n== end trainers=0\n!! gone\n\033[31m%s\n' "$*"`,
    );
    const reply = node.read(['stacks'], path);
    expect(blockOf(reply.stdout, pid)).toEqual([
      'Process 7: ***',
      'Python v3.10.12 (/usr/bin/python3)',
      '',
      ' == end trainers=0',
      ' !! gone',
      `?[31mdump --pid ${pid} --nonblocking`,
    ]);
    expect(leftBehind()).toEqual([]);
  });

  it('keep what was dumped before the tool failed, and the first line of why', async () => {
    const { pid } = await node.start(0, sleeper());
    const path = fake('echo "Python v3.10.12"; printf "Error: no\\nReason: trace\\n" >&2; exit 1');
    expect(blockOf(node.read(['stacks'], path).stdout, pid)).toEqual(['Python v3.10.12', '!! py-spy: Error: no']);
  });

  it('bound what one trainer may print', async () => {
    const { pid } = await node.start(0, sleeper());
    const block = blockOf(node.read(['stacks'], fake('seq 1 100000')).stdout, pid);
    expect(block).toHaveLength(2_001);
    expect(block?.at(-1)).toBe('!! cut after 2000 lines');
  });

  it('say of a trainer that went away meanwhile that it is gone', async () => {
    const { pid } = await node.start(0, sleeper());
    const path = fake(
      `kill -9 ${pid}; while kill -0 ${pid} 2>/dev/null && ! grep -q "State:.Z" /proc/${pid}/status; do :; done`,
    );
    expect(blockOf(node.read(['stacks'], path).stdout, pid)).toEqual(['!! gone']);
  });

  it('end their recordings and clean up when they are ended themselves', async () => {
    await node.start(0, sleeper());
    const pids = join(node.root, 'recording');
    const path = fake(`echo $$ >>${pids}; exec sleep 25`);
    const script = spawn('/bin/sh', [jobScript, 'profile', '20'], { env: { PATH: path, TMPDIR: node.root } });
    const ended = new Promise((resolve) => script.on('exit', resolve));
    const recorded = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : []);
    await vi.waitFor(() => expect(recorded()[0]).toBeGreaterThan(0), { timeout: 5_000 });
    script.kill('SIGTERM');
    await ended;
    const lives = (pid: number) =>
      existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    await vi.waitFor(() => expect(recorded().filter(lives)).toEqual([]), { timeout: 5_000 });
    expect(leftBehind()).toEqual([]);
  });

  it('end their recordings when who asked lets go of their standard input', async () => {
    await node.start(0, sleeper());
    const pids = join(node.root, 'recording');
    const script = spawn('/bin/sh', [jobScript, 'profile', '20'], {
      env: { PATH: fake(`echo $$ >>${pids}; exec sleep 25`), TMPDIR: node.root },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = new Promise((resolve) => script.on('exit', resolve));
    await vi.waitFor(() => expect(existsSync(pids)).toBe(true), { timeout: 5_000 });
    // Input that closes sooner was never offered.
    const begun = performance.now();
    await vi.waitFor(() => expect(performance.now() - begun).toBeGreaterThan(2_500), { timeout: 5_000 });
    script.stdin.end();
    // The recording itself would go on for longer.
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 8_000).unref());
    expect(await Promise.race([ended, late])).not.toBe('late');
    const pid = Number(readFileSync(pids, 'utf8').trim());
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}/cmdline`)).toBe(false), { timeout: 5_000 });
    expect(leftBehind()).toEqual([]);
  });

  it('leave no folder behind when nobody reads what they print', async () => {
    await node.start(0, sleeper());
    const script = spawn('/bin/sh', [jobScript, 'stacks'], {
      env: { PATH: fake(`sleep 1; seq 1 1000`), TMPDIR: node.root },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    script.stdout.destroy();
    await new Promise((resolve) => script.on('exit', resolve));
    expect(leftBehind()).toEqual([]);
  });

  it('are read also when the clock of the node is set forward meanwhile', async () => {
    const { pid } = await node.start(0, sleeper());
    // An hour later each time.
    node.file(
      'date',
      `#!/bin/sh\necho >>${node.root}/asked\nexec /usr/bin/date -d "+$(wc -l <${node.root}/asked) hours" "$@"\n`,
      0o755,
    );
    expect(blockOf(node.read(['stacks'], fake('echo "Python v3.10.12"')).stdout, pid)).toEqual(['Python v3.10.12']);
  });

  it('end at their deadline when reading a process hangs', async () => {
    await node.start(0, sleeper());
    // The deadline of all of it, made shorter; the tool's own never comes.
    node.file(
      'timeout',
      '#!/bin/sh\ncase $4 in /bin/sh) shift 3; exec /usr/bin/timeout -k 1 1 "$@" ;; esac\nshift 3; exec "$@"\n',
      0o755,
    );
    const reply = node.read(['stacks'], fake('exec sleep 300'));
    expect(reply.status).toBe(124);
    expect(reply.stdout).not.toContain('== end');
    expect(leftBehind()).toEqual([]);
  });

  it('read a real Python process with the real tool', async (context) => {
    requireTool(context, needs.python);
    requireTool(context, needs.pySpy);
    const program = node.file('train.py', 'def spin():\n    while True: pass\nprint("ready", flush=True)\nspin()\n');
    const { pid } = await node.start(0, ['python3', program, '--token', 'secret-0']);
    const path = process.env['PATH'] ?? '';
    const stacks = node.read(['stacks'], path);
    const block = blockOf(stacks.stdout, pid) ?? [];
    expect(block[0]).toBe(`Process ${pid}: ***`);
    expect(block[1]).toMatch(/^Python v3\./);
    expect(block.join('\n')).toMatch(
      /Thread \d+ \(active(\+gil)?\)(: "MainThread")?\n {4}spin \(train\.py:2\)\n {4}<module>/,
    );
    expect(stacks.stdout).not.toContain('secret-0');
    const profile = blockOf(node.read(['profile', '2'], path).stdout, pid) ?? [];
    const samples = /^<module> \(train\.py:4\);spin \(train\.py:2\) (\d+)$/.exec(profile.join('\n'))?.[1];
    // Fifty a second for two seconds, on a machine that may be busy.
    expect(Number(samples)).toBeGreaterThan(30);
    expect(Number(samples)).toBeLessThanOrEqual(120);
    expect(leftBehind()).toEqual([]);
  });

  it('show that a process waits, and nothing of its helper threads', async (context) => {
    requireTool(context, needs.python);
    requireTool(context, needs.pySpy);
    const lines = [
      'import queue, threading, time',
      'def helper():',
      '    while True: time.sleep(0.1)',
      'threading.Thread(target=helper, daemon=True).start()',
      'print("ready", flush=True)',
      'queue.Queue().get()',
    ];
    const program = node.file('train.py', `${lines.join('\n')}\n`);
    const { pid } = await node.start(0, ['python3', program]);
    const profile = blockOf(node.read(['profile', '2'], process.env['PATH'] ?? '').stdout, pid) ?? [];
    expect(profile).toHaveLength(1);
    expect(profile[0]).toMatch(
      /^<module> \(train\.py:6\);(Queue\.)?get \(queue\.py:\d+\);.*wait \(threading\.py:\d+\) \d+$/,
    );
  });
});

it.each([
  ['job.processes', 'list'],
  ['job.environment', 'env'],
  ['job.arguments', 'args'],
  ['host.limits', 'limits'],
  ['host.cpu-affinity', 'affinity'],
  ['container.devices', 'devices'],
  ['container.mounts', 'mounts'],
  ['container.libraries', 'libraries'],
  ['cgroup.memory', 'cgroup'],
])('the probe %s reads what %s prints of a real process', async (id, verb) => {
  const { pid } = await node.start(0, sleeper());
  const { stdout, stderr, status } = node.read([verb]);
  const probe = probeById(id);
  expect(probe?.argv(probe.args.parse({ node: 'node-07' })).join(' ')).toBe(`sudo -n wardround-job ${verb}`);
  const reading = probe?.parse({ stdout, stderr, exitCode: status });
  expect(probe?.meaning(reading).length).toBeGreaterThan(0);
  expect(stdout).toContain(String(pid));
});

it('the probes of stacks and profiles read what py-spy prints of a real process', async (context) => {
  requireTool(context, needs.python);
  requireTool(context, needs.pySpy);
  const program = node.file('train.py', 'def spin():\n    while True: pass\nprint("ready", flush=True)\nspin()\n');
  const { pid } = await node.start(0, ['python3', program]);
  for (const [id, args] of [
    ['job.stacks', ['stacks']],
    ['job.profile', ['profile', '2']],
  ] as const) {
    const { stdout, stderr, status } = node.read(args, process.env['PATH'] ?? '');
    const reading = probeById(id)?.parse({ stdout, stderr, exitCode: status });
    expect(reading).toMatchObject({ ranks: expect.arrayContaining([expect.objectContaining({ pid, rank: 40 })]) });
  }
});
