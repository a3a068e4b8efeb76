import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ReducedEntry } from '../../../../kb/logs/reduce.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import type { PlantedFault } from './planted.ts';

/** A planted fault, and whether it came out at the other end. */
export interface PlantedOutcome extends PlantedFault {
  /** A finding of its kind names its place. */
  readonly found: boolean;
  /** The reduced log holds its line in full. */
  readonly kept: boolean;
}

/** `scanFile` and `reducedFile`: what `logs scan --json` and `logs reduce --json` have written. */
export async function checkPlanted(
  planted: readonly PlantedFault[],
  scanFile: string,
  reducedFile: string,
): Promise<readonly PlantedOutcome[]> {
  // Our own command's output.
  const { findings } = JSON.parse(readFileSync(scanFile, 'utf8')) as { readonly findings: readonly Finding[] };
  const kept = await keptPlaces(planted, reducedFile);
  return planted.map((one) => ({
    ...one,
    found: findings.some((finding) => isOf(finding, one)),
    kept: kept.has(placeOf(one.path, one.byteStart)),
  }));
}

/** A fault of several lines is folded into its first one that tells it. */
function isOf({ kind, range }: Finding, { kind: wanted, path, blockStart, byteEnd }: PlantedFault): boolean {
  const at = range.byteStart ?? -1;
  return kind === wanted && range.source.endsWith(`/${path}`) && at >= blockStart && at < byteEnd;
}

async function keptPlaces(planted: readonly PlantedFault[], reducedFile: string): Promise<ReadonlySet<string>> {
  const wanted = new Map(planted.map((one) => [one.byteStart, one]));
  const kept = new Set<string>();
  for await (const text of createInterface({ input: createReadStream(reducedFile), crlfDelay: Infinity })) {
    // Our own command's output: one entry a line.
    const entry = JSON.parse(text) as ReducedEntry & { readonly source: string };
    if (entry.kind !== 'line') continue;
    const one = wanted.get(entry.byteStart);
    if (one === undefined) continue;
    for (const { path } of planted) if (entry.source.endsWith(`/${path}`)) kept.add(placeOf(path, entry.byteStart));
  }
  return kept;
}

function placeOf(path: string, byteStart: number): string {
  return `${path}:${byteStart}`;
}
