import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { redfish, redfishAllowed, redfishArgs, redfishDevices, type RedfishArgs } from './bmc-arguments.ts';
import { bmcSilent, hostOff, isSilentController } from './bmc-kinds.ts';
import { orClean } from './clean.ts';
import { jsonIn } from './json-output.ts';

const source = 'https://www.dmtf.org/sites/default/files/standards/documents/DSP0268_2023.3.pdf (ComputerSystem)';

const memoryBad: FindingKind = {
  id: 'bmc.system.memory-unhealthy',
  summary: 'the management controller calls the server’s memory unhealthy',
  role: 'cause',
  weighs: { 'host-hardware-fault': 3.6 },
  source,
};
const processorBad: FindingKind = {
  id: 'bmc.system.processor-unhealthy',
  summary: 'the management controller calls a processor of the server unhealthy',
  role: 'cause',
  weighs: { 'host-hardware-fault': 3.6 },
  source,
};
const unhealthy: FindingKind = {
  id: 'bmc.system.unhealthy',
  summary: 'the management controller calls the server or a part of it critical',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 2, 'facility-fault': 0.4 },
  source,
};
const warning: FindingKind = {
  id: 'bmc.system.warning',
  summary: 'the management controller warns of the server or a part of it',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.5 },
  source,
};
const less: FindingKind = {
  id: 'bmc.system.less-than-siblings',
  summary: 'the server finds less memory or fewer processors than its siblings',
  role: 'cause',
  weighs: { 'host-hardware-fault': 3, 'host-oom': 0.7 },
  source,
};
const healthy: FindingKind = {
  id: 'bmc.system.healthy',
  summary: 'the server is on and its management controller calls all of it healthy',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.7, 'facility-fault': -0.5 },
  source,
};
const kinds = [hostOff, memoryBad, processorBad, unhealthy, warning, less, bmcSilent, healthy];

// Older controllers write HealthRollUp; any of them may be null while the server is off.
const status = z
  .object({
    Health: z.string().nullish(),
    HealthRollup: z.string().nullish(),
    HealthRollUp: z.string().nullish(),
    State: z.string().nullish(),
  })
  .nullish();
const systemSchema = z.object({
  PowerState: z.string().max(40).nullish(),
  Status: status,
  MemorySummary: z.object({ TotalSystemMemoryGiB: z.number().nullish(), Status: status }).nullish(),
  ProcessorSummary: z.object({ Count: z.number().nullish(), Status: status }).nullish(),
  BiosVersion: z.string().max(100).nullish(),
  Model: z.string().max(100).nullish(),
});

interface Reading {
  readonly answers: boolean;
  /** `On`, `Off`, `PoweringOn`, `PoweringOff`, `Paused`. */
  readonly power: string | null;
  /** `OK`, `Warning`, `Critical`: the worst that is said of the whole. */
  readonly health: string | null;
  readonly memoryHealth: string | null;
  readonly processorHealth: string | null;
  readonly memoryGib: number | null;
  readonly processors: number | null;
  readonly biosVersion: string | null;
}

const nothing: Reading = {
  answers: false,
  power: null,
  health: null,
  memoryHealth: null,
  processorHealth: null,
  memoryGib: null,
  processors: null,
  biosVersion: null,
};

/** The server as its management controller describes it by Redfish. */
export const bmcRedfishSystem: Probe<RedfishArgs, Reading> = {
  id: 'bmc.redfish-system',
  platform: 'nvidia-linux',
  summary: 'power state and health of the server, its memory and its processors by Redfish',
  question: 'What does the management controller call unhealthy?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 1_500,
  timeoutMs: 20_000,
  outputBytesMax: 262_144,
  args: redfishArgs,
  devices: redfishDevices,
  argv: (given) => redfish(given),
  allow: redfishAllowed(),
  parse(output) {
    if (isSilentController(output, 'curl')) return nothing;
    const system = jsonIn(output, 'the system of Redfish', systemRequired);
    return {
      answers: true,
      power: system.PowerState ?? null,
      health: worst(system.Status),
      memoryHealth: worst(system.MemorySummary?.Status),
      processorHealth: worst(system.ProcessorSummary?.Status),
      memoryGib: system.MemorySummary?.TotalSystemMemoryGiB ?? null,
      processors: system.ProcessorSummary?.Count ?? null,
      biosVersion: system.BiosVersion ?? null,
    };
  },
  outcomes: kinds,
  meaning(reading) {
    if (!reading.answers) return [{ kind: bmcSilent.id, text: 'the management controller does not answer' }];
    const { power, health, memoryHealth, processorHealth } = reading;
    const values = { power: power ?? 'unknown', health: health ?? 'unknown' };
    const seen: ProbeFinding[] = [];
    if (power === 'Off') seen.push({ kind: hostOff.id, text: 'the server is off', values });
    if (memoryHealth === 'Critical') seen.push({ kind: memoryBad.id, text: 'health of the memory: Critical', values });
    if (processorHealth === 'Critical')
      seen.push({ kind: processorBad.id, text: 'health of the processors: Critical', values });
    if (health === 'Critical') seen.push({ kind: unhealthy.id, text: 'health of the server: Critical', values });
    if ([health, memoryHealth, processorHealth].includes('Warning'))
      seen.push({ kind: warning.id, text: 'the controller warns of the server or a part of it', values });
    return orClean(seen, kinds, {
      kind: healthy.id,
      text: `power ${power ?? 'unknown'}, health ${health ?? 'unknown'}`,
      values,
    });
  },
  siblings: {
    numbers: ({ memoryGib, processors }) => [
      ...(memoryGib === null ? [] : [{ name: 'memoryGib', value: memoryGib, unit: 'GiB' }]),
      ...(processors === null ? [] : [{ name: 'processors', value: processors, unit: 'count' }]),
    ],
    // One module of 32 is a thirtieth; what firmware keeps for itself is less than a gibibyte or two.
    rules: [
      { name: 'memoryGib', side: 'low', relative: 0.02, absolute: 4, source },
      { name: 'processors', side: 'low', relative: 0, absolute: 0, source },
    ],
    kind: less,
  },
};

// An error of Redfish is JSON too, and has none of these.
const systemRequired = systemSchema.refine(
  (system) => typeof system.PowerState === 'string' || (system.Status !== undefined && system.Status !== null),
  'neither a power state nor a status',
);

const order = ['OK', 'Warning', 'Critical'];

function worst(of: z.infer<typeof status>): string | null {
  const said = [of?.Health, of?.HealthRollup, of?.HealthRollUp].filter((one) => typeof one === 'string');
  return said.toSorted((a, b) => order.indexOf(b) - order.indexOf(a))[0] ?? null;
}
