import type { Installed } from '../kb/performance/calibration/validity.ts';
import { probeById } from '../kb/probes/index.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import { readIdentity } from './calibrate-conditions.ts';
import { readBatch, type BatchReading } from './probe-batch/read-batch.ts';

/** Driver and VBIOS of nodes as they are now; a node that does not answer is left out, and taken as unchanged. */
export async function readInstalled(
  ports: Pick<BatchReading, 'runner' | 'evidence' | 'clock' | 'pause' | 'signal'> & { readonly inventory: Inventory },
  nodes: readonly string[],
): Promise<Installed> {
  const answers = await readBatch(
    { ...ports, probe: probeById, load: false, shares: false },
    nodes.map((node) => ({ probeId: 'gpu.vbios', node })),
  );
  const installed = new Map<string, { driver: string; vbios: Record<number, string> }>();
  for (const answer of answers) {
    const identity = await readIdentity(async (id) => (id === 'gpu.vbios' ? answer : null));
    const driver = [...identity.values()].find((one) => one.driver !== null)?.driver;
    if (driver === undefined || driver === null) continue;
    const vbios = Object.fromEntries(
      [...identity].flatMap(([gpu, one]) => (one.vbios === null ? [] : [[gpu, one.vbios]])),
    );
    installed.set(answer.entry.node, { driver, vbios });
  }
  return installed;
}
