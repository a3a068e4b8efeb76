import { describe, expect, test } from 'vitest';
import { fromSlurm } from '../../../kb/inventory/from-slurm.ts';
import { expandHostlist, expandHostPattern } from '../../../kb/inventory/host-ranges.ts';
import { gresOf } from '../../../kb/inventory/slurm-text.ts';
import { slurmJob2108, slurmJobLine, slurmNode2108, slurmNode2405, slurmNodeLine } from './outputs.ts';

const read = (...texts: readonly string[]) => fromSlurm(texts.map((text, at) => ({ name: `in${at}`, text })));
const twoNodes = slurmNodeLine('node-01', { addr: '10.0.0.1' }) + slurmNodeLine('node-02', { addr: '10.0.0.2' });

describe('an inventory from Slurm', () => {
  test('takes nodes and a job of 21.08 in its form of many lines', () => {
    const second = slurmNode2108.replaceAll('dgx001', 'dgx002');
    const { nodes, jobs } = read(slurmNode2108 + second + slurmJob2108);
    expect(nodes.map(({ name, ssh, gpus }) => [name, ssh.host, gpus.length, gpus[0]?.model])).toEqual([
      ['dgx001', 'dgx001', 8, 'A800'],
      ['dgx002', 'dgx002', 8, 'A800'],
    ]);
    expect(jobs).toHaveLength(1);
    expect(jobs?.[0]).toMatchObject({ name: 'train-e2859539.script' });
    expect(jobs?.[0]?.ranks).toHaveLength(16);
    expect(jobs?.[0]?.ranks[9]).toEqual({ rank: 9, node: 'dgx002', gpu: 1 });
  });

  test('says that a node of 24.05 is drained, and takes it all the same', () => {
    const { nodes, jobs, notes } = read(slurmNode2405);
    expect(nodes).toMatchObject([{ name: 'yigou-dev-102-68', gpus: [{ index: 0, model: 'nvidia-rtx-3090' }] }]);
    expect(jobs).toBeNull();
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'seen', text: expect.stringContaining('DRAIN') }));
  });

  test('takes addresses and the leaf switch', () => {
    const topology =
      'SwitchName=leaf-01 Level=0 LinkSpeed=1 Nodes=node-[01-02]\nSwitchName=spine Level=1 LinkSpeed=1 Nodes=node-[01-02] Switches=leaf-01\n';
    const { nodes } = read(twoNodes, topology);
    expect(nodes[1]).toMatchObject({ ssh: { host: '10.0.0.2' }, address: '10.0.0.2', leaf: 'leaf-01' });
  });

  test.each([
    ['one task a GPU', {}, 16],
    ['one task a node, which starts the others', { tasks: 2 }, 16],
    [
      'half of each node, as -d lists it',
      { tasks: 8, gpus: 8, detail: ' Nodes=node-[01-02] CPU_IDs=0-95 Mem=0 GRES=gpu:a800:4(IDX:0,2-4)' },
      8,
    ],
    [
      'devices as before 20.11',
      { tasks: 8, gpus: 8, detail: ' Nodes=node-[01-02] CPU_IDs=0-95 Mem=0 GRES_IDX=gpu(IDX:0,2-4)' },
      8,
    ],
  ])('places ranks: %s', (_what, fields, count) => {
    const { jobs } = read(twoNodes + slurmJobLine(7, fields));
    expect(jobs?.[0]?.ranks.map(({ rank }) => rank)).toEqual(Array.from({ length: count }, (_, rank) => rank));
    const gpus = count === 16 ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 2, 3, 4];
    expect(jobs?.[0]?.ranks.map(({ gpu }) => gpu)).toEqual([...gpus, ...gpus]);
  });

  test.each([
    ['some of the GPUs, which ones nobody says', { gpus: 8, tasks: 8 }, 'which ones is shown by scontrol -o -d'],
    ['tasks that fit neither nodes nor GPUs', { tasks: 6 }, 'neither one a GPU nor one a node'],
    ['nodes that are not in the list', { nodes: 'node-[01-03]' }, 'node-03 are no nodes'],
    ['a name that imitates a field', { name: 'x NodeList=node-09' }, 'NodeList stands twice'],
    ['a job that waits', { state: 'PENDING' }, 'only running jobs'],
  ])('leaves out and names: %s', (_what, fields, why) => {
    const { jobs, notes } = read(twoNodes + slurmJobLine(7, fields));
    expect(jobs).toEqual([]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'left-out', text: expect.stringContaining(why) }));
  });

  test('tells jobs of one name apart by their ids, and makes names of what people call jobs', () => {
    const lines = slurmJobLine(7, { name: 'My_Job' }) + slurmJobLine(8, { name: 'my-job' });
    expect(read(twoNodes + lines).jobs?.map(({ name }) => name)).toEqual(['my-job-7', 'my-job-8']);
  });

  test('names every node that it does not take', () => {
    const { nodes, notes } = read(
      twoNodes +
        slurmNodeLine('login01', { gres: '(null)' }) +
        slurmNodeLine('GPU_01') +
        slurmNodeLine('node-09', { state: 'FUTURE' }) +
        'PartitionName=train State=UP\n',
    );
    expect(nodes).toHaveLength(2);
    expect(notes.filter(({ kind }) => kind === 'left-out').map(({ about }) => about)).toEqual([
      'login01',
      'GPU_01',
      'node-09',
      'in0:6',
    ]);
  });

  test('refuses what is no output of scontrol, with the line', () => {
    expect(() => read(`${twoNodes}$ scontrol show job\n`)).toThrow(/^in0:3: "\$ scontrol show job"/);
    expect(() => read('')).toThrow(/in0: nothing of scontrol/);
  });

  test('reads GRES in all its forms', () => {
    expect(gresOf('gpu:a800:8')).toEqual({ gpus: [{ type: 'a800', count: 8 }], parts: [] });
    expect(gresOf('gpu:8(S:0-1),nic:2')).toEqual({ gpus: [{ type: '', count: 8 }], parts: [] });
    expect(gresOf('gpu:tesla:no_consume:2,shard:tesla:8')).toEqual({
      gpus: [{ type: 'tesla', count: 2 }],
      parts: ['shard:tesla:8'],
    });
    expect(gresOf('gpu:a100:6,gpu:nvidia_a100_1g.10gb:14')).toEqual({
      gpus: [{ type: 'a100', count: 6 }],
      parts: ['gpu:nvidia_a100_1g.10gb:14'],
    });
  });
});

describe('ranges of hosts', () => {
  test.each([
    ['node-[01-03,10],gpu3', ['node-01', 'node-02', 'node-03', 'node-10', 'gpu3']],
    ['r[1-2]n[8-9]', ['r1n8', 'r1n9', 'r2n8', 'r2n9']],
    ['node-[01-', null],
    ['node-[a-c]', null],
    ['n[1-999999]', null],
  ])('Slurm: %s', (list, names) => expect(expandHostlist(list, 1000)).toEqual(names));

  test.each([
    ['node[01:03]', ['node01', 'node02', 'node03']],
    ['node[1:9:4].example.com', ['node1.example.com', 'node5.example.com', 'node9.example.com']],
    ['rack-[a:c]', ['rack-a', 'rack-b', 'rack-c']],
    ['node[01-03]', null],
  ])('Ansible: %s', (pattern, names) => expect(expandHostPattern(pattern, 1000)).toEqual(names));
});
