import { performance } from 'node:perf_hooks';
import { fail, type Check, type CheckSpec, type DoctorContext } from './check.ts';
import { endpointChecks } from './endpoint-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { probeAccessChecks } from './probe-access-checks.ts';
import { setupChecks } from './setup-checks.ts';

/** Every check, in the order in which they are shown. */
export const checks: readonly CheckSpec[] = [...setupChecks, ...machineChecks, ...endpointChecks, ...probeAccessChecks];

/** Runs the checks side by side and gives them in their order, each as soon as it and those before it are known. */
export async function* runDoctor(context: DoctorContext, specs = checks): AsyncGenerator<Check> {
  const running = specs.map((spec) => runCheck(spec, context));
  for (const check of running) yield await check;
}

async function runCheck({ id, title, run }: CheckSpec, context: DoctorContext): Promise<Check> {
  const from = performance.now();
  const ms = (): number => Math.round(performance.now() - from);
  try {
    const finding = await run(context);
    return { id, title, ...finding, ms: ms() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { id, title, ...fail(`the check itself broke: ${why}`, 'please report this'), ms: ms() };
  }
}
