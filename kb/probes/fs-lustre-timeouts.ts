import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { lustreTargets, timeoutsFolders, type LustreTarget, type ServiceEstimate } from './lustre-timeouts.ts';

const source =
  'https://doc.lustre.org/lustre_manual.xhtml (Configuring Adaptive Timeouts); https://github.com/lustre/lustre-release/blob/master/lustre/ptlrpc/client.c (ptlrpc_at_adj_service: what the server says of itself; ptlrpc_at_adj_net_latency: the rest of the time that a reply took)';

const serviceSlow: FindingKind = {
  id: 'fs.lustre.service-slow',
  summary: 'Lustre servers say of themselves that they take very long, and the network to them does not',
  role: 'cause',
  // Any client would read it.
  ofShared: true,
  // A server counts from a request's arrival to its reply, the transfer of bulk data and waiting for other clients' locks
  // included: why a path that is slow as well is named first, and why this is not certain.
  weighs: { 'shared-fs-problem': 4, 'facility-fault': -1.5, 'rdma-link-fault': -1.5 },
  source,
};
const networkSlow: FindingKind = {
  id: 'fs.lustre.network-slow',
  summary: 'replies of Lustre servers take very long beyond what the servers themselves needed',
  role: 'cause',
  // Or the client itself had no credits or no processor for them.
  weighs: { 'facility-fault': 2.5, 'rdma-link-fault': 2, 'shared-fs-problem': -1.5 },
  source,
};
const noEstimates: FindingKind = {
  id: 'fs.lustre.no-estimates',
  summary: 'no Lustre server replied to the node lately, so nothing tells how long they take',
  role: 'context',
  weighs: {},
  source,
};
const noClient: FindingKind = {
  id: 'fs.lustre.no-client',
  summary: 'the node is the client of no Lustre server',
  role: 'context',
  weighs: {},
  source,
};
const soon: FindingKind = {
  id: 'fs.lustre.replies-soon',
  summary: 'Lustre servers and the network to them need seconds at most',
  role: 'clean',
  // Whole seconds: reads that take a tenth of one are very slow for a job.
  weighs: { 'shared-fs-problem': -0.3, 'facility-fault': -0.1 },
  source,
};
const unlike = unlikeSiblings('fs.lustre', 'how long the network to the Lustre servers takes', {
  'rdma-link-fault': 1.2,
  'shared-fs-problem': -0.5,
});
const kinds = [serviceSlow, networkSlow, noEstimates, noClient, soon, unlike];

interface Reading {
  readonly targets: readonly LustreTarget[];
}

// Three times the least that releases from 2.16 on assume of a service (at_min, 5 s), which is also what is assumed of
// one that has not answered yet (INITIAL_CONNECT_TIMEOUT). A server tells the longest of its last ten minutes.
const serviceSlowSeconds = 15;
// Network latency is 1 s where there is none, and one second more by rounding (ptlrpc_at_adj_net_latency).
const networkSlowSeconds = 5;
// Half of at_history's 600 s.
const repliedMaxSeconds = 300;
// A client pings after a quarter of the timeout of 100 s; one that lost its server raises its estimate of the network with
// every round of failed attempts (import_select_connection), and gets no replies.
const connectedMaxSeconds = 30;
// at_history / AT_BINS.
const binSeconds = 150;

/** What adaptive timeouts know of servers and of the network to them, each by itself. */
export const fsLustreTimeouts: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'fs.lustre-timeouts',
  summary:
    'how long Lustre servers need for requests, and how long the network to them takes, as the client has seen it',
  question: 'Is it the Lustre servers that are slow, or the network to them?',
  aspect: 'performance',
  privilege: 'root',
  costMs: 120,
  outputBytesMax: 2 * 1024 * 1024,
  // What `lctl get_param osc.*.timeouts mdc.*.timeouts` reads, without its stars, which no allow-list should let pass.
  argv: () => ['sudo', '-n', 'grep', '-rH', '.', ...timeoutsFolders, '--include=timeouts'],
  parse: (output) => ({ targets: lustreTargets(output) }),
  outcomes: kinds,
  meaning: ({ targets }) => [judge(targets)],
  siblings: {
    numbers: ({ targets }) => {
      const heard = targets.filter(isHeard).map(networkSeconds);
      return heard.length === 0 ? [] : [{ name: 'networkSeconds', value: Math.max(...heard), unit: 's' }];
    },
    rules: [
      {
        name: 'networkSeconds',
        side: 'high',
        relative: 1,
        absolute: 3,
        source:
          'our judgement: whole seconds, of which rounding makes one; nodes of one job have the same way to the servers',
      },
    ],
    kind: unlike,
  },
};

