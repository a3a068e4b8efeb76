import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';

const source = 'https://docs.kernel.org/admin-guide/sysfs-rules.html';

const named: FindingKind = {
  id: 'ib.interfaces.named',
  summary: 'which network interface belongs to which RDMA adapter',
  role: 'clean',
  // Says who is who, not how anybody is.
  weighs: {},
  source,
};

const without: FindingKind = {
  id: 'ib.interfaces.missing',
  summary: 'an RDMA adapter has no network interface, others of the node have theirs',
  role: 'symptom',
  // The driver of its protocol is not loaded or failed for this one; libraries that bootstrap over it take another.
  weighs: { 'socket-interface-mismatch': 0.7, 'rdma-link-fault': 0.4 },
  source,
};
const kinds = [without, named];

const noArgs = z.object({});

interface Link {
  readonly line: number;
  readonly name: string;
  /** The PCI function behind it; null for interfaces that no hardware is behind. */
  readonly pciBusId: string | null;
}
interface Reading {
  readonly adapters: readonly Link[];
  readonly interfaces: readonly Link[];
}

/** The kernel and the network stack call a port `ib3`, verbs and NCCL call it `mlx5_3`: what joins both is the PCI function. */
export const ibInterfaces: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'ib.interfaces',
  platform: 'nvidia-linux',
  summary: 'which network interface belongs to which RDMA adapter',
  question: 'Under which other name do logs speak of this adapter?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 30,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['ls', '-l', '/sys/class/infiniband', '/sys/class/net'],
  parse(output) {
    requireTool(output, 'ls');
    const folders = foldersIn(output.stdout);
    const interfaces = folders.get('/sys/class/net');
    // Every host has it; without it the list is not whole.
    if (interfaces?.some(({ name }) => name === 'lo') !== true)
      throw new ProbeParseError('line 1: not all of /sys/class/net');
    return { adapters: folders.get('/sys/class/infiniband') ?? [], interfaces };
  },
  outcomes: kinds,
  meaning({ adapters, interfaces }) {
    const interfaceOf = ({ pciBusId }: Link) =>
      interfaces.find((one) => pciBusId !== null && one.pciBusId === pciBusId)?.name;
    const pairs = adapters.flatMap((adapter) => {
      const name = interfaceOf(adapter);
      return name === undefined ? [] : [[name, adapter.name] as const];
    });
    // Where none has one, the site does without.
    const bare = pairs.length === 0 ? [] : adapters.filter((adapter) => interfaceOf(adapter) === undefined);
    return [
      ...bare.slice(0, pairsMax).map(({ name, line }) => ({
        kind: without.id,
        device: { kind: 'hca' as const, name },
        text: `${name} has no network interface, ${pairs.length} of ${adapters.length} adapters have one`,
        line,
        values: Object.fromEntries(pairs.slice(0, pairsMax)),
      })),
      ...(bare.length > 0
        ? []
        : [
            {
              kind: named.id,
              text: `${adapters.length} RDMA adapters, ${pairs.length} with an interface of their own`,
              values: Object.fromEntries(pairs.slice(0, pairsMax)),
            },
          ]),
    ];
  },
};

/** More adapters than any server has. */
const pairsMax = 64;

// /sys/class/net:
// total 0
// lrwxrwxrwx 1 root root    0 Nov 20 10:11 ib0 -> ../../devices/pci0000:00/0000:00:01.1/0000:01:00.0/net/ib0
// -rw-r--r-- 1 root root 4096 Nov 20 10:11 bonding_masters
function foldersIn(stdout: string): ReadonlyMap<string, readonly Link[]> {
  const folders = new Map<string, Link[]>();
  let current: Link[] | undefined;
  for (const [at, line] of stdout.split('\n').entries()) {
    const folder = /^(\/sys\/class\/\w{1,20}):$/.exec(line)?.[1];
    if (folder !== undefined) folders.set(folder, (current = []));
    else if (line.startsWith('l')) current?.push(linkIn(line, at + 1));
    // Bonding keeps a plain file there.
    else if (line !== '' && !/^total \d|^-/.test(line))
      throw new ProbeParseError(`line ${at + 1}: not a line of ls -l`);
  }
  return folders;
}

function linkIn(text: string, line: number): Link {
  const match = /\s(\S{1,64}) -> (\S{1,512})$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a link of ls -l`);
  const functions = (match[2] ?? '').match(/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/)/g);
  return { line, name: match[1] ?? '', pciBusId: functions?.at(-1) ?? null };
}
