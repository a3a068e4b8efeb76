import type { Inventory } from '../kb/schemas/inventory.ts';
import type { GatherPlan } from '../workflows/domain/phase-data.ts';

/** One writer of logs that an incident may have to read: a rank of a job, or a node's kernel. */
export interface ExpectedSource {
  readonly kind: 'rank' | 'kernel';
  /** For people: `rank 12 of pretrain (node-03)`. */
  readonly name: string;
  readonly job: string | null;
  readonly rank: number | null;
  readonly node: string;
}

/** What a key says: whose window it is, and of which cluster time. */
export interface PlacedKey {
  readonly source: ExpectedSource;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The sources that a plan asks for: the job's ranks (without a job, those on the plan's nodes) and the nodes' kernels. */
export function expectedSources(
  inventory: Inventory,
  plan: Pick<GatherPlan, 'logs' | 'job' | 'nodes'>,
): readonly ExpectedSource[] {
  const nodes = new Set(plan.nodes);
  return plan.logs.flatMap((kind): readonly ExpectedSource[] => {
    if (kind === 'kernel')
      return plan.nodes.map((node) => ({ kind, name: `kernel of ${node}`, job: null, rank: null, node }));
    return inventory.jobs
      .filter((job) => plan.job === null || job.name === plan.job)
      .flatMap((job) =>
        job.ranks
          .filter(({ node }) => plan.job !== null || nodes.has(node))
          .map(({ rank, node }) => ({
            kind,
            name: `rank ${rank} of ${job.name} (${node})`,
            job: job.name,
            rank,
            node,
          })),
      );
  });
}

/** What all sources of a kind and job share in their keys: one listing finds all their objects of all times. */
export function sharedPrefix(inventory: Inventory, { kind, job }: ExpectedSource): string {
  return prefixOf(inventory.logs[kind], { cluster: inventory.cluster, ...(job === null ? {} : { job }) }).prefix;
}

/** One or two prefixes that hold a source's windows beginning in the given time, and little else. */
export function timedPrefixes(
  inventory: Inventory,
  source: ExpectedSource,
  fromMs: number,
  toMs: number,
): readonly string[] {
  const { prefix, open } = prefixOf(inventory.logs[source.kind], valuesOf(inventory, source));
  return open === 'fromMs' ? leadingDigits(fromMs, toMs).map((digits) => prefix + digits) : [prefix];
}

/** Places keys among the sources; `null` for a key of anything else. */
export function keyPlacer(inventory: Inventory, sources: readonly ExpectedSource[]): (key: string) => PlacedKey | null {
  const byGroup = Map.groupBy(sources, ({ kind, job }) => `${kind} ${job ?? ''}`);
  const groups = [...byGroup.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ pattern: keyPattern(inventory, first), byOwner: ownersOf(group) }];
  });
  return (key) => {
    for (const { pattern, byOwner } of groups) {
      const found = pattern.exec(key)?.groups;
      if (found === undefined) continue;
      const source = byOwner.get(found['rank'] ?? found['node'] ?? '');
      if (source === undefined) continue;
      return { source, fromMs: Number(found['fromMs']), toMs: Number(found['toMs']) };
    }
    return null;
  };
}

type Placeholder = 'cluster' | 'job' | 'rank' | 'node' | 'fromMs' | 'toMs';
type Values = Readonly<Partial<Record<Placeholder, string>>>;

const placeholderPatterns: Readonly<Record<Placeholder, string>> = {
  cluster: '[^/]+',
  job: '[^/]+',
  rank: '\\d{5}',
  node: '[^/]+?',
  fromMs: '\\d{1,16}',
  toMs: '\\d{1,16}',
};

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(placeholderPatterns, name);
}

/** Literal text and placeholder names in turn. */
function partsOf(template: string): readonly { readonly text: string; readonly placeholder: Placeholder | null }[] {
  return template.split(/(\{[A-Za-z]+\})/).map((text) => {
    const name = text.slice(1, -1);
    return { text, placeholder: text.startsWith('{') && isPlaceholder(name) ? name : null };
  });
}

/** The key up to the first placeholder without a value, and which one that is. */
function prefixOf(template: string, values: Values): { readonly prefix: string; readonly open: Placeholder | null } {
  let prefix = '';
  for (const { text, placeholder } of partsOf(template)) {
    const value = placeholder === null ? text : values[placeholder];
    if (value === undefined) return { prefix, open: placeholder };
    prefix += value;
  }
  return { prefix, open: null };
}

function valuesOf(inventory: Inventory, { job, rank, node }: ExpectedSource): Values {
  return {
    cluster: inventory.cluster,
    node,
    ...(job === null ? {} : { job }),
    ...(rank === null ? {} : { rank: rankDigits(rank) }),
  };
}

function keyPattern(inventory: Inventory, { kind, job }: ExpectedSource): RegExp {
  const fixed: Values = { cluster: inventory.cluster, ...(job === null ? {} : { job }) };
  const named = new Set<Placeholder>();
  const source = partsOf(inventory.logs[kind]).map(({ text, placeholder }) => {
    if (placeholder === null) return escaped(text);
    const value = fixed[placeholder];
    if (value !== undefined) return escaped(value);
    if (named.has(placeholder)) return `\\k<${placeholder}>`;
    named.add(placeholder);
    return `(?<${placeholder}>${placeholderPatterns[placeholder]})`;
  });
  return new RegExp(`^${source.join('')}$`);
}

/** By rank digits for ranks, by node for kernels: what tells the sources of one group apart. */
function ownersOf(group: readonly ExpectedSource[]): ReadonlyMap<string, ExpectedSource> {
  return new Map(group.map((source) => [source.rank === null ? source.node : rankDigits(source.rank), source]));
}

function rankDigits(rank: number): string {
  return String(rank).padStart(5, '0');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The leading digits that times of the range have: at the power of ten that the range fits into, at most two. */
function leadingDigits(fromMs: number, toMs: number): readonly string[] {
  if (fromMs <= 0 || String(fromMs).length !== String(toMs).length) return [''];
  const dropped = Math.ceil(Math.log10(Math.max(toMs - fromMs, 1)));
  const unit = 10 ** dropped;
  const [first, last] = [Math.floor(fromMs / unit), Math.floor(toMs / unit)];
  if (first === 0) return [''];
  return first === last ? [String(first)] : [String(first), String(last)];
}
