import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { redact } from '../kb/logs/redact.ts';
import { withoutHidden } from '../workflows/domain/hidden-characters.ts';
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

/** Expected trouble at a port becomes an `ApplicationFailure` with a stable type; bugs keep their name and place. */
export function rethrow(error: unknown): never {
  // The SDK knows a cancelled activity by these.
  if (error instanceof TemporalFailure || isAbort(error)) throw error;
  throw error instanceof PortError ? portFailure(error) : plainBug(error);
}

/** As it may stand in a history: our sentence, and of what lies below it names and codes alone. */
export function portFailure(
  error: PortError,
  more: {
    readonly nextRetryDelay?: number;
    readonly nonRetryable?: boolean;
    /** Numbers of ours, for the workflow. */
    readonly details?: unknown[];
  } = {},
): ApplicationFailure {
  const cause = causeOf(error);
  return ApplicationFailure.create({
    message: told(error.message),
    type: failureTypes[error.kind],
    ...(cause === null ? {} : { cause }),
    ...more,
  });
}

/** A sentence with a place in it; what is longer is somebody else's text. */
const messageCharsMax = 1_000;
const framesMax = 10;
const frameCharsMax = 300;
const causesMax = 5;

function told(text: string): string {
  const clean = redact(withoutHidden(text.slice(0, 2 * messageCharsMax)));
  return clean.length > messageCharsMax ? `${clean.slice(0, messageCharsMax)}…` : clean;
}

/** What a server or a library says may quote a request, a key or a log; who said it does not. */
function causeOf(error: Error): Error | null {
  const names: string[] = [];
  let one: unknown = error.cause;
  for (let depth = 0; depth < causesMax && one instanceof Error; depth += 1) {
    const { code } = one as { readonly code?: unknown }; // most errors of Node and its libraries have one
    names.push([word(one.name), word(code)].filter(Boolean).join(' '));
    one = one.cause;
  }
  if (names.length === 0) return null;
  const cause = new Error(names.join(', from '));
  cause.stack = '';
  return cause;
}

/** A name such as `NoSuchBucket` or `ECONNREFUSED`; anything else is a text. */
function word(name: unknown): string {
  return typeof name === 'string' && /^[A-Za-z][\w.]{0,60}$/.test(name) ? name : '';
}

/** The same error for whoever mends it: name, place, and the beginning of its message. */
function plainBug(error: unknown): unknown {
  if (!(error instanceof Error)) return ApplicationFailure.create({ message: told(String(error)) });
  const message = told(error.message);
  if (message === error.message && error.cause === undefined) return error;
  const cause = causeOf(error);
  const type = word(error.name) || 'Error';
  const failure = ApplicationFailure.create({ message, type, ...(cause === null ? {} : { cause }) });
  const frames = (error.stack ?? '')
    .replace(error.message, '')
    .split('\n')
    .slice(1, framesMax + 1);
  failure.stack = [`${type}: ${message}`, ...frames.map((line) => told(line).slice(0, frameCharsMax))].join('\n');
  return failure;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
