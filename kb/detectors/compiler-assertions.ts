import { lineDetector } from './line-patterns.ts';

/** Compilers of kernels and graphs that fail on their own. */
export const compilerAssertions = lineDetector('compiler-assertions', [
  {
    id: 'compiler.assertion.failed',
    summary: 'a compiler of kernels or graphs failed an assertion in its own sources',
    role: 'cause',
    weighs: { 'framework-bug': 4.6, 'user-code-error': 0.8 },
    source: 'https://github.com/triton-lang/triton/tree/main/lib',
    literals: ['assertion `'],
    pattern:
      /(?:\/project\/|\/llvm|\/mlir|\/triton\/|\/xla\/|\/nvfuser\/)\S{0,200}\.(?:cpp|cc|h):\d{1,6}: [^\n]{0,400}Assertion `[^\n]{1,300}' failed/,
    sees: [
      "python: /project/lib/Analysis/Allocation.cpp:43: std::pair<> mlir::triton::getCvtOrder(): Assertion `!(srcMmaLayout && dstMmaLayout)' failed.",
    ],
    ignores: ["python: csrc/ops.cu:12: void launch(): Assertion `n > 0' failed."],
  },
]);
