import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { rethrow } from '../../activities/port-failure.ts';
import { PortError } from '../../activities/ports.ts';

/** What the server writes into the history of the incident. */
function recorded(error: unknown): { readonly text: string; readonly thrown: unknown } {
  try {
    return rethrow(error);
  } catch (thrown) {
    const failure = defaultFailureConverter.errorToFailure(thrown, defaultPayloadConverter);
    return { text: JSON.stringify(failure), thrown };
  }
}

const key = 'sk-abcdefghijklmnopqrstuvwxyz';

describe('a failure in a history', () => {
  it('has our sentence, and of what lies below it names and codes alone', () => {
    const below = Object.assign(
      new Error(`PUT https://minio/evidence answered: key ${key}`, { cause: new Error(key) }),
      {
        name: 'NoSuchBucket',
        code: 'ECONNREFUSED',
      },
    );
    const { text, thrown } = recorded(new PortError('unreachable', 'the store is away', { cause: below }));
    expect(thrown).toMatchObject({
      message: 'the store is away',
      type: 'Unreachable',
      cause: { message: 'NoSuchBucket ECONNREFUSED, from Error' },
    });
    expect(text).not.toContain(key);
    expect(text).not.toContain('minio');
  });

  it('holds no secret, no hidden character and no text without a bound', () => {
    const said = `node-07 said ${key} \u001B[2J${'and so on '.repeat(1_000_000)}`;
    const { text, thrown } = recorded(new PortError('refused', said, { cause: new Error(said) }));
    expect(thrown).toMatchObject({ message: expect.stringMatching(/^node-07 said \*+ and so on/) });
    expect(text.length).toBeLessThan(6_000);
    expect(text).not.toContain(key);
  });

  it('is cut where a cause has causes without end', () => {
    let cause: Error | undefined;
    for (let depth = 0; depth < 1_000; depth += 1) cause = new Error('x', { cause });
    expect(recorded(new PortError('denied', 'no', { cause })).text.length).toBeLessThan(6_000);
  });

  it.each([
    ['a long message', new RangeError(`${key} ${'y'.repeat(1_000_000)}`)],
    ['a long message that looks like places', new RangeError(`x\n${`    at ${key}\n`.repeat(100_000)}`)],
    ['a cause', new RangeError('bad index', { cause: new Error(`${key} ${'y'.repeat(1_000_000)}`) })],
  ])('of a bug with %s names it and its place, and no more', (_what, bug) => {
    const { text, thrown } = recorded(bug);
    expect(thrown).toMatchObject({ type: 'RangeError' });
    expect(text).toContain('port-failure.test.ts');
    expect(text.length).toBeLessThan(8_000);
    expect(text).not.toContain(key);
  });

  it('is the bug itself where that is short, and what the SDK knows', () => {
    const cancelled = new CancelledFailure('enough');
    const aborted = Object.assign(new Error('stopped', { cause: 'x' }), { name: 'AbortError' });
    const told = ApplicationFailure.nonRetryable('no', 'Denied');
    for (const error of [new TypeError('x is undefined'), cancelled, aborted, told])
      expect(recorded(error).thrown).toBe(error);
  });
});
