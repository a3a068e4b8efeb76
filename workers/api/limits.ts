export const bodyBytesMax = 1024 * 1024;
/** Bodies read and waiting for Temporal at once; together with the limit of one body the bound on memory. */
export const requestsInFlightMax = 64;
/** Alertmanager gives a notification at least 10 s, retries included (`MinTimeout` in its `notify` package). */
export const acceptWaitMs = 4_000;
export const readyWaitMs = 2_000;
export const retryAfterSeconds = 10;
/** A document that changes with the release alone; clients ask again with `If-None-Match`. */
export const documentAgeSecondsMax = 300;
