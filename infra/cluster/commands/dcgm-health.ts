import { a800, clockReason } from '../physics/a800.ts';
import { presenceOf } from '../physics/gpu-presence.ts';
import { isLinkUp, nvlinkCounters } from '../physics/nvlink.ts';
import { pcieReplays } from '../physics/pcie.ts';
import { readGpu } from '../physics/reading.ts';
import { factsOf } from '../state/facts/fact-at.ts';
import type { WorldGpu } from '../world.ts';
import type { CommandContext } from './command.ts';

export interface HealthIncident {
  readonly entity: 'GPU' | 'NvSwitch';
  readonly id: number;
  /** As `dcgmi/Health.cpp` names the systems. */
  readonly system: 'PCIe system' | 'NVLINK system' | 'Memory system' | 'Thermal system' | 'Power system' | 'Driver';
  readonly level: 'Warning' | 'Failure';
  readonly message: string;
}

// `DcgmHealthWatch.cpp`: more PCIe replays a minute, or NVLink errors, than this are reported.
const replaysPerMinuteMax = 8;
const nvlinkErrorsMax = 100;

/** What DCGM's background watches complain about (texts of `dcgm_errors.h`, DCGM 3.3). */
export function healthIncidents(context: CommandContext): readonly HealthIncident[] {
  const { timeline, node, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const switches = factsOf(settings, 'hardware.nvswitch-sxid', nowMs)
    .filter(({ place }) => place === node.name)
    .map(({ key = '0' }): HealthIncident => ({
      entity: 'NvSwitch',
      id: Number(key),
      system: 'NVLINK system',
      level: 'Failure',
      message: `Detected fatal errors on NvSwitch ${key}. Run a field diagnostic on the GPU.`,
    }));
  return [...node.gpus.flatMap((gpu) => gpuIncidents(context, gpu)), ...switches];
}

function gpuIncidents(context: CommandContext, gpu: WorldGpu): readonly HealthIncident[] {
  const { timeline, node, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const presence = presenceOf(settings, node, gpu.index, nowMs);
  if (presence === 'absent') return [];
  const found = (
    system: HealthIncident['system'],
    level: HealthIncident['level'],
    message: string,
  ): HealthIncident => ({
    entity: 'GPU',
    id: gpu.index,
    system,
    level,
    message,
  });
  if (presence === 'lost') return [found('Driver', 'Failure', `GPU ${gpu.index} has fallen off the bus.`)];
  const { memory, reasons } = readGpu(timeline, node, gpu, nowMs);
  const counters = Array.from({ length: a800.nvlinks }, (_, link) =>
    nvlinkCounters(timeline, node, gpu.index, link, nowMs),
  );
  const down = counters.flatMap((_, link) => (isLinkUp(settings, node, gpu.index, link, nowMs) ? [] : [link]));
  const crc = counters.reduce((sum, one) => sum + one.crc, 0);
  const replays =
    pcieReplays(timeline, node, gpu.index, nowMs) - pcieReplays(timeline, node, gpu.index, nowMs - 60_000);
  const drain = 'Drain the GPU and reset it or reboot the node.';
  return [
    ...(replays > replaysPerMinuteMax
      ? [
          found(
            'PCIe system',
            'Warning',
            `Detected ${replays} PCIe replays per minute for GPU ${gpu.index} : Reconnect PCIe card. Run system side PCIE diagnostic utilities to verify hops off the GPU card. If issue is on the board, run the field diagnostic.`,
          ),
        ]
      : []),
    ...down.map((link) =>
      found(
        'NVLINK system',
        'Failure',
        `GPU ${gpu.index}'s NvLink link ${link} is currently down. Check DCGM and system logs for errors. Reset GPU. Restart DCGM. Rerun diagnostics.`,
      ),
    ),
    ...(crc > nvlinkErrorsMax && down.length === 0
      ? [
          found(
            'NVLINK system',
            'Warning',
            `Detected ${crc} CRC NvLink errors on GPU ${gpu.index}'s NVLink which exceeds threshold of ${nvlinkErrorsMax}. Monitor the NVLink. It can still perform workload.`,
          ),
        ]
      : []),
    ...(memory.uncorrectableVolatile + memory.sramVolatile > 0
      ? [
          found(
            'Memory system',
            'Failure',
            `Detected ${memory.uncorrectableVolatile + memory.sramVolatile} volatile double-bit ECC error(s) in GPU ${gpu.index}. ${drain}`,
          ),
        ]
      : []),
    ...(memory.remapPending
      ? [
          found(
            'Memory system',
            'Warning',
            `GPU ${gpu.index} had memory errors and row remappings are pending. ${drain}`,
          ),
        ]
      : []),
    ...(memory.remapFailed
      ? [
          found(
            'Memory system',
            'Failure',
            `GPU ${gpu.index} had uncorrectable memory errors and row remapping failed. Run a field diagnostic on the GPU.`,
          ),
        ]
      : []),
    ...((reasons & clockReason.hwThermalSlowdown) === 0
      ? []
      : [
          found(
            'Thermal system',
            'Warning',
            `There were thermal violations totaling 60.0 seconds for GPU ${gpu.index}. Verify that the cooling on this machine is functional, including external, thermal material interface, fans, and any other components.`,
          ),
        ]),
    ...((reasons & clockReason.hwPowerBrakeSlowdown) === 0
      ? []
      : [
          found(
            'Power system',
            'Warning',
            `Detected clock throttle due to power violation for GPU ${gpu.index}. Monitor the power conditions. This GPU can still perform workload.`,
          ),
        ]),
  ];
}

/** `dcgmi health -g 0 -c -j`: the tree of `dcgmi/DcgmiOutput.cpp`, keys in order as jsoncpp writes them. */
export function healthReport(context: CommandContext): string {
  const incidents = healthIncidents(context);
  const body: Record<string, unknown> = {};
  for (const [entity, ofEntity] of Map.groupBy(incidents, (one) => one.entity))
    body[entity] = {
      children: Object.fromEntries(
        [...Map.groupBy(ofEntity, (one) => one.id)].map(([id, own]) => [
          String(id),
          { children: { Errors: { children: systems(own) } }, value: worst(own) },
        ]),
      ),
    };
  body['Overall Health'] = { value: incidents.length === 0 ? 'Healthy' : worst(incidents) };
  return `${JSON.stringify({ body, header: ['Health Monitor Report'] }, null, 3)}\n`;
}

function systems(incidents: readonly HealthIncident[]): object {
  return Object.fromEntries(
    [...Map.groupBy(incidents, (one) => one.system)].map(([system, own]) => [
      system,
      { overflow: own.map(({ message }) => message), value: worst(own) },
    ]),
  );
}

function worst(incidents: readonly HealthIncident[]): string {
  return incidents.some(({ level }) => level === 'Failure') ? 'Failure' : 'Warning';
}
