import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { inventorySchema, type Inventory } from '../../kb/schemas/inventory.ts';
import { PortError } from '../ports.ts';

/** Reads one inventory file, or every `*.json` of a folder; clusters by name. */
export function loadInventories(place: string): ReadonlyMap<string, Inventory> {
  const inventories = new Map<string, Inventory>();
  for (const file of inventoryFiles(place)) {
    const inventory = readInventory(file);
    if (inventories.has(inventory.cluster))
      throw new PortError(
        'malformed',
        `inventory ${file}: another file of ${place} describes cluster ${inventory.cluster} as well`,
      );
    inventories.set(inventory.cluster, inventory);
  }
  return inventories;
}

const filesMax = 200;
const fileBytesMax = 32 * 1024 * 1024; // 1,000 nodes with 8 GPUs each and 8,000 ranks take about 2 MiB
const issuesShownMax = 5;

function inventoryFiles(place: string): readonly string[] {
  const kind = statSync(place, { throwIfNoEntry: false });
  if (kind === undefined)
    throw new PortError(
      'not-found',
      `inventory ${place}: no such file or folder; WARDROUND_INVENTORY names one or the other`,
    );
  if (!kind.isDirectory()) return [place];
  const files = readdirSync(place)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  if (files.length === 0) throw new PortError('not-found', `inventory folder ${place}: it holds no .json file`);
  if (files.length > filesMax)
    throw new PortError('too-large', `inventory folder ${place}: more than ${filesMax} files`);
  return files.map((name) => path.join(place, name));
}

function readInventory(file: string): Inventory {
  if (statSync(file).size > fileBytesMax)
    throw new PortError('too-large', `inventory ${file}: more than ${fileBytesMax} bytes`);
  const parsed = inventorySchema.safeParse(parseJson(file, readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  const more = issues.length > issuesShownMax ? `\n  and ${issues.length - issuesShownMax} more` : '';
  throw new PortError('malformed', `inventory ${file}:\n${issues.slice(0, issuesShownMax).join('\n')}${more}`);
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PortError(
      'malformed',
      `inventory ${file}: not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  }
}
