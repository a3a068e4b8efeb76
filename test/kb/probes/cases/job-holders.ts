import type { ProbedNode } from '../../../../kb/schemas/probe.ts';
import { printed, type ProbeCases } from '../probe-case.ts';
import { cutOutputs, script } from './job-output.ts';

const addresses = ['07', '0a', '47', '4d', '87', '8d', 'c7', 'ca'].map((bus) => `0000:${bus}:00.0`);
const node: ProbedNode = {
  gpus: addresses.map((address, index) => ({ index, uuid: `GPU-${index}`, pciBusId: `0000${address.toUpperCase()}` })),
};

const head = 'pid start_ticks user comm gpu job runs\n';
/** `who` is user and name; `whose` the job and whether it runs. */
const row = (pid: number, gpu: number | string, [who, whose]: Owner) =>
  `${pid} ${8_301_000 + (pid % 1000)} ${who} ${typeof gpu === 'number' ? (addresses[gpu] ?? '') : gpu} ${whose}\n`;
type Owner = readonly [who: string, whose: string];
const listed = (rows: readonly string[]) => printed(`${head}${rows.join('')}== end holders=${rows.length}\n`);

const eight = [0, 1, 2, 3, 4, 5, 6, 7];
const everywhere = (owner: Owner) => eight.map((gpu) => row(21_037 + gpu, gpu, owner));
const monitoring = eight.flatMap((gpu) => [
  row(2_611, gpu, ['root nvidia-persiste', '- no']),
  row(2_702, gpu, ['root nv-hostengine', '- no']),
]);
const trainers: Owner = ['ann pt_main_thread', '41207 yes'];

export const jobHolderCases: Readonly<Record<string, ProbeCases>> = {
  'gpu.holders': {
    faulty: [
      {
        name: 'a notebook beside the job',
        source: script,
        output: listed([...monitoring, ...everywhere(trainers), row(400_123, 5, ['lwei python3', '- no'])]),
        node,
        means: ['gpu.process.foreign gpu 5'],
      },
      {
        name: 'a trainer of a job that has ended, and none that runs',
        source: script,
        output: listed([...monitoring, row(400_123, 3, ['ann pt_main_thread', '41204 no'])]),
        node,
        means: ['gpu.process.left-over gpu 3'],
      },
      {
        name: 'a program on one of eight GPUs that no scheduler knows',
        source: script,
        output: listed([...monitoring, row(400_123, 2, ['www-data xmr-cuda', '- no'])]),
        node,
        means: ['gpu.process.foreign gpu 2'],
      },
      {
        name: 'a board whose address the driver does not tell',
        source: script,
        output: listed([...everywhere(trainers), row(400_123, 'minor-4', ['lwei python3', '- no'])]),
        node,
        means: ['gpu.process.foreign gpu minor-4'],
      },
    ],
    healthy: [
      {
        name: 'a job on every GPU',
        source: script,
        output: listed([...monitoring, ...everywhere(trainers)]),
        node,
        means: ['gpu.holders.of-jobs'],
      },
      { name: 'an idle node', source: script, output: listed(monitoring), node, means: ['gpu.holders.of-jobs'] },
      { name: 'nobody', source: script, output: listed([]), node, means: ['gpu.holders.of-jobs'] },
      {
        name: 'a job that was started by hand',
        source: script,
        output: listed(everywhere(['ann python3', '- no'])),
        node,
        means: ['gpu.holders.unattributed', 'gpu.holders.of-jobs'],
      },
      {
        name: 'pods',
        source: script,
        output: listed(everywhere(['root python3', 'pod -'])),
        node,
        means: ['gpu.holders.unattributed', 'gpu.holders.of-jobs'],
      },
    ],
    garbage: [
      ...cutOutputs,
      printed('== end holders=0\n'),
      printed(`${head}21037 8301037 ann pt_main_thread 0000:07:00.0 41207 yes\n`),
      printed(`${head}21037 8301037 ann pt_main_thread 0000:07:00.0 41207 yes\n== end holders=2\n`),
      printed(`${head}21037 8301037 ann pt main thread 0000:07:00.0 41207 yes\n== end holders=1\n`),
      printed(`${head}21037 8301037 ann pt_main_thread 0000:07:00.0 41207 maybe\n== end holders=1\n`),
    ],
  },
};
