/** What a node has left of its commands a minute. */
export interface Budget {
  /** Below zero: commands that wait for their turn. */
  readonly tokens: number;
  readonly atMs: number;
}

export interface Turn {
  readonly budget: Budget;
  /** Before the command may be sent, milliseconds. */
  readonly waitMs: number;
}

/** Takes one command from a node's budget, which fills up evenly to a minute's worth. `null`: the wait were too long. */
export function takeTurn(
  before: Budget | undefined,
  nowMs: number,
  limits: { readonly perMinute: number; readonly waitMsMax: number },
): Turn | null {
  const perMs = limits.perMinute / 60_000;
  const filled =
    before === undefined
      ? limits.perMinute
      : Math.min(limits.perMinute, before.tokens + Math.max(0, nowMs - before.atMs) * perMs);
  const tokens = filled - 1;
  const waitMs = tokens >= 0 ? 0 : Math.ceil(-tokens / perMs);
  return waitMs > limits.waitMsMax ? null : { budget: { tokens, atMs: nowMs }, waitMs };
}

/** A full budget need not be remembered. */
export function isFull({ tokens, atMs }: Budget, nowMs: number, perMinute: number): boolean {
  return tokens + ((nowMs - atMs) * perMinute) / 60_000 >= perMinute;
}
