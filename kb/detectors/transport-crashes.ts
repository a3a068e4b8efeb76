import { lineDetector } from './line-patterns.ts';

/** The libraries below MPI and NCCL that talk to an RDMA adapter: Open MPI's parts, UCX, verbs, libfabric, MXM, PSM. */
const transport = String.raw`(?:mca_(?:btl|pml|mtl|osc|coll)_(?:openib|ucx|ofi|mxm|psm2?|uct|hcoll|cm|yalla)|lib(?:ibverbs|rdmacm|mlx[45]|efa|bnxt_re|irdma|hfi1verbs|ucp|uct|ucs|uct_ib|ucm|mxm|psm2?|fabric|cxi|hcoll|sharp\w{0,12})(?:-rdmav\d{1,2})?)\.so`;

/** A process that died inside the library of its transport, by whoever reports the crash. */
export const transportCrashes = lineDetector('transport-crashes', [
  {
    id: 'transport.crash.inside',
    summary: 'a process crashed inside the library that drives the RDMA adapter',
    role: 'cause',
    // Memory that may not be locked comes back as an error that old releases do not look at; else releases that do not fit.
    weighs: {
      'ulimit-too-low': 2.2,
      'net-plugin-mismatch': 2.2,
      'rdma-device-missing-in-container': 1,
      'rdma-link-fault': 0.4,
      'framework-bug': 0.4,
    },
    source: 'https://www.open-mpi.org/faq/?category=openfabrics#ib-locked-pages',
    literals: [
      'mca_',
      'libibverbs',
      'librdmacm',
      'libmlx',
      'libuc',
      'libmxm',
      'libpsm',
      'libfabric',
      'libefa',
      'libbnxt',
      'libirdma',
      'libhfi1',
      'libcxi',
      'libhcoll',
      'libsharp',
    ],
    // The kernel, whose line may be broken before "error", and the first own frame of Open MPI's stack.
    pattern: new RegExp(
      String.raw`\berror[ :]\d{1,3} in ${transport}[\w.]{0,12}\[[\da-f]{4,16}\+|\[ ?[0-3]\] \S{0,160}${transport}[\w.]{0,12}\(\w{0,80}\+0x[\da-f]{1,9}\) ?\[0x[\da-f]{6,16}\]`,
    ),
    sees: [
      'mpi_app[4242]: segfault at 30 ip 00007ff2ed793923 sp 00007fff0b7494b0 error 4 in mca_btl_openib.so[7ff2ed771000+30000]',
      '00007fff0b7494b0 error 4 in libmlx5-rdmav34.so[7ff2ed771000+30000]',
      'traps: python[4242] general protection fault ip:7f6a12345678 sp:7ffd12345678 error:0 in libucp.so.0.0.0[7f6a12300000+200000]',
      '[node-01:78142] [ 1] /opt/openmpi/lib/openmpi/mca_btl_openib.so(+0x1b923)[0x7f8eab35933c]',
    ],
    ignores: [
      'python3[71666]: segfault at 8 ip 00007f8fe3f21a73 sp 00007ffc62afe238 error 6 in libnccl.so.2.8.3[7f8fe3edd000+2b000]',
      '[node-01:78142] [ 9] /usr/lib/libucp.so.0(ucp_worker_progress+0x2a)[0x7f8eab35933c]',
      'mca_base_component_repository_open: unable to open mca_btl_openib: librdmacm.so.1',
    ],
  },
]);
