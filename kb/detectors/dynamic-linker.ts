import { lineDetector } from './line-patterns.ts';

const loader = 'https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-lookup.c';

/**
 * What the dynamic linker says when the builds of two libraries do not fit: glibc's three wordings, musl's, and the
 * words in which Python and people repeat them. The symbol's prefix tells whose library it is.
 */
export const dynamicLinker = lineDetector('dynamic-linker', [
  {
    id: 'linker.nccl.unfit',
    summary: 'a library was built against another NCCL than the one that is loaded',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 6, 'framework-bug': 0.5 },
    source: loader,
    literals: ['undefined symbol', 'symbol nccl', 'symbol pnccl', ': nccl', ': pnccl'],
    pattern:
      /undefined symbol:?\s{0,3}["'`]?p?nccl[A-Z]\w{2,60}|symbol p?nccl[A-Z]\w{2,60},? version \S{1,40} not defined in file|: p?nccl[A-Z]\w{2,60}: symbol not found/,
    sees: [
      'symbol lookup error: /opt/lib/libtorch_cuda.so: undefined symbol: ncclCommSplit',
      'the import ends with undefined symbol "ncclCommWindowRegister"',
      'relocation error: libtorch_cuda.so: symbol ncclCommInitRankScalable, version NCCL_2 not defined in file libnccl.so.2 with link time reference',
      'Error relocating /usr/lib/libtorch_cuda.so: ncclMemAlloc: symbol not found',
    ],
    ignores: ['ncclCommInitRank comm 0x55d9 rank 0 nranks 2', 'undefined symbol: ncursesOpen'],
  },
  {
    id: 'linker.network.unfit',
    summary: 'a network library was built against another verbs, libfabric, UCX or HPC-X than the one that is loaded',
    role: 'cause',
    weighs: { 'net-plugin-mismatch': 5, 'nccl-version-mismatch': 0.4, 'rdma-device-missing-in-container': 0.4 },
    source: loader,
    literals: ['undefined symbol', 'not defined in file', 'symbol not found', ': version '],
    pattern:
      /(?<!dlvsym[^\n]{0,120})undefined symbol:?\s{0,3}["'`]?(?:ibv|mlx[45]dv|efadv|rdma|fi|uct|ucp|ucs|ucm|ucc|hcoll|hmca|sharp)_\w{2,60}|symbol (?:ibv|mlx[45]dv|efadv|rdma|fi|uct|ucp|ucs|ucm|ucc|hcoll|sharp)_\w{2,60},? version \S{1,40} not defined in file|: (?:ibv|mlx[45]dv|efadv|rdma|uct|ucp|ucs|ucm|ucc)_\w{2,60}: symbol not found|\blib(?:ibverbs|mlx[45]|efa|rdmacm|fabric|ucp|ucs|uct|ucm|ucc|hcoll|sharp)[\w.-]{0,20}: version [`'"]?\w[\w.]{0,40}['"]? not found/,
    sees: [
      './a.out: relocation error: /opt/ucx/lib/libuct_ib.so.0: symbol mlx5dv_is_supported, version MLX5_1.8 not defined in file libmlx5.so.1 with link time reference',
      '/opt/nccl-tests/all_reduce_perf: symbol lookup error: /opt/nccl/lib/libnccl.so.2: undefined symbol: ibv_dereg_mr',
      'Error relocating /usr/lib/libucp.so.0: ucs_arch_global: symbol not found',
      "/usr/lib/libmlx5.so.1: version `MLX5_1.19' not found (required by /opt/hpcx/lib/libhcoll.so)",
    ],
    ignores: [
      'NCCL INFO dlvsym failed on ibv_reg_dmabuf_mr - undefined symbol: ibv_reg_dmabuf_mr, version IBVERBS_1.12',
      'ibv_devinfo: command not found',
    ],
  },
  {
    id: 'linker.driver.unfit',
    summary: 'a program asks the driver library for a function that the installed driver does not have',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 4.6, 'container-toolkit-misconfig': 1, 'user-code-error': 0.5 },
    source: loader,
    literals: ['undefined symbol', 'not defined in file lib', 'functionnotfound'],
    pattern:
      /undefined symbol:?\s{0,3}["'`]?(?:cu[A-Z]\w{2,60}|nvml[A-Z]\w{2,60})|not defined in file lib(?:cuda|nvidia-ml|nvidia-ptxjitcompiler)\.so|NVMLError_FunctionNotFound/,
    sees: [
      '/usr/bin/python3: symbol lookup error: libtorch_cuda.so: undefined symbol: cuMemGetHandleForAddressRange',
      'nvidia-smi: relocation error: nvidia-smi: symbol nvmlInit_v2, version libnvidia-ml.so.1 not defined in file libnvidia-ml.so.1 with link time reference',
      'pynvml.nvml.NVMLError_FunctionNotFound: Function Not Found',
    ],
    ignores: ['undefined symbol: custom_op', 'undefined symbol: cublasLtGetStatusString'],
  },
]);
