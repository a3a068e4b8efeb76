import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gateNode, gateScript } from './gate-node.ts';
import { requireTool } from '../../support/requires.ts';

const token = 'a'.repeat(32);
const other = 'b'.repeat(32);
let node: ReturnType<typeof gateNode>;

beforeEach(() => {
  node = gateNode();
});
afterEach(() => node.remove());

const ask = (request: string, env: Readonly<Record<string, string>> = {}) => node.start(gateScript, request, env).ended;
const reset = (to = token, fence = '1000.1') => `wardround-gate/1 apply ${to} ${fence} gpu-clocks-reset 3`;

const tools = [
  'nvidia-smi',
  'scontrol',
  'mlxlink',
  'wardround-space',
  'wardround-fix',
  'systemctl',
  'modprobe',
  'ip',
  'cpupower',
  'kubectl',
  'ipmitool',
];

/** The host that manages node-07 and node-08. */
const manage = () => {
  mkdirSync(join(node.root, 'config'));
  writeFileSync(join(node.root, 'config', 'manages'), 'node-07\nnode-08\n');
  writeFileSync(join(node.root, 'config', 'bmcs'), 'node-08 10.0.9.8\nnode-07 bmc-07.oob\n');
  for (const name of tools) node.tool(name, '');
};

/** Not one of the counted tools: asking for the host's own name changes nothing. */
const nameHost = (name: string) =>
  writeFileSync(join(node.root, 'hostname'), `#!/bin/sh\n[ "$*" = -s ] && echo ${name}\n`, { mode: 0o755 });

describe('a step', () => {
  it('runs its one command and answers with its exit code and output', async () => {
    const reply = await ask(reset());
    expect(reply.stdout).toBe('gate: 1\noutcome: done\nreplayed: no\nexit: 0\n\nAll done.\n');
    expect(reply.stderr).toBe('');
    expect(node.calls()).toEqual(['-i 3 -rgc']);
  });

  it.each([
    ['gpu-clocks-lock 0 210 1410', '-i 0 -lgc 210,1410'],
    ['gpu-power-limit 15 400', '-i 15 -pl 400'],
  ])('%s runs nvidia-smi %s', async (step, call) => {
    await ask(`wardround-gate/1 apply ${token} 1.1 ${step}`);
    expect(node.calls()).toEqual([call]);
  });

  it.each([
    ['node-drain node-07', 'scontrol', 'update NodeName=node-07 State=DRAIN Reason=wardround'],
    ['node-resume node-07', 'scontrol', 'update NodeName=node-07 State=RESUME'],
    ['job-requeue-hold 4242', 'scontrol', 'requeuehold 4242'],
    ['job-memory-limit 4242 943718', 'scontrol', 'update JobId=4242 MinMemoryNode=943718'],
    ['job-memory-limit 4242 0', 'scontrol', 'update JobId=4242 MinMemoryNode=0'],
    ['job-release 4242', 'scontrol', 'release 4242'],
    ['job-requeue 4242', 'scontrol', 'requeue 4242'],
    ['ib-port-down mlx5_2', 'mlxlink', '-d mlx5_2 -p 1 -a DN'],
    ['ib-port-up mlx5_2', 'mlxlink', '-d mlx5_2 -p 1 -a UP'],
    ['space-hold old-checkpoints', 'wardround-space', 'hold old-checkpoints'],
    ['space-return old-checkpoints', 'wardround-space', 'return old-checkpoints'],
    ['gpu-reset 3', 'nvidia-smi', '-i 3 -r'],
    ['gpu-persistence 3 on', 'nvidia-smi', '-i 3 -pm 1'],
    ['gpu-persistence 3 off', 'nvidia-smi', '-i 3 -pm 0'],
    ['gpu-compute-mode 3 0', 'nvidia-smi', '-i 3 -c 0'],
    ['gpu-mig-off 3', 'nvidia-smi', '-i 3 -mig 0'],
    ['gpu-mig-on 3', 'nvidia-smi', '-i 3 -mig 1'],
    ['gpu-app-clocks-reset 3', 'nvidia-smi', '-i 3 -rac'],
    ['gpu-app-clocks 3 1593 765', 'nvidia-smi', '-i 3 -ac 1593,765'],
    ['job-exclude-node 4242 node-07', 'scontrol', 'update JobId=4242 ExcNodeList=node-07'],
    ['job-exclude-none 4242', 'scontrol', 'update JobId=4242 ExcNodeList='],
    ['link-mtu eth0 9000', 'ip', 'link set dev eth0 mtu 9000'],
    ['service-restart nvidia-fabricmanager', 'systemctl', 'restart nvidia-fabricmanager'],
    ['service-start nvidia-dcgm', 'systemctl', 'start nvidia-dcgm'],
    ['service-stop chronyd', 'systemctl', 'stop chronyd'],
    ['module-load nvidia-peermem', 'modprobe', 'nvidia-peermem'],
    ['module-unload nvidia-uvm', 'modprobe', '-r nvidia-uvm'],
    ['process-kill 21037 8301522', 'wardround-fix', 'kill 21037 8301522'],
    ['shm-clear', 'wardround-fix', 'shm-clear'],
    ['shm-return', 'wardround-fix', 'shm-return'],
    ['remount /mnt/shared_0.a', 'wardround-fix', 'remount /mnt/shared_0.a'],
    ['config-revert docker-daemon', 'wardround-fix', 'config-revert docker-daemon'],
    ['config-restore docker-daemon', 'wardround-fix', 'config-restore docker-daemon'],
    ['firewall-revert', 'wardround-fix', 'config-revert firewall'],
    ['firewall-restore', 'wardround-fix', 'config-restore firewall'],
    ['governor-set performance', 'cpupower', 'frequency-set -g performance'],
  ])('%s runs %s %s and nothing else', async (step, tool, call) => {
    for (const name of tools) node.tool(name, name === tool ? '' : 'echo "another tool was called"; exit 9');
    nameHost('node-07');
    const reply = await ask(`wardround-gate/1 apply ${token} 1.1 ${step}`);
    expect(reply.stdout).toContain('outcome: done\nreplayed: no\nexit: 0');
    expect(node.calls()).toEqual([call]);
  });

  it('that fails is done as well, with the exit code of its command', async () => {
    node.tool(
      'nvidia-smi',
      'echo "The current user does not have permission to change clocks for GPU 00000000:07:00.0."; exit 4',
    );
    const reply = await ask(reset());
    expect(reply.stdout).toContain('outcome: done\nreplayed: no\nexit: 4\n\nThe current user does not have permission');
  });

  it('has its output cut at 64 KiB and still ends', async () => {
    node.tool('nvidia-smi', 'head -c 300000 /dev/zero | tr "\\0" x; exit 7');
    const reply = await ask(reset());
    expect(reply.stdout).toContain('exit: 7\n');
    expect(reply.stdout.split('\n\n')[1]?.length).toBe(65_536);
  });
});

