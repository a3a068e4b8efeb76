import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { isVirtualInterface } from './network-words.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/ip-route.8.html';

const twice: FindingKind = {
  id: 'net.route.twice',
  summary: 'two routes of one rank lead to the same network over different interfaces',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2.5 },
  source,
};
const otherDefault: FindingKind = {
  id: 'net.route.default-unlike-siblings',
  summary: 'the way out of the node leads over other interfaces than on its siblings',
  role: 'cause',
  // Sockets that are bound to no interface, and answers to them, take the first default route.
  weighs: { 'socket-interface-mismatch': 3.6 },
  source: 'https://docs.kernel.org/networking/ip-sysctl.html (rp_filter: multihomed hosts)',
};
const dead: FindingKind = {
  id: 'net.route.link-down',
  summary: 'a route leads over an interface that has no link',
  role: 'symptom',
  weighs: { 'socket-interface-mismatch': 1.2, 'rdma-link-fault': 1.5 },
  source,
};
const refusing: FindingKind = {
  id: 'net.route.refusing',
  summary: 'a route set by hand makes a network unreachable on purpose',
  role: 'cause',
  weighs: { 'firewall-blocked': 1.8, 'socket-interface-mismatch': 1.2, 'rendezvous-resolution': 0.7 },
  source,
};
const noDefault: FindingKind = {
  id: 'net.route.no-default',
  summary: 'the node has no way out of its own networks',
  role: 'context',
  weighs: { 'rendezvous-resolution': 0.4, 'user-code-error': 0.4 },
  source,
};
const unlike: FindingKind = {
  id: 'net.route.unlike-siblings',
  summary: 'the node has more or fewer routes than its siblings',
  role: 'symptom',
  weighs: { 'socket-interface-mismatch': 1.5, 'rendezvous-resolution': 0.5 },
  echoes: [otherDefault.id],
  source,
};
const sound: FindingKind = {
  id: 'net.route.sound',
  summary: 'each network is reached over one interface',
  role: 'clean',
  weighs: { 'socket-interface-mismatch': -0.7 },
  source,
};
const kinds = [twice, otherDefault, dead, refusing, noDefault, unlike, sound];

const noArgs = z.object({});

interface Route {
  readonly line: number;
  /** `default` or a network. */
  readonly to: string;
  readonly type: 'unicast' | 'unreachable' | 'blackhole' | 'prohibit' | 'throw';
  /** `null` of a route that refuses, or that has several next hops. */
  readonly device: string | null;
  readonly protocol: string | null;
  readonly metric: number;
  readonly linkDown: boolean;
}
interface Reading {
  readonly routes: readonly Route[];
}

/** The node's main routing table. */
export const netRoutes: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'net.routes',
  platform: 'nvidia-linux',
  summary: 'routes of the node',
  question: 'Does every network have one way there, over an interface with a link?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 15_000,
  outputBytesMax: 131_072,
  args: noArgs,
  argv: () => ['ip', '-o', 'route', 'show'],
  parse: (output) => ({ routes: requiredLines(output, 'ip').map(({ text, line }) => routeIn(text, line)) }),
  outcomes: kinds,
  meaning({ routes }) {
    const own = routes.filter(({ device }) => device === null || !isVirtualInterface(device));
    const seen: ProbeFinding[] = [];
    for (const same of Map.groupBy(
      own.filter(({ type }) => type === 'unicast'),
      ({ to, metric }) => `${to} ${metric}`,
    ).values()) {
      const devices = [...new Set(same.flatMap(({ device }) => device ?? []))];
      const first = same[0];
      if (devices.length > 1 && first !== undefined)
        seen.push({
          kind: twice.id,
          text: `${first.to} is reached over ${devices.slice(0, 8).join(' and ')} alike`,
          line: same[1]?.line ?? first.line,
          values: { network: first.to, interfaces: devices.length },
        });
    }
    for (const { to, device, line } of own.filter(({ linkDown }) => linkDown))
      seen.push({
        kind: dead.id,
        ...(device === null ? {} : { device: { kind: 'hca', name: device } }),
        text: `the route to ${to} leads over ${device ?? 'interfaces'} without a link`,
        line,
        values: { network: to },
      });
    // Container networks make such routes for the addresses that they give out (protocol bird, 80 or kernel).
    for (const { to, type, line } of own.filter(
      ({ type: kind, protocol }) => kind !== 'unicast' && (protocol === null || protocol === 'static'),
    ))
      seen.push({ kind: refusing.id, text: `${to} is ${type}`, line, values: { network: to } });
    if (!routes.some(({ to }) => to === 'default')) seen.push({ kind: noDefault.id, text: 'no default route' });
    return orClean(seen.slice(0, findingsMax), kinds, { kind: sound.id, text: `${routes.length} routes` });
  },
  siblings: {
    numbers: ({ routes }) => [
      {
        name: 'routes',
        value: routes.filter(({ device }) => device === null || !isVirtualInterface(device)).length,
        unit: 'count',
      },
    ],
    // Nodes of one kind are set up alike.
    rules: [{ name: 'routes', side: 'both', relative: 0, absolute: 0, source }],
    kind: unlike,
    words: ({ routes }) => {
      const out = routes.filter(({ to, type, device }) => to === 'default' && type === 'unicast' && device !== null);
      const [first] = out;
      const devices = out.toSorted((a, b) => a.metric - b.metric).map(({ device }) => device);
      return first === undefined
        ? []
        : [{ name: 'default route', value: devices.join(' '), line: first.line, kind: otherDefault }];
    },
  },
};

const findingsMax = 20;

// default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.2 metric 100 · 10.0.0.0/8 dev ib0 scope link linkdown
// blackhole 10.42.1.0/26 proto bird · default \ nexthop via 10.0.0.1 dev eth0 weight 1 \ nexthop via …
function routeIn(text: string, line: number): Route {
  const match =
    /^(?:(unicast|unreachable|blackhole|prohibit|throw) )?(default|\d{1,3}(?:\.\d{1,3}){0,3}(?:\/\d{1,2})?|[0-9a-fA-F:]{2,45}(?:\/\d{1,3})?)(?:\s|$)(.*)$/.exec(
      text.replaceAll('\\', ' '),
    );
  const rest = match?.[3] ?? '';
  const type = routeTypes.find((one) => one === match?.[1]) ?? 'unicast';
  const devices = [...rest.matchAll(/\bdev (\S{1,15})/g)];
  if (match === null || (type === 'unicast' && devices.length === 0))
    throw new ProbeParseError(`line ${line}: not a route of ip -o route`);
  return {
    line,
    to: match[2] ?? '',
    type,
    device: devices.length === 1 ? (devices[0]?.[1] ?? null) : null,
    protocol: /\bproto (\w{1,20})/.exec(rest)?.[1] ?? null,
    metric: Number(/\bmetric (\d{1,10})/.exec(rest)?.[1] ?? 0),
    linkDown: /\b(?:linkdown|dead)\b/.test(rest),
  };
}

const routeTypes = ['unicast', 'unreachable', 'blackhole', 'prohibit', 'throw'] as const;
