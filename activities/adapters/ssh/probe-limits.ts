/** Bounds of one probe worker. */
export interface ProbeLimits {
  /** Commands under way at once, over all hosts. */
  readonly commandsMax: number;
  /** On one host; an OpenSSH server takes ten sessions on a connection (`MaxSessions`), its people want one too. */
  readonly commandsPerHostMax: number;
  /** Handshakes at once. They are work for this process; a host that hangs holds one for ten seconds. */
  readonly handshakesMax: number;
  /** Connections that stay open, in use or kept; each is a file descriptor and about 100 KB. */
  readonly connectionsMax: number;
  /** A connection that nobody used for so long is closed, milliseconds. */
  readonly keepMs: number;
  /** A connection of which nothing is heard is asked for a sign of life so often, milliseconds; see connect.ts. */
  readonly keepaliveMs: number;
  /** Starts are spread over up to so many milliseconds where many begin together. */
  readonly jitterMsMax: number;
  /** Commands a minute and node, over all incidents that this worker serves. */
  readonly perNodeMinuteMax: number;
  /** A command that would have to wait longer for its node's budget is not sent, milliseconds. */
  readonly budgetWaitMsMax: number;
  /** Failed tries to connect to a host in a row, after which it is left alone. */
  readonly connectFailuresMax: number;
  /** For how long, milliseconds. */
  readonly leftAloneMs: number;
  /** From a command's deadline, at which its host ends it, until nobody waits for that any longer, milliseconds. */
  readonly graceMs: number;
}

export const defaultProbeLimits: ProbeLimits = {
  commandsMax: 128,
  commandsPerHostMax: 4,
  handshakesMax: 64,
  connectionsMax: 256,
  keepMs: 3_000,
  keepaliveMs: 5_000,
  jitterMsMax: 100,
  perNodeMinuteMax: 240,
  budgetWaitMsMax: 60_000,
  connectFailuresMax: 3,
  leftAloneMs: 30_000,
  // Two seconds between the two signals of `timeout`, and three for a slow network.
  graceMs: 5_000,
};
