/** A log as it stood when its place was last looked at. */
export interface SeenLog {
  /** Shown to people, and read for node and rank: a path or `s3://bucket/key`. */
  readonly name: string;
  /** Names the same log after it was renamed. */
  readonly identity: string;
  /** Another one after every change. */
  readonly version: string;
  /** As stored. */
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface PlaceView {
  readonly logs: readonly SeenLog[];
  /** What is there and can not be followed, by name, in words for people. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Where logs appear and grow: a folder, a file, a pattern, a prefix in a bucket. All calls throw `PortError`. */
export interface LogPlace {
  /** As it was given. */
  readonly name: string;
  /** Reading all of a log again costs next to nothing. */
  readonly isLocal: boolean;
  /** What was not changed for this long never changes again and need not be remembered; absent: always remembered. */
  readonly settledAfterMs?: number;
  look(signal: AbortSignal): Promise<PlaceView>;
  /**
   * At most `into.length` bytes from offset `from`, in the first part of `into` or in memory of their own; `null` if
   * what stands there is another log by now.
   */
  read(log: SeenLog, from: number, into: Uint8Array, signal: AbortSignal): Promise<Uint8Array | null>;
  /** A log that is not among those seen any more: it may only have been renamed, to a name that is not followed. */
  find(identity: string, name: string): Promise<SeenLog | null>;
}
