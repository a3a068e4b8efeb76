import type { Draft, DraftHost, DraftJob, DraftNode, Gathered, GatheredHost, GatheredNode, Note } from './draft.ts';

export interface MergeOptions {
  /** What the source says replaces what stood there; host keys, UUIDs and whole entries never go. */
  readonly overwrite: boolean;
  /** Takes nodes and jobs out that the source no longer lists. */
  readonly prune: boolean;
  /** For hosts of which neither the inventory nor the source says it. */
  readonly user?: string;
  readonly port?: number;
}

export interface Merged {
  readonly draft: Draft;
  readonly notes: readonly Note[];
}

/**
 * What a source said, laid beside what was there. What stood in the inventory is kept, also against the source; the
 * source fills what is missing and adds what is new. Of jobs the source decides where they run, because that is what
 * changes; the order of ranks that a person put right stays while the job is on the same GPUs. Doing it again changes
 * nothing.
 */
export function merge(
  before: Draft,
  { nodes, jobs, jumpHosts, notes: gathered }: Gathered,
  options: MergeOptions,
): Merged {
  const notes: Note[] = [...gathered];
  const mergedNodes = byName(before.nodes, nodes, (old, found) => mergeNode(old, found, options, notes));
  const mergedJobs =
    jobs === null ? before.jobs : byName(before.jobs, jobs, (old, found) => mergeJob(old, found, notes));
  return {
    draft: {
      ...before,
      nodes: without(mergedNodes, nodes, 'node', options.prune, notes),
      jobs: jobs === null ? mergedJobs : without(mergedJobs, jobs, 'job', options.prune, notes),
      jumpHosts: byName(before.jumpHosts, jumpHosts, (old, found) => ({
        name: found.name,
        ssh: mergeSsh(old, found, options, notes),
      })),
    },
    notes,
  };
}

/** Old entries in their order, then new ones in the source's. */
function byName<Entry extends { readonly name: string }, Found extends { readonly name: string }>(
  before: readonly Entry[],
  found: readonly Found[],
  mergeOne: (old: Entry | undefined, found: Found) => Entry,
): Entry[] {
  const sources = new Map(found.map((one) => [one.name, one]));
  const known = new Set(before.map(({ name }) => name));
  return [
    ...before.map((old) => {
      const source = sources.get(old.name);
      return source === undefined ? old : mergeOne(old, source);
    }),
    ...found.filter(({ name }) => !known.has(name)).map((one) => mergeOne(undefined, one)),
  ];
}

function without<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  found: readonly { readonly name: string }[],
  what: string,
  prune: boolean,
  notes: Note[],
): Entry[] {
  const listed = new Set(found.map(({ name }) => name));
  const gone = entries.filter(({ name }) => !listed.has(name));
  for (const { name } of gone)
    notes.push(
      prune
        ? { kind: 'seen', about: name, text: `${what} taken out: the source does not list it` }
        : {
            kind: 'conflict',
            about: name,
            text: `${what} kept, though the source does not list it (--prune takes it out)`,
          },
    );
  return prune ? entries.filter(({ name }) => listed.has(name)) : [...entries];
}

const plainFields = ['address', 'rail', 'leaf', 'rack', 'powerUnit', 'bmc'] as const;

function mergeNode(old: DraftNode | undefined, found: GatheredNode, options: MergeOptions, notes: Note[]): DraftNode {
  const fields = plainFields.flatMap((field) => {
    const value = pick(old?.[field], found[field], { about: found.name, field }, options, notes);
    return value === undefined ? [] : [[field, value] as const];
  });
  return {
    name: found.name,
    ssh: mergeSsh(old, found, options, notes),
    ...Object.fromEntries(fields),
    gpus: mergeGpus(old, found, options, notes),
    hcas: old?.hcas ?? [],
  };
}

function mergeSsh(
  old: DraftHost | undefined,
  found: GatheredHost,
  options: MergeOptions,
  notes: Note[],
): DraftHost['ssh'] {
  const kept = <Value extends string | number>(
    field: 'host' | 'port' | 'user' | 'jump',
    before: Value | undefined,
    said: Value | undefined,
  ) => pick(before, said, { about: found.name, field: `ssh.${field}` }, options, notes);
  const user = kept('user', old?.ssh.user, found.ssh.user) ?? options.user;
  const jump = kept('jump', old?.ssh.jump, found.ssh.jump);
  return {
    host: kept('host', old?.ssh.host, found.ssh.host) ?? found.name,
    port: kept('port', old?.ssh.port, found.ssh.port) ?? options.port ?? 22,
    ...(user === undefined ? {} : { user }),
    hostKeys: old?.ssh.hostKeys ?? [],
    ...(jump === undefined ? {} : { jump }),
  };
}

/** Counts differ where GPUs were lost or MIG is on: a person has to look before the inventory follows. */
function mergeGpus(
  old: DraftNode | undefined,
  found: GatheredNode,
  options: MergeOptions,
  notes: Note[],
): DraftNode['gpus'] {
  const before = old?.gpus ?? [];
  if (found.gpus.length === 0) return before;
  const differs = before.length > 0 && before.length !== found.gpus.length;
  if (differs && !options.overwrite) {
    notes.push({
      kind: 'conflict',
      about: found.name,
      text: `${before.length} GPUs kept; the source says ${found.gpus.length}`,
    });
    return before;
  }
  return found.gpus.map(({ index, model }) => {
    const known = before.find((gpu) => gpu.index === index);
    const name =
      known?.model === undefined || model === undefined || isSameModel(known.model, model)
        ? (known?.model ?? model)
        : pick(known.model, model, { about: found.name, field: `gpus.${index}.model` }, options, notes);
    return { index, ...known, ...(name === undefined ? {} : { model: name }) };
  });
}

/** `NVIDIA A800-SXM4-80GB` of the driver, `NVIDIA-A800-SXM4-80GB` of a label and `a800` of a scheduler are one. */
export function isSameModel(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
  return a !== undefined && b !== undefined && (a.includes(b) || b.includes(a));
}

function mergeJob(old: DraftJob | undefined, found: DraftJob, notes: Note[]): DraftJob {
  if (old === undefined) return found;
  if (placesOf(old) === placesOf(found)) return old;
  notes.push({
    kind: 'seen',
    about: found.name,
    text: `it runs elsewhere: ${old.ranks.length} ranks before, ${found.ranks.length} now`,
  });
  const { rendezvous, ...rest } = old;
  // The meeting place of the old nodes is wrong on others.
  const stays = rendezvous !== undefined && found.ranks.some(({ node }) => node === rendezvous.host);
  if (rendezvous !== undefined && !stays)
    notes.push({
      kind: 'left-out',
      about: found.name,
      text: `its rendezvous ${rendezvous.host}:${rendezvous.port} is none of its nodes any more`,
    });
  return { ...rest, ranks: found.ranks, ...(stays ? { rendezvous } : {}) };
}

function placesOf({ ranks }: DraftJob): string {
  return ranks
    .map(({ node, gpu }) => `${node}/${gpu}`)
    .toSorted()
    .join(' ');
}

function pick<Value extends string | number>(
  before: Value | undefined,
  said: Value | undefined,
  { about, field }: { readonly about: string; readonly field: string },
  { overwrite }: MergeOptions,
  notes: Note[],
): Value | undefined {
  if (before === undefined || said === undefined || before === said) return before ?? said;
  notes.push({
    kind: 'conflict',
    about,
    text: overwrite ? `${field}: ${before} replaced by ${said}` : `${field}: ${before} kept; the source says ${said}`,
  });
  return overwrite ? said : before;
}
