import { printed, type ProbeCases } from '../probe-case.ts';
import { cutOutputs, eightRanks, nobody, one, ranks, script } from './job-output.ts';

const noTrainers = { name: 'a node without a job', source: script, output: nobody, means: ['job.trainers.none'] };

const listHead = 'pid rank local_rank world_size user started comm\n';
const row = (local: number, changes: Partial<Record<'rank' | 'world' | 'started', number>> = {}) =>
  `${21_037 + local} ${changes.rank ?? 40 + local} ${local} ${changes.world ?? 64} ann ${changes.started ?? 1_795_277_513} python3\n`;
const list = (rows: readonly string[]) => printed(`${listHead}${rows.join('')}== end trainers=${rows.length}\n`);
const eight = [0, 1, 2, 3, 4, 5, 6, 7];

const setting = (local: number, more: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    CUDA_VISIBLE_DEVICES: '0,1,2,3,4,5,6,7',
    LD_LIBRARY_PATH: '/usr/local/cuda/lib64:/opt/hpcx/ucx/lib',
    LOCAL_RANK: String(local),
    LOCAL_WORLD_SIZE: '8',
    MASTER_ADDR: 'node-01',
    MASTER_PORT: '29500',
    NCCL_DEBUG: 'WARN',
    NCCL_IB_HCA: '=mlx5_0,mlx5_1,mlx5_2,mlx5_3',
    NCCL_SOCKET_IFNAME: 'eth0',
    OMP_NUM_THREADS: '8',
    RANK: String(40 + local),
    TORCH_NCCL_ASYNC_ERROR_HANDLING: '1',
    WORLD_SIZE: '64',
    ...more,
  })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
const environment = (more: (local: number) => Readonly<Record<string, string>>) =>
  eightRanks((local) => setting(local, more(local)));
const everywhere = (name: string, value: string) => environment(() => ({ [name]: value }));

const words = (...more: readonly string[]) =>
  ['/usr/bin/python3', '-u', 'pretrain_gpt.py', '--tensor-model-parallel-size', '8', '--hf-token', '***', ...more].join(
    '\n',
  );

// Printed of a real process on Ubuntu 22.04 with `ulimit -n` and `ulimit -l` as each case says.
const limits = (memlock: string, files: string, processes = '4127280') =>
  `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max stack size            8388608              unlimited            bytes
Max processes             ${processes.padEnd(20)} 4127280              processes
Max open files            ${files.padEnd(20)} 1048576              files
Max locked memory         ${memlock.padEnd(20)} ${memlock.padEnd(20)} bytes
Max nice priority         0                    0
Max realtime timeout      unlimited            unlimited            us
`;

const affinity = (cpus: string, nodes = '0-1') =>
  `Cpus_allowed_list:\t${cpus}\nMems_allowed_list:\t${nodes}\nThreads:\t214\n`;
/** Each rank on the 32 processors of its half of a node with 2 x 64. */
const bound = (local: number) => affinity(local < 4 ? '0-31,64-95' : '32-63,96-127', local < 4 ? '0' : '1');

const gib = 1024 ** 3;
const group = (
  more: Readonly<Record<string, string>> = {},
  path = '/system.slice/slurmstepd.scope/job_4242/step_0/user',
) =>
  [
    `path ${path}`,
    ...Object.entries({
      'memory.max': String(960 * gib),
      'memory.current': String(610 * gib),
      'memory.high': 'max',
      'pids.max': '629145',
      'pids.current': '3120',
      'cpu.max': 'max 100000',
      'cpuset.cpus.effective': '0-127',
      'memory.events.oom_kill': '0',
      ...more,
    }).map(([name, value]) => `${name} ${value}`),
  ].join('\n');

