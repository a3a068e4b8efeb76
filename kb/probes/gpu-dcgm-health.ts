import { z } from 'zod';
import { dcgm } from '../detectors/dcgm.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { excerpt } from '../logs/excerpt.ts';
import { orClean } from './clean.ts';
import { dcgmAnswer, kindOfMessage } from './dcgm-output.ts';
import { kindOfSystem, systemKinds } from './dcgm-systems.ts';
import { gpuDevice } from './nvidia-smi.ts';

const source =
  'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html#background-health-checks';

const notWatched: FindingKind = {
  id: 'dcgm.health.not-watched',
  summary: 'DCGM does not watch the health of the GPUs, or does not run, and so says nothing',
  role: 'context',
  weighs: {},
  source,
};
const healthy: FindingKind = {
  id: 'dcgm.health.healthy',
  summary: 'DCGM finds all systems of the GPUs healthy',
  role: 'clean',
  // Weak: it says only what DCGM was told to watch, since it was told.
  weighs: {
    'gpu-ecc-uncorrectable': -0.4,
    'nvlink-fabric-error': -0.4,
    'driver-version-mismatch': -0.1,
    'gpu-clock-throttle': -0.2,
    'host-hardware-fault': -0.1,
    'gpu-fell-off-bus': -0.1,
    'gpu-driver-bug': -0.1,
    'rdma-link-fault': -0.05,
    'facility-fault': -0.1,
  },
  source,
};
// Messages that the detector of logs knows are what it calls them.
const kinds = [...new Set([...systemKinds, notWatched, healthy, ...dcgm.kinds])];

const noArgs = z.object({});

const node = z.object({ value: z.string().max(40), overflow: z.array(z.string().max(4_000)).max(64).default([]) });
const entitySchema = z.object({
  value: z.string().max(40),
  children: z.object({ Errors: z.object({ children: z.record(z.string().max(60), node) }) }),
});
const bodySchema = z.object({
  header: z.array(z.string()).optional(),
  body: z
    .object({ 'Overall Health': z.object({ value: z.string().max(40) }) })
    .catchall(z.object({ children: z.record(z.string().regex(/^\d{1,10}$/), entitySchema) })),
});

interface Incident {
  /** Such as `GPU` or `NvSwitch`. */
  readonly group: string;
  readonly entity: number;
  readonly system: string;
  readonly health: 'Warning' | 'Failure' | 'Internal error';
  readonly text: string;
}
interface Reading {
  readonly overall: 'Healthy' | 'Warning' | 'Failure' | 'Internal error' | null;
  readonly incidents: readonly Incident[];
  /** What DCGM says when it has no answer. */
  readonly said: string | null;
}

/** What DCGM's background checks have found since they were switched on. */
export const gpuDcgmHealth: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.dcgm-health',
  platform: 'nvidia-linux',
  summary: 'DCGM’s background health checks: PCIe, NVLink, memory, heat, power, driver',
  question: 'Do DCGM’s background checks call a GPU of the node unhealthy, and which part of it?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 500,
  timeoutMs: 15_000,
  outputBytesMax: 131_072,
  args: noArgs,
  argv: () => ['dcgmi', 'health', '-g', '0', '-c', '-j'],
  parse(output) {
    const answer = dcgmAnswer(output);
    if (answer.kind !== 'json') return { overall: null, incidents: [], said: answer.said };
    const parsed = bodySchema.safeParse(answer.value);
    if (!parsed.success) throw new ProbeParseError('not a report of dcgmi health');
    const { 'Overall Health': overall, ...groups } = parsed.data.body;
    return { overall: healthOf(overall.value), incidents: incidentsIn(groups), said: null };
  },
  outcomes: kinds,
  meaning({ overall, incidents, said }, probed) {
    if (overall === null) return [{ kind: notWatched.id, text: excerpt(`DCGM: ${said ?? 'no answer'}`) }];
    const seen = incidents.map((incident) => findingOf(incident, probed));
    if (seen.length === 0 && overall !== 'Healthy')
      return [{ kind: kindOfSystem('').id, text: `DCGM calls the node's GPUs "${overall}" and names no part` }];
    return orClean(seen, kinds, { kind: healthy.id, text: 'DCGM finds all systems of the GPUs healthy' });
  },
};

const healths = ['Healthy', 'Warning', 'Failure', 'Internal error'] as const;

function healthOf(text: string): (typeof healths)[number] {
  const health = healths.find((one) => one === text);
  if (health === undefined) throw new ProbeParseError(`"${text}" is not a health of DCGM`);
  return health;
}

function incidentsIn(
  groups: Readonly<Record<string, { readonly children: Readonly<Record<string, z.infer<typeof entitySchema>>> }>>,
): readonly Incident[] {
  return Object.entries(groups).flatMap(([group, { children }]) =>
    Object.entries(children).flatMap(([entity, { children: parts }]) =>
      Object.entries(parts.Errors.children).flatMap(([system, { value, overflow }]): readonly Incident[] => {
        const health = healthOf(value);
        return health === 'Healthy'
          ? []
          : [{ group, entity: Number(entity), system, health, text: overflow.join(' ') }];
      }),
    ),
  );
}

function findingOf({ group, entity, system, health, text }: Incident, probed: ProbedNode | undefined): ProbeFinding {
  const known = probed?.gpus.find(({ index }) => index === entity);
  const device =
    group !== 'GPU' ? {} : { device: known === undefined ? { kind: 'gpu' as const, index: entity } : gpuDevice(known) };
  return {
    kind: kindOfMessage(text) ?? kindOfSystem(system).id,
    ...device,
    text: excerpt(`DCGM, ${system}: ${health}: ${text}`),
    values: { system, health, entity: `${group} ${entity}` },
  };
}
