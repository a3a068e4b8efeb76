import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActiveFault, Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { metricOf, outputOn } from '../faults/on-node.ts';
import { heldCluster, minutes, readingOf, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { iterationNow, segmentNow } from '../job-tools.ts';
import { ofTrainer, phaseOf, rankLogs } from './job-reading.ts';

interface Row {
  readonly id: string;
  readonly target?: Parameters<Simulator['inject']>[1] extends infer A
    ? A extends { target?: infer T }
      ? T
      : never
    : never;
  readonly values?: Readonly<Record<string, number>>;
  /** Cluster minutes from the injection to the look. */
  readonly after: number;
  readonly source: string;
  readonly look: (simulator: Simulator, fault: ActiveFault) => void;
}

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster();
  simulator = held.open();
  held.pass(minutes(6));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const job = 'pretrain-13b';
const logOf = (rank: number, last = 20) => rankLogs(simulator, minutes(last)).get(rank) ?? '';
const every = (last = 20) => [...rankLogs(simulator, minutes(last))];
const ranksWith = (text: string | RegExp, last = 20) =>
  every(last)
    .filter(([, log]) => (typeof text === 'string' ? log.includes(text) : text.test(log)))
    .map(([rank]) => rank)
    .toSorted((a, b) => a - b);
const noHardwareTrouble = () => {
  for (const { name } of simulator.world.nodes) expect(outputOn(simulator, name, 'dmesg -T', true)).not.toMatch(/Xid/);
};
const rows: readonly Row[] = [
  {
    id: 'nccl-version-mixed',
    target: { node: 'node-03' },
    values: { release: 0 },
    after: 2,
    source: 'NVIDIA/nccl v2.22.3 src/bootstrap.cc (bootstrapNetRecv), include/transport.h (ncclPeerInfo)',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith('NCCL version 2.20.5+cuda12.4')).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
      expect(ranksWith('NCCL WARN Message truncated : received 104 bytes instead of 64')).toEqual([16]);
      expect(logOf(16)).toContain('ncclInternalError: Internal check failed.');
      expect(logOf(16, 1.4)).not.toContain('Init COMPLETE');
      expect(logOf(0)).toContain('srun: error: node-03: task 2: Exited with exit code 1');
    },
  },
  {
    id: 'nccl-p2p-disabled',
    target: { node: 'node-02' },
    values: { setting: 0 },
    after: 8,
    source: 'nccl-tests issue 210 (NVLink of A800) and user guide, NCCL_P2P_DISABLE: shared host memory instead',
    look() {
      // About 20 instead of 156 GB/s where NVLink is what is busy: a step takes one and a half to three times as long.
      expect(stepSeconds(simulator)).toBeGreaterThan(12);
      expect(stepSeconds(simulator)).toBeLessThan(26);
      expect(ranksWith('NCCL_P2P_DISABLE set by environment to 1')).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
      expect(ranksWith('via SHM/direct/direct')).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
      // NCCL reads the file itself: it is not in the environment that the kernel shows.
      expect(ofTrainer(simulator, 'env', 'node-02', 1)).not.toContain('NCCL_P2P_DISABLE');
      expect(readingOf(simulator, 'node-02', 3).smMhz).toBe(1410);
      noHardwareTrouble();
    },
  },
  {
    id: 'nccl-few-channels',
    target: { node: 'node-02' },
    values: { channels: 1 },
    after: 8,
    source: 'NCCL user guide, NCCL_MAX_NCHANNELS',
    look() {
      expect(stepSeconds(simulator)).toBeGreaterThan(11);
      expect(logOf(9)).toContain('1 coll channels, 1 collnet channels');
      expect(logOf(1)).toContain('16 coll channels, 16 collnet channels');
    },
  },
  {
    id: 'nccl-ib-disabled',
    target: { job },
    values: { setting: 0 },
    after: 10,
    source: 'NCCL user guide, NCCL_IB_DISABLE; transport/net_socket.cc',
    look() {
      expect(stepSeconds(simulator)).toBeGreaterThan(25);
      expect(ranksWith('Using network Socket')).toHaveLength(32);
      expect(ofTrainer(simulator, 'env', 'node-04', 7)).toContain('NCCL_IB_DISABLE=1\n');
      // Nothing goes over InfiniBand any more; the ports themselves are well.
      const sent = () =>
        /PortXmitData:\.*(\d+)/.exec(outputOn(simulator, 'node-02', 'perfquery -x -C mlx5_0 -P 1', true))?.[1];
      const before = sent();
      held.pass(minutes(2));
      expect(before).toBeDefined();
      expect(sent()).toBe(before);
      expect(outputOn(simulator, 'node-02', 'ibstat', true)).toContain('Rate: 200');
      const octets = () =>
        Number(/: bond0: [\s\S]*?TX: .*\n\s+(\d+)/.exec(outputOn(simulator, 'node-02', 'ip -s -s link show'))?.[1]);
      const began = octets();
      held.pass(minutes(2));
      // 39 GB of gradients a step, beside some megabytes a second of the usual.
      expect(octets() - began).toBeGreaterThan(10e9);
    },
  },
  {
    id: 'nccl-bug-hang',
    target: { job },
    values: { release: 0 },
    after: 11,
    source: 'torch/csrc/distributed/c10d/TraceUtils.h: all ranks started, none finished',
    look() {
      expect(phaseOf(simulator)).toBe('hung');
      expect(ofTrainer(simulator, 'libraries', 'node-01', 0)).toContain('libnccl.so.2.20.3');
      for (const { name } of simulator.world.nodes)
        for (const gpu of [0, 5]) {
          expect(ofTrainer(simulator, 'stacks', name, gpu)).toContain('_reduce_scatter_base');
          expect(readingOf(simulator, name, gpu).utilizationPercent).toBe(100);
        }
      held.pass(minutes(12));
      expect(
        ranksWith(/\[\d+(, \d+){3}\] joined but didn't finish collective #(\d+) .*\n.*\n.*#\2 started ranks:/).length,
      ).toBeGreaterThan(28);
      expect(ranksWith("didn't join")).toEqual([]);
      noHardwareTrouble();
    },
  },
  {
    id: 'framework-async-save-deadlock',
    target: { job },
    after: 16,
    source: 'NVIDIA/Megatron-LM issue 2422: py-spy dump of a blocked asynchronous save',
    look() {
      expect(phaseOf(simulator)).toBe('hung');
      const stacks = simulator.world.nodes.flatMap(({ name, gpus }) =>
        gpus.map((gpu) => ofTrainer(simulator, 'stacks', name, gpu.index)),
      );
      const waiting = stacks.filter((text) => text.includes('    poll (multiprocessing/popen_fork.py:27)\n'));
      expect(waiting).toHaveLength(1);
      expect(waiting[0]).toContain('(idle): "MainThread"');
      expect(stacks.filter((text) => text.includes('_reduce_scatter_base'))).toHaveLength(31);
      const saves = logOf(0, 8).match(/saving checkpoint at iteration/g)?.length ?? 0;
      expect(saves).toBeGreaterThan(0);
    },
  },
  {
    id: 'two-ranks-one-gpu',
    target: { node: 'node-02' },
    values: { mask: 0 },
    after: 2,
    source: 'NVIDIA/Megatron-LM issue 661; initTransportsRank of NCCL 2.22.3',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith('Duplicate GPU detected')).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
      expect(logOf(8)).toContain('Duplicate GPU detected : rank 8 and rank 12 both on CUDA device 7000');
      expect(logOf(12)).toContain('Duplicate GPU detected : rank 12 and rank 8 both on CUDA device 7000');
      expect(logOf(8)).toContain('ncclInvalidUsage: This usually reflects invalid usage of NCCL library.');
    },
  },
  {
    id: 'world-size-wrong',
    target: { job },
    values: { layout: 0 },
    after: 2,
    source: 'validate_args in megatron/training/arguments.py',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(logOf(0)).toContain('AssertionError: world size (28) is not divisible by tensor model parallel size (8)');
      expect(logOf(0, 1.2)).not.toContain('Init START');
    },
  },
  {
    id: 'collective-order',
    target: { job, rank: 13 },
    values: { every: 9 },
    after: 16,
    source: 'torch/csrc/distributed/c10d/TraceUtils.h and [PyTorch] PR 68310 (mismatched collectives)',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      const own =
        /Watchdog caught collective operation timeout: WorkNCCL\(SeqNum=(\d+), OpType=_ALLGATHER_BASE, NumelIn=1024, /.exec(
          logOf(13, 18),
        );
      const other = /WorkNCCL\(SeqNum=(\d+), OpType=_REDUCE_SCATTER_BASE, /.exec(logOf(21, 18));
      expect(own?.[1]).toBeDefined();
      expect(own?.[1]).toBe(other?.[1]);
      expect(logOf(21, 18)).toMatch(/\[13\] started _ALLGATHER_BASE\n.*\[5, 21, 29\] started _REDUCE_SCATTER_BASE/);
    },
  },
  {
    id: 'uneven-data',
    target: { job, rank: 20 },
    values: { every: 11 },
    after: 5,
    source: 'PyTorch documentation, `Join`: uneven inputs; a barrier is an all-reduce of one element',
    look() {
      expect(phaseOf(simulator)).toBe('hung');
      expect(logOf(20, 5)).toContain('no more batches in this epoch');
      expect(ofTrainer(simulator, 'stacks', 'node-03', 4)).toContain(
        '    barrier (torch/distributed/distributed_c10d.py',
      );
      expect(ofTrainer(simulator, 'stacks', 'node-03', 5)).toContain('_reduce_scatter_base');
      held.pass(minutes(10));
      expect(logOf(20, 14)).toContain('OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000');
    },
  },
  {
    id: 'evaluation-longer-than-timeout',
    target: { job },
    values: { minutes: 20 },
    after: 22,
    source: 'torch 2.5 documentation, init_process_group: ten minutes by default for NCCL',
    look() {
      expect(iterationNow(simulator) % 100).toBe(0);
      expect(logOf(0, 22)).toMatch(/INFO:pretrain\.evaluation:validation suite: \d+\/61440 samples/);
      expect(ranksWith(/Watchdog caught collective operation timeout/, 22)).not.toContain(0);
      expect(ranksWith(/Timeout\(ms\)=600000/, 22).length).toBeGreaterThan(28);
    },
  },
  {
    id: 'gpu-memory-too-small',
    target: { job },
    values: { samples: 3 },
    after: 3,
    source: 'CUDACachingAllocator.cpp of torch 2.5; pytorch.org/docs/stable/notes/cuda.html',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate')).toHaveLength(32);
      expect(logOf(11)).toMatch(
        /GPU 3 has a total capacity of 79\.15 GiB of which .* 214\.86 MiB is reserved by PyTorch but unallocated/,
      );
      expect(logOf(8)).toMatch(/Failures:\n\[1\]:\n[\s\S]*\[7\]:[\s\S]*Root Cause \(first observed failure\):\n\[0\]:/);
    },
  },
  {
    id: 'gpu-memory-fragmented',
    target: { job },
    values: { mibPerMinute: 2_000 },
    after: 5,
    source: 'torch 2.5: advice on PYTORCH_CUDA_ALLOC_CONF in the message itself',
    look() {
      // 66 GiB and 2,000 MiB a minute for five minutes.
      const used = metricOf(simulator, 'DCGM_FI_DEV_FB_USED', { Hostname: 'node-02', gpu: '3' }) ?? 0;
      expect(used).toBeGreaterThan(75_000);
      expect(used).toBeLessThan(77_500);
      expect(stepSeconds(simulator)).toBe(8);
      held.pass(minutes(5));
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith(/14\.66 GiB is reserved by PyTorch but unallocated/)).toHaveLength(1);
    },
  },
  {
    id: 'loss-nan-fp16',
    target: { job },
    values: { iterations: 12 },
    after: 5,
    source:
      'megatron/core/optimizer/grad_scaler.py: initial 2^32, minimum 1, hysteresis 2; training_log in training.py',
    look() {
      expect(ofTrainer(simulator, 'args', 'node-01', 0)).toContain('--fp16\n');
      expect(ofTrainer(simulator, 'args', 'node-01', 0)).not.toContain('--bf16');
      const lines = logOf(31, 4)
        .split('\n')
        .filter((line) => line.includes('loss scale'));
      const scales = lines.map((line) => Number(/loss scale: ([\d.]+)/.exec(line)?.[1]));
      expect(scales.slice(0, 4)).toEqual([2 ** 32, 2 ** 31, 2 ** 30, 2 ** 29]);
      expect(lines[0]).toContain('number of skipped iterations:   1 |');
      expect(lines[0]).not.toContain('lm loss');
      expect(scales[17]).toBe(65_536);
      expect(lines[17]).toContain('number of skipped iterations:   0 |');
      held.pass(minutes(4));
      expect(phaseOf(simulator)).toBe('ended');
      expect(
        every(6)
          .map(([, log]) => log)
          .join(''),
      ).toMatch(/AssertionError: Rank \d+: found NaN in local forward loss calculation\. Device: \d, node: node-0\d/);
      expect(logOf(31, 8)).toContain('loss scale: 1.0 |');
    },
  },
  {
    id: 'loader-slow-shard',
    target: { job, rank: 13 },
    values: { lateMs: 8_000 },
    after: 6,
    source: 'PyTorch documentation, torch.utils.data: a step waits for the queue of its own workers',
    look(_, { injection }) {
      if (injection.onset.shape === 'sudden') {
        expect(stepSeconds(simulator)).toBe(16);
        expect(readingOf(simulator, 'node-02', 5).utilizationPercent).toBe(50);
        expect(readingOf(simulator, 'node-02', 4).utilizationPercent).toBe(100);
      }
      expect(readingOf(simulator, 'node-02', 5).smMhz).toBe(1410);
      noHardwareTrouble();
    },
  },
  {
    id: 'python-gc-pauses',
    target: { job },
    values: { pauseMs: 4_000 },
    after: 2,
    source:
      '"Scaling Llama 3 …" and NeMo documentation, manual garbage collection: unsynchronised pauses stop all ranks',
    look() {
      const seconds: number[] = [];
      const places = new Set<string>();
      for (let at = 0; at < 60; at += 1) {
        held.pass(9_700);
        seconds.push(stepSeconds(simulator));
        for (const { name, gpus } of simulator.world.nodes)
          for (const { index } of gpus)
            if (readingOf(simulator, name, index).utilizationPercent < 90) places.add(`${name}/${index}`);
      }
      expect(new Set(seconds)).toEqual(new Set([8, 12]));
      expect(places.size).toBeGreaterThan(3);
    },
  },
  {
    id: 'checkpoint-truncated',
    target: { job, rank: 13 },
    values: { end: 0 },
    after: 2,
    source: 'torch/distributed/checkpoint/api.py (CheckpointException) and inline_container.cc',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith('PytorchStreamReader failed reading zip archive: failed finding central directory')).toEqual([
        13,
      ]);
      expect(logOf(13)).toContain('CheckpointException ranks:dict_keys([13])');
      expect(logOf(0, 1.2)).toContain('loading distributed checkpoint from');
      expect(logOf(0, 1.2)).not.toContain('successfully loaded checkpoint');
    },
  },
  {
    id: 'checkpoint-shard-missing',
    target: { job, rank: 30 },
    after: 2,
    source: 'torch/distributed/checkpoint/filesystem.py',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(logOf(30)).toMatch(
        /FileNotFoundError: \[Errno 2\] No such file or directory: '\/lustre\/ckpt\/pretrain-13b\/iter_00\d{5}\/__30_0\.distcp'/,
      );
    },
  },
  {
    id: 'user-exception',
    target: { job },
    values: { error: 0, every: 40 },
    after: 7,
    source: 'CPython: an uncaught KeyError; torchrun names the rank and exit code 1',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(iterationNow(simulator) % 40).toBe(0);
      expect(logOf(0)).toContain("[rank0]: KeyError: 'domain counts'");
      expect(logOf(0)).toMatch(/exitcode {2}: 1 \(pid: \d+\)/);
    },
  },
  {
    id: 'module-missing',
    target: { node: 'node-04' },
    values: { module: 1 },
    after: 2,
    source: 'CPython: ModuleNotFoundError',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith("ModuleNotFoundError: No module named 'einops'")).toEqual([24, 25, 26, 27, 28, 29, 30, 31]);
      expect(logOf(0)).toContain('srun: error: node-04: task 3: Exited with exit code 1');
    },
  },
  {
    id: 'wrong-argument',
    target: { job },
    values: { option: 0 },
    after: 2,
    source: 'CPython argparse: exit status 2',
    look() {
      expect(phaseOf(simulator)).toBe('ended');
      expect(ranksWith('pretrain_gpt.py: error: unrecognized arguments: --use-flash-attention-v2')).toHaveLength(32);
      expect(logOf(8)).toContain('failed (exitcode: 2) local_rank: 0');
    },
  },
  {
    id: 'stragglers-by-sequence-length',
    target: { job },
    values: { factor: 3 },
    after: 3,
    source: '"Understanding Stragglers in Large Model Training Using What-if Analysis": sequence length imbalance',
    look() {
      const busy = new Set<string>();
      for (let at = 0; at < 120; at += 1) {
        held.pass(14_300);
        const hottest = simulator.world.nodes.map(
          ({ name }) => [name, readingOf(simulator, name, 2).tensorActive] as const,
        );
        if (stepSeconds(simulator) > 13) busy.add(hottest.toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '');
        for (const [name] of hottest) expect(readingOf(simulator, name, 2).smMhz).toBe(1410);
      }
      // 8 s * 0.35 * 3 + 8 s * 0.65 = 13.6 s, and it is not always the same replica.
      expect(busy.size).toBeGreaterThan(2);
    },
  },
  {
    id: 'torch-compile-recompiles',
    target: { job },
    values: { compileMs: 8_000 },
    after: 10,
    source: 'kijai/ComfyUI-MochiWrapper issue 44: torch 2.5, cache_size_limit',
    look() {
      expect(stepSeconds(simulator)).toBe(16);
      for (const { name } of simulator.world.nodes) expect(readingOf(simulator, name, 6).utilizationPercent).toBe(50);
      expect(ranksWith('torch._dynamo hit config.cache_size_limit (8)')).toHaveLength(32);
      const profile = Array.from({ length: 8 }, () => {
        held.pass(5_300);
        return ofTrainer(simulator, 'profile', 'node-03', 2);
      }).join('');
      expect(profile).toContain('codegen_and_compile (torch/_inductor/compile_fx.py');
    },
  },
];

