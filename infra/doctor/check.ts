import type { Environment } from '../setup/tools.cjs';
import type { KeyAccess } from './probe-access-checks.ts';

/** What the checks look at. The product's configuration arrives as plain strings. */
export interface DoctorContext {
  /** The folder with package.json. */
  readonly root: string;
  readonly stateDir: string;
  readonly endpoints: Endpoints;
  /** Whether an embedded stack runs on the state folder. */
  readonly stackRuns: boolean;
  /** Where tools are searched; undefined: this process's own environment. */
  readonly environment: Environment | undefined;
  /** Opens the way of the probe key to the hosts of the inventories; throws where key or inventory cannot be read. */
  readonly probeAccess?: () => Promise<KeyAccess | undefined>;
  /** The same of the remediation key. */
  readonly gateAccess?: () => Promise<KeyAccess | undefined>;
}

/** Undefined: not configured, so not checked. */
export interface Endpoints {
  /** host:port */
  readonly temporal: string | undefined;
  readonly s3: string | undefined;
  readonly chroma: string | undefined;
  readonly metrics: string | undefined;
  /** Its list of models. */
  readonly model?: string | undefined;
}

export interface Finding {
  /** `warn`: works, but will hurt. `fail`: something does not work. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do, for all but `ok`. */
  readonly advice?: string;
}

export interface CheckSpec {
  readonly id: string;
  readonly title: string;
  readonly run: (context: DoctorContext) => Finding | Promise<Finding>;
}

export interface Check extends Finding {
  readonly id: string;
  readonly title: string;
  readonly ms: number;
}

export function ok(detail: string): Finding {
  return { status: 'ok', detail };
}

export function warn(detail: string, advice: string): Finding {
  return { status: 'warn', detail, advice };
}

export function fail(detail: string, advice: string): Finding {
  return { status: 'fail', detail, advice };
}
