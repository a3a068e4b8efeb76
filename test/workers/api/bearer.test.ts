import { describe, expect, it } from 'vitest';
import { checkBearer, sha256Hex, type SourceToken } from '../../../workers/api/bearer.ts';

const tokens: readonly SourceToken[] = [
  { name: 'old', sha256: sha256Hex('token-1'), expiresAtMs: 1_000 },
  { name: 'new', sha256: sha256Hex('token-1'), expiresAtMs: 2_000 },
  { name: 'other', sha256: sha256Hex('token-2'), expiresAtMs: null },
];

describe('a bearer token', () => {
  it.each([
    ['Bearer token-2', { kind: 'accepted', source: 'other' }],
    ['bearer   token-2 ', { kind: 'accepted', source: 'other' }],
    ['Bearer token-3', { kind: 'unknown' }],
    ['Bearer token-', { kind: 'unknown' }],
    ['Bearer token-2 token-2', { kind: 'unknown' }],
    ['Bearer ', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
    ['Basic token-2', { kind: 'unknown' }],
    [undefined, { kind: 'missing' }],
  ])('%j is %j', (header, verdict) => {
    expect(checkBearer(tokens, header, 0)).toEqual(verdict);
  });

  it('that stands in the list twice holds as long as the longer of the two', () => {
    expect(checkBearer(tokens, 'Bearer token-1', 999)).toEqual({ kind: 'accepted', source: 'old' });
    expect(checkBearer(tokens, 'Bearer token-1', 1_000)).toEqual({ kind: 'accepted', source: 'new' });
    expect(checkBearer(tokens, 'Bearer token-1', 2_000)).toEqual({
      kind: 'expired',
      source: 'old',
      expiredAtMs: 1_000,
    });
  });

  it('is unknown where there are none, also an empty one', () => {
    expect(checkBearer([], 'Bearer x', 0)).toEqual({ kind: 'unknown' });
    const ofNothing = [{ name: 'empty', sha256: sha256Hex(''), expiresAtMs: null }];
    expect(checkBearer(ofNothing, 'Bearer ', 0)).toEqual({ kind: 'unknown' });
  });
});