describe('a step that names a node', () => {
  it('is refused on another node than that one', async () => {
    node.tool('scontrol', '');
    nameHost('node-08');
    const reply = await ask(`wardround-gate/1 apply ${token} 1.1 node-drain node-07`);
    expect(reply.stdout).toContain(
      'outcome: refused\nreplayed: no\nreason: the step is for another node than this one',
    );
    expect(node.calls()).toEqual([]);
  });

  it('is refused where the host does not tell its name', async () => {
    node.tool('scontrol', '');
    writeFileSync(join(node.root, 'hostname'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const reply = await ask(`wardround-gate/1 apply ${token} 1.1 node-resume node-07`);
    expect(reply.stdout).toContain('reason: this host does not tell its own name');
    expect(node.calls()).toEqual([]);
  });

  it('goes by the name that the site gave the node, where its scheduler has another one than the host', async () => {
    node.tool('scontrol', '');
    nameHost('ip-10-0-0-7');
    mkdirSync(join(node.root, 'config'));
    writeFileSync(join(node.root, 'config', 'node-name'), 'node-07\n');
    expect((await ask(`wardround-gate/1 apply ${token} 1.1 node-drain node-07`)).stdout).toContain('outcome: done');
    expect((await ask(`wardround-gate/1 apply ${other} 1.1 node-drain ip-10-0-0-7`)).stdout).toContain('refused');
  });
});

describe('the management host', () => {
  it.each([
    ['node-drain node-07', 'update NodeName=node-07 State=DRAIN Reason=wardround'],
    ['node-reboot node-07', 'reboot ASAP nextstate=RESUME reason=wardround node-07'],
    ['job-requeue 4242', 'requeue 4242'],
    ['job-exclude-node 4242 node-07', 'update JobId=4242 ExcNodeList=node-07'],
    ['k8s-cordon node-07', 'cordon node-07'],
    ['k8s-uncordon node-07', 'uncordon node-07'],
    ['k8s-drain node-07', 'drain node-07 --ignore-daemonsets --delete-emptydir-data --timeout=50s'],
  ])('does %s for a node that it manages', async (step, call) => {
    manage();
    const reply = await ask(`wardround-gate/1 manage node-07 apply ${token} 1.1 ${step}`);
    expect(reply.stdout).toContain('outcome: done\nreplayed: no\nexit: 0');
    expect(node.calls()).toEqual([call]);
  });

  it.each([
    ['cycle', 'node-power-cycle'],
    ['on', 'node-power-on'],
    ['off', 'node-power-off'],
  ])('switches power %s at the controller of exactly that node', async (word, step) => {
    manage();
    await ask(`wardround-gate/1 manage node-07 apply ${token} 1.1 ${step} node-07`);
    const password = join(node.root, 'config', 'bmc-password');
    expect(node.calls()).toEqual([`-I lanplus -H bmc-07.oob -U wardround -f ${password} chassis power ${word}`]);
  });

  it.each([
    ['a node that it does not manage', 'manage node-09 apply TOKEN 1.1 node-drain node-09'],
    ['the start of a node that it manages', 'manage node-0 apply TOKEN 1.1 node-drain node-0'],
    ['another node than the request is about', 'manage node-07 apply TOKEN 1.1 node-power-cycle node-08'],
    ['a request that names no node', 'apply TOKEN 1.1 node-drain node-07'],
    ['a step of the node itself', 'manage node-07 apply TOKEN 1.1 gpu-reset 3'],
    ['a file of the node itself', 'manage node-07 apply TOKEN 1.1 config-revert hosts'],
    ['a name that walks up', 'manage ../node-07 apply TOKEN 1.1 node-drain node-07'],
    ['nothing after the node', 'manage node-07'],
  ])('refuses %s', async (_what, request) => {
    manage();
    const reply = await ask(`wardround-gate/1 ${request.replace('TOKEN', token)}`);
    expect(reply.stdout).toMatch(/^gate: 1\noutcome: refused\nreplayed: no\nreason: .+\n\n$/);
    expect(node.calls()).toEqual([]);
  });

  it.each([
    ['is not listed', 'node-08 10.0.9.8\n'],
    ['has no valid name', 'node-07 -H;reboot\n'],
  ])('switches no power where the controller %s', async (_what, lines) => {
    manage();
    writeFileSync(join(node.root, 'config', 'bmcs'), lines);
    const reply = await ask(`wardround-gate/1 manage node-07 apply ${token} 1.1 node-power-cycle node-07`);
    expect(reply.stdout).toContain('reason: the management controller of the node');
    expect(node.calls()).toEqual([]);
  });

  it('keeps a fence for each node: the repair of one does not shut out that of another', async () => {
    manage();
    const drain = (name: string, fence: string, to: string) =>
      ask(`wardround-gate/1 manage ${name} apply ${to} ${fence} node-drain ${name}`);
    expect((await drain('node-07', '1000.9', token)).stdout).toContain('outcome: done');
    expect((await drain('node-08', '1000.2', other)).stdout).toContain('outcome: done');
    expect((await ask('wardround-gate/1 manage node-08 fence 1000.5')).stdout).toContain('outcome: none');
    expect((await drain('node-08', '1000.4', 'c'.repeat(32))).stdout).toContain('is lower than 1000.5');
    expect((await drain('node-07', '1000.9', 'd'.repeat(32))).stdout).toContain('outcome: done');
    expect((await ask(`wardround-gate/1 manage node-08 look ${other}`)).stdout).toContain('outcome: done');
    expect(node.calls()).toHaveLength(3);
  });

  it('does for two nodes at once what a node does one after the other', async () => {
    manage();
    node.tool(
      'kubectl',
      `: >"${node.root}/at-$2"; while [ ! -e "${node.root}/at-node-07" ] || [ ! -e "${node.root}/at-node-08" ]; do sleep 0.02; done`,
    );
    const replies = await Promise.all(
      ['node-07', 'node-08'].map((name, at) =>
        ask(`wardround-gate/1 manage ${name} apply ${String(at).repeat(32)} 1.1 k8s-cordon ${name}`),
      ),
    );
    expect(replies.every(({ stdout }) => stdout.includes('exit: 0'))).toBe(true);
  });
});

it.each(['node-power-cycle node-07', 'node-reboot node-07', 'k8s-drain node-07'])(
  'a node refuses %s, which the management host does',
  async (step) => {
    for (const name of tools) node.tool(name, '');
    nameHost('node-07');
    const reply = await ask(`wardround-gate/1 apply ${token} 1.1 ${step}`);
    expect(reply.stdout).toContain('reason: the step runs on the management host and nowhere else');
    const managed = await ask(`wardround-gate/1 manage node-07 apply ${token} 1.1 ${step}`);
    expect(managed.stdout).toContain('reason: this host manages no other node');
    expect(node.calls()).toEqual([]);
  },
);

it('a command that ignores the end of its time is killed', async () => {
  node.tool('timeout', 'exec /usr/bin/timeout -k 0.1 0.1 sh -c "trap : TERM; while :; do sleep 0.05; done"');
  const reply = await ask(reset());
  expect(reply.stdout).toContain('exit: 137');
  expect(node.calls()[0]).toBe('-k 5 60 nvidia-smi -i 3 -rgc');
});

describe('a repeat', () => {
  it('is answered from the journal and runs nothing', async () => {
    await ask(reset());
    const again = await ask(reset());
    expect(again.stdout).toBe('gate: 1\noutcome: done\nreplayed: yes\nexit: 0\n\nAll done.\n');
    expect(node.calls()).toHaveLength(1);
  });

  it('is answered even when its fence has been overtaken', async () => {
    await ask(reset(token, '1000.1'));
    await ask(reset(other, '2000.1'));
    expect((await ask(reset(token, '1000.1'))).stdout).toContain('replayed: yes');
  });

  it('with other arguments under the same token is refused', async () => {
    await ask(reset());
    const reply = await ask(`wardround-gate/1 apply ${token} 1000.1 gpu-clocks-reset 4`);
    expect(reply.stdout).toContain('outcome: refused\nreplayed: no\nreason: this token was used for another step');
    expect(node.calls()).toHaveLength(1);
  });

  it('that comes while the first still runs has one effect between the two of them', async () => {
    node.tool('nvidia-smi', 'sleep 0.3; echo "All done."');
    const replies = await Promise.all([ask(reset()), ask(reset()), ask(reset())]);
    expect(node.calls()).toHaveLength(1);
    expect(replies.filter((reply) => reply.stdout.includes('outcome: done'))).toHaveLength(3);
    expect(replies.filter((reply) => reply.stdout.includes('replayed: no'))).toHaveLength(1);
  });
});

describe('a step whose gate was killed in the middle', () => {
  const killInTheMiddle = async () => {
    node.tool('nvidia-smi', `: >"${node.root}/reached"; exec sleep 30`);
    const reached = new Promise<void>((resolve) => {
      const watcher = watch(node.root, (_event, name) => {
        if (name !== 'reached') return;
        watcher.close();
        resolve();
      });
    });
    const running = node.start(gateScript, reset());
    await reached;
    process.kill(-running.pid, 'SIGKILL');
    await running.ended;
    node.tool('nvidia-smi', 'echo "All done."');
  };

  it('is unknown to look and to a repeat, which does not run it again', async () => {
    await killInTheMiddle();
    const looked = await ask(`wardround-gate/1 look ${token}`);
    const repeated = await ask(reset());
    expect(looked.stdout).toMatch(
      /^gate: 1\noutcome: unknown\nreplayed: yes\nreason: begun at \d{4}-.*do not repeat\n\n$/,
    );
    expect(repeated.stdout).toContain('outcome: unknown');
    expect(node.calls()).toHaveLength(1);
  });

  it('leaves a lock that does not stop the next step', async () => {
    await killInTheMiddle();
    const next = await ask(reset(other));
    expect(next.stdout).toContain('outcome: done');
    expect(existsSync(join(node.directory, 'lock'))).toBe(false);
  });
});

it('steps of several owners at once run one after the other, also when a dead one left its lock', async () => {
  node.tool(
    'nvidia-smi',
    `mkdir "${node.root}/busy" || : >"${node.root}/overlap"; sleep 0.1; rmdir "${node.root}/busy"; echo ok`,
  );
  mkdirSync(node.directory, { recursive: true });
  writeFileSync(join(node.directory, 'lock'), '2147483647 1 of-another-boot\n');
  const replies = await Promise.all(['1', '2', '3'].map((digit) => ask(reset(digit.repeat(32)))));
  expect(replies.map((reply) => reply.stdout.includes('outcome: done\nreplayed: no'))).toEqual([true, true, true]);
  expect(node.calls()).toHaveLength(3);
  expect(existsSync(join(node.root, 'overlap'))).toBe(false);
});

it('a step that waits too long for another is refused and has not run', async (context) => {
  const why = 'the owner of a lock is told by /proc, which this system does not have';
  requireTool(context, { name: 'procfs', available: existsSync('/proc/self/stat'), why });
  mkdirSync(node.directory, { recursive: true });
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const started = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19];
  writeFileSync(join(node.directory, 'lock'), `${process.pid} ${started} ${boot}\n`);
  const reply = await ask(reset(), { WARDROUND_GATE_WAIT_SECONDS: '1' });
  expect(reply.stdout).toContain('outcome: refused');
  expect(reply.stdout).toContain('nothing was run');
  expect(node.calls()).toEqual([]);
});

describe('the fence', () => {
  it('refuses a lower one and accepts an equal or higher one', async () => {
    expect((await ask(reset(token, '1000.9'))).stdout).toContain('outcome: done');
    const lower = await ask(reset(other, '1000.8'));
    expect(lower.stdout).toContain('outcome: refused');
    expect(lower.stdout).toContain('lower than 1000.9');
    expect((await ask(reset(other, '1000.10'))).stdout).toContain('outcome: done');
    expect((await ask(reset('c'.repeat(32), '999.99'))).stdout).toContain('outcome: refused');
    expect(node.calls()).toHaveLength(2);
  });

  it('can be raised without a step: from then on an owner with a lower one is refused', async () => {
    expect((await ask('wardround-gate/1 fence 5.2')).stdout).toBe('gate: 1\noutcome: none\nreplayed: no\n\n');
    expect((await ask(reset(token, '5.1'))).stdout).toContain('outcome: refused');
    expect(node.calls()).toEqual([]);
    expect((await ask('wardround-gate/1 fence 4.9')).stdout).toContain('is lower than 5.2');
    expect((await ask('wardround-gate/1 fence 5;2')).stdout).toContain('outcome: refused');
    expect((await ask(reset(token, '5.2'))).stdout).toContain('outcome: done');
  });

  it('is refused without a trace when the stored one is damaged', async () => {
    mkdirSync(join(node.directory, 'journal'), { recursive: true });
    writeFileSync(join(node.directory, 'fence'), 'garbage');
    expect((await ask(reset())).stdout).toContain('the stored fence cannot be read');
    expect(node.calls()).toEqual([]);
    expect(existsSync(join(node.directory, 'lock'))).toBe(false);
  });
});

describe('look', () => {
  it('says none for a token that nobody used', async () => {
    expect((await ask(`wardround-gate/1 look ${token}`)).stdout).toBe('gate: 1\noutcome: none\nreplayed: yes\n\n');
  });

  it('finds what was done', async () => {
    await ask(reset());
    expect((await ask(`wardround-gate/1 look ${token}`)).stdout).toContain('outcome: done\nreplayed: yes\nexit: 0');
  });
});

it('keeps a bounded journal: the oldest ended entries go', async () => {
  const tokens = ['1', '2', '3', '4'].map((digit) => digit.repeat(32));
  for (const one of tokens) await ask(reset(one), { WARDROUND_GATE_ENTRIES_MAX: '2' });
  expect(readdirSync(join(node.directory, 'journal'))).toHaveLength(2);
  expect((await ask(`wardround-gate/1 look ${tokens[3]}`)).stdout).toContain('outcome: done');
});

it('refuses when the journal cannot be written, before anything runs', async () => {
  writeFileSync(node.directory, 'a file where the folder should be');
  expect((await ask(reset())).stdout).toContain('reason: the journal folder cannot be written');
  expect(node.calls()).toEqual([]);
});
