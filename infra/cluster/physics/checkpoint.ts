/** Iterations between two checkpoints (Megatron's `--save-interval`). */
export const checkpointEvery = 30;

/** Cluster time from the end of the step to the last byte on every node's own disk. */
export const checkpointMs = 21_400;

/** When a full disk stops the writer, counted from the end of the step. */
export const checkpointFailsMs = 4_300;

/** What one node writes for one checkpoint in KiB: 14 bytes for each of 13 billion parameters, spread over ten nodes. */
export const shardKib = 17_800_000;

/** Files of one checkpoint on one node: two a rank and one with the metadata. */
export const shardFiles = 17;
