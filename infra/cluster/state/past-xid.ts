/** An Xid that the driver of a node reported at some earlier time. */
export interface PastXid {
  readonly xid: 13 | 31;
  /** When the driver reported it. */
  readonly atMs: number;
  /** When the exporter began to show it; null while it does not know of it. */
  readonly shownFromMs: number | null;
}

export function pastXidOf(change: { readonly xid: 13 | 31; readonly agoMs: number }, atMs: number): PastXid {
  return { xid: change.xid, atMs: atMs - change.agoMs, shownFromMs: null };
}

/** An exporter that starts asks the driver for the last Xid of every GPU of its node. */
export function afterRestart(
  pastXids: ReadonlyMap<string, PastXid>,
  node: string,
  atMs: number,
): ReadonlyMap<string, PastXid> {
  return new Map(
    [...pastXids].map(([key, past]) => [
      key,
      key.startsWith(`${node}/`) && past.shownFromMs === null ? { ...past, shownFromMs: atMs } : past,
    ]),
  );
}

export function without<Value>(
  map: ReadonlyMap<string, Value>,
  dropped: (key: string) => boolean,
): ReadonlyMap<string, Value> {
  return new Map([...map].filter(([key]) => !dropped(key)));
}
