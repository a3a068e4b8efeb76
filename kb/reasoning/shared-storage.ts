import type { Finding } from '../../workflows/domain/finding.ts';
import { componentKinds } from '../performance/kinds.ts';
import { waitsForSharedStorage } from '../probes/host-d-state.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { InventoryNode } from '../schemas/inventory.ts';
import { derive } from './derive.ts';
import { probeIn } from './probe-source.ts';

const source =
  'https://docs.kernel.org/accounting/psi.html (stalls on storage), https://doc.lustre.org/lustre_manual.xhtml';
const weighs = { 'shared-fs-problem': 3, 'dataloader-stall': -1 } as const;

const shared: FindingKind = {
  id: 'place.storage-shared',
  summary: 'Processes of most nodes wait for the shared storage at once, and the job waits for its input',
  role: 'cause',
  weighs,
  source,
};
const lasting: FindingKind = {
  id: 'place.storage-lasting',
  summary:
    'Processes of most nodes wait for the shared storage, and still do at the next reading, while no checkpoint is written',
  role: 'cause',
  weighs,
  echoes: [shared.id],
  source,
};

export const storageKinds: readonly FindingKind[] = [shared, lasting];

// Of a rack's few nodes two or three wait at once by chance.
const nodesMin = 4;
/** Of the nodes that were read: some have no process that reads just then. */
const waitingShareMin = 0.75;

/**
 * While a checkpoint is written all ranks wait for it, too, and no step waits for its input. A job that another cause slows
 * down more has its input in time, however slow the storage is: then it is that the wait lasts, and no checkpoint is written.
 */
export function waitingForStorage(
  findings: readonly Finding[],
  nodes: readonly Pick<InventoryNode, 'name'>[],
): readonly Finding[] {
  const known = new Set(nodes.map(({ name }) => name));
  const read = readings(findings).filter(({ node }) => known.has(node));
  const once = ofMost(
    read,
    ({ waits }) => waits >= 1,
    () => true,
  );
  if (once === null) return [];
  if (findings.some(({ kind }) => kind === componentKinds.input.id)) return [derived(shared, once)];
  const twice = ofMost(
    read,
    ({ waits, times }) => waits === times,
    ({ times }) => times >= 2,
  );
  return twice === null || isSaving(findings) ? [] : [derived(lasting, twice)];
}

/** What was read of one node. */
interface Readings {
  readonly node: string;
  readonly times: number;
  readonly waits: number;
  readonly first: Finding | undefined;
}

function readings(findings: readonly Finding[]): readonly Readings[] {
  const waiting = findings.filter(({ kind, node }) => kind === waitsForSharedStorage.id && node !== undefined);
  const probe = probeIn(waiting[0]?.range.source ?? '');
  if (probe === null) return [];
  const ofProbe = findings.filter(({ node, range }) => node !== undefined && probeIn(range.source) === probe);
  return [...Map.groupBy(ofProbe, ({ node }) => node ?? '')].map(([node, seen]) => {
    const here = waiting.filter((one) => one.node === node);
    return { node, times: outputsOf(seen), waits: outputsOf(here), first: here[0] };
  });
}

function outputsOf(seen: readonly Finding[]): number {
  return new Set(seen.map(({ range }) => range.evidenceId)).size;
}

interface Most {
  readonly first: Finding;
  readonly waiting: number;
  readonly of: number;
}

function ofMost(
  read: readonly Readings[],
  waits: (one: Readings) => boolean,
  counts: (one: Readings) => boolean,
): Most | null {
  const counted = read.filter(counts);
  const waiting = counted.filter(waits);
  const first = waiting[0]?.first;
  if (first === undefined || waiting.length < nodesMin || waiting.length < waitingShareMin * counted.length)
    return null;
  return { first, waiting: waiting.length, of: counted.length };
}

/** Reported by kb/detectors/data-loading.ts and kb/detectors/progress.ts. */
const savingId = 'rank0.saving-or-evaluating';
const savedId = 'job.progress.checkpoint-saved';

/** More saves were begun than have ended. */
function isSaving(findings: readonly Finding[]): boolean {
  const countOf = (id: string): number => findings.reduce((sum, { kind, count }) => sum + (kind === id ? count : 0), 0);
  return countOf(savingId) > countOf(savedId);
}

function derived(kind: FindingKind, { first, waiting, of }: Most): Finding {
  return derive(kind, 'storage', first, {
    text: `${first.text}, and the like on ${waiting} of ${of} nodes`,
    values: { nodesAffected: waiting, nodesThere: of },
  });
}
