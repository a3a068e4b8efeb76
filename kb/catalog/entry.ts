/** One code of one tool: what it means, whether it applies to a GPU, what its maker says to do. */
export interface CatalogueEntry {
  readonly kind: CodeKind;
  /** A number where the tool prints one; otherwise the name. */
  readonly code: number | string;
  /** What people call it: a phrase for Xid and SXid, the constant for the others. */
  readonly name: string;
  /** The constant or mnemonic of the maker. */
  readonly symbol: string;
  /** The tool's own words for it. */
  readonly words: string;
  readonly meaning: string;
  /** GPU generations that it applies to; `null` where the source does not say. */
  readonly gpus: readonly GpuGeneration[] | null;
  /** A guidance class of the maker (`guidance.ts`), or a sentence where it has none; `null` where the source says nothing. */
  readonly immediate: string | null;
  readonly followUp: string | null;
  /** Codes that come with it, of the same kind; those of another kind carry its name: `xid 74`. */
  readonly related: readonly (number | string)[];
  readonly source: string;
}

export const codeKinds = ['xid', 'sxid', 'dcgm', 'nccl', 'ib'] as const;
export type CodeKind = (typeof codeKinds)[number];

/** The columns of NVIDIA's Xid catalogue: A100, H100, B100 and GB200 stand for their generations. */
export const gpuGenerations = ['A100', 'H100', 'B100', 'GB200'] as const;
export type GpuGeneration = (typeof gpuGenerations)[number];

/** `true` or `false` as the source says; `null` where it says nothing of this GPU. */
export function appliesTo({ gpus }: Pick<CatalogueEntry, 'gpus'>, generation: GpuGeneration): boolean | null {
  return gpus === null ? null : gpus.includes(generation);
}

/** Letters of the tables: `AHBG`, `-` for none, `?` for not said. */
export function generationsOf(letters: string): readonly GpuGeneration[] | null {
  if (letters === '?') return null;
  return gpuGenerations.filter((generation) => letters.includes(generation === 'GB200' ? 'G' : generation.charAt(0)));
}
