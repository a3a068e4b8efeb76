import { describe, expect, it } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';
import { measureIbWriteBw } from '../../../kb/probes/measure-ib-write-bw.ts';
import type { ProbedNode, ProbedSite } from '../../../kb/schemas/probe.ts';
import { eightGpus } from './cases.ts';
import { measureCases } from './cases/measure.ts';

const measures = Object.keys(measureCases);

it.each(measures)('%s needs an idle device and says so, and has a differential form', (id) => {
  const probe = probeById(id);
  expect(probe).toMatchObject({ impact: 'load', privilege: 'root', side: 'supply' });
  expect(probe?.summary).toMatch(/needs (an idle GPU|a node without jobs|two nodes without jobs)/);
  const names = new Set(probe?.siblings?.rules.map(({ name }) => name));
  const good = measureCases[id]?.healthy[0];
  if (probe === undefined || good === undefined) throw new Error(`${id} has no healthy case`);
  const numbers = probe.siblings?.numbers(probe.parse(good.output), eightGpus) ?? [];
  expect(numbers.length).toBeGreaterThan(0);
  for (const number of numbers) {
    expect(names).toContain(number.name);
    expect(number.value).toBeGreaterThan(0);
  }
  expect(probe.outcomes).toContain(probe.siblings?.kind);
});

it.each(measures)('%s: a busy device is no fault and no figure', (id) => {
  const probe = probeById(id);
  const busy = { stdout: '', stderr: 'wardround-measure: busy: GPU 3 is used by 1 process\n', exitCode: 75 };
  const reading = probe?.parse(busy);
  expect(probe?.meaning(reading)).toEqual([
    { kind: 'measure.device.busy', text: 'not measured: GPU 3 is used by 1 process' },
  ]);
  expect(probe?.outcomes.find((kind) => kind.id === 'measure.device.busy')).toMatchObject({
    role: 'context',
    weighs: {},
  });
  expect(probe?.siblings?.numbers(reading)).toEqual([]);
});

it('a GPU is named as the inventory knows it', () => {
  const probe = probeById('measure.gemm');
  const [slow] = measureCases['measure.gemm']?.faulty ?? [];
  if (probe === undefined || slow === undefined) throw new Error('measure.gemm has no faulty case');
  expect(probe.meaning(probe.parse(slow.output), eightGpus)[0]).toMatchObject({
    device: { kind: 'gpu', index: 3, name: '00000000:4d:00.0' },
    values: { tflops: expect.closeTo(37.7, 0) as unknown },
  });
});

describe('measure.ib-write-bw', () => {
  const site: ProbedSite = {
    nodes: ['node-01', 'node-02', 'node-03'].map((name, at) => ({ name, address: `10.0.0.${at + 1}` })),
    mounts: [],
    interfaces: [],
    rendezvous: [],
  };
  const node = (name: string): ProbedNode => ({ name, gpus: [], hcas: [{ name: 'mlx5_2', port: 1 }] });

  it('goes from each node to the next one, round the ring', () => {
    const probe = probeById('measure.ib-write-bw');
    const peers = site.nodes.map(({ name }) => probe?.devices?.(node(name), site));
    expect(peers).toEqual([
      [{ hca: 'mlx5_2', peer: '10.0.0.2' }],
      [{ hca: 'mlx5_2', peer: '10.0.0.3' }],
      [{ hca: 'mlx5_2', peer: '10.0.0.1' }],
    ]);
    expect(probe?.devices?.(node('elsewhere'), site)).toEqual([]);
  });

  it('has a server on the other node before the client starts', () => {
    const [given] = measureIbWriteBw.devices?.(node('node-03'), site) ?? [];
    const args = measureIbWriteBw.args.parse({ node: 'node-03', ...given });
    expect(measureIbWriteBw.argv(args)).toEqual(['sudo', '-n', 'wardround-measure', 'ib-client', 'mlx5_2', '10.0.0.1']);
    expect(measureIbWriteBw.otherSide?.(args, node('node-03'), site)).toEqual({
      node: 'node-01',
      argv: ['sudo', '-n', 'wardround-measure', 'ib-server', 'mlx5_2'],
      readyMs: 1_500,
    });
    const alone = { ...site, nodes: site.nodes.slice(2) };
    expect(measureIbWriteBw.otherSide?.(args, node('node-03'), alone)).toBeUndefined();
    expect(() => measureIbWriteBw.args.parse({ node: 'node-03', hca: 'mlx5_2; id' })).toThrow('hca');
  });
});
