import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { inventorySchema, type Inventory } from '../../kb/schemas/inventory.ts';
import { PortError } from '../ports.ts';
import { parseYaml, placesIn } from './yaml-places.ts';

/**
 * Reads one inventory file, or every `*.json`, `*.yaml` and `*.yml` of a folder; clusters by name. A process reads its
 * inventory once, when it starts: a change counts from the next start.
 */
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
    .filter((name) => /\.(json|yaml|yml)$/.test(name))
    .toSorted();
  if (files.length === 0)
    throw new PortError('not-found', `inventory folder ${place}: it holds no .json, .yaml or .yml file`);
  if (files.length > filesMax)
    throw new PortError('too-large', `inventory folder ${place}: more than ${filesMax} files`);
  return files.map((name) => path.join(place, name));
}

function readInventory(file: string): Inventory {
  const text = readInventoryText(file);
  const parsed = inventorySchema.safeParse(parseInventoryText(file, text));
  if (parsed.success) return parsed.data;
  const lineOf = placesIn(text);
  const issues = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message} (line ${lineOf(issue.path)})`,
  );
  const more =
    issues.length > issuesShownMax
      ? `\n  and ${issues.length - issuesShownMax} more: wardround inventory check shows all`
      : '';
  throw new PortError('malformed', `inventory ${file}:\n${issues.slice(0, issuesShownMax).join('\n')}${more}`);
}

/** The text of an inventory file, within its bound. */
export function readInventoryText(file: string): string {
  const { size } = statSync(file);
  if (size > fileBytesMax) throw new PortError('too-large', `inventory ${file}: more than ${fileBytesMax} bytes`);
  return readFileSync(file, 'utf8');
}

/** JSON by the name of the file, else YAML, of which JSON is a part. */
export function parseInventoryText(file: string, text: string): unknown {
  if (!file.endsWith('.json')) return parseYaml(`inventory ${file}`, text);
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
