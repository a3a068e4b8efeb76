import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson, getJson, jsonDigest, putJson } from '../../activities/json-evidence.ts';
import { memoryEvidence } from '../support/memory-stores.ts';

describe('JSON evidence', () => {
  it('has one form for one value, whatever the order of its keys', () => {
    expect(canonicalJson({ b: 1, a: [1.0, 'ä'] })).toBe('{"a":[1,"ä"],"b":1}');
    expect(jsonDigest({ b: 1, a: 2 })).toBe(jsonDigest({ a: 2, b: 1 }));
  });

  it('is written once', async () => {
    const store = memoryEvidence();
    const first = await putJson(store, 'graph', 'site-a', { b: 1, a: 2 });
    expect(await putJson(store, 'graph', 'site-a', { a: 2, b: 1 })).toEqual(first);
    expect(store.objects.size).toBe(1);
  });

  it('is checked when it is read back', async () => {
    const store = memoryEvidence();
    const ref = await putJson(store, 'graph', 'site-a', { a: 'two' });
    await expect(getJson(store, ref, z.object({ a: z.number() }))).rejects.toMatchObject({ kind: 'malformed' });
    expect(await getJson(store, ref, z.object({ a: z.string() }))).toEqual({ a: 'two' });
  });

  it('says so when it is not JSON at all', async () => {
    const store = memoryEvidence();
    const ref = await store.put('graph', 'site-a', new Uint8Array([0xff, 0xfe, 0x00]));
    await expect(getJson(store, ref, z.unknown())).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('refuses a value that JSON cannot hold', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(/NaN/);
    expect(() => canonicalJson(undefined)).toThrow(/JSON/);
  });
});
