import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { PortError, type PortErrorKind } from './ports.ts';

/** Types of `ApplicationFailure`, stored in histories; those in `finalFailureTypes` are never retried. */
const failureTypes: Record<PortErrorKind, string> = {
  unreachable: 'Unreachable',
  denied: 'Denied',
  'not-found': 'NotFound',
  'too-large': 'TooLarge',
  tampered: 'Tampered',
  malformed: 'Malformed',
  refused: 'Refused',
};

/** Expected trouble at a port becomes an `ApplicationFailure` with a stable type; bugs stay what they are. */
export function rethrow(error: unknown): never {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
  if (error instanceof PortError)
    throw ApplicationFailure.create({ message: error.message, type: failureTypes[error.kind], cause: error });
  throw error;
}
