/** For a class of alerts: which log windows, metrics and first probes to take. Data, not code. */
export interface Handler {
  readonly id: string;
  readonly summary: string;
  /** All listed labels must match; the first handler of the list that matches is taken, the last matches all. */
  readonly matches: Readonly<Record<string, RegExp>>;
  /** Cluster time before the alert's start and after it. */
  readonly window: { readonly beforeMs: number; readonly afterMs: number };
  readonly logs: readonly ('rank' | 'kernel')[];
  readonly metrics: readonly string[];
  /**
   * Cluster time after the alert's start: where nothing was proven and the alert still fires, what was logged until then is
   * looked at as well. Absent where time brings nothing.
   */
  readonly looksAgainAfterMs?: readonly number[];
  /** Probe ids for round 1's wishes when nothing else stands out. */
  readonly firstProbes: readonly string[];
}
