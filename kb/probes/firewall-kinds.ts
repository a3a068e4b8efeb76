import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';

const source = 'https://docs.pytorch.org/docs/stable/distributed.html#tcp-initialization';

// Ranks and NCCL connect at ports that the kernel picks: a filter must let through whatever peers send.
const policyDrops: FindingKind = {
  id: 'net.firewall.policy-drops',
  summary: 'whatever no rule lets in is dropped, and ranks listen at ports that no rule foresees',
  role: 'cause',
  weighs: { 'firewall-blocked': 2.8 },
  source,
};
const peersLetIn: FindingKind = {
  id: 'net.firewall.peers-let-in',
  summary: 'whatever no rule lets in is dropped, and a rule lets whole networks in',
  role: 'context',
  weighs: { 'firewall-blocked': 0.3 },
  source,
};
const drops: FindingKind = {
  id: 'net.firewall.drops',
  summary: 'a rule drops or rejects packets to or from ports that ranks use',
  role: 'cause',
  weighs: { 'firewall-blocked': 2.7 },
  source,
};
const dropsServices: FindingKind = {
  id: 'net.firewall.drops-services',
  summary: 'rules drop packets to ports of services, which ranks do not use',
  role: 'context',
  weighs: { 'firewall-blocked': 0.2 },
  source,
};
/** The differential form of both: nodes of one kind have the same rules. */
export const firewallUnlike: FindingKind = {
  id: 'net.firewall.unlike-siblings',
  summary: 'the node has other filter rules than its siblings',
  role: 'symptom',
  weighs: { 'firewall-blocked': 2.2 },
  source,
};
const open: FindingKind = {
  id: 'net.firewall.open',
  summary: 'no rule of the node keeps ranks from each other',
  role: 'clean',
  weighs: { 'firewall-blocked': -2 },
  source,
};
/** What is said of a filter, whichever tool lists it. */
export const firewallKinds = [policyDrops, peersLetIn, drops, dropsServices, firewallUnlike, open];

/** A filter as far as it can keep peers out. */
export interface Filter {
  readonly policies: readonly { readonly chain: string; readonly drops: boolean; readonly line: number }[];
  readonly rules: readonly DroppingRule[];
  /** Chains in which a rule accepts packets of whole networks or interfaces, whatever their port. */
  readonly letsPeersIn: readonly string[];
  /** All rules, of whatever kind. */
  readonly count: number;
}
interface DroppingRule {
  readonly line: number;
  readonly chain: string;
  readonly text: string;
  /** It concerns ports below 1024 alone. */
  readonly servicesOnly: boolean;
}

export function filterMeaning({ policies, rules, letsPeersIn, count }: Filter): readonly ProbeFinding[] {
  const seen: ProbeFinding[] = policies
    .filter((policy) => policy.drops)
    .map(({ chain, line }) => ({
      kind: letsPeersIn.includes(chain) ? peersLetIn.id : policyDrops.id,
      text: `policy of ${chain} is to drop`,
      line,
      values: { chain },
    }));
  const wide = rules.filter(({ servicesOnly }) => !servicesOnly);
  for (const { text, line, chain } of wide.slice(0, findingsMax))
    seen.push({ kind: drops.id, text: text.slice(0, textCharsMax), line, values: { chain } });
  const narrow = rules.find(({ servicesOnly }) => servicesOnly);
  if (narrow !== undefined)
    seen.push({
      kind: dropsServices.id,
      text: narrow.text.slice(0, textCharsMax),
      line: narrow.line,
      values: { rules: rules.length - wide.length },
    });
  return orClean(seen, firewallKinds, { kind: open.id, text: `${count} rules, none keeps ranks from each other` });
}

export function filterNumbers({ policies, rules }: Filter) {
  const closed = policies.filter((policy) => policy.drops).length;
  return [{ name: 'droppingRules', value: rules.length + closed, unit: 'count' }];
}

/** Rules are set by one tool on all nodes. */
export const filterRules = [{ name: 'droppingRules', side: 'both', relative: 0, absolute: 0, source }] as const;

/**
 * Whether a rule that accepts lets peers in at whatever port they choose: not those for answers, for the loopback, for
 * ping, or for single ports. What a chain of containers or of forwarding accepts is not for the host itself.
 */
export function acceptsPeers(chain: string, text: string): boolean {
  const forOthers = /FORWARD|FWD|^(?:DOCKER|CNI-|KUBE-|cali|CILIUM|LIBVIRT_)/i.test(chain);
  const narrow =
    /(?:--ctstate|--state|\bct state) (?!\S*\bnew\b)|(?:-i|iif(?:name)?) "?lo\b|\bicmp|docker0|\bvmap\b/i.test(text);
  const ports = /\b(?:dports?) (?:\{ )?(\d{1,5})(?:[:-](\d{1,5}))?/.exec(text);
  const wide = ports === null || Number(ports[2] ?? 0) - Number(ports[1]) >= ephemeralPortsMin;
  return !forOthers && !narrow && wide;
}

// Ranks listen at ports that the kernel picks; its own range is 28,232 wide (net.ipv4.ip_local_port_range).
const ephemeralPortsMin = 10_000;

/** What container tools set up for the addresses that they give out, and packets that belong to nothing. */
export function isHarmlessDrop(chain: string, text: string): boolean {
  return (
    /^(?:KUBE-|DOCKER|CNI-|cali|CILIUM|OLD_CILIUM|LIBVIRT_|f2b-|FORWARD$|ufw6?-(?:logging|skip|not-local))/i.test(
      chain,
    ) ||
    /\bINVALID\b|\bct state (?:\w+,)*invalid\b|! -s 127\.0\.0\.0\/8 -d 127\.0\.0\.0\/8|\bNEW\b.*! --tcp-flags/i.test(
      text,
    )
  );
}

const findingsMax = 10;
const textCharsMax = 200;
