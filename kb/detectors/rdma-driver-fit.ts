import { lineDetector } from './line-patterns.ts';

const rdmaCore = 'https://github.com/linux-rdma/rdma-core/blob/master/libibverbs/init.c';

/** User-space RDMA drivers, their kernel modules and the libraries on top of them, when their releases differ. */
export const rdmaDriverFit = lineDetector('rdma-driver-fit', [
  {
    id: 'rdma.library.version-absent',
    summary: 'a network library lacks a symbol version that another one was linked against',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 5.2, 'rdma-device-missing-in-container': 0.6 },
    source: 'https://github.com/linux-rdma/rdma-core/blob/master/libibverbs/libibverbs.map.in',
    // The linker's message may be broken over lines: the name of the version alone tells whose library it is.
    literals: ['ibverbs_', 'mlx5_', 'mlx4_', 'efa_', 'rdmacm_', 'fabric_', 'ucx_', 'mana_', 'hns_'],
    pattern:
      /\bversion [`'"‘]?(?:IBVERBS|MLX[45]|EFA|RDMACM|FABRIC|UCX|MANA|HNS)_(?:PRIVATE_)?[\d.]{1,8}['"’]? not found/,
    sees: [
      "version `IBVERBS_PRIVATE_34' not found",
      "version `MLX5_1.24' not found (required by /usr/lib/libibverbs/libmlx5-rdmav34.so)",
      "OSError: /opt/amazon/efa/lib/libfabric.so.1: version `FABRIC_1.7' not found",
      "version `EFA_1.4' not found (required by /opt/amazon/efa/lib/libfabric.so.1)",
    ],
    ignores: ["version `GLIBC_2.34' not found", "version `GLIBCXX_3.4.30' not found"],
  },
  {
    id: 'rdma.driver.abi',
    summary: 'the user-space driver of the adapter does not fit the kernel module',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.8, 'rdma-device-missing-in-container': 1.4 },
    source: rdmaCore,
    literals: ['kernel abi', 'abi version', 'no userspace device-specific driver'],
    pattern:
      /does not support the kernel ABI of|(?:kernel|user(?:space)?) ABI version \d{1,3}[^\n]{0,60}(?:not supported|unsupported|doesn't match|does not match|too (?:old|new))|[Nn]o userspace device-specific driver found/,
    sees: [
      'libibverbs: Warning: Driver bnxt_re does not support the kernel ABI of 6 (supports 1 to 1) for device /sys/class/infiniband/bnxt_re2',
      "libibverbs: Fatal: kernel ABI version 4 doesn't match library version 6.",
      'libibverbs: Warning: no userspace device-specific driver found for /sys/class/infiniband_verbs/uverbs0',
    ],
    ignores: ['uverbs ABI version: 6'],
  },
  {
    id: 'rdma.module.symbols',
    summary: 'the kernel modules of the RDMA stack come from different builds',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.6, 'driver-version-mismatch': 0.8, 'gdr-peermem-missing': 0.3 },
    source: 'https://github.com/torvalds/linux/blob/master/kernel/module/version.c',
    literals: [
      'disagrees about version of symbol',
      'unknown symbol',
      'could not insert',
      'module mlx',
      'module ib_',
      'module rdma_cm',
    ],
    pattern:
      /\b(?:mlx[45]_\w{2,10}|ib_\w{2,12}|rdma_\w{2,10}|iw_\w{2,10}|bnxt_re|irdma|nvme_rdma|rpcrdma|efa): (?:disagrees about version of symbol|[Uu]nknown symbol)|could not insert '(?:mlx[45]_\w{2,10}|ib_\w{2,12}|rdma_\w{2,10}|bnxt_re|irdma|efa)'|Module (?:mlx[45]_core|mlx[45]_ib|ib_core|ib_uverbs|rdma_cm) does not exist/,
    sees: [
      'kernel: mlx5_ib: disagrees about version of symbol ib_register_device',
      'kernel: mlx5_ib: Unknown symbol ib_umem_get (err -22)',
      "modprobe: ERROR: could not insert 'mlx5_ib': Invalid argument",
      'Module mlx5_core does not exist, skipping...               [FAILED]',
    ],
    ignores: ["modprobe: ERROR: could not insert 'nvidia_peermem': Invalid argument", 'nvidia: Unknown symbol ib_foo'],
  },
  {
    id: 'ofi.plugin.not-started',
    summary: 'the libfabric plugin of the communication library does not start',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 2.6, 'rdma-device-missing-in-container': 1.8, 'nccl-env-misconfig': 0.4 },
    source: 'https://github.com/aws/aws-ofi-nccl/blob/master/src/nccl_ofi_net.cpp',
    literals: ['any optimal provider', 'aws-ofi-nccl initialization failed', 'plugin initnet() failed'],
    pattern: /Could not find any optimal provider|aws-ofi-nccl initialization failed|OFI plugin initNet\(\) failed/,
    sees: [
      'get_ofi_provider:312 NCCL WARN NET/OFI Could not find any optimal provider',
      '2024-May-21 16:14:20.0020 58091:58701 [0] init.cc:137 CCOM WARN OFI plugin initNet() failed is EFA enabled?',
    ],
    ignores: ['NCCL INFO NET/OFI Initializing aws-ofi-nccl 1.9.1-aws'],
  },
  {
    id: 'nccl.plugin.part-missing',
    summary: 'the network plugin is there but a library that it needs is not',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4, 'rdma-device-missing-in-container': 0.8, 'nccl-env-misconfig': 0.5 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/plugin/plugin_open.cc',
    literals: ['net/plugin', 'libnccl-net'],
    pattern:
      /NET\/Plugin[^\n]{0,120}\b(?!libnccl|libcudart)lib(?:ibverbs|mlx[45]|rdmacm|fabric|efa|hcoll|sharp\w{0,12}|ucp|uct|ucs|ucc|hwloc|cxi|psm2?|json-c)[\w.-]{0,16}: cannot open shared object file/,
    sees: [
      'node-00:1:2 [0] NCCL INFO NET/Plugin: Plugin load returned 11 : libhcoll.so.1: cannot open shared object file: No such file or directory',
    ],
    ignores: [
      'NCCL INFO NET/Plugin : Plugin load (libnccl-net.so) returned 2 : libnccl-net.so: cannot open shared object file: No such file or directory',
    ],
  },
  {
    id: 'ucx.release.differs',
    summary: 'the transport library that is loaded is of another release than the program was built for',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 4.2, 'framework-bug': 0.5 },
    source: 'https://github.com/openucx/ucx/blob/master/src/ucp/core/ucp_context.c',
    literals: [
      'nvshmem',
      'provider requested newer',
      'ucp api version',
      'ucp library',
      'ucx library',
      'ucx version',
      'ucp version',
      'ucx api version',
      'requires ucx',
      'needs ucx',
    ],
    pattern:
      /UC[PX] (?:API |library )?version[^\n]{0,60}(?:incompatible|too old|mismatch|is not supported|differs)|UC[PX] library[^\n]{0,20}too old|ofi_check_version\(\)[^\n]{0,20}provider requested newer version|NVSHMEM (?:device |host )?library version does not match|(?:requires|needs) UCX (?:version )?(?:>=|at least|or newer)? ?\d/,
    sees: [
      '[1613401128.4] [node-00:1:0] ucp_context.c:2119 UCX  WARN  UCP API version is incompatible: required >= 1.18, actual 1.15.0 (loaded from /lib/libucp.so.0)',
      'pml_ucx.c:198 Error: UCP library version too old',
      'libfabric:1:core:core:ofi_check_version():200<warn> provider requested newer version',
      'NVSHMEM device library version does not match with NVSHMEM host library version',
    ],
    ignores: ['UCX version 1.17.0'],
  },
]);
