import { readDraftFile } from '../../../activities/adapters/inventory-drafts.ts';
import type { Draft, DraftNode } from '../../../kb/inventory/draft.ts';
import { pickCluster, type CliContext } from '../context.ts';
import { CommandFailure, exitCodes, renderJson, renderTable } from '../output.ts';

interface Row {
  readonly name: string;
  readonly address: string;
  readonly gpus: { readonly count: number; readonly models: readonly string[] };
  readonly hcas: readonly string[];
  readonly leaf: string | null;
  readonly rack: string | null;
  readonly bmc: string | null;
  readonly jobs: readonly { readonly name: string; readonly ranks: readonly number[] }[];
}

/** The nodes of one inventory, one a line. */
export async function showInventory(
  context: CliContext,
  {
    file,
    cluster,
    json,
  }: { readonly file: string | null; readonly cluster: string | undefined; readonly json: boolean },
): Promise<void> {
  const draft = file === null ? await configured(context, cluster) : fromFile(file);
  const rows = draft.nodes.map((node) => rowOf(node, draft.jobs));
  if (json) {
    context.terminal.out(renderJson({ cluster: draft.cluster, nodes: rows }));
    return;
  }
  const table = await renderTable(
    context.terminal,
    ['NODE', 'ADDRESS', 'GPUS', 'HCAS', 'LEAF', 'RACK', 'BMC', 'JOBS'],
    rows.map(({ name, address, gpus, hcas, leaf, rack, bmc, jobs }) => [
      name,
      address,
      `${gpus.count}${gpus.models.length === 0 ? '' : ` ${gpus.models.join(', ')}`}`,
      hcas.length === 0 ? '' : String(hcas.length),
      leaf ?? '',
      rack ?? '',
      bmc ?? '',
      jobs.map((job) => `${job.name} ${ranksText(job.ranks)}`).join(', '),
    ]),
  );
  context.terminal.out(`${draft.cluster}: ${rows.length} nodes, ${draft.jobs.length} jobs\n${table}`);
}

function fromFile(file: string): Pick<Draft, 'cluster' | 'nodes' | 'jobs'> {
  const read = readDraftFile(file);
  if (read === null)
    throw new CommandFailure(`there is no file ${file}`, 'name an inventory file', { exitCode: exitCodes.usage });
  return read.draft;
}

async function configured(
  context: CliContext,
  cluster: string | undefined,
): Promise<Pick<Draft, 'cluster' | 'nodes' | 'jobs'>> {
  const inventories = await context.inventories();
  const name = pickCluster(cluster, [...inventories.keys()]);
  const inventory = inventories.get(name);
  if (inventory === undefined) throw new Error(`cluster ${name} was picked from the inventories`);
  return inventory;
}

function rowOf({ name, ssh, address, gpus, hcas, leaf, rack, bmc }: DraftNode, jobs: Draft['jobs']): Row {
  return {
    name,
    address: address ?? (ssh.port === 22 ? ssh.host : `${ssh.host} port ${ssh.port}`),
    gpus: { count: gpus.length, models: [...new Set(gpus.flatMap(({ model }) => model ?? []))] },
    hcas: hcas.map((hca) => `${hca.name}/${hca.port}`),
    leaf: leaf ?? null,
    rack: rack ?? null,
    bmc: bmc ?? null,
    jobs: jobs.flatMap((job) => {
      const ranks = job.ranks.filter(({ node }) => node === name).map(({ rank }) => rank);
      return ranks.length === 0 ? [] : [{ name: job.name, ranks: ranks.toSorted((a, b) => a - b) }];
    }),
  };
}

/** `8-15`, `0,2,4`. */
function ranksText(ranks: readonly number[]): string {
  const [first, last] = [ranks[0], ranks.at(-1)];
  if (first === undefined || last === undefined) return '';
  return last - first + 1 === ranks.length && ranks.length > 1 ? `${first}-${last}` : ranks.join(',');
}
