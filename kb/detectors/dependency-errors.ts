import { lineDetector } from './line-patterns.ts';

const python = 'https://docs.python.org/3/library/exceptions.html';

/** Packages and compiled extensions that a program needs. */
export const dependencyErrors = lineDetector('dependency-errors', [
  {
    id: 'program.package.conflict',
    summary: 'installed packages do not fit each other, or one that is required is not installed',
    role: 'cause',
    weighs: { 'user-code-error': 5, 'framework-bug': 1.6 },
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/utils/versions.py',
    literals: [
      'versionconflict',
      'distributionnotfound',
      'packagenotfounderror',
      'is required for a normal functioning of this module',
      'numpy.dtype size changed',
      'numpy.core.multiarray failed to import',
      'compiled using numpy 1.x cannot be run in',
      'but it was not found in your environment',
      'because of the following error (look up to see its traceback)',
      'could not find a version that satisfies',
      'no matching distribution found',
      'mismatches the version that was used to compile',
      'pytorch and torchvision were compiled with different',
      'pytorch has cuda version',
      'resolutionimpossible',
    ],
    pattern:
      /\b(?:Contextual)?VersionConflict\b|DistributionNotFound|PackageNotFoundError|is required for a normal functioning of this module|numpy\.dtype size changed|numpy\.core\.multiarray failed to import|compiled using NumPy 1\.x cannot be run in|but it was not found in your environment|because of the following error \(look up to see its traceback\)|Could not find a version that satisfies|No matching distribution found|mismatches the version that was used to compile|PyTorch and torchvision were compiled with different|PyTorch has CUDA [Vv]ersion|ResolutionImpossible/,
    sees: [
      'ImportError: tokenizers>=0.14,<0.19 is required for a normal functioning of this module, but found tokenizers==0.13.3.',
      'RuntimeError: Failed to import transformers.models.llama.modeling_llama because of the following error (look up to see its traceback):',
      'ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject',
      'The detected CUDA version (11.8) mismatches the version that was used to compile',
      'ERROR: No matching distribution found for torch==2.1.0+cu121',
    ],
    ignores: ['Requirement already satisfied: numpy>=1.17 in /venv/lib/python3.11/site-packages'],
  },
  {
    id: 'program.module.missing',
    summary: 'a module or symbol that the program imports is not there',
    role: 'cause',
    weighs: { 'user-code-error': 5, 'framework-bug': 1.4 },
    source: python,
    literals: ['modulenotfounderror', 'no module named', 'cannot import name', 'importerror'],
    pattern:
      /ModuleNotFoundError|(?<!Error caught was: )No module named|ImportError: (?!lib(?:cuda|nvidia)|\S{0,120}lib(?:ibverbs|mlx\d|rdmacm|fabric|efa|nccl|uc[pst]|hcoll|sharp\w{0,12})\.so[\d.]{0,12}:|[^\n]{0,200}undefined symbol)|cannot import name/,
    sees: [
      "ModuleNotFoundError: No module named 'flash_attn'",
      "ImportError: cannot import name 'LlamaFlashAttention2' from 'transformers.models.llama'",
    ],
    ignores: [
      'ImportError: libcuda.so.1: cannot open shared object file: No such file or directory',
      "Error caught was: No module named 'triton'",
      'ImportError: /usr/lib/x86_64-linux-gnu/libibverbs.so.1:',
    ],
  },
  {
    id: 'program.symbol.undefined',
    summary: 'a compiled extension does not fit the torch or CUDA that is loaded',
    role: 'cause',
    weighs: { 'user-code-error': 3, 'framework-bug': 2.4, 'nccl-version-mismatch': 1, 'driver-version-mismatch': 0.4 },
    source: 'https://pytorch.org/cppdocs/notes/faq.html',
    literals: ['undefined symbol', 'cannot open shared object file', 'glibc', 'glibcxx'],
    pattern:
      /^(?![^\n]{0,300}(?:NCCL INFO|dlvsym))[^\n]{0,2000}?(?:undefined symbol: (?!p?nccl)\w+|(?:libcudart|libcublas|libcudnn|libnvrtc|libcusparse|libtorch)\S{0,20}: cannot open shared object file|version `?GLIBC(?:XX)?_[\d.]{1,8}'? not found)/,
    sees: [
      'ImportError: /venv/lib/python3.10/site-packages/flash_attn_2_cuda.so: undefined symbol: _ZN2at4_ops5zeros4callEN3c108ArrayRefIlEE',
      'OSError: libcudart.so.11.0: cannot open shared object file: No such file or directory',
    ],
    ignores: [
      'NCCL INFO NET/Plugin : Plugin load (libnccl-net.so) returned 2 : libnccl-net.so: cannot open shared object file: No such file or directory',
    ],
  },
  {
    id: 'program.extension.build-failed',
    summary: 'a compiled extension of the program or of a package cannot be built',
    role: 'cause',
    weighs: { 'user-code-error': 4.4, 'framework-bug': 1.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py',
    literals: [
      'error building extension',
      'error compiling objects for extension',
      'ninja is required to load c++ extensions',
      'nvcc fatal',
      'cuda_home environment variable is not set',
      'failed to compile the c++ dataset helper',
      'ninja: build stopped',
      'failed building wheel',
    ],
    pattern:
      /Error building extension '|Error compiling objects for extension|Ninja is required to load C\+\+ extensions|nvcc fatal\s|CUDA_HOME environment variable is not set|Failed to compile the C\+\+ dataset helper|ninja: build stopped|Failed building wheel for/,
    sees: [
      "RuntimeError: Error building extension 'cpu_adam'",
      "nvcc fatal   : Unsupported gpu architecture 'compute_90'",
      'OSError: CUDA_HOME environment variable is not set. Please set it to your CUDA install root.',
    ],
    ignores: ['ninja: no work to do.'],
  },
]);
