import { z } from 'zod';
import { gpusPerNodeMax, nodesMax, SourceError, type Gathered, type GatheredNode, type Note } from './draft.ts';
import { isHost, isName, nameRule, shown } from './names.ts';

const nodeSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({ unschedulable: z.boolean().optional() }).default({}),
  status: z
    .looseObject({
      addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).default([]),
      capacity: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ addresses: [], capacity: {}, conditions: [] }),
});
const answerSchema = z.union([
  z.looseObject({ kind: z.enum(['List', 'NodeList']), items: z.array(z.unknown()) }),
  z.looseObject({ kind: z.literal('Node') }),
]);

type Node = z.infer<typeof nodeSchema>;
export type TopologyField = 'rail' | 'leaf' | 'rack' | 'powerUnit' | 'bmc';

/**
 * Nodes with GPUs from `kubectl get nodes -o json`, by the labels of GPU feature discovery and of the network's
 * topology. `ownLabels` names a site's own labels for fields, which go before the known ones.
 */
export function fromKubernetes(
  answer: unknown,
  place: string,
  ownLabels: Partial<Readonly<Record<TopologyField, string>>> = {},
): Gathered {
  const read = answerSchema.safeParse(answer);
  if (!read.success) throw new SourceError(place, 'not the answer of kubectl get nodes -o json: no List of Nodes');
  const items = 'items' in read.data && Array.isArray(read.data.items) ? read.data.items : [answer];
  if (items.length === 0) throw new SourceError(place, 'a list without nodes');
  if (items.length > 10 * nodesMax) throw new SourceError(place, `${items.length} nodes, at most ${10 * nodesMax}`);
  const notes: Note[] = [];
  const nodes = items.flatMap((item, at) => {
    const node = nodeSchema.safeParse(item);
    if (node.success) return nodeOf(node.data, ownLabels, notes);
    const [issue] = node.error.issues;
    throw new SourceError(`${place}: items.${at}.${(issue?.path ?? []).join('.')}`, issue?.message ?? 'no node');
  });
  if (nodes.length > nodesMax) throw new SourceError(place, `${nodes.length} GPU nodes, at most ${nodesMax}`);
  notes.push({ kind: 'not-told', about: place, text: 'jobs: nodes do not say which ranks run on them' });
  return { nodes, jobs: null, jumpHosts: [], notes };
}

function nodeOf(
  { metadata: { name, labels }, spec, status }: Node,
  ownLabels: Partial<Readonly<Record<TopologyField, string>>>,
  notes: Note[],
): readonly GatheredNode[] {
  const note = (kind: Note['kind'], text: string) => {
    notes.push({ kind, about: name, text });
    return [];
  };
  const gpus = gpusOf(labels, status.capacity, note);
  if (gpus === null)
    return note('left-out', 'no GPUs: neither the label nvidia.com/gpu.count nor the capacity nvidia.com/gpu');
  if (!isName(name)) return note('left-out', nameRule);
  if (gpus.length > gpusPerNodeMax)
    return note('left-out', `${gpus.length} GPUs, at most ${gpusPerNodeMax} are possible`);
  if (spec.unschedulable === true) note('seen', 'cordoned; the inventory holds no states');
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.status;
  if (ready !== undefined && ready !== 'True')
    note('seen', `not ready (${shown(ready, 20)}); the inventory holds no states`);
  const [internal, ...others] = status.addresses
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => address);
  if (others.length > 0) note('seen', `further internal addresses ${others.map((one) => shown(one)).join(', ')}`);
  const address = internal !== undefined && isHost(internal) ? internal : undefined;
  if (address === undefined) note('not-told', 'no InternalIP: its name is taken as its address');
  const fields = Object.entries(topologyLabels).flatMap(([field, known]) => {
    // Entries of a record whose keys are the fields.
    const own = ownLabels[field as TopologyField];
    const label = [...(own === undefined ? [] : [own]), ...known].find((key) => (labels[key] ?? '') !== '');
    const value = label === undefined ? '' : (labels[label] ?? '');
    if (value === '') return [];
    if (field !== 'bmc' || isHost(value)) return [[field, value] as const];
    return note('left-out', `label ${label ?? ''}: no host name or address`);
  });
  return [
    {
      name,
      ssh: address === undefined ? {} : { host: address },
      ...(address === undefined ? {} : { address }),
      gpus,
      ...Object.fromEntries(fields),
    },
  ];
}

/**
 * Where each field may stand; the first label that a node has counts. The leaf is the switch next to the node: tier 0
 * and `leaf` of Topograph, the last layer of AWS, the sub-block of Google.
 * https://docs.nvidia.com/topograph/reference/node-labels-and-annotations,
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-topology-works.html,
 * https://cloud.google.com/ai-hypercomputer/docs/workloads/schedule-gke-workloads-tas,
 * https://rook.io/docs/rook/latest-release/CRDs/Cluster/ceph-cluster-crd/#osd-topology
 */
const topologyLabels: Readonly<Record<TopologyField, readonly string[]>> = {
  leaf: [
    'network.topology.nvidia.com/leaf',
    'fabric.topograph.run/tier-0',
    'topology.k8s.aws/network-node-layer-3',
    'cloud.google.com/gce-topology-subblock',
  ],
  rack: ['topology.kubernetes.io/rack', 'topology.rook.io/rack'],
  rail: [],
  powerUnit: [],
  bmc: [],
};

/** `null`: none. Labels: https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery */
function gpusOf(
  labels: Readonly<Record<string, string>>,
  capacity: Readonly<Record<string, string | number>>,
  note: (kind: Note['kind'], text: string) => unknown,
): GatheredNode['gpus'] | null {
  const [label, resource] = [labels['nvidia.com/gpu.count'], capacity['nvidia.com/gpu']].map((value) =>
    Number(value ?? 0),
  );
  const replicas = Number(labels['nvidia.com/gpu.replicas'] ?? 1);
  const product = labels['nvidia.com/gpu.product'] ?? labels['cloud.google.com/gke-accelerator'];
  const mig = Object.keys(capacity).filter((key) => key.startsWith('nvidia.com/mig-'));
  const isCount = (value: number | undefined): value is number =>
    value !== undefined && Number.isInteger(value) && value > 0;
  const single = labels['nvidia.com/mig.strategy'] === 'single' && /-MIG-/.test(product ?? '');
  // With the strategy `single`, label and capacity count instances and not GPUs.
  const count = single ? 0 : isCount(label) ? label : isCount(resource) && replicas <= 1 ? resource : 0;
  if (count === 0 && !isCount(resource) && !isCount(label) && mig.length === 0) return null;
  if (count === 0) note('not-told', 'whole GPUs behind MIG instances or shared ones: ask the node');
  else if (isCount(label) && isCount(resource) && replicas <= 1 && resource < label)
    note('seen', `${label} GPUs by its label, ${resource} to be scheduled`);
  else if (mig.length > 0) note('seen', `MIG instances on it: ${mig.join(', ').slice(0, 80)}`);
  const model = product?.replace(/-SHARED$/, '').replace(/-MIG-.*$/, '');
  return Array.from({ length: count }, (_, index) => ({ index, ...(model === undefined ? {} : { model }) }));
}
