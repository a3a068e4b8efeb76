import type { Device, Finding } from '../../workflows/domain/finding.ts';

/** One GPU under its two names: the index that `nvidia-smi` counts and its PCI bus id. */
export interface GpuAlias {
  readonly node: string;
  readonly index: number;
  readonly pciBusId: string;
}

/** Kernel lines name a GPU by bus id, metrics by index: gives both the same device, so that their evidence meets. */
export function unifyDevices(findings: readonly Finding[], aliases: readonly GpuAlias[] = []): readonly Finding[] {
  const known = new Map<string, Device>();
  const learn = (node: string, index: number, pciBusId: string): void => {
    const name = normalBusId(pciBusId);
    known.set(`${node}|${name}`, { kind: 'gpu', index, name });
    known.set(`${node}|${index}`, { kind: 'gpu', index, name });
  };
  for (const alias of aliases) learn(alias.node, alias.index, alias.pciBusId);
  for (const { node, device } of findings)
    if (node !== undefined && device?.kind === 'gpu' && device.index !== undefined && device.name !== undefined)
      learn(node, device.index, device.name);
  const adapters = adaptersByInterface(findings);
  return findings.map((finding) => {
    const { node, device } = finding;
    const adapter = adapters.get(`${node}|${device?.name ?? ''}`);
    if (device?.kind === 'hca' && adapter !== undefined) return { ...finding, device: { kind: 'hca', name: adapter } };
    // Tools count the port of an adapter, lines name the adapter alone: the name is what they share.
    if (device?.kind === 'hca' && device.name !== undefined)
      return { ...finding, device: { kind: 'hca', name: device.name.toLowerCase() } };
    if (device?.kind !== 'gpu') return finding;
    const key = device.index ?? (device.name === undefined ? undefined : normalBusId(device.name));
    const unified = node === undefined || key === undefined ? undefined : known.get(`${node}|${key}`);
    return unified === undefined ? finding : { ...finding, device: unified };
  });
}

/**
 * One port under its two names: `mlx5_3` of verbs and `ib3` of the network stack, by node and interface. What was read on
 * the node says which belong together; where nothing did, the numbers do: the kernel counts both in the order of discovery
 * (https://docs.kernel.org/infiniband/ipoib.html, rdma-core's `NAME_KERNEL` rule).
 */
function adaptersByInterface(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  const counted = new Map<string, string>();
  for (const { node, device, values, kind } of findings) {
    if (node === undefined) continue;
    const name = device?.kind === 'hca' ? device.name?.toLowerCase() : undefined;
    const number = /^mlx5_(\d{1,2})$/.exec(name ?? '')?.[1];
    if (name !== undefined && number !== undefined) counted.set(`${node}|ib${number}`, name);
    if (name !== undefined && typeof values?.['netdev'] === 'string') read.set(`${node}|${values['netdev']}`, name);
    if (kind.startsWith('ib.interfaces.'))
      for (const [face, adapter] of Object.entries(values ?? {}))
        read.set(`${node}|${face}`, `${adapter}`.toLowerCase());
  }
  // Where the node was read, its numbers are not guessed at.
  const known = new Set([...read.keys()].map((key) => key.slice(0, key.lastIndexOf('|'))));
  return new Map([...[...counted].filter(([key]) => !known.has(key.slice(0, key.lastIndexOf('|')))), ...read]);
}

/** `PCI:0000:07:00` (kernel), `0000:07:00.0` (lspci), `00000000:07:00.0` (nvidia-smi): one form, lower case. */
export function normalBusId(busId: string): string {
  const parts = /^(?:pci:)?(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-9a-f]))?$/.exec(
    busId.toLowerCase(),
  );
  if (parts === null) return busId.toLowerCase();
  const [, domain, bus, slot, fn] = parts;
  return `${(domain ?? '').padStart(8, '0')}:${bus ?? ''}:${slot ?? ''}.${fn ?? '0'}`;
}
