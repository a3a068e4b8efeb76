import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import { seenOf } from './scene.ts';

/**
 * What a log tells of a kernel or a firmware that hangs: it works again when it starts anew, and not by a setting. Such
 * lines name a processor or a PCIe address and seldom the device as jobs call it.
 */
const hungKinds: Readonly<Partial<Record<Category, readonly string[]>>> = {
  'host-hardware-fault': ['cpu.lockup'],
  'rdma-link-fault': ['ib.hca.health', 'ib.hca.start-failed'],
};

/** What hangs at the place of the cause, on the device that it names or on one that nobody names. */
export function hungAt({ category, device }: RankedCause, here: readonly Finding[]): Finding | undefined {
  const there = here.filter(
    (one) =>
      device === undefined ||
      one.device === undefined ||
      (one.device.kind === device.kind && one.device.name === device.name),
  );
  return seenOf(there, hungKinds[category] ?? []);
}

/** An adapter whose firmware hangs, or which PCIe does not reach: its port takes no command. */
export function deafAdapter(cause: RankedCause, here: readonly Finding[]): Finding | undefined {
  return (
    hungAt(cause, here) ??
    seenOf(
      here.filter((one) => one.device === undefined || one.device.name === cause.device?.name),
      ['ib.hca.off-the-bus', 'pci.config.all-ones.adapter'],
    )
  );
}

/**
 * A port whose link is trained and which nobody has configured: it waits for the subnet manager of the fabric, and
 * neither adapter nor cable is at fault.
 */
export function awaitsSubnetManager({ device }: RankedCause, here: readonly Finding[]): boolean {
  if (device?.kind !== 'hca') return false;
  const latest = here.findLast(
    (one) =>
      one.device?.kind === 'hca' && one.device.name === device.name && one.values?.['physicalState'] !== undefined,
  );
  if (latest === undefined || seenOf(here, [latest.kind], device) === undefined) return false;
  const { physicalState, state } = latest.values ?? {};
  return /^link_?up$/i.test(String(physicalState)) && /^init/i.test(String(state));
}

export function noManager(place: string): string {
  return `the link of ${place} is trained and waits for the subnet manager of the fabric`;
}
