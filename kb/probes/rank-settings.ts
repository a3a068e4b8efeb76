/**
 * Settings of ranks compared with each other: the differential form of text. Ranks of one node, or of several nodes
 * of the same job, go in; what should agree and does not comes out.
 */
export interface RankSettings {
  /** What people call it: `rank 43`, or `rank 43 on node-06`. */
  readonly name: string;
  /** Ranks of different jobs are not compared. */
  readonly job: string;
  readonly settings: Readonly<Record<string, Setting>>;
}

export interface Setting {
  readonly value: string;
  readonly line: number;
}

export interface Disagreement {
  readonly setting: string;
  /** `null` where most have none. */
  readonly usual: string | null;
  /** Those that differ from what most have, by name, in the order in which they were given. */
  readonly others: readonly { readonly name: string; readonly value: string | null; readonly line: number | null }[];
}

// What a launcher sets for each rank, what names a rank's own device or file, and where caches of one node lie.
// https://pytorch.org/docs/stable/elastic/run.html#environment-variables
// https://slurm.schedmd.com/srun.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES
const ownPattern =
  /^(RANK|LOCAL_RANK|GROUP_RANK|SLURM_(PROCID|LOCALID|NODEID)|(CUDA|NVIDIA)_VISIBLE_DEVICES|CUDA_(MPS_.*|CACHE_PATH)|OMP_PLACES|(KMP|OMP_PROC)_(AFFINITY|BIND)|UCX_NET_DEVICES|NCCL_DEBUG_FILE|TORCH_(HOME|EXTENSIONS_DIR|LOGS_OUT|NCCL_DEBUG_INFO_TEMP_FILE|COMPILE_DEBUG_DIR)|NVIDIA_PYTORCH_.*|NVIDIA_BUILD_ID|NVIDIA_PRODUCT_NAME)$/;

/** Whether ranks of one job may rightly have different values of it. */
export function mayDiffer(setting: string): boolean {
  return ownPattern.test(setting);
}

/** Two whole jobs may be compared in one call; each is by itself. A job of one rank has nothing to be compared with. */
export function disagreements(ranks: readonly RankSettings[]): readonly Disagreement[] {
  return [...Map.groupBy(ranks, ({ job }) => job).values()].flatMap((ofJob) => {
    const names = new Set(ofJob.flatMap(({ settings }) => Object.keys(settings)));
    return [...names]
      .toSorted()
      .filter((name) => !mayDiffer(name))
      .flatMap((name) => disagreementOn(name, ofJob) ?? []);
  });
}

function disagreementOn(setting: string, ranks: readonly RankSettings[]): Disagreement | null {
  const values = ranks.map((rank) => ({
    name: rank.name,
    value: rank.settings[setting]?.value ?? null,
    line: rank.settings[setting]?.line ?? null,
  }));
  const groups = [...Map.groupBy(values, ({ value }) => value)].toSorted(([, a], [, b]) => b.length - a.length);
  const [usual] = groups;
  if (usual === undefined || groups.length === 1) return null;
  return { setting, usual: usual[0], others: values.filter(({ value }) => value !== usual[0]) };
}

/** Of each setting the value that most ranks have, where most have one; ranks of one job go in. */
export function usualSettings(ranks: readonly RankSettings[]): readonly (Setting & { readonly name: string })[] {
  const names = new Set(ranks.flatMap(({ settings }) => Object.keys(settings)));
  return [...names].toSorted().flatMap((name) => {
    const own = ranks.map(({ settings }) => settings[name] ?? null);
    const [usual] = [...Map.groupBy(own, (setting) => setting?.value ?? null).values()].toSorted(
      (a, b) => b.length - a.length,
    );
    const setting = usual?.[0];
    return setting === undefined || setting === null ? [] : [{ ...setting, name }];
  });
}
