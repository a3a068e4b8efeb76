import type { ProbeCases } from '../probe-case.ts';
import { busyCases, notReports, ran } from './measure-output.ts';

const issue149 = 'https://github.com/NVIDIA/nccl-tests/issues/149 (format, nccl-tests 2.13)';
const vTrain = 'https://github.com/VIA-Research/vTrain trace/a100/AR_GPU8_1M_1024M_LUT (figures)';
const issue214 = 'https://github.com/NVIDIA/nccl-tests/issues/214 (format of sendrecv_perf)';
const issue583 = 'https://github.com/NVIDIA/nccl/issues/583 (format before 2.13)';
const spark = 'https://github.com/NVIDIA/dgx-spark-playbooks/pull/103 (format of 2.20)';

const head = `# nThread 1 nGpus 8 minBytes 8388608 maxBytes 1073741824 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
`;
const ranks = (board: string, count = 8) =>
  Array.from(
    { length: count },
    (_each, at) => `#  Rank  ${at} Group  0 Pid     78 on 930ae2939a89 device  ${at} [0x07] ${board}\n`,
  ).join('');
const titles = `#
#                                                              out-of-place                       in-place          
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)       
`;
const row = (mebibytes: number, bus: number, wrong = '0', inPlaceWrong = '0', factor = 1.75) => {
  const bytes = mebibytes * 2 ** 20;
  const algorithm = bus / factor;
  const time = bytes / algorithm / 1000;
  const half = (count: string) =>
    `${time.toFixed(1).padStart(9)}${algorithm.toFixed(2).padStart(8)}${bus.toFixed(2).padStart(8)}${count.padStart(7)}`;
  return `${String(bytes).padStart(12)}${String(bytes / 4).padStart(14)}     float     sum      -1${half(wrong)}${half(inPlaceWrong)}\n`;
};
const tail = (wrong = 0) =>
  `# Out of bounds values : ${wrong} ${wrong === 0 ? 'OK' : 'FAILED'}\n# Avg bus bandwidth    : 189.606 \n#\n\n`;
// 8 to 1,024 MiB
const a100 = [109.3, 151.2, 181.4, 202.52, 210.1, 217.25, 224.4, 229.35];
const rows = (figures: readonly number[]) => figures.map((bus, at) => row(8 * 2 ** at, bus)).join('');
const ring = (text: string, exit = 0) => ran('nccl-ring', 'all_reduce_perf', 'gpus', text, exit);
const ringGood = ring(`${head}${ranks('NVIDIA A100-SXM4-80GB')}${titles}${rows(a100)}${tail()}`);
const a800 = a100.map((bus) => (bus * 2) / 3);

