import type { LinePattern } from './line-patterns.ts';

/** Notices of NCCL, RCCL, Open MPI and perftest that name a thing they do without, or a check that changes no result. */
export const harmlessNccl: readonly LinePattern[] = [
  {
    id: 'harmless.nccl.optional-part-absent',
    summary:
      'NCCL does without a part that it may have: network calls from the GPU, a tuner, a profiler, a library of the card',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/tree/master/src/plugin',
    literals: [
      'gin/plugin: failed to',
      'rma/plugin: failed to',
      'using default tuner instead',
      'continue without profiler',
      'failed to open libmlx5.so',
      'failed to open mlx5dv symbols',
    ],
    pattern:
      /NCCL INFO (?:(?:GIN|RMA)\/Plugin: Failed to (?:initialize any|load external) |Tuner: [^\n]{1,160}using default tuner instead|Profiler init failed with error [^\n]{1,120}Continue without profiler|Failed to open libmlx5\.so|NET\/IB : Failed to open mlx5dv symbols)/,
    sees: [
      'node-03:1:2 [0] NCCL INFO GIN/Plugin: Failed to initialize any GIN plugin',
      'node-03:1:2 [0] NCCL INFO NET/IB : Failed to open mlx5dv symbols. Advance features like CX-8 Direct-NIC will be disabled.',
      'node-03:1:2 [0] NCCL INFO Failed to open libmlx5.so[.1]',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO Failed to open libibverbs.so[.1]'],
  },
  {
    id: 'harmless.nccl.guess-instead',
    summary: 'NCCL could not look something up and takes a value or a way that works as well',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/graph/xml.cc',
    literals: [
      'defaulting to 10 gbps',
      'falling back to simple order',
      'topology detection',
      'trying a different method',
      'cumem host allocations do not appear',
      'not dumping topology',
      'mkstemp: failed to create',
      'fallocate: failed to extend',
    ],
    pattern:
      /NCCL (?:INFO|WARN) (?:Could not get speed (?:for|from) [^\n]{1,160}Defaulting to 10 Gbps|Could not find a path for pattern \d{1,2}, falling back to simple order|Topology detection ?: (?:could not read|network path) |Failed to (?:register memory with|get) DMA-BUF[^\n]{1,120}Trying a different method|cuMem host allocations do not appear to be working; falling back|Unable to open \S{1,200}, not dumping topology|(?:mkstemp: Failed to create|fallocate: Failed to extend) [^\n]{1,200} - retrying)/,
    sees: [
      'node-03:1:2 [0] graph/search.cc:1100 NCCL WARN Could not find a path for pattern 4, falling back to simple order',
      'node-03:1:2 [0] NCCL INFO Could not get speed from /sys/class/net/eth0/speed. Defaulting to 10 Gbps.',
      'node-03:1:2 [0] NCCL INFO Topology detection : could not read /sys/devices/pci0000:00/0000:00:01.0/max_link_speed, ignoring',
      'node-03:1:2 [0] NCCL INFO cuMem host allocations do not appear to be working; falling back to a /dev/shm/ based implementation. This could be due to the container runtime disabling NUMA support.',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN Could not find NET with id 3'],
  },
  {
    id: 'harmless.rccl.tuning-advice',
    summary: 'RCCL advises a setting of the host that may make it quicker',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/ROCm/rccl/blob/develop/src/init.cc',
    literals: ['numa auto balancing enabled which', 'hsa_force_fine_grain_pcie=1" from environment'],
    pattern:
      /NCCL WARN (?:NUMA auto balancing enabled which can lead to variability|Missing "HSA_FORCE_FINE_GRAIN_PCIE=1" from environment)/,
    sees: [
      'node-03:1:2 [0] init.cc:1900 NCCL WARN NUMA auto balancing enabled which can lead to variability in the RCCL performance! Disable by "sudo sysctl kernel.numa_balancing=0"',
      'node-03:1:2 [0] NCCL WARN Missing "HSA_FORCE_FINE_GRAIN_PCIE=1" from environment which can lead to low RCCL performance, system instablity or hang!',
    ],
    ignores: ['node-03:1:2 [0] NCCL WARN Missing "iommu=pt" from kernel command line'],
  },
  {
    id: 'harmless.mpi.fabric-notice',
    summary:
      'Open MPI has no presets for a card, sees one subnet on two ports, or may not copy between processes at once',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/btl/openib/help-mpi-btl-openib.txt',
    literals: [
      'no preset parameters were found for the device',
      'there are more than one active ports on host',
      'default subnet gid prefix was detected',
      'linux kernel cma support was requested',
      'btl_vader_single_copy_mechanism cma is',
    ],
    pattern:
      /WARNING: No preset parameters were found for the device|WARNING: There are more than one active ports on host|default subnet GID prefix was detected on more than one|WARNING: Linux kernel CMA support was requested|WARNING: The default btl_vader_single_copy_mechanism CMA is/,
    sees: [
      'WARNING: No preset parameters were found for the device that Open MPI',
      "WARNING: There are more than one active ports on host 'node-05', but the",
    ],
    ignores: ['WARNING: There was an error initializing an OpenFabrics device.'],
  },
  {
    id: 'harmless.perftest.clock-notice',
    summary: 'a benchmark of the network cards warns that its own timing may be inexact',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/linux-rdma/perftest/blob/master/src/get_clock.c',
    literals: ['conflicting cpu frequency values detected', "bw peak won't be measured"],
    pattern: /Conflicting CPU frequency values detected: |WARNING: BW peak won't be measured in this run/,
    sees: [
      'Conflicting CPU frequency values detected: 2200.000000 != 3500.000000. CPU Frequency is not max.',
      " WARNING: BW peak won't be measured in this run.",
    ],
    ignores: ['BW peak[MiB/sec] 23000.1'],
  },
];
