import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';

const skipLinesMax = 40;

/**
 * Ends the run's output with the reasons of skipped tests and, as the very last line on stdout,
 * `N passed, N failed, N skipped`. Everything that went wrong counts as failed: a test, a suite whose hook or
 * collection failed (its tests would otherwise look skipped), and an error outside every test.
 */
export class ClosingLineReporter implements Reporter {
  private tally: Tally | undefined;
  private vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
    // At exit, because other reporters, teardown and vitest itself still print after the run has ended.
    process.once('exit', (exitCode) => this.print(exitCode));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    this.tally = count(modules, unhandled.length);
    if (this.vitest?.config.watch) this.print(0);
  }

  private print(exitCode: number): void {
    const { passed, failed, skipped } = this.tally ?? { passed: 0, failed: 0, skipped: [] };
    const filtered = this.vitest?.config.testNamePattern !== undefined;
    const reasons = filtered ? [] : skipReasons(skipped);
    // A run that ends with a failure outside the tests (no test files, a failing global set-up) is not "0 failed".
    const failures = failed === 0 && exitCode !== 0 ? 1 : failed;
    const closing = `${passed} passed, ${failures} failed, ${skipped.length} skipped`;
    writeSync(1, `${['', ...reasons, closing].join('\n')}\n`);
  }
}

interface Tally {
  passed: number;
  failed: number;
  skipped: { readonly test: string; readonly reason: string }[];
}

function count(modules: readonly TestModule[], unhandledErrors: number): Tally {
  const tally: Tally = { passed: 0, failed: unhandledErrors, skipped: [] };
  for (const module of modules) {
    const ofItsOwn = failedByItself(module);
    // A module that fails without a failing test or suite below it (it does not load, say) counts once.
    const before = tally.failed;
    countBelow(module, ofItsOwn, tally);
    if (ofItsOwn || (module.state() === 'failed' && tally.failed === before)) tally.failed += 1;
  }
  return tally;
}

function countBelow(parent: TestModule | TestSuite, parentFailed: boolean, tally: Tally): void {
  for (const child of parent.children) {
    if (child.type === 'test') {
      countTest(child, parentFailed, tally);
      continue;
    }
    const ofItsOwn = failedByItself(child);
    if (ofItsOwn) tally.failed += 1;
    countBelow(child, parentFailed || ofItsOwn, tally);
  }
}

function countTest(test: TestCase, parentFailed: boolean, tally: Tally): void {
  const result = test.result();
  if (result.state === 'passed') tally.passed += 1;
  else if (result.state === 'failed') tally.failed += 1;
  else if (result.state === 'skipped') {
    const reason = result.note ?? (parentFailed ? 'not run: its suite failed' : 'no reason given');
    tally.skipped.push({ test: `${test.module.relativeModuleId} > ${test.fullName}`, reason });
  } else {
    // Still pending when the run ended: it was interrupted or its worker died.
    tally.failed += 1;
  }
}

function failedByItself(entity: TestModule | TestSuite): boolean {
  return entity.errors().length > 0;
}

function skipReasons(skipped: Tally['skipped']): string[] {
  if (skipped.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { test, reason } of skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), test]);
  const lines = [...byReason].flatMap(([reason, tests]) => [
    `  ${reason} (${tests.length})`,
    ...tests.map((test) => `    ${test}`),
  ]);
  const more = lines.length - skipLinesMax;
  return ['Skipped:', ...lines.slice(0, skipLinesMax), ...(more > 0 ? [`    … and ${more} more lines`] : []), ''];
}
