import { describe, expect, it } from 'vitest';
import { truthOf, type ListedFault } from '../../../../../workers/cli/bench/cluster/truth.ts';
import { smallInventory } from '../../../../support/small-inventory.ts';

const { nodes } = smallInventory();
const inventory = {
  nodes: nodes.map((node, at) => ({ ...node, rack: 'rack-01', leaf: 'leaf-01', powerUnit: `pdu-0${at + 1}` })),
};
const listed = (id: string, kind: ListedFault['kind'], place: string, ...categories: string[]): ListedFault => ({
  id,
  kind,
  place,
  categories,
});
const all = [
  listed('lustre-slow', 'fault', 'cluster', 'shared-fs-problem'),
  listed('twin-hang-nccl', 'twin', 'job', 'nccl-bug'),
  listed('twin-hang-framework', 'twin', 'job', 'framework-bug'),
  listed('twin-power-feed', 'twin', 'node', 'facility-fault'),
];
const placesOf = (fault: ListedFault, struck: Parameters<typeof truthOf>[1]) =>
  truthOf(fault, struck, inventory, all).causes.map(({ places }) => places);

describe('the place of a fault', () => {
  const gpu = { nodes: ['node-02'], mustNameNode: true, device: { kind: 'gpu', index: 1 } };
  const nowhere = { nodes: [], mustNameNode: false };

  it('is the device, the node, or what is larger than a node', () => {
    const at = (place: string, struck: Parameters<typeof truthOf>[1]) =>
      placesOf(listed('one', 'fault', place, 'host-oom'), struck)[0]?.[0];
    expect(at('gpu', { node: 'node-02', gpu: 1 })).toEqual(gpu);
    expect(at('hca', { node: 'node-02', hca: 'mlx5_0' })?.device).toEqual({ kind: 'hca', name: 'mlx5_0' });
    expect(at('node', { node: 'node-02' })).toEqual({ nodes: ['node-02'], mustNameNode: true });
    expect(at('rack', { node: 'node-01', rack: 'rack-01' })).toEqual({
      nodes: ['node-01', 'node-02'],
      mustNameNode: false,
    });
    expect(at('power-unit', { node: 'node-02', powerUnit: 'pdu-02' })?.nodes).toEqual(['node-02']);
    expect(at('switch', { node: 'node-01', switch: 'leaf-02' })?.nodes).toEqual([]);
    expect(at('job', { node: 'node-01', job: 'pretrain' })).toEqual(nowhere);
    expect(at('cluster', { node: 'node-01' })).toEqual(nowhere);
    expect(at('rank', { node: 'node-02', gpu: 1, job: 'pretrain', rank: 3 })).toEqual({
      nodes: ['node-02'],
      mustNameNode: false,
    });
  });

  it('of two faults each category has its own', () => {
    const two = listed('dual-one', 'dual', 'gpu', 'gpu-clock-throttle', 'rdma-link-fault');
    const second = { node: 'node-01', hca: 'mlx5_1' };
    const places = placesOf(two, { node: 'node-02', gpu: 1, second });
    expect(places).toEqual([
      [gpu],
      [{ nodes: ['node-01'], mustNameNode: true, device: { kind: 'hca', name: 'mlx5_1' } }],
    ]);
  });

  it('of a second fault that may be of the whole cluster is the node or none', () => {
    const two = listed('dual-two', 'dual', 'gpu', 'gpu-clock-throttle', 'shared-fs-problem');
    const places = placesOf(two, { node: 'node-02', gpu: 1, second: { node: 'node-01' } });
    expect(places[1]).toEqual([{ nodes: ['node-01'], mustNameNode: true }, nowhere]);
  });

  it('of a fault beside a trouble of the tools is that with the device', () => {
    const beside = listed('dual-three', 'dual', 'node', 'gpu-clock-throttle');
    const places = placesOf(beside, { node: 'node-02', second: { node: 'node-02', gpu: 1 } });
    expect(places).toEqual([[gpu]]);
  });
});

describe('twins', () => {
  it('share the categories of those that look alike, and of no others', () => {
    const [cause] = truthOf(
      all[1] ?? listed('', 'twin', 'job'),
      { node: 'node-01', job: 'pretrain' },
      inventory,
      all,
    ).causes;
    expect(cause?.categories).toEqual(['nccl-bug', 'framework-bug']);
  });
});