export const jobSettingCases: Readonly<Record<string, ProbeCases>> = {
  'job.processes': {
    faulty: [
      {
        name: 'a rank that is left over from the run before',
        source: script,
        output: list([`19004 43 3 64 ann 1795270000 python3\n`, ...eight.map((local) => row(local))]),
        means: ['job.processes.rank-twice'],
      },
      {
        name: 'ranks that count a smaller world',
        source: script,
        output: list(eight.map((local) => row(local, local === 5 ? { world: 56 } : {}))),
        means: ['job.processes.world-size-differs'],
      },
      {
        name: 'a rank that is gone',
        source: script,
        output: list(eight.filter((local) => local !== 3).map((local) => row(local))),
        means: ['job.processes.place-empty'],
      },
      {
        name: 'a rank that was started half an hour later',
        source: script,
        output: list(eight.map((local) => row(local, local === 2 ? { started: 1_795_279_313 } : {}))),
        means: ['job.processes.started-apart'],
      },
    ],
    healthy: [
      {
        name: 'eight ranks',
        source: script,
        output: list(eight.map((local) => row(local))),
        means: ['job.processes.whole'],
      },
      {
        name: 'two jobs of four',
        source: script,
        output: list([
          ...[0, 1, 2, 3].map((local) => row(local, { rank: local, world: 4 })),
          ...[0, 1, 2, 3].map((local) => row(local, { rank: local, world: 8 }).replace(/^\d+/, String(30_000 + local))),
        ]),
        means: ['job.processes.whole'],
      },
      {
        name: 'a launcher that sets no local rank',
        source: script,
        output: list(['29904 0 - 1 root 1795277513 sleep\n']),
        means: ['job.processes.whole'],
      },
      {
        name: 'a node without a job',
        source: script,
        output: printed(`${listHead}== end trainers=0\n`),
        means: ['job.trainers.none'],
      },
    ],
    garbage: [
      ...cutOutputs,
      printed(`${listHead}21037 40 0 64 ann\n== end trainers=1\n`),
      printed(`${listHead}${row(0)}`),
    ],
  },
  'job.environment': {
    faulty: [
      {
        name: 'one rank with another protocol',
        source: script,
        output: environment((local) => (local === 3 ? { NCCL_PROTO: 'LL128' } : {})),
        means: ['job.environment.nccl-differs', 'job.environment.choice-forced'],
      },
      {
        name: 'one rank with another NIC list',
        source: script,
        output: environment((local) => (local === 6 ? { NCCL_IB_HCA: 'mlx5_0' } : {})),
        means: ['job.environment.nccl-differs'],
      },
      {
        name: 'two ranks that meet elsewhere',
        source: script,
        output: environment((local) => (local > 5 ? { MASTER_PORT: '29501' } : {})),
        means: ['job.environment.launch-differs'],
      },
      {
        name: 'a library path of its own',
        source: script,
        output: environment((local) => (local === 0 ? { LD_LIBRARY_PATH: '/opt/nccl-2.18/lib' } : {})),
        means: ['job.environment.libraries-differ'],
      },
      {
        name: 'threads that differ',
        source: script,
        output: environment((local) => (local === 1 ? { MKL_NUM_THREADS: '1' } : {})),
        means: ['job.environment.other-differs'],
      },
      {
        name: 'NVLink switched off',
        source: script,
        output: everywhere('NCCL_P2P_DISABLE', '1'),
        means: ['job.environment.transport-off'],
      },
      {
        name: 'RDMA switched off',
        source: script,
        output: everywhere('NCCL_IB_DISABLE', '1'),
        means: ['job.environment.transport-off'],
      },
      {
        name: 'bootstrap over the loopback interface',
        source: script,
        output: everywhere('NCCL_SOCKET_IFNAME', '=lo'),
        means: ['job.environment.interface-local'],
      },
      {
        name: 'the GID of RoCE v1',
        source: script,
        output: everywhere('NCCL_IB_GID_INDEX', '0'),
        means: ['job.environment.gid-index-fixed'],
      },
      {
        name: 'a line for every call',
        source: script,
        output: everywhere('NCCL_DEBUG', 'TRACE'),
        means: ['job.environment.debug-output'],
      },
      {
        name: 'launches that wait',
        source: script,
        output: everywhere('CUDA_LAUNCH_BLOCKING', '1'),
        means: ['job.environment.launch-blocking'],
      },
      {
        name: 'a forced algorithm',
        source: script,
        output: everywhere('NCCL_ALGO', 'Tree'),
        means: ['job.environment.choice-forced'],
      },
      {
        name: 'a thread for every processor in every rank',
        source: script,
        output: everywhere('OMP_NUM_THREADS', '128'),
        means: ['job.environment.threads-many'],
      },
    ],
    healthy: [
      { name: 'alike', source: script, output: environment(() => ({})), means: ['job.environment.alike'] },
      {
        name: 'a GPU for each rank',
        source: script,
        output: environment((local) => ({ CUDA_VISIBLE_DEVICES: String(local) })),
        means: ['job.environment.alike'],
      },
      {
        name: 'switched off means zero',
        source: script,
        output: everywhere('NCCL_P2P_DISABLE', '0'),
        means: ['job.environment.alike'],
      },
      {
        name: 'loopback in a job on this node alone',
        source: script,
        output: environment(() => ({ NCCL_SOCKET_IFNAME: 'lo', WORLD_SIZE: '8' })),
        means: ['job.environment.alike'],
      },
      {
        name: 'two Slurm jobs',
        source: script,
        output: environment((local) => ({ SLURM_JOB_ID: local < 4 ? '1' : '2', MASTER_PORT: local < 4 ? '1' : '2' })),
        means: ['job.environment.alike'],
      },
      {
        name: 'a watchdog that is off',
        source: script,
        output: everywhere('TORCH_NCCL_ASYNC_ERROR_HANDLING', '0'),
        means: ['job.environment.watchdog-off', 'job.environment.alike'],
      },
      {
        name: 'a rank that went away',
        source: script,
        output: eightRanks((local) => (local === 4 ? '!! gone' : setting(local))),
        means: ['job.trainer.unread'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['not a setting'])],
  },
  'job.arguments': {
    faulty: [
      {
        name: 'one rank with another batch size',
        source: script,
        output: eightRanks(one(2, words('--micro-batch-size', '2'), words('--micro-batch-size', '4'))),
        means: ['job.arguments.differ'],
      },
      {
        name: 'one rank with an option more',
        source: script,
        output: eightRanks(one(7, words('--profile'), words())),
        means: ['job.arguments.differ'],
      },
      {
        name: 'one rank in another Python',
        source: script,
        output: eightRanks(one(1, words().replace('/usr/bin/python3', '/opt/conda/bin/python'), words())),
        means: ['job.arguments.program-differs'],
      },
    ],
    healthy: [
      { name: 'alike', source: script, output: eightRanks(() => words()), means: ['job.arguments.alike'] },
      {
        name: 'the place as an option, as the old launcher gives it',
        source: 'https://pytorch.org/docs/stable/distributed.html#launch-utility',
        output: eightRanks((local) => words(`--local_rank=${local}`)),
        means: ['job.arguments.alike'],
      },
      noTrainers,
    ],
    garbage: cutOutputs,
  },
  'host.limits': {
    faulty: [
      {
        name: 'the default of systemd',
        source: 'https://github.com/NVIDIA/nccl-tests/issues/206 (ulimit -l 8192)',
        output: eightRanks(() => limits('8388608', '1048576')),
        means: ['host.limits.memlock-low'],
      },
      {
        name: 'the default of containerd, in one rank',
        source: 'https://github.com/NVIDIA/cudf-spark/pull/7632',
        output: eightRanks(one(5, limits('67108864', '1048576'), limits('unlimited', '1048576'))),
        means: ['host.limits.memlock-low', 'host.limits.differ'],
      },
      {
        name: 'few open files',
        source: script,
        output: eightRanks(() => limits('unlimited', '1024')),
        means: ['host.limits.open-files-low'],
      },
      {
        name: 'few processes',
        source: script,
        output: eightRanks(() => limits('unlimited', '65536', '1024')),
        means: ['host.limits.processes-low'],
      },
    ],
    healthy: [
      {
        name: 'unlimited',
        source: script,
        output: eightRanks(() => limits('unlimited', '1048576')),
        means: ['host.limits.enough'],
      },
      {
        name: 'plenty',
        source: script,
        output: eightRanks(() => limits(String(64 * gib), '65536')),
        means: ['host.limits.enough'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['Limit                     Soft Limit'])],
  },
  'host.cpu-affinity': {
    faulty: [
      {
        name: 'one rank on one processor',
        source: 'https://github.com/pytorch/pytorch/issues/101850',
        output: eightRanks((local) => (local === 3 ? affinity('0') : bound(local))),
        means: ['host.cpu-affinity.one-core'],
      },
      {
        name: 'a rank on the two threads of a core',
        source: 'https://slurm.schedmd.com/mc_support.html',
        output: eightRanks((local) => affinity(`${local},${local + 64}`)),
        means: Array.from({ length: 8 }, () => 'host.cpu-affinity.one-core'),
      },
      {
        name: 'all ranks on the same eight processors',
        source: script,
        output: eightRanks(() => affinity('0-7')),
        means: ['host.cpu-affinity.shared-cores'],
      },
      {
        name: 'one rank on the other half',
        source: 'https://gist.github.com/ashwin/e139748bdba15f5af63f0146d01ee4c3 (CPU affinity of GPUs 0 to 7)',
        output: eightRanks((local) => (local === 1 ? bound(6) : bound(local))),
        means: ['host.cpu-affinity.far-side'],
      },
    ],
    healthy: [
      { name: 'bound to their halves', source: script, output: eightRanks(bound), means: ['host.cpu-affinity.sound'] },
      {
        name: 'not bound',
        source: script,
        output: eightRanks(() => affinity('0-127')),
        means: ['host.cpu-affinity.sound'],
      },
      {
        name: 'each on its own processors',
        source: script,
        output: eightRanks((local) => affinity(`${local * 8}-${local * 8 + 7}`)),
        means: ['host.cpu-affinity.sound'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['Cpus_allowed_list:\t0-\nMems_allowed_list:\t0\nThreads:\t1'])],
  },
  'cgroup.memory': {
    faulty: [
      {
        name: 'processes that were killed',
        source: 'https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files',
        output: eightRanks(() => group({ 'memory.events.oom_kill': '2' })),
        means: ['cgroup.memory.oom-kill'],
      },
      {
        name: 'close to the limit',
        source: script,
        output: eightRanks(() => group({ 'memory.current': String(950 * gib) })),
        means: ['cgroup.memory.near-limit'],
      },
      {
        name: 'no more processes',
        source: script,
        output: eightRanks(() => group({ 'pids.max': '1024', 'pids.current': '1020' })),
        means: ['cgroup.pids.near-limit'],
      },
      {
        name: 'eight processors for eight ranks',
        source: script,
        output: eightRanks(() => group({ 'cpu.max': '800000 100000' })),
        means: ['cgroup.cpu.quota-small'],
      },
    ],
    healthy: [
      { name: 'room', source: script, output: eightRanks(() => group()), means: ['cgroup.memory.room'] },
      {
        name: 'version 1 without a limit, as printed here',
        source: script,
        output: ranks([
          'path /process_api/b187da4cef9456426cabd010a514b047\nmemory.max max\nmemory.current 30478336\ncpu.max max 100000\ncpuset.cpus.effective 0-1\n',
        ]),
        means: ['cgroup.memory.room'],
      },
      {
        name: 'a group for each rank',
        source: script,
        output: eightRanks((local) => group({ 'cpu.max': '1600000 100000' }, `/kubepods/pod-${local}`)),
        means: ['cgroup.memory.room'],
      },
      {
        name: 'a group that cannot be read',
        source: script,
        output: eightRanks(one(0, '!! the control group cannot be read', group())),
        means: ['job.trainer.unread'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['memory.max 12']), ranks(['path /a\nmemory.max 12 34x\n'])],
  },
};
