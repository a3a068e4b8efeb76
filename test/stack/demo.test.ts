import { expect, it } from 'vitest';
import { newStateDir, runCli } from '../support/running-stack.ts';

interface Result {
  readonly asExpected: boolean;
  readonly fault: { readonly node: string; readonly gpu: number };
  readonly causes: readonly { readonly category: string; readonly node?: string; readonly gpu?: number }[];
  readonly closing: { readonly kind: string };
}

/** The whole product on real servers, as `npm start -- --yes --exit` runs it. */
it.each([7, 1_234])(
  'finds, repairs and verifies the locked GPU of the cluster with seed %i',
  async (seed) => {
    const ended = await runCli(['up', '--demo', '--yes', '--exit', '--json', '--seed', String(seed)], {
      WARDROUND_STATE_DIR: newStateDir(),
    });
    expect(ended).toMatchObject({ code: 0 });
    const { stdout, stderr } = ended;
    const result = JSON.parse(stdout) as Result; // our own output
    expect(result.closing.kind).toBe('repaired');
    expect(result.causes[0]).toMatchObject({
      category: 'gpu-clock-throttle',
      node: result.fault.node,
      gpu: result.fault.gpu,
    });
    expect(stderr).toContain('before  1 fault(s)');
    expect(stderr).toContain('after   0 fault(s)');
  },
  180_000,
);
