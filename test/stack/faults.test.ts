import { expect, it } from 'vitest';
import { newStateDir, runCli } from '../support/running-stack.ts';

interface Result {
  readonly asExpected: boolean;
  readonly differences: readonly string[];
  readonly verdict: string;
  readonly fault: { readonly node: string; readonly gpu: number | null; readonly hca?: string };
  readonly causes: readonly { readonly category: string; readonly node?: string }[];
  readonly closing: { readonly kind: string; readonly reason?: string };
}

/** Each as a user runs it, on a cluster whose time runs faster; `wardround bench faults` runs more seeds. */
const cases = [
  ['gpu-ecc-row-remap', 11, 'gpu-ecc-uncorrectable', { kind: 'handed-over', reason: 'hardware' }],
  ['ib-port-flap', 12, 'rdma-link-fault', { kind: 'handed-over', reason: 'hardware' }],
  ['host-oom', 13, 'host-oom', { kind: 'repaired' }],
  ['disk-full', 14, 'disk-full', { kind: 'repaired' }],
  ['old-xid', 15, null, { kind: 'no-fault' }],
  ['planned-maintenance', 16, null, { kind: 'no-fault' }],
] as const;

it.each(cases)(
  '%s with seed %i is judged as it is, and ends as it should',
  async (fault, seed, category, closing) => {
    const words = ['up', '--demo', '--yes', '--exit', '--json', '--rate', '40'];
    const ended = await runCli([...words, '--fault', fault, '--seed', String(seed)], {
      WARDROUND_STATE_DIR: newStateDir(),
    });
    const result = JSON.parse(ended.stdout) as Result; // our own output
    expect(result.differences).toEqual([]);
    expect(ended.code).toBe(0);
    expect(result.closing).toMatchObject(closing);
    const place = category === null ? [] : [{ category, node: result.fault.node }];
    expect(result.causes.map(({ category: found, node }) => ({ category: found, node }))).toEqual(place);
  },
  240_000,
);
