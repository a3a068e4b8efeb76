import { describe, expect, it } from 'vitest';
import { jobEnvironment } from '../../../kb/probes/job-environment.ts';
import { probes } from '../../../kb/probes/index.ts';
import { kernelVersion } from '../../../kb/probes/kernel-version.ts';
import { oddWords } from '../../../kb/probes/word-siblings.ts';
import type { ProbeWord } from '../../../kb/schemas/probe.ts';
import { probeCases } from './cases.ts';
import { readingOf } from './probe-case.ts';

const nodes = (...values: readonly (string | null)[]) =>
  values.map((value, at) => ({
    node: `node-${at + 1}`,
    words: value === null ? [] : ([{ name: 'release', value }] satisfies ProbeWord[]),
  }));
const told = (...values: readonly (string | null)[]) =>
  oddWords(nodes(...values)).map(({ node, word, usual, agreeing }) => [node, word?.value ?? null, usual, agreeing]);

describe('words of like nodes', () => {
  it('show the one that differs from the majority', () => {
    expect(told('5.15', '5.15', '5.15', '6.8')).toEqual([['node-4', '6.8', '5.15', 3]]);
  });

  it('show the one that lacks what the others have, and the one that has what they lack', () => {
    expect(told('5.15', null, '5.15', '5.15')).toEqual([['node-2', null, '5.15', 3]]);
    expect(told(null, null, 'on', null)).toEqual([['node-3', 'on', null, 3]]);
  });

  it('prove nothing where fewer than three agree, or no more than half', () => {
    expect(told('5.15', '5.15', '6.8')).toEqual([]);
    expect(told('5.15', '5.15', '5.15', '6.8', '6.8', '6.8')).toEqual([]);
  });

  it('that every node has for itself are nobody’s fault', () => {
    expect(told('a', 'b', 'c', 'd', 'e')).toEqual([]);
  });

  it('are compared within a group alone, and a node of another group lacks nothing', () => {
    const of = (node: string, group: string, value: string) => ({ node, words: [{ name: 'NCCL_ALGO', value, group }] });
    const ring = ['a', 'b', 'c'].map((node) => of(node, 'job 1', 'Ring'));
    expect(oddWords([...ring, of('d', 'job 2', 'Tree'), { node: 'e', words: [] }])).toEqual([]);
    expect(oddWords([...ring, of('d', 'job 1', 'Tree')])).toMatchObject([{ node: 'd', usual: 'Ring', siblings: 3 }]);
  });

  it('of devices are compared device by device, and a node with fewer of them lacks nothing', () => {
    const gpu = (index: number, value: string) => ({ name: 'VBIOS', value, device: { kind: 'gpu', index } as const });
    expect(
      oddWords([
        { node: 'a', words: [gpu(0, '92.00'), gpu(1, '92.00'), gpu(2, '91.00')] },
        { node: 'b', words: [gpu(0, '92.00')] },
      ]),
    ).toMatchObject([{ node: 'a', word: { device: { index: 2 } }, usual: '92.00', agreeing: 3, siblings: 3 }]);
  });
});

describe('probes that have words', () => {
  const having = probes.filter(({ siblings }) => siblings?.words !== undefined);

  it.each(having.map((probe) => [probe.id, probe] as const))('%s names its own kinds and lines', (id, probe) => {
    const cases = [...(probeCases[id]?.faulty ?? []), ...(probeCases[id]?.healthy ?? [])];
    const said = cases.flatMap((one) => {
      const lines = (one.second ?? one.output).stdout.split('\n');
      const words = probe.siblings?.words?.(readingOf(probe, one), one.node) ?? [];
      return words.map((word) => ({ ...word, text: word.line === undefined ? undefined : lines[word.line - 1] }));
    });
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter(({ name, value }) => name === '' || typeof value !== 'string')).toEqual([]);
    expect(said.filter(({ kind }) => kind !== undefined && !probe.outcomes.includes(kind))).toEqual([]);
    expect(said.filter(({ line, text }) => line !== undefined && (text ?? '').trim() === '')).toEqual([]);
  });

  const block = (pid: number, rank: number, ...settings: readonly string[]) =>
    [`== pid=${pid} rank=${rank} local_rank=${rank % 8}`, ...settings].join('\n');
  const environment = (...blocks: readonly string[]) =>
    jobEnvironment.parse({
      stdout: `${[...blocks, `== end trainers=${blocks.length}`].join('\n')}\n`,
      stderr: '',
      exitCode: 0,
    });

  it('compare what most ranks of a node have, by job, and leave out what may differ', () => {
    const reading = environment(
      block(11, 0, 'NCCL_ALGO=Ring', 'RANK=0', 'SLURM_JOB_ID=7'),
      block(12, 1, 'NCCL_ALGO=Ring', 'RANK=1', 'SLURM_JOB_ID=7'),
      block(13, 2, 'NCCL_ALGO=Tree', 'RANK=2', 'SLURM_JOB_ID=7'),
    );
    expect(jobEnvironment.siblings?.words?.(reading)).toMatchObject([
      { name: 'NCCL_ALGO', value: 'Ring', group: 'job 7', line: 2, kind: { id: 'job.environment.nccl-differs' } },
      { name: 'SLURM_JOB_ID', value: '7' },
    ]);
  });

  it('tell flavours of one kernel release apart', () => {
    const of = (release: string) =>
      kernelVersion.parse({ stdout: `Linux ${release} #101-Ubuntu SMP x86_64\n`, stderr: '', exitCode: 0 });
    const said = ['5.15.0-91-generic', '5.15.0-91-generic', '5.15.0-91-generic', '5.15.0-91-lowlatency'].map(
      (release, at) => ({ node: `node-${at}`, words: kernelVersion.siblings?.words?.(of(release)) ?? [] }),
    );
    expect(oddWords(said).map(({ node, name }) => [node, name])).toEqual([['node-3', 'release']]);
  });

  it('judge the interface that NCCL is told to use against those of the site', () => {
    const site = { nodes: [], mounts: [], rendezvous: [], interfaces: ['eth0', 'eth1'] };
    const kindsOf = (value: string) =>
      jobEnvironment
        .meaning(environment(block(11, 0, `NCCL_SOCKET_IFNAME=${value}`)), undefined, undefined, site)
        .map(({ kind }) => kind);
    expect(kindsOf('bond0')).toEqual(['job.environment.interface-unknown']);
    const sound = ['eth', '=eth1', '^lo,docker', 'ib0'].flatMap(kindsOf);
    expect(sound).toEqual(Array.from({ length: 4 }, () => 'job.environment.alike'));
  });
});
