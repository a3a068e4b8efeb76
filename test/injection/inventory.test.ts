import { describe, expect, it } from 'vitest';
import { fromKubernetes } from '../../kb/inventory/from-kubernetes.ts';
import { shown } from '../../kb/inventory/names.ts';
import { inventorySchema, type Inventory } from '../../kb/schemas/inventory.ts';
import { gpuLabels, kubernetesNode } from '../kb/inventory/outputs.ts';
import { smallInventory } from '../support/small-inventory.ts';
import { inventoryTexts } from './corpus/names.ts';
import { expectInertText } from './inert.ts';
import { expectInertPages } from './pages.ts';
import { tally } from './tally.ts';
import { decided, lostGpu, walk } from './ward.ts';

const counted = tally('inventory');
const logs = lostGpu('xxxxx');
const plain = await walk({ logs });

type Node = Inventory['nodes'][number];
const withNode = (change: Partial<Node> | { readonly ssh: object }): unknown => {
  const usual = smallInventory();
  return { ...usual, nodes: usual.nodes.map((node, at) => (at === 0 ? { ...node, ...change } : node)) };
};

/** Every string that gets into a command line, a key of S3 or an id. */
const identifiers: Readonly<Record<string, (text: string) => unknown>> = {
  cluster: (text) => ({ ...smallInventory(), cluster: text }),
  node: (name) => withNode({ name }),
  address: (address) => withNode({ address }),
  bmc: (bmc) => withNode({ bmc }),
  adapter: (name) => withNode({ hcas: [{ name, port: 1 }] }),
  'GPU UUID': (uuid) => withNode({ gpus: smallInventory().nodes[0]?.gpus.map((gpu) => ({ ...gpu, uuid })) ?? [] }),
  user: (user) => withNode({ ssh: { ...smallInventory().nodes[0]?.ssh, user } }),
  'host key': (text) => withNode({ ssh: { ...smallInventory().nodes[0]?.ssh, hostKeys: [text] } }),
  job: (name) => ({ ...smallInventory(), jobs: smallInventory().jobs.map((job) => ({ ...job, name })) }),
  rendezvous: (host) => ({
    ...smallInventory(),
    jobs: smallInventory().jobs.map((job) => ({ ...job, rendezvous: { host, port: 29_500 } })),
  }),
  mount: (text) => ({ ...smallInventory(), mounts: [text] }),
  interface: (text) => ({ ...smallInventory(), interfaces: [text] }),
};

/** Strings that people read and that nothing is made of. */
function described(text: string): Inventory {
  const usual = smallInventory();
  return inventorySchema.parse({
    ...usual,
    nodes: usual.nodes.map((node) => ({
      ...node,
      gpus: node.gpus.map((gpu) => ({ ...gpu, model: text })),
      rail: text,
      leaf: text,
      rack: text,
      powerUnit: text,
    })),
    jobs: usual.jobs.map((job) => ({ ...job, framework: text })),
  });
}

describe.each(inventoryTexts.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
  counted.add(id);

  it.each(Object.entries(identifiers))('is no %s', (_field, changed) => {
    expect(inventorySchema.safeParse(changed(text)).success).toBe(false);
  });

  it('decides nothing where it describes a place or a model', async () => {
    const walked = await walk({ logs, inventory: described(text) });
    expect(decided(walked)).toEqual(decided(plain));
    expectInertPages(walked.view, walked.graph);
  });

  it('is not taken from Kubernetes, and what is said of it is inert', () => {
    const labels = { ...gpuLabels, 'topology.kubernetes.io/rack': text, 'network.topology.nvidia.com/leaf': text };
    const { nodes, notes } = fromKubernetes(
      { kind: 'List', items: [kubernetesNode(text, { labels }), kubernetesNode('node-1', { labels })] },
      'nodes.json',
    );
    expect(nodes.map(({ name }) => name)).toEqual(['node-1']);
    for (const { about, text: said } of notes) expectInertText(`${shown(about)} ${said}`);
  });
});
