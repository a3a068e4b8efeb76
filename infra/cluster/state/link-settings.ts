/** A stretch of cluster time; `toMs` is infinite while it lasts. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A stretch in which a cable sits loosely, how often it loses its contact and for how long, when that is not the usual. */
export interface LooseSpan extends Span {
  readonly everyMs?: number | undefined;
  readonly downMs?: number | undefined;
}

/** What was and is unusual about one HCA port, oldest first. */
export interface LinkSettings {
  /** The cable sat loosely. */
  readonly loose: readonly LooseSpan[];
  /** An administrator had disabled the port. */
  readonly closed: readonly Span[];
}

export const firmLink: LinkSettings = { loose: [], closed: [] };

export type LinkChange =
  | {
      readonly kind: 'cable';
      readonly node: string;
      readonly hca: string;
      readonly loose: boolean;
      readonly everyMs?: number | undefined;
      readonly downMs?: number | undefined;
    }
  | { readonly kind: 'port-state'; readonly node: string; readonly hca: string; readonly up: boolean };

export function changeLink(
  links: ReadonlyMap<string, LinkSettings>,
  change: LinkChange,
  atMs: number,
): ReadonlyMap<string, LinkSettings> {
  const key = `${change.node}/${change.hca}`;
  const before = links.get(key) ?? firmLink;
  const after =
    change.kind === 'cable'
      ? { ...before, loose: looseSpans(before.loose, change, atMs) }
      : { ...before, closed: switched(before.closed, !change.up, atMs) };
  return new Map(links).set(key, after);
}

function looseSpans(
  spans: readonly LooseSpan[],
  { loose, everyMs, downMs }: Extract<LinkChange, { kind: 'cable' }>,
  atMs: number,
): readonly LooseSpan[] {
  return switched(spans, loose, atMs, { everyMs, ...(downMs !== undefined && { downMs }) });
}

/** Whether a stretch of the list covers this moment. */
export function during(spans: readonly Span[], ms: number): boolean {
  return spans.some((span) => ms >= span.fromMs && ms < span.toMs);
}

/** The list after something was switched on or off. */
export function switched<Kind extends Span>(
  spans: readonly Kind[],
  on: boolean,
  atMs: number,
  more?: Omit<Kind, keyof Span>,
): readonly (Kind | Span)[] {
  const last = spans.at(-1);
  const isOn = last !== undefined && last.toMs === Infinity;
  if (on === isOn) return spans;
  if (last === undefined || on) return [...spans, { ...more, fromMs: atMs, toMs: Infinity }];
  return [...spans.slice(0, -1), { ...last, toMs: atMs }];
}
