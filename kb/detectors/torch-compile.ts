import { lineDetector } from './line-patterns.ts';

const inductor = 'https://github.com/pytorch/pytorch/blob/main/torch/_inductor/exc.py';
const dynamo = 'https://github.com/pytorch/pytorch/blob/main/torch/_dynamo/exc.py';
const triton = 'https://github.com/triton-lang/triton/blob/main/python/triton/compiler/errors.py';

/** torch.compile, its back ends and Triton. */
export const torchCompile = lineDetector('torch-compile', [
  {
    id: 'torch.compile.tool-missing',
    summary: 'compiling needs a compiler, headers or Triton that are not installed',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'framework-bug': 1, 'container-toolkit-misconfig': 0.6 },
    source: inductor,
    literals: [
      'failed to find c compiler',
      'no working c++ compiler found',
      'invalidcxxcompiler',
      'cannot find a working triton installation',
      'tritonmissing',
      'cannot find ptxas',
      'cannot find -lcuda',
      'python.h: no such file or directory',
    ],
    pattern:
      /Failed to find C compiler\. Please specify|No working C\+\+ compiler found|InvalidCxxCompiler|[Cc]annot find a working triton installation|TritonMissing|Cannot find ptxas|cannot find -lcuda\b|Python\.h: No such file or directory/,
    sees: [
      'RuntimeError: Failed to find C compiler. Please specify via CC environment variable.',
      'torch._inductor.exc.TritonMissing: Cannot find a working triton installation.',
      '/tmp/tmpab12/main.c:5:10: fatal error: Python.h: No such file or directory',
    ],
    ignores: ['found a working C++ compiler'],
  },
  {
    id: 'torch.compile.failed',
    summary: 'torch.compile failed to trace, lower or compile the model',
    role: 'cause',
    weighs: { 'framework-bug': 4.4, 'user-code-error': 1.8 },
    source: dynamo,
    literals: ['torch._dynamo.', 'torch._inductor.', 'torch._functorch.'],
    pattern:
      /^(?![^\n]{0,40}File ")(?:[^\n]{0,120}\s)?torch\._(?:dynamo|inductor|functorch)\.(?:\w{1,40}\.){1,3}(?:InternalTorchDynamoError|BackendCompilerFailed|TorchRuntimeError|Unsupported|UserError|UncapturedHigherOrderOpError|FailOnRecompileLimitHit|InductorError|LoweringException|CppCompileError|CUDACompileError|SubprocException|\w{1,40}(?:Error|Exception))\b/,
    sees: [
      "torch._dynamo.exc.BackendCompilerFailed: backend='inductor' raised:",
      'torch._inductor.exc.InductorError: LoweringException: AssertionError: ',
      '[rank3]: torch._dynamo.exc.Unsupported: Graph break under GenericContextWrappingVariable',
      'torch._inductor.compile_worker.subproc_pool.SubprocException: An exception occurred in a subprocess:',
    ],
    ignores: ['  File "/venv/lib/python3.11/site-packages/torch/_dynamo/exc.py", line 280, in unimplemented'],
  },
  {
    id: 'torch.compile.recompiles',
    summary: 'torch.compile compiles the same function again and again, which is slow',
    role: 'context',
    weighs: { 'framework-bug': 0.4, 'user-code-error': 0.4 },
    source: 'https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html',
    literals: ['torch._dynamo hit config.'],
    pattern: /torch\._dynamo hit config\.\w{0,20}(?:cache_size_limit|recompile_limit)/,
    sees: [
      'W1121 03:12:59.123000 4242 torch/_dynamo/convert_frame.py:861] [10/8] torch._dynamo hit config.cache_size_limit (8)',
    ],
    ignores: ['torch._dynamo.config.cache_size_limit = 64'],
  },
  {
    id: 'triton.compile.failed',
    summary: 'Triton or its assembler failed to compile a kernel',
    role: 'cause',
    weighs: { 'framework-bug': 4.2, 'user-code-error': 2, 'driver-version-mismatch': 0.5 },
    source: triton,
    literals: [
      'passmanager::run failed',
      'triton.compiler.errors.',
      'failed to translate module to llvm',
      'internal triton ptx codegen error',
      'ptxas fatal',
      'ptxaserror',
      'llvm error:',
      'ptxas error',
    ],
    pattern:
      /PassManager::run failed|triton\.compiler\.errors\.\w{1,40}|[Ff]ailed to translate module to LLVM|Internal Triton PTX codegen error|ptxas (?:fatal|error)|PTXASError|LLVM ERROR: /,
    sees: [
      'RuntimeError: PassManager::run failed',
      'triton.compiler.errors.CompilationError: at 12:24:',
      "RuntimeError: Internal Triton PTX codegen error: ptxas /tmp/tmp.ptx, line 5; fatal : Unsupported .version 7.4; current version is '7.2'",
      'LLVM ERROR: Cannot select: intrinsic %llvm.nvvm.shfl.sync.bfly.i32',
    ],
    ignores: ['ptxas info    : 0 bytes gmem'],
  },
  {
    id: 'torch.fsdp.wrapping',
    summary: 'FSDP refuses how parameters are wrapped, or stumbles over its own flat parameters',
    role: 'cause',
    weighs: { 'framework-bug': 3, 'user-code-error': 3.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/fsdp/_flat_param.py',
    literals: [
      'must flatten tensors with',
      'flatparameter requires uniform',
      'cannot writeback when the parameter shape changes',
      '`_is_root` should not have been set',
      'fsdp does not support',
      'no backend type associated with device type',
      'got mixed torch.tensor and dtensor',
    ],
    pattern:
      /Must flatten tensors with (?:uniform|the same)|FlatParameter requires uniform|Cannot writeback when the parameter shape changes|`_is_root` should not have been set yet|FSDP does not support|No backend type associated with device type|got mixed torch\.Tensor and DTensor/,
    sees: [
      'ValueError: Must flatten tensors with uniform `requires_grad` when `use_orig_params=False`',
      'ValueError: Must flatten tensors with uniform dtype but got torch.bfloat16 and torch.float32',
      'RuntimeError: No backend type associated with device type cpu',
      'RuntimeError: aten.mm.default: got mixed torch.Tensor and DTensor, need to convert all torch.Tensor to DTensor before calling distributed operators!',
    ],
    ignores: ['FSDP(GPT2LMHeadModel)'],
  },
]);
