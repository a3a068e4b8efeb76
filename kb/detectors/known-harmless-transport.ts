import type { LinePattern } from './line-patterns.ts';

/** Notices of NCCL, UCX, Open MPI and c10d that look like failures, and fall back to something that works. */
export const harmlessTransport: readonly LinePattern[] = [
  {
    id: 'harmless.nccl.no-plugin',
    summary: 'NCCL finds no external plugin, or none of the newest version, and uses what it has built in, as it may',
    role: 'clean',
    weighs: {},
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-net-plugin',
    literals: ['net/plugin', 'tuner/plugin', 'profiler/plugin', 'env/plugin', 'gin/plugin'],
    pattern:
      /\bNCCL INFO (?:NET|TUNER|PROFILER|ENV|GIN)\/Plugin ?: {1,2}(?:[Ff]ailed to find ncclN?\w{3,40}|Could not find:|No plugin found|Plugin load (?:\([^)\n]{1,120}\) )?returned \d{1,4} : |dlerror=|lib\S{1,120}: cannot open shared object file|Using internal)/,
    sees: [
      'node-03:1:2 [0] NCCL INFO NET/Plugin: Failed to find ncclNetPlugin_v8 symbol.',
      'NCCL INFO NET/Plugin: Failed to find ncclCollNetPlugin symbol (>= v5). ncclCollNetPlugin symbols v4 and lower are not supported.',
      'node-03:1:2 [0] NCCL INFO NET/Plugin : Plugin load (libnccl-net.so) returned 2 : libnccl-net.so: cannot open shared object file: No such file or directory',
      'node-03:1:2 [0] NCCL INFO NET/Plugin : dlerror=libnccl-net.so: cannot open shared object file: No such file or directory No plugin found (libnccl-net.so), using internal implementation',
      'node-03:1:2 [0] NCCL INFO TUNER/Plugin: Could not find: libnccl-tuner.so libnccl-net.so. Using internal tuner plugin.',
      'node-03:1:2 [0] NCCL INFO PROFILER/Plugin: Could not find: libnccl-profiler.so.',
    ],
    ignores: ['node-03:1:2 [0] NCCL INFO NET/Plugin: Loaded net plugin AWS Libfabric (v8)'],
  },
  {
    id: 'harmless.nccl.symbol-absent',
    summary: 'a library of the network card lacks a newer call, and NCCL does without it',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/mlx5dvsymbols.cc',
    literals: ['nccl info dlvsym failed on'],
    pattern: /\bNCCL INFO dlvsym failed on (?:mlx5dv|ibv)_\w{1,60} - /,
    sees: [
      'node-03:1:2 [0] NCCL INFO dlvsym failed on mlx5dv_reg_dmabuf_mr - /lib/x86_64-linux-gnu/libmlx5.so.1: undefined symbol: mlx5dv_reg_dmabuf_mr, version MLX5_1.25 version MLX5_1.25',
    ],
    ignores: ['node-03:1:2 [0] misc/ibvsymbols.cc:95 NCCL WARN dlvsym failed on ibv_get_device_list'],
  },
  {
    id: 'harmless.ucx.variable-unused',
    summary: 'UCX names environment variables that it does not use',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/openucx/ucx/blob/master/src/ucs/config/parser.c',
    literals: ['unused env'],
    pattern: /UCX {1,2}WARN {1,2}unused env(?:ironment)? variables?: /,
    sees: [
      '[1700000000.123456] [node-03:4242:0] parser.c:2034 UCX  WARN  unused environment variable: UCX_HOME (maybe: UCX_TLS?)',
      '[1700000000.123456] [node-03:4242:0] parser.c:1998 UCX  WARN  unused env variable: UCX_HOME (set UCX_WARN_UNUSED_ENV_VARS=n to suppress this warning)',
    ],
    ignores: ['[1700000000.123456] [node-03:4242:0] parser.c:100 UCX  ERROR invalid value for UCX_TLS'],
  },
  {
    id: 'harmless.mpi.component-ignored',
    summary: 'Open MPI leaves out a component whose library is not installed',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/open-mpi/ompi/blob/v4.1.x/opal/mca/base/mca_base_component_repository.c',
    literals: ['mca_base_component_repository_open'],
    pattern: /mca_base_component_repository_open: unable to open mca_\w{1,60}: [^\n]{1,300}\(ignored\)/,
    sees: [
      '[node-03:4242] mca_base_component_repository_open: unable to open mca_btl_openib: librdmacm.so.1: cannot open shared object file: No such file or directory (ignored)',
    ],
    ignores: ['mca_base_component_repository_open: opened mca_btl_tcp'],
  },
  {
    id: 'harmless.mpi.openib-left-out',
    summary: 'Open MPI leaves InfiniBand to UCX, and its old component for it complains',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/open-mpi/ompi/issues/8403',
    literals: ['infiniband ports on a device', 'error initializing an openfabrics device'],
    pattern:
      /By default, for Open MPI 4\.0 and later, infiniband ports on a device|WARNING: There was an error initializing an OpenFabrics device/,
    sees: [
      'By default, for Open MPI 4.0 and later, infiniband ports on a device',
      'WARNING: There was an error initializing an OpenFabrics device.',
    ],
    ignores: ['The OpenFabrics (openib) BTL failed to initialize while trying to allocate some locked memory.'],
  },
  {
    id: 'harmless.pmix.lock',
    summary: 'PMIx of Open MPI 4.0 complains of a lock of its own while it ends',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/open-mpi/ompi/issues/7516',
    literals: ['gds_ds12_lock_pthread.c'],
    pattern: /PMIX ERROR: (?:PMIX_)?ERROR in file \S{0,120}gds_ds12_lock_pthread\.c at line \d/,
    sees: ['[node-03:4242] PMIX ERROR: ERROR in file gds_ds12_lock_pthread.c at line 168'],
    ignores: ['[node-03:4242] PMIX ERROR: UNREACHABLE in file server/pmix_server.c at line 2198'],
  },
  {
    id: 'harmless.c10d.no-ipv6',
    summary: 'torch tries IPv6, which the node does not have, and goes on with IPv4',
    role: 'clean',
    weighs: {},
    source: 'https://docs.olcf.ornl.gov/software/analytics/pytorch_frontier.html#c10d-socket-warnings',
    literals: ['(errno: 97 - address family not supported'],
    pattern:
      /\[c10d\] The (?:client|server) socket cannot be initialized [^\n]{1,160}\(errno: 97 - Address family not supported by protocol\)/,
    sees: [
      '[W socket.cpp:697] [c10d] The client socket cannot be initialized to connect to [node-00]:29500 (errno: 97 - Address family not supported by protocol).',
      '[W socket.cpp:426] [c10d] The server socket cannot be initialized on [::]:29500 (errno: 97 - Address family not supported by protocol).',
    ],
    ignores: ['[c10d] The client socket has failed to connect to [node-00]:29500 (errno: 110 - Connection timed out).'],
  },
];
