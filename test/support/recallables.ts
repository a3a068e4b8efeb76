import type { Recallable } from '../../kb/retrieval/recallable.ts';

/** Something to recall, with what a test does not care about filled in. */
export function recallable(id: string, text: string, more: Partial<Recallable> = {}): Recallable {
  return {
    id,
    kind: 'incident',
    category: 'gpu-fell-off-bus',
    text,
    signalText: '',
    signals: [],
    generations: [],
    components: [],
    trust: 1,
    source: `https://docs.example.com/${id}`,
    ...more,
  };
}

/** Three incidents that have nothing in common. */
export const threeIncidents: readonly Recallable[] = [
  recallable('gpu-lost-xid79', 'NVRM: Xid (PCI:0000:47:00): 79, GPU has fallen off the bus and does not answer', {
    signals: [{ kind: 'probe.gpu.lost', weight: 1 }],
    generations: ['ampere'],
    components: ['gpu'],
  }),
  recallable('disk-full-checkpoint', 'OSError: [Errno 28] No space left on device while the checkpoint was written', {
    category: 'disk-full',
    components: ['disk'],
  }),
  recallable(
    'port-down-timeout',
    'mlx5_3 port 1 went down, NCCL WARN NET/IB : Got completion with error 12 from peer',
    {
      category: 'rdma-link-fault',
      generations: ['hopper'],
      components: ['hca'],
    },
  ),
];
