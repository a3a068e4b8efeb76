import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/support/closing-line-reporter.ts';

const stackTests = 'test/stack/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Each worker may hold a Temporal worker of 300 MB; two keep a two-core machine responsive.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: ['default', new ClosingLineReporter()],
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['test/**/*.test.ts'],
          exclude: [stackTests],
          globalSetup: ['./test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        // Each starts the whole product: one at a time, and after the others.
        test: { name: 'stack', include: [stackTests], fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
