import type { Draft, Gathered, Note } from './draft.ts';
import { addFacts } from './node-facts.ts';

/** An inventory file as a source for another one. */
export function gatheredOf(draft: Draft): Gathered {
  return {
    nodes: draft.nodes.map(({ name, ssh, address, gpus, rail, leaf, rack, powerUnit, bmc }) => ({
      name,
      ssh: wayOf(ssh),
      ...defined({ address, rail, leaf, rack, powerUnit, bmc }),
      gpus: gpus.map(({ index, model }) => ({ index, ...defined({ model }) })),
    })),
    jobs: draft.jobs,
    jumpHosts: draft.jumpHosts.map(({ name, ssh }) => ({ name, ssh: wayOf(ssh) })),
    notes: [],
  };
}

/** What only an inventory file can say, put where the other one says nothing: keys, UUIDs, adapters, logs, mounts. */
export function fillFrom(
  draft: Draft,
  source: Draft,
  overwrite: boolean,
): { readonly draft: Draft; readonly notes: readonly Note[] } {
  const keysOf = new Map([...source.nodes, ...source.jumpHosts].map(({ name, ssh }) => [name, ssh.hostKeys]));
  const withKeys = <Host extends Draft['jumpHosts'][number]>(host: Host): Host =>
    host.ssh.hostKeys.length > 0 ? host : { ...host, ssh: { ...host.ssh, hostKeys: keysOf.get(host.name) ?? [] } };
  const redfishOf = new Map(source.nodes.map(({ name, redfish }) => [name, redfish]));
  const withRedfish = (node: Draft['nodes'][number]) => ({
    ...node,
    ...defined({ redfish: node.redfish ?? redfishOf.get(node.name) }),
  });
  const facts = new Map(
    source.nodes.map(({ name, gpus, hcas }) => [
      name,
      {
        gpus: gpus.flatMap(({ index, uuid, pciBusId, model }) =>
          uuid === undefined || pciBusId === undefined ? [] : [{ index, uuid, pciBusId, ...defined({ model }) }],
        ),
        hcas,
        missing: [],
      },
    ]),
  );
  const { logs, metrics, management, mounts, interfaces } = source;
  return addFacts(
    {
      ...defined({ logs, metrics, management }),
      ...draft,
      mounts: draft.mounts.length === 0 ? mounts : draft.mounts,
      interfaces: draft.interfaces.length === 0 ? interfaces : draft.interfaces,
      nodes: draft.nodes.map(withKeys).map(withRedfish),
      jumpHosts: draft.jumpHosts.map(withKeys),
    },
    facts,
    overwrite,
  );
}

function wayOf({ host, port, user, jump }: Draft['nodes'][number]['ssh']): Gathered['nodes'][number]['ssh'] {
  return { host, port, ...defined({ user, jump }) };
}

/** The entries that have a value. */
function defined<Values extends Record<string, unknown>>(
  values: Values,
): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // Exactly the entries of `values` that are not undefined.
  return Object.fromEntries(entries) as { [Key in keyof Values]?: Exclude<Values[Key], undefined> };
}