function judge(targets: readonly LustreTarget[]): ProbeFinding {
  if (targets.length === 0) return { kind: noClient.id, text: 'no OST and no MDT that the node is a client of' };
  const heard = targets.filter(isHeard);
  if (heard.length === 0)
    return { kind: noEstimates.id, text: `none of ${targets.length} Lustre targets replied in ${repliedMaxSeconds} s` };
  const slowPaths = heard.filter((target) => networkSeconds(target) >= networkSlowSeconds);
  const slowServices = heard.filter(
    (target) => networkSeconds(target) < networkSlowSeconds && serviceSeconds(target) >= serviceSlowSeconds,
  );
  // A few of the other kind are what one slow server or one lost packet makes of the rest.
  if (slowPaths.length === 0 && slowServices.length === 0) return told(soon, heard, heard);
  return slowPaths.length >= slowServices.length
    ? told(networkSlow, slowPaths, heard)
    : told(serviceSlow, slowServices, heard);
}

function told(kind: FindingKind, those: readonly LustreTarget[], heard: readonly LustreTarget[]): ProbeFinding {
  const longest = those.toSorted((a, b) => figure(kind, b) - figure(kind, a));
  const [first] = longest;
  const service = Math.max(...those.map(serviceSeconds));
  const network = Math.max(...those.map(networkSeconds));
  const named =
    kind === soon
      ? ''
      : `, ${longest
          .slice(0, namedMax)
          .map(({ name }) => name)
          .join(', ')} the longest`;
  const slowest = kind === serviceSlow && first !== undefined ? ` (${servicesText(first)})` : '';
  return {
    kind: kind.id,
    text: `${those.length} of ${heard.length} Lustre targets: servers need up to ${service} s${slowest}, the network to them ${network} s${named}`,
    values: {
      targets: heard.length,
      ...(kind === soon ? {} : { slow: those.length, alike: those.length === heard.length ? 'all' : 'some' }),
      serviceSeconds: service,
      networkSeconds: network,
    },
    ...(kind === soon || first === undefined ? {} : { line: first.line }),
  };
}

const namedMax = 3;

function figure(kind: FindingKind, target: LustreTarget): number {
  return kind === networkSlow ? networkSeconds(target) : serviceSeconds(target);
}

/** What it shows is of now, and measured. */
function isHeard(target: LustreTarget): boolean {
  const seconds = networkSeconds(target);
  return (
    seconds > 0 && target.repliedSecondsAgo <= (seconds < networkSlowSeconds ? repliedMaxSeconds : connectedMaxSeconds)
  );
}

/** Of the last five minutes: every reply is measured, so the newest bins are of now. */
function networkSeconds({ network }: LustreTarget): number {
  return Math.max(...network.bins.slice(0, 2));
}

function serviceSeconds({ services }: LustreTarget): number {
  return Math.max(0, ...services.map(latest));
}

/** The server's latest word of itself: `current` has bounds that are set by hand, the newest bin has words before it too. */
function latest(service: ServiceEstimate): number {
  return isOld(service) ? 0 : Math.min(service.current, service.bins[0] ?? 0);
}

/**
 * Bins move when a reply comes, so those of a service that nobody asks any more stand still. Where one holds the worst
 * of all, it is of that moment, and the newest bin is hardly younger; where all do, it may have been told again and again.
 */
function isOld({ worst, worstSecondsAgo, bins }: ServiceEstimate): boolean {
  const at = bins.lastIndexOf(worst);
  return at !== -1 && at < bins.length - 1 && worstSecondsAgo - binSeconds * (at + 1) > repliedMaxSeconds;
}

// lustre_idl.h; what a client asks for.
const portalNames: ReadonlyMap<number, string> = new Map([
  [6, 'reads and writes'],
  [12, 'metadata'],
  [13, 'reads and writes of small files'],
  [17, 'locks given back'],
  [23, 'directories'],
  [28, 'requests to an OST'],
]);

function servicesText({ services }: LustreTarget): string {
  const [slowest] = services.toSorted((a, b) => latest(b) - latest(a));
  const portal = slowest?.portal ?? 0;
  const name = portalNames.get(portal);
  return `portal ${portal}${name === undefined ? '' : `, ${name}`}`;
}
