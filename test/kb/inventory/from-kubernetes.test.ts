import { describe, expect, test } from 'vitest';
import { fromKubernetes } from '../../../kb/inventory/from-kubernetes.ts';
import { gpuLabels, kubernetesNode } from './outputs.ts';

const read = (...items: readonly object[]) => fromKubernetes({ apiVersion: 'v1', kind: 'List', items }, 'nodes.json');

describe('an inventory from Kubernetes', () => {
  test('takes GPUs, address and topology from labels', () => {
    const labels = { ...gpuLabels, 'network.topology.nvidia.com/leaf': 's1', 'topology.kubernetes.io/rack': 'r7' };
    const { nodes, jobs } = read(kubernetesNode('node-1', { labels }));
    expect(nodes[0]).toMatchObject({
      name: 'node-1',
      ssh: { host: '10.8.102.148' },
      address: '10.8.102.148',
      leaf: 's1',
      rack: 'r7',
    });
    expect(nodes[0]?.gpus).toHaveLength(8);
    expect(nodes[0]?.gpus[7]).toEqual({ index: 7, model: 'NVIDIA-H100-80GB-HBM3' });
    expect(jobs).toBeNull();
  });

  test("a site's own labels go before the known ones", () => {
    const labels = {
      ...gpuLabels,
      'topology.kubernetes.io/rack': 'r7',
      'example.com/rack': 'own',
      'example.com/ipmi': '10.9.0.1',
    };
    const { nodes } = fromKubernetes(kubernetesNode('n', { labels }), 'n', {
      rack: 'example.com/rack',
      bmc: 'example.com/ipmi',
    });
    expect(nodes[0]).toMatchObject({ rack: 'own', bmc: '10.9.0.1' });
  });

  test('says cordoned and unready, and takes such nodes all the same', () => {
    const { nodes, notes } = read(
      kubernetesNode('a', { unschedulable: true }),
      kubernetesNode('b', { ready: 'Unknown' }),
    );
    expect(nodes).toHaveLength(2);
    expect(notes.filter(({ kind }) => kind === 'seen').map(({ about }) => about)).toEqual(['a', 'b']);
  });

  test('names nodes without GPUs, and does not count instances as GPUs', () => {
    // Labels of https://github.com/Mellanox/network-operator/issues/211 under the strategy `single`.
    const mig = {
      'nvidia.com/gpu.count': '7',
      'nvidia.com/gpu.product': 'A100-PCIE-40GB-MIG-1g.5gb',
      'nvidia.com/mig.strategy': 'single',
    };
    const { nodes, notes } = read(
      kubernetesNode('cpu-1', { labels: {}, capacity: { cpu: '8' } }),
      kubernetesNode('mig-1', { labels: mig, capacity: { 'nvidia.com/gpu': '7' } }),
      kubernetesNode('shared-1', {
        labels: {
          ...gpuLabels,
          'nvidia.com/gpu.product': 'NVIDIA-L4-SHARED',
          'nvidia.com/gpu.count': '2',
          'nvidia.com/gpu.replicas': '16',
        },
        capacity: { 'nvidia.com/gpu': '32' },
      }),
    );
    expect(nodes.map(({ name, gpus }) => [name, gpus.length, gpus[0]?.model])).toEqual([
      ['mig-1', 0, undefined],
      ['shared-1', 2, 'NVIDIA-L4'],
    ]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'left-out', about: 'cpu-1' }));
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'not-told', about: 'mig-1' }));
  });

  test('names the place of what is no node', () => {
    expect(() => read({ kind: 'Node', metadata: {} })).toThrow(/^nodes\.json: items\.0\.metadata\.name: /);
    expect(() => fromKubernetes({ kind: 'PodList', items: [] }, 'x')).toThrow(
      /^x: not the answer of kubectl get nodes/,
    );
  });
});