describe.each(rows)('$id', ({ id, target, values, after, look }) => {
  it('reads as an engineer would expect', () => {
    const fault = simulator.inject(id, { ...(target && { target }), ...(values && { values }) });
    held.pass(minutes(after));
    look(simulator, fault);
    const names = simulator.world.nodes.map(({ name }) => name);
    for (const name of names)
      expect(
        outputOn(simulator, name, 'nvidia-smi --query-gpu=index,power.limit --format=csv,noheader,nounits'),
      ).toMatch(/^0, 400\.00$/m);
  });

  it('comes back after a restart, and is gone when its owner mends it', () => {
    simulator.inject(id, { ...(target && { target }), ...(values && { values }) });
    held.pass(minutes(after));
    outputOn(simulator, 'node-01', `scontrol requeue ${simulator.world.job.slurmId}`, true);
    held.pass(minutes(2));
    expect(simulator.activeFaults().map((one) => one.id)).toEqual([id]);
    simulator.heal(id);
    held.pass(minutes(4));
    expect(simulator.activeFaults()).toEqual([]);
    expect(segmentNow(simulator)).toMatchObject({ phase: { kind: 'running' }, meanStepMs: 8_000 });
    const before = iterationNow(simulator);
    held.pass(minutes(14));
    expect(iterationNow(simulator)).toBeGreaterThan(before + 90);
  });
});
