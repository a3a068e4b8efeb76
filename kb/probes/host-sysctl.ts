import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.kernel.org/admin-guide/sysctl/index.html';

const maps: FindingKind = {
  id: 'host.sysctl.max-map-count-low',
  summary: 'a process may have fewer memory maps than the kernel allows by default',
  role: 'symptom',
  weighs: { 'ulimit-too-low': 1 },
  source: 'https://docs.kernel.org/admin-guide/sysctl/vm.html#max-map-count',
};
const ids: FindingKind = {
  id: 'host.sysctl.pid-max-low',
  summary: 'the host may have few process and thread ids',
  role: 'context',
  weighs: { 'ulimit-too-low': 0.4 },
  source: 'https://docs.kernel.org/admin-guide/sysctl/kernel.html#pid-max',
};
const backlog: FindingKind = {
  id: 'host.sysctl.somaxconn-low',
  summary: 'few connections may wait to be accepted: a rendezvous of many ranks loses some',
  role: 'context',
  weighs: { 'rendezvous-resolution': 0.4, 'ulimit-too-low': 0.2 },
  source: 'https://docs.kernel.org/networking/ip-sysctl.html',
};
const ports: FindingKind = {
  id: 'host.sysctl.few-ports',
  summary: 'the range of ports for outgoing connections is small',
  role: 'symptom',
  weighs: { 'rendezvous-resolution': 0.7, 'firewall-blocked': 0.2 },
  source: 'https://docs.kernel.org/networking/ip-sysctl.html',
};
const strict: FindingKind = {
  id: 'host.sysctl.strict-reverse-path',
  summary: 'packets are dropped that arrive at another interface than answers would leave from',
  role: 'symptom',
  weighs: { 'socket-interface-mismatch': 0.8, 'roce-gid-misconfig': 0.4 },
  source: 'https://docs.kernel.org/networking/ip-sysctl.html',
};
const balancing: FindingKind = {
  id: 'host.sysctl.numa-balancing-on',
  summary: 'the kernel moves memory between NUMA nodes by itself, which costs page faults',
  role: 'context',
  weighs: { 'cpu-affinity-misconfig': 0.3, 'dataloader-stall': 0.2 },
  source: 'https://docs.kernel.org/admin-guide/sysctl/kernel.html#numa-balancing',
};
const usual: FindingKind = {
  id: 'host.sysctl.usual',
  summary: 'limits of the kernel are no lower than its defaults',
  role: 'clean',
  weighs: { 'ulimit-too-low': -0.2, 'socket-interface-mismatch': -0.1 },
  source,
};
const unlike = unlikeSiblings('host.sysctl', 'a setting of the kernel', {
  'ulimit-too-low': 0.5,
  'socket-interface-mismatch': 0.5,
  'cpu-affinity-misconfig': 0.3,
});
const kinds = [maps, ids, backlog, ports, strict, balancing, usual, unlike];

const keys = [
  'vm.max_map_count',
  'vm.swappiness',
  'kernel.numa_balancing',
  'kernel.pid_max',
  'net.core.somaxconn',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.conf.all.rp_filter',
] as const;
type Key = (typeof keys)[number];

interface Setting {
  readonly key: Key;
  /** Of a range, how much it holds. */
  readonly value: number;
  readonly line: number;
}
interface Reading {
  readonly settings: readonly Setting[];
}

/** What is worse than the kernel's own default (for pid_max: systemd's, four million, and the kernel's 32768). */
const rules: readonly (readonly [key: Key, bad: (value: number) => boolean, kind: FindingKind])[] = [
  ['vm.max_map_count', (value) => value < 65_530, maps],
  ['kernel.pid_max', (value) => value <= 32_768, ids],
  // 128 was the default before 5.4; a store for more ranks than that is told so by refused connections.
  ['net.core.somaxconn', (value) => value <= 128, backlog],
  // The default range holds 28,232 ports.
  ['net.ipv4.ip_local_port_range', (value) => value < 4_096, ports],
  ['net.ipv4.conf.all.rp_filter', (value) => value === 1, strict],
  ['kernel.numa_balancing', (value) => value > 0, balancing],
];

/** Settings of the kernel that large jobs run into. */
export const hostSysctl: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.sysctl',
  summary: 'settings of the kernel that large jobs run into',
  question: 'Is a limit or a setting of the kernel too low for large jobs, or unlike that of the other nodes?',
  aspect: 'correctness',
  costMs: 50,
  outputBytesMax: 4_096,
  argv: () => ['sysctl', ...keys],
  parse(output) {
    // A setting that this kernel does not have makes sysctl fail, after it printed the others.
    requireTool(output, 'sysctl');
    const settings = numberedLines(output).map(({ text, line }) => {
      const match = /^([a-z0-9_.]+) = (\d+)(?:[\t ]+(\d+))?$/.exec(text);
      const key = keys.find((one) => one === match?.[1]);
      if (match === null || key === undefined)
        throw new ProbeParseError(`line ${line}: not a setting that was asked for`);
      const value = match[3] === undefined ? Number(match[2]) : Number(match[3]) - Number(match[2]) + 1;
      return { key, value, line };
    });
    if (settings.length === 0)
      throw new ProbeParseError(`sysctl ended with ${output.exitCode ?? 'no exit code'} and printed no setting`);
    return { settings };
  },
  outcomes: kinds,
  meaning({ settings }) {
    const seen = rules.flatMap(([key, bad, kind]): readonly ProbeFinding[] =>
      settings
        .filter((one) => one.key === key && bad(one.value))
        .map(({ value, line }) => ({ kind: kind.id, text: `${key} is ${value}`, line, values: { key, value } })),
    );
    return orClean(seen, kinds, {
      kind: usual.id,
      text: settings.map(({ key, value }) => `${key.split('.').at(-1)} ${value}`).join(', '),
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ settings }) => settings.map(({ key, value, line }) => ({ name: key, value, unit: 'setting', line })),
    rules: keys.map((name) => ({ name, side: 'both' as const, relative: 0, absolute: 0, source: unlike.source })),
  },
};
