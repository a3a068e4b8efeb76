import type { Check, DoctorContext } from '../../../infra/doctor/check.ts';
import { probeAccessChecks, type KeyAccess } from '../../../infra/doctor/probe-access-checks.ts';
import { runDoctor } from '../../../infra/doctor/run-doctor.ts';

const endpoints = { temporal: undefined, s3: undefined, chroma: undefined, metrics: undefined };
const base = { root: '/', stateDir: '/', stackRuns: false, environment: undefined, endpoints };

/** What doctor says of one of the two keys; without `access` none is set. */
export async function checkAccess(
  key: 'probe' | 'gate',
  access?: () => Promise<KeyAccess | undefined>,
): Promise<Check> {
  const context: DoctorContext = access === undefined ? base : { ...base, [`${key}Access`]: access };
  for await (const one of runDoctor(context, probeAccessChecks)) if (one.id === `${key}-access`) return one;
  throw new Error('no check ran');
}
