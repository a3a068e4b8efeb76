import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const settingDiffers: FindingKind = {
  id: 'nccl.env.nodes-differ',
  summary: 'NCCL takes another setting on one node than on the others of the job',
  role: 'cause',
  ofNode: true,
  weighs: { 'nccl-env-misconfig': 5.2 },
  // "Mismatched collective detected … environment settings (e.g. NCCL_PROTO, NCCL_ALGO) between ranks".
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html',
};
const interfaceDiffers: FindingKind = {
  id: 'nccl.env.interface-of-node-differs',
  summary: 'NCCL is told to use another interface for its sockets on one node than on the others of the job',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 4.6, 'nccl-env-misconfig': 1.5 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname',
};
const gidDiffers: FindingKind = {
  id: 'nccl.env.gid-of-node-differs',
  summary: 'NCCL is told to use another GID on one node than on the others of the job',
  role: 'cause',
  weighs: { 'roce-gid-misconfig': 4.6, 'nccl-env-misconfig': 1.5 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-ib-gid-index',
};
const pluginDiffers: FindingKind = {
  id: 'nccl.plugin.nodes-differ',
  summary: 'NCCL uses another network plugin on one node than on the others of the job',
  role: 'cause',
  ofNode: true,
  weighs: { 'net-plugin-mismatch': 5, 'nccl-env-misconfig': 0.7 },
  source: 'https://github.com/NVIDIA/nccl/issues/1273',
};

/** What ranks print when NCCL starts, compared by node: one launch gives all nodes the same settings and libraries. */
export const ncclNodes: SequenceDetector<Start> = {
  id: 'nccl-nodes',
  kinds: [settingDiffers, interfaceDiffers, gidDiffers, pluginDiffers],
  listens: ['nccl.version.banner', 'nccl.start.setting', 'nccl.start.plugin'],
  follow() {
    let node: string | null = null;
    const said = new Map<string, Said>();
    let hasBanner = false;
    return {
      note(line, { kind, values }) {
        node ??= line.node ?? null;
        if (kind === 'nccl.version.banner') {
          hasBanner = true;
          return;
        }
        const name = String(values?.['setting'] ?? 'network plugin');
        const value = String(values?.['setting'] === undefined ? values?.['plugin'] : values['value']);
        if (ofOneRank.test(name) || said.size >= saidMax) return;
        // A plugin names its path and then what it offers: the path tells more.
        if (kind === 'nccl.start.plugin' && said.has(name) && !value.includes('/')) return;
        said.set(name, { name, value, place: placeOfLine(line, { setting: name, value }) });
      },
      summary: () => (node === null || (!hasBanner && said.size === 0) ? null : { node, said: [...said.values()] }),
    };
  },
  conclude(sources) {
    const nodes = [...Map.groupBy(sources, ({ summary }) => summary.node)].map(([node, ofNode]) => ({
      node,
      said: ofNode.flatMap(({ summary }) => summary.said),
    }));
    const names = new Set(nodes.flatMap(({ said }) => said.map(({ name }) => name)));
    return [...names].toSorted().flatMap((name) => {
      const odd = oddNode(nodes.map(({ said }) => said.filter((one) => one.name === name)));
      if (odd === null) return [];
      const { id, role } = kindOf(name);
      return [sequenceFinding(id, role, odd, 1, name)];
    });
  },
};

function kindOf(name: string): FindingKind {
  if (name === 'network plugin') return pluginDiffers;
  if (name.endsWith('_IFNAME')) return interfaceDiffers;
  return /^NCCL_IB_(?:GID|ROCE|ADDR)_/.test(name) ? gidDiffers : settingDiffers;
}

interface Said {
  readonly name: string;
  readonly value: string;
  readonly place: LinePlace;
}
interface Start {
  readonly node: string;
  readonly said: readonly Said[];
}

const saidMax = 64;
// With fewer others nobody can say which node is the odd one out.
const agreeingMin = 3;

// What a rank may have for itself, what concerns its output alone, and what changes nothing that ranks have to agree in.
const ofOneRank =
  /^NCCL_(?:DEBUG\w*|\w*DUMP\w*|COMM_ID|HOSTID|IB_HCA|NET_NAME|TOPO_FILE_RANK|CUMEM_\w*|IGNORE_CPU_AFFINITY|SET_THREAD_NAME)$/;

/** The line of the one node that says something else, or that alone says something; of what it lacks there is no line. */
function oddNode(byNode: readonly (readonly Said[])[]): LinePlace | null {
  const values = byNode.map((said) => [...new Set(said.map(({ value }) => value))].toSorted().join(' '));
  const groups = [...Map.groupBy(values.keys(), (at) => values[at] ?? '').values()].toSorted(
    (a, b) => b.length - a.length,
  );
  const [usual = [], ...others] = groups;
  const [odd, ...more] = others.flat();
  if (odd === undefined || more.length > 0 || usual.length < agreeingMin) return null;
  const line = byNode[odd]?.at(-1);
  return line?.place ?? null;
}