export const measureNcclRingCases: ProbeCases = {
  faulty: [
    {
      name: 'an A800 node with one link less on one GPU, and more lost',
      source: `${issue149}; ${vTrain}, half`,
      output: ring(`${head}${ranks('NVIDIA A800-SXM4-80GB')}${titles}${rows(a100.map((bus) => bus / 2))}${tail()}`),
      means: ['measure.nccl.ring-slow'],
    },
    {
      name: 'wrong values',
      source: 'https://github.com/NVIDIA/nccl-tests/issues/7 (the last lines)',
      output: ring(
        `${head}${ranks('NVIDIA A800-SXM4-80GB')}${titles}${rows(a800.slice(0, 7))}${row(1024, 152.9, '248', '0')}${tail(248)}`,
      ),
      means: ['measure.nccl.wrong-values'],
    },
    {
      name: 'the fabric manager does not run',
      source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html (error 802)',
      output: ring(
        `node-07: Test CUDA failure common.cu:894 'system not yet initialized'\n .. node-07 pid 4711: Test failure common.cu:844\n`,
        3,
      ),
      means: ['measure.cuda.not-initialized'],
    },
  ],
  healthy: [
    { name: 'eight A100', source: `${issue149}; ${vTrain}`, output: ringGood, means: ['measure.nccl.ring-normal'] },
    {
      name: 'eight A800, two thirds of that',
      source: `${issue149}; ${vTrain}, times 8 links over 12`,
      output: ring(`${head}${ranks('NVIDIA A800-SXM4-80GB')}${titles}${rows(a800)}${tail()}`),
      means: ['measure.nccl.ring-normal'],
    },
    {
      name: 'a version before 2.13: no root, and an error bound',
      source: issue583,
      output:
        ring(`# nThread 1 nGpus 1 minBytes 32 maxBytes 8589934592 step: 2(factor) warmup iters: 5       iters: 20 validation: 1
#
# Using devices
#   Rank  0 Pid 1821213 on AI-A100-Beethoven01 device  0 [0x00] NVIDIA A100-SXM4-40GB
#
#                                                     out-of-place                       in-place
#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error
#        (B)    (elements)                     (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
  1073741824     268435456   float     sum   8193.2  131.05  229.34  4e-07   8201.1  130.93  229.12  4e-07
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 117.2
`),
      means: ['measure.nccl.ring-normal'],
    },
    {
      name: 'version 2.20 on another system',
      source: spark,
      output: ring(`# nccl-tests version 2.20.0 (b4d5bee) nccl-headers=23102 nccl-library=23102
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 1 minBytes 8192 maxBytes 8589934592 step: 2(factor) warmup iters: 10 iters: 100 agg iters: 1 validation: 1 graph: 0 unalign: 0
#
# Using devices
#  Rank  0 Group  0 Pid 1666603 on spark-d708 device  0 [000f:01:00] NVIDIA GB10
#  Rank  1 Group  0 Pid 1669515 on spark-dbf4 device  0 [000f:01:00] NVIDIA GB10
#
        8192          2048     float     sum      -1    35.15    0.23    0.23       0    30.33    0.27    0.27       0
       65536         16384     float     sum      -1    67.93    0.96    0.96       0    64.71    1.01    1.01       0
`),
      means: ['measure.nccl.ring-normal'],
    },
    {
      name: 'its time was up',
      source: 'infra/gate/wardround-measure.sh, run on Debian 12',
      output: ring(`${head}${ranks('NVIDIA A800-SXM4-80GB')}`, 124),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 0 is used by 1 process'),
  ],
  garbage: notReports('nccl-ring', 'all_reduce_perf', ringGood),
};

const pair = (first: number, second: number, bus: number, wrong = '0') =>
  `== pair ${first} ${second}
# nThread 1 nGpus 2 minBytes 67108864 maxBytes 67108864 step: 1048576(bytes) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
${ranks('NVIDIA A800-SXM4-80GB', 2)}${titles}${row(64, bus, wrong, 'N/A', 1)}# Out of bounds values : ${wrong} ${wrong === '0' ? 'OK' : 'FAILED'}
# Avg bus bandwidth    : ${bus}
#

`;
const round = (bus: (first: number, second: number) => number, exit = 0) =>
  ran(
    'nccl-pairwise',
    'sendrecv_perf',
    'gpus',
    Array.from({ length: 8 }, (_each, first) => pair(first, (first + 1) % 8, bus(first, (first + 1) % 8))).join(''),
    exit,
  );
const pairsGood = round((first) => 151.4 + (first % 3));

export const measureNcclPairwiseCases: ProbeCases = {
  faulty: [
    {
      name: 'a GPU that is slow with both neighbours',
      source: issue214,
      output: round((first, second) => (first === 3 || second === 3 ? 118.2 : 152.3)),
      means: ['measure.nccl.gpu-below-siblings gpu 3'],
    },
    {
      name: 'one slow pair',
      source: issue214,
      output: round((first) => (first === 6 ? 118.2 : 152.3)),
      means: ['measure.nccl.pair-slow'],
    },
    {
      name: 'no NVLink is used',
      source: `${issue214}; figures of https://github.com/NVIDIA/nccl/issues/841`,
      output: round(() => 18.4),
      means: ['measure.nccl.pairs-over-pcie'],
    },
    {
      name: 'wrong values in one pair',
      source: issue214,
      output: ran(
        'nccl-pairwise',
        'sendrecv_perf',
        'gpus',
        `${pair(0, 1, 151.2)}${pair(1, 2, 150.9, '3')}${pair(2, 0, 151.1)}`,
      ),
      means: ['measure.nccl.wrong-values'],
    },
  ],
  healthy: [
    { name: 'eight alike', source: issue214, output: pairsGood, means: ['measure.nccl.pairs-normal'] },
    {
      name: 'one pair did not finish',
      source: 'infra/gate/wardround-measure.sh, run on Debian 12',
      output: ran('nccl-pairwise', 'sendrecv_perf', 'gpus', `${pair(0, 1, 151.2)}== pair 1 2\n${head}`, 124),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 7 is used by 1 process'),
  ],
  garbage: notReports('nccl-pairwise', 'sendrecv_perf', pairsGood),
};
