import type { Device } from '../../workflows/domain/finding.ts';
import type { LogDetector, LogLine, Match } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

/**
 * One kind of finding and the line that tells it. Named groups of the pattern become fields: `pci`, `gpu`, `hca`, `node`
 * and `rank` say where, any other name becomes a value (a number where it reads as one).
 */
export interface LinePattern extends FindingKind {
  readonly pattern: RegExp;
  /** Lower case; at least one of them stands in every line that the pattern matches. */
  readonly literals: readonly [string, ...string[]];
  /** Scrubbed real lines, or the tool's own format string filled in. */
  readonly sees: readonly [string, ...string[]];
  readonly ignores: readonly [string, ...string[]];
}

/** A detector made of patterns; the first that matches a line speaks for it, so the most specific stands first. */
export function lineDetector(
  id: string,
  patterns: readonly LinePattern[],
): LogDetector & { readonly patterns: readonly LinePattern[] } {
  return {
    id,
    kinds: patterns.map(({ pattern: _pattern, literals: _literals, sees: _sees, ignores: _ignores, ...kind }) => kind),
    literals: [...new Set(patterns.flatMap(({ literals }) => literals))],
    match(line) {
      const lower = line.text.toLowerCase();
      for (const one of patterns) {
        if (!one.literals.some((literal) => lower.includes(literal))) continue;
        const found = matchPattern(one, line);
        if (found !== null) return found;
      }
      return null;
    },
    parts: patterns.map((one) => ({ literals: one.literals, match: (line) => matchPattern(one, line) })),
    samples: patterns.map(({ id: kind, sees: lines }) => ({ kind, lines })),
    patterns,
  };
}

function matchPattern({ id: kind, pattern }: LinePattern, line: Pick<LogLine, 'text'>): Match | null {
  const found = pattern.exec(line.text);
  return found === null ? null : { kind, ...fields(found.groups ?? {}, line, kind) };
}

function fields(
  groups: Readonly<Record<string, string | undefined>>,
  line: Pick<LogLine, 'text'>,
  kindId: string,
): Omit<Match, 'kind'> {
  const { pci, gpu, hca, node, rank, ...rest } = groups;
  const device =
    deviceOf({ pci, gpu, hca }) ??
    ncclDevice(line.text) ??
    (kindId.startsWith('ib.') ? rdmaDevice(line.text) : undefined);
  let values: Record<string, number | string> | undefined;
  for (const name in rest) {
    const text = rest[name];
    if (text !== undefined) (values ??= {})[name] = valueOf(text);
  }
  return {
    ...(node === undefined ? {} : { node: node.toLowerCase() }),
    ...(device === undefined ? {} : { device }),
    ...(rank === undefined ? {} : { rank: Number(rank) }),
    ...(values === undefined ? {} : { values }),
  };
}

interface DeviceGroups {
  readonly pci: string | undefined;
  readonly gpu: string | undefined;
  readonly hca: string | undefined;
}

function deviceOf({ pci, gpu, hca }: DeviceGroups): Device | undefined {
  if (pci !== undefined) return { kind: 'gpu', name: pciBusId(pci) };
  if (gpu !== undefined) return { kind: 'gpu', index: Number(gpu) };
  if (hca !== undefined) return { kind: 'hca', name: hca.toLowerCase() };
  return undefined;
}

/** `0000:c1:00`, `0000:c1:00.0`, `C1:00.0`: as `nvidia-smi` prints it, lower case. */
export function pciBusId(text: string): string {
  const parts = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text);
  if (parts === null) return text.toLowerCase();
  const [, domain = '0', bus = '', slot = '', part = '0'] = parts;
  return `${domain.padStart(8, '0')}:${bus.padStart(2, '0')}:${slot.padStart(2, '0')}.${part}`.toLowerCase();
}

/** The CUDA device that NCCL prints in its prefix, for failures of a GPU; network lines name their own device. */
function ncclDevice(text: string): Device | undefined {
  const index = text.includes('Cuda failure') ? /:\d{1,8}:\d{1,8} \[(\d{1,3})\]/.exec(text)?.[1] : undefined;
  return index === undefined ? undefined : { kind: 'gpu', index: Number(index) };
}

/**
 * The RDMA adapter that a line names: `mlx5_core 0000:ab:00.0 mlx5_5: Port: 1 Link DOWN`. Two of them, or only a PCI
 * address or a network interface, name none that the node's tools would know it by.
 */
function rdmaDevice(text: string): Device | undefined {
  const names = new Set(text.toLowerCase().match(/\b(?:mlx[45]_\d{1,2}|bnxt_re\d{1,2}|irdma\d{1,2}|hns_\d{1,2})\b/g));
  const [name] = names;
  return name === undefined || names.size > 1 ? undefined : { kind: 'hca', name };
}

// Beyond this, digits are an identifier, not an amount.
const exactDigitsMax = 15;

function valueOf(text: string): number | string {
  return /^-?\d+(?:\.\d+)?$/.test(text) && text.length <= exactDigitsMax ? Number(text) : text.slice(0, valueCharsMax);
}

const valueCharsMax = 120;
