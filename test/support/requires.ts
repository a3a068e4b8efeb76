import type { TestContext } from 'vitest';

/**
 * Skips the running test, with a reason, when something optional is missing on this machine. Call it first in the test:
 *
 *     requireTool(context, { name: 'sshd', available: sshdPath !== undefined, why: 'OpenSSH server is not installed' });
 *
 * `WARDROUND_REQUIRE=sshd,browser` (or `all`) turns such a skip into a failure, for machines that must have it.
 */
export function requireTool(context: Pick<TestContext, 'skip'>, tool: OptionalTool): void {
  if (tool.available) return;
  const reason = `needs ${tool.name}: ${tool.why}`;
  if (isRequired(tool.name, process.env['WARDROUND_REQUIRE'])) {
    throw new Error(`${reason} (a failure because WARDROUND_REQUIRE asks for it)`);
  }
  context.skip(reason);
}

export interface OptionalTool {
  /** The word for WARDROUND_REQUIRE. */
  readonly name: string;
  readonly available: boolean;
  /** What is missing and how to get it. */
  readonly why: string;
}

export function isRequired(name: string, required: string | undefined): boolean {
  const names = (required ?? '').split(',').map((each) => each.trim());
  return names.includes(name) || names.includes('all');
}
