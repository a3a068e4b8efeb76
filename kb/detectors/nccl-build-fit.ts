import { lineDetector } from './line-patterns.ts';

/** Builds of NCCL that do not fit the program, the other ranks or the packages around them. */
export const ncclBuildFit = lineDetector('nccl-build-fit', [
  {
    id: 'nccl.version.unsuitable',
    summary: 'a program says that the NCCL it finds is not the one that it needs',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 5.2, 'framework-bug': 0.4 },
    source: 'https://github.com/cupy/cupy/blob/main/cupy/_environment.py',
    literals: ['nccl'],
    pattern:
      /(?<!INFO [^\n]{0,40})\bNCCL(?:[- ]?version)? ?(?:>=? ?)?v?2\.\d{1,2}(?:\.\d{1,2})?(?:\+\w{1,12})? (?:or (?:newer|later|higher|above)|and above|is (?:required|needed|not supported|too old|incompatible))|\b(?:requires?|needs?|expected|minimum)(?: at least| version)? (?:the )?NCCL (?:version )?(?:>=? ?)?v?2\.\d|NCCL (?:runtime )?version \S{1,12} (?:does not match|differs from|is (?:older|lower|less|newer) than)|[Ff]ound NCCL v?2\.\d[^\n]{0,60}(?:compiled|built|requires?|expected|but)|(?:compiled|built) (?:with|against|for) NCCL v?2\.\d[^\n]{0,60}(?:but|found|loaded|running with|runtime)|libnccl\.so\S{0,12}[^\n]{0,60} (?:loaded|found|used) instead of|requires nvidia-nccl-cu\d{2}[=<>~!]{1,2}[\d.]{1,10}[^\n]{0,80}(?:incompatible|but you have)/i,
    sees: [
      'RuntimeError: NCCL 2.19 or newer is required, found 2.14.3',
      'AssertionError: NCCL version 2.18.1 is not supported, please use 2.21 or later',
      "WARNING: libnccl.so.2 (/usr/lib/x86_64-linux-gnu) loaded instead of the wheel's nvidia/nccl/lib/libnccl.so.2",
      'NCCL runtime version 2.8.4 does not match the build version 2.11.4',
      'ValueError: Found NCCL 2.8.4 but torch was compiled with 2.10.3',
      'torch 2.11.0 requires nvidia-nccl-cu13==2.28.9, but you have nvidia-nccl-cu13 2.30.4 which is incompatible.',
    ],
    ignores: ['NCCL version 2.21.5+cuda12.4', 'vLLM is using nccl==2.21.5', 'NCCL INFO NCCL version 2.27.3+cuda12.9'],
  },
  {
    // The mark of a setting that the caller left alone; a release before 2.17 knows no such mark and takes it for a value.
    id: 'nccl.config.unset-unknown',
    summary:
      'NCCL takes the mark of an unset setting for its value: the program was built with the header of a newer release',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 5, 'framework-bug': 0.6 },
    source: 'https://github.com/NVIDIA/nccl/blob/v2.17.1-1/src/nccl.h.in (NCCL_CONFIG_UNDEF_INT is INT_MIN)',
    literals: ['-2147483648'],
    pattern: /\bInvali[dg] config \S{1,40} attribute value -2147483648\b/,
    sees: [
      'Invalid config blocking attribute value -2147483648',
      'node-03:1:2 [0] init.cc:1500 NCCL WARN Invalid config minCTAs attribute value -2147483648',
    ],
    ignores: ['node-03:1:2 [0] init.cc:1500 NCCL WARN Invalid config cgaClusterSize attribute value 9'],
  },
  {
    id: 'nccl.graph.capture-unsupported',
    summary: 'NCCL cannot be part of a CUDA graph: it was built with an old CUDA, or the driver is old',
    role: 'cause',
    weighs: {
      'nccl-version-mismatch': 3.4,
      'driver-version-mismatch': 2.2,
      'framework-bug': 0.6,
      'user-code-error': 0.4,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/strongstream.cc',
    literals: ['cannot be captured in a graph'],
    pattern: /NCCL cannot be captured in a graph if/,
    sees: [
      "node-03:1:2 [0] misc/strongstream.cc:53 NCCL WARN NCCL cannot be captured in a graph if either it wasn't built with CUDA runtime >= 11.3 or if the installed CUDA driver < R465.",
    ],
    ignores: ['the model cannot be captured in a graph'],
  },
  {
    id: 'nccl.library.not-loaded',
    summary: 'a program was built for NCCL and finds no NCCL that it can load',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 4, 'framework-bug': 0.6, 'user-code-error': 0.3 },
    source: 'https://github.com/openxla/xla/blob/main/xla/tsl/cuda/nccl_stub.cc',
    literals: ['nccl'],
    pattern:
      /(?<!INFO [^\n]{0,80})(?:[Uu]nable to load (?:the )?NCCL library|[Ff]ailed to (?:load|open|find|locate) (?:the )?(?:NCCL (?:shared )?library|(?:library )?libnccl\.so)|\bNCCL (?:shared )?library (?:is |was )?(?:not found|could not be (?:found|loaded))|(?:[Cc]ould not|[Cc]annot) (?:find|load|dlopen|open) (?:the )?(?:NCCL library|(?:library )?libnccl\.so)|libnccl\.so(?:\.\d{1,2})?: cannot open shared object file)/,
    sees: [
      'nccl_utils.cc:133: NCCL operation ncclGetUniqueId(&id) failed: Unable to load NCCL library. Multi-GPU collectives will not work.;',
      'ImportError: libnccl.so.2: cannot open shared object file: No such file or directory',
      'ERROR: Failed to load NCCL library from libnccl.so.2',
      'RuntimeError: NCCL library was not found',
      'Could not load library libnccl.so.2',
    ],
    ignores: [
      'NCCL INFO NET/Plugin: Could not find: libnccl-net.so',
      'libnccl-net.so: cannot open shared object file: No such file or directory',
      'Found nccl from library libnccl.so.2',
    ],
  },
  {
    id: 'nccl.symbol.unresolved',
    summary: 'a linker misses functions of NCCL that a library was built with: the NCCL that it links is an older one',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 4.6, 'framework-bug': 0.6 },
    source: 'https://sourceware.org/binutils/docs/ld/Options.html (--unresolved-symbols)',
    literals: ['undefined reference to'],
    pattern: /undefined reference to [`'"]?p?nccl[A-Z]\w{2,60}/,
    sees: [
      "ld: /opt/lib/libtorch_cuda.so: undefined reference to `ncclWaitSignal'",
      "all_reduce.o: undefined reference to 'ncclCommInitRankConfig'",
    ],
    ignores: ["undefined reference to `cudaMalloc'"],
  },
  {
    id: 'nccl.result.unknown',
    summary: 'NCCL returns a result that the program’s own release of NCCL does not know',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 3.4, 'nccl-bug': 0.8, 'framework-bug': 0.5 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc (ncclGetErrorString: "unknown result code")',
    literals: ['unknown result code'],
    pattern: /\bunknown result code\b/,
    sees: [
      "Failed, NCCL error /src/plugins/ncclPlugin/allreducePlugin.cpp:183 'unknown result code'",
      'RuntimeError: NCCL Error 7: unknown result code',
    ],
    ignores: ['unknown result of the query'],
  },
  {
    id: 'nccl.struct.foreign',
    summary: 'a structure handed to NCCL was initialised by another release',
    role: 'cause',
    weighs: { 'nccl-version-mismatch': 3.4, 'framework-bug': 1.4 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/init.cc',
    literals: ['not initialized via nccl_', 'must be initialized via nccl_', 'is not backwards compatible'],
    pattern:
      /argument (?:not|must be) initialized via NCCL_\w{4,40}INITIALIZER|NCCL library is not backwards compatible/,
    sees: [
      'node-00:1:2 [0] init.cc:1 NCCL WARN ncclConfig_t argument not initialized via NCCL_CONFIG_INITIALIZER',
      'NCCL WARN NCCL library is not backwards compatible. This application was compiled with NCCL version 2.30.4',
    ],
    ignores: ['ncclConfig_t config = NCCL_CONFIG_INITIALIZER;'],
  },
  {
    id: 'nccl.handshake.foreign',
    summary: 'what answers on the socket speaks another protocol: another build, another job or a stranger',
    role: 'cause',
    weighs: {
      'nccl-version-mismatch': 2.2,
      'socket-interface-mismatch': 1,
      'nccl-bug': 0.6,
      'launcher-rank-misconfig': 0.6,
    },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/socket.cc',
    literals: ['wrong type ', 'wrong magic '],
    pattern: /socket\w{0,20}Accept[^\n]{0,60}: wrong (?:type|magic) /i,
    sees: [
      'node-00:1:2 [0] misc/socket.cc:441 NCCL WARN socketFinalizeAccept: wrong type 4 != 3',
      'node-00:1:2 [0] NCCL WARN socketFinalizeAccept from 10.0.0.1<2>: wrong magic 0 != 7f3a',
    ],
    ignores: ['wrong type of argument'],
  },
]);
