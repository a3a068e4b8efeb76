import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const oneNodeWithout: FindingKind = {
  id: 'nccl.gdr.nodes-differ',
  summary: 'the channels of one node go through the memory of its host, those of others by GPUDirect RDMA',
  role: 'cause',
  ofNode: true,
  weighs: { 'gdr-peermem-missing': 4.2, 'acs-iommu-p2p-broken': 0.6, 'nccl-env-misconfig': 0.5 },
  source: 'https://github.com/NVIDIA/nccl-tests/issues/152',
};

/**
 * Each node of a job says for itself whether its GPUs and cards reach each other directly: where some do and one does
 * not, what that takes is missing on the one.
 */
export const gpudirectByNode: SequenceDetector<readonly OfNode[]> = {
  id: 'gpudirect-by-node',
  kinds: [oneNodeWithout],
  listens: ['nccl.channel.gdr', 'nccl.channel.through-host'],
  follow() {
    const nodes = new Map<string, OfNode>();
    return {
      note(line, { kind }) {
        const { node } = line;
        if (node === undefined || (!nodes.has(node) && nodes.size >= nodesMax)) return;
        const known = nodes.get(node) ?? { node, direct: false, throughHost: null };
        nodes.set(
          node,
          kind === 'nccl.channel.gdr'
            ? { ...known, direct: true }
            : { ...known, throughHost: known.throughHost ?? placeOfLine(line) },
        );
      },
      summary: () => (nodes.size === 0 ? null : [...nodes.values()]),
    };
  },
  conclude(sources) {
    const all = sources.flatMap(({ summary }) => summary);
    const direct = new Set(all.filter((one) => one.direct).map(({ node }) => node));
    if (direct.size === 0) return [];
    const without = new Map(
      all.flatMap(({ node, throughHost }) => (throughHost === null || direct.has(node) ? [] : [[node, throughHost]])),
    );
    return [...without].map(([node, place]) => sequenceFinding(oneNodeWithout.id, 'cause', place, 1, node));
  },
};

interface OfNode {
  readonly node: string;
  readonly direct: boolean;
  readonly throughHost: LinePlace | null;
}

const nodesMax = 1_024;
