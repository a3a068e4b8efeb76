import type { Probe } from '../../schemas/probe.ts';
import type { AnswerProbeWish } from './answer.ts';
import type { Refused } from './parse-answer.ts';

/** What probes a model may wish for. */
export interface WishContext {
  /** Nodes of the incident. */
  readonly nodes: readonly string[];
  readonly probe: (id: string) => WishableProbe | undefined;
}

export type WishableProbe = Pick<Probe, 'id' | 'impact' | 'args' | 'siblings'>;

/** Reads, or disturbs for a moment at most. */
export function isWishable({ impact }: Pick<Probe, 'impact'>): boolean {
  return impact !== 'load';
}

export interface GrantedWish {
  readonly probeId: string;
  readonly nodes: readonly string[];
}

/**
 * Known probes that leave a job in peace, on nodes of the incident, with arguments that the probe's own form takes. A
 * probe reads every device of its nodes, so arguments say nothing more than what is read anyway: they are checked, and
 * no command is ever made of them. One whose figures are held against those of siblings is asked of all nodes.
 */
export function judgeWishes(
  wishes: readonly AnswerProbeWish[],
  context: WishContext,
): { readonly granted: readonly GrantedWish[]; readonly refused: readonly Refused[] } {
  const granted: GrantedWish[] = [];
  const refused: Refused[] = [];
  wishes.forEach((wish, index) => {
    const probe = context.probe(wish.probeId);
    const reason = refusal(wish, probe, context);
    if (reason !== null || probe === undefined) {
      refused.push({ what: `probe ${index + 1}`, reason: reason ?? 'there is no such probe' });
      return;
    }
    if (granted.some(({ probeId }) => probeId === probe.id)) return;
    const nodes = probe.siblings === undefined ? [...new Set(wish.nodes)] : context.nodes;
    granted.push({ probeId: probe.id, nodes });
  });
  return { granted, refused };
}

function refusal(
  { nodes, args }: AnswerProbeWish,
  probe: WishableProbe | undefined,
  context: WishContext,
): string | null {
  if (probe === undefined) return 'there is no such probe';
  if (!isWishable(probe)) return 'it puts load on a node, which only people may ask for';
  if (nodes.length === 0) return 'it names no node';
  if (nodes.some((node) => !context.nodes.includes(node))) return 'it names a node that is not of the incident';
  return takes(probe, args) ? null : 'its arguments are not those of the probe';
}

function takes(probe: WishableProbe, args: AnswerProbeWish['args']): boolean {
  if (args.length === 0) return true;
  const given = new Map(args.map(([name, value]) => [name, asTyped(value)]));
  const parsed = probe.args.safeParse(Object.fromEntries(given));
  // A schema leaves out what it does not know: an argument that is gone afterwards was none.
  const kept: unknown = parsed.data;
  return typeof kept === 'object' && kept !== null && [...given.keys()].every((name) => Object.hasOwn(kept, name));
}

/** The answer's form has texts alone. */
function asTyped(value: string | number): string | number {
  return typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
}
