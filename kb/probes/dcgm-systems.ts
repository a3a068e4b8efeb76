import type { FindingKind } from '../schemas/finding-kind.ts';

const source =
  'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html#background-health-checks';

function kind(
  name: string,
  summary: string,
  weighs: FindingKind['weighs'],
  echoes: readonly string[] = [],
): FindingKind {
  return {
    id: `dcgm.health.${name}`,
    summary: `DCGM finds fault with ${summary}`,
    role: 'cause',
    weighs,
    echoes,
    source,
  };
}

const pcie = kind('pcie', 'the PCIe link of a GPU', { 'host-hardware-fault': 2.5, 'gpu-fell-off-bus': 0.7 });
const nvlink = kind('nvlink', 'the NVLinks of a GPU', { 'nvlink-fabric-error': 3.5 });
const memory = kind('memory', 'the memory of a GPU', { 'gpu-ecc-uncorrectable': 4 });
const board = kind('board', 'the board of a GPU: processors, controllers or infoROM', {
  'gpu-ecc-uncorrectable': 0.7,
  'host-hardware-fault': 0.7,
  'gpu-driver-bug': 0.7,
});
// DCGM reads the driver's violation counters: what the driver itself says of the same slow-down counts once.
const thermal = kind('thermal', 'the temperature of a GPU', { 'gpu-clock-throttle': 3, 'facility-fault': 0.7 }, [
  'gpu.clock.thermal',
  'gpu.throttle.thermal',
]);
const power = kind(
  'power',
  'the power supply of a GPU',
  { 'gpu-clock-throttle': 2, 'host-hardware-fault': 0.7, 'facility-fault': 0.5 },
  ['gpu.clock.power-brake', 'gpu.throttle.power-brake', 'gpu.clock.power-capped'],
);
const driver = kind('driver', 'the driver', { 'gpu-driver-bug': 1.5, 'driver-version-mismatch': 1.5 });
const adapter = kind('adapter', 'a network adapter', { 'rdma-link-fault': 2 });

/** What DCGM names in its answer: systems of the health check, and tests of the diagnostic. */
const bySystem: readonly (readonly [pattern: RegExp, kind: FindingKind])[] = [
  [/^(PCIe|PCIe system)$/i, pcie],
  [/^(NVLINK system|nvlink|NVBandwidth|nvbandwidth)$/i, nvlink],
  [
    /^(Memory system|memory|GPU Memory|memtest|Memtest|Memory Bandwidth|memory_bandwidth|Page Retirement\/Row Remap)$/i,
    memory,
  ],
  [/^Thermal system$/i, thermal],
  [/^(Power system|targeted_power|Targeted Power|pulse_test|Pulse Test)$/i, power],
  [/^(Driver|software|NVML Library|CUDA Main Library|Denylist|Blacklist|Environment Variables)$/i, driver],
  [/^ConnectX system$/i, adapter],
];

/** The kind for a system or test; boards for those that name none of the rest. */
export function kindOfSystem(name: string): FindingKind {
  return bySystem.find(([pattern]) => pattern.test(name))?.[1] ?? board;
}

export const systemKinds: readonly FindingKind[] = [pcie, nvlink, memory, board, thermal, power, driver, adapter];
