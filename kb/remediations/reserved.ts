/** Ids of remediations that records may name before they are declared; see `kb/probes/reserved.ts`. */
export const reservedRemediationIds: readonly string[] = [];
