import { gpuVbios } from '../probes/gpu-vbios.ts';
import { ibFirmware } from '../probes/ib-firmware.ts';
import { ibPorts } from '../probes/ib-ports.ts';
import type { ProbeOutput } from '../schemas/probe.ts';
import { gpuSchema, nodeSchema } from '../schemas/inventory.ts';
import type { Draft, DraftNode, Note } from './draft.ts';
import { isSameModel } from './merge.ts';

/** What a node says of itself. */
export interface NodeFacts {
  readonly gpus: readonly {
    readonly index: number;
    readonly uuid: string;
    readonly pciBusId: string;
    readonly model?: string;
  }[];
  readonly hcas: readonly { readonly name: string; readonly port: number }[];
  /** What it could not say, in words. */
  readonly missing: readonly string[];
}

/** The commands are those of probes, so that the allow-list of the probe key has them: one for GPUs, two for adapters. */
export const factCommands = {
  gpus: { argv: gpuVbios.argv({}), timeoutMs: gpuVbios.timeoutMs, outputBytesMax: gpuVbios.outputBytesMax },
  hcas: { argv: ibPorts.argv({}), timeoutMs: ibPorts.timeoutMs, outputBytesMax: ibPorts.outputBytesMax },
  /** Where `ibstat` is not installed. */
  verbs: { argv: ibFirmware.argv({}), timeoutMs: ibFirmware.timeoutMs, outputBytesMax: ibFirmware.outputBytesMax },
} as const;

/** Throws the probe's error where the output can not be read. */
export function gpusIn(output: ProbeOutput): Pick<NodeFacts, 'gpus' | 'missing'> {
  const { rows, trouble } = gpuVbios.parse(output);
  const gpus = rows.map(({ index, uuid, pciBusId, values }) => ({
    index,
    uuid,
    pciBusId,
    ...(values.name === null ? {} : { model: values.name }),
  }));
  return {
    gpus: gpus.filter((gpu) => gpuSchema.omit({ model: true }).loose().safeParse(gpu).success),
    missing: trouble.map(({ kind, pciBusId }) => `nvidia-smi: ${kind}${pciBusId === null ? '' : ` at ${pciBusId}`}`),
  };
}

export function hcasIn(output: ProbeOutput): NodeFacts['hcas'] {
  return known(ibPorts.parse(output).ports.map(({ hca, port }) => ({ name: hca, port })));
}

export function verbsIn(output: ProbeOutput): NodeFacts['hcas'] {
  return known(
    ibFirmware.parse(output).adapters.flatMap(({ hca, ports }) => ports.map(({ port }) => ({ name: hca, port }))),
  );
}

function known(hcas: NodeFacts['hcas']): NodeFacts['hcas'] {
  return hcas.filter((hca) => nodeSchema.shape.hcas.safeParse([hca]).success);
}

/**
 * Fills in what nodes said of themselves. A UUID that differs from the inventory's is a GPU that was exchanged, or
 * another node that answers: it is kept and named, unless `overwrite`.
 */
export function addFacts(
  draft: Draft,
  facts: ReadonlyMap<string, NodeFacts>,
  overwrite: boolean,
): { readonly draft: Draft; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const nodes = draft.nodes.map((node) => {
    const said = facts.get(node.name);
    if (said === undefined) return node;
    for (const text of said.missing) notes.push({ kind: 'not-told', about: node.name, text });
    return { ...node, gpus: withFacts(node, said, overwrite, notes), hcas: adaptersOf(node, said, overwrite, notes) };
  });
  return { draft: { ...draft, nodes }, notes };
}

function withFacts(node: DraftNode, { gpus }: NodeFacts, overwrite: boolean, notes: Note[]): DraftNode['gpus'] {
  if (gpus.length === 0) return node.gpus;
  const conflict = (text: string) => notes.push({ kind: 'conflict', about: node.name, text });
  if (node.gpus.length > 0 && node.gpus.length !== gpus.length)
    conflict(`${node.gpus.length} GPUs ${overwrite ? 'replaced by' : 'kept; the node has'} ${gpus.length}`);
  const kept = overwrite ? [] : node.gpus.filter(({ index }) => !gpus.some((gpu) => gpu.index === index));
  const added =
    node.gpus.length === 0 || overwrite
      ? gpus
      : gpus.filter(({ index }) => node.gpus.some((gpu) => gpu.index === index));
  const merged = added.map((gpu) => {
    const before = node.gpus.find(({ index }) => index === gpu.index);
    if (before === undefined) return gpu;
    const pick = <Value extends string>(
      field: string,
      old: Value | undefined,
      said: Value | undefined,
      same: boolean,
    ) => {
      if (old === undefined || said === undefined) return old ?? said;
      if (same) return old;
      conflict(`gpus.${gpu.index}.${field}: ${old} ${overwrite ? 'replaced by' : 'kept; the node says'} ${said}`);
      return overwrite ? said : old;
    };
    const isName = before.model !== undefined && gpu.model !== undefined && isSameModel(before.model, gpu.model);
    const uuid = pick('uuid', before.uuid, gpu.uuid, before.uuid === gpu.uuid);
    const pciBusId = pick(
      'pciBusId',
      before.pciBusId,
      gpu.pciBusId,
      before.pciBusId?.toLowerCase() === gpu.pciBusId.toLowerCase(),
    );
    // The driver's name is the exact one of two that mean the same.
    const model = isName ? gpu.model : pick('model', before.model, gpu.model, false);
    return {
      index: gpu.index,
      ...(uuid === undefined ? {} : { uuid }),
      ...(pciBusId === undefined ? {} : { pciBusId }),
      ...(model === undefined ? {} : { model }),
    };
  });
  return [...merged, ...kept].toSorted((a, b) => a.index - b.index);
}

function adaptersOf(node: DraftNode, { hcas }: NodeFacts, overwrite: boolean, notes: Note[]): DraftNode['hcas'] {
  if (hcas.length === 0 || node.hcas.length === 0) return hcas.length === 0 ? node.hcas : [...hcas];
  const text = (list: NodeFacts['hcas']) =>
    list
      .map(({ name, port }) => `${name}/${port}`)
      .toSorted()
      .join(' ');
  if (text(node.hcas) === text(hcas)) return node.hcas;
  notes.push({
    kind: 'conflict',
    about: node.name,
    text: `adapters ${text(node.hcas)} ${overwrite ? 'replaced by' : 'kept; the node says'} ${text(hcas)}`,
  });
  return overwrite ? [...hcas] : node.hcas;
}
