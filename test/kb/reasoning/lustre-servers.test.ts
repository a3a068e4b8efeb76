import { describe, expect, it } from 'vitest';
import { diagnoseWorld, kernelLog, nodes, power, steps, type World } from './incident-world.ts';

/** Lustre's clients on all nodes wait for replies, and so do steps. */
function slowLustre(kind: string, said = 'timed out for slow reply'): World {
  const late = (at: number): readonly [number, string] => [
    at,
    `Lustre: 3315:0:(client.c:2289:ptlrpc_expire_one_request()) @@@ Request sent has ${said}: [sent 1795232300/real 1795232300]  req@ffff9a7c4c1d8800 x1750/t0(0) o3->scratch-OST0003-osc-ffff9a7c4c1d8800@10.0.1.9@o2ib:6/4 lens 488/440 e 0 to 1 dl 1795232345 ref 2 fl Rpc:X/0/ffffffff rc 0/-1`,
  ];
  return {
    sources: nodes.map((node) => kernelLog(node, [late(-120), late(-60)])),
    metrics: [steps(90, (at) => (at > -900 ? 12 : 4.1)), ...power()],
    answers: nodes.flatMap((node) => [
      { probeId: 'host.d-state', node, says: [{ kind: 'host.d-state.shared-storage' }] },
      { probeId: 'fs.lustre-timeouts', node, says: [{ kind }] },
    ]),
  };
}

describe('Lustre that is slow on all nodes', () => {
  it('is its servers, where they say so themselves, and that is asked', () => {
    const { last, asked } = diagnoseWorld(slowLustre('fs.lustre.service-slow'));
    expect(last.verdict).toMatchObject({ kind: 'attributed', causes: [{ category: 'shared-fs-problem' }] });
    expect(last.verdict?.kind === 'attributed' && last.verdict.causes[0]?.node).toBeUndefined();
    expect(asked.filter(({ probeId }) => probeId === 'fs.lustre-timeouts').flatMap((wish) => wish.nodes)).toEqual(
      expect.arrayContaining([...nodes]),
    );
  });

  it('is not proven to be its servers where nobody knows what is slow', () => {
    const { last } = diagnoseWorld(slowLustre('fs.lustre.no-estimates'));
    expect(last.verdict).toMatchObject({
      kind: 'not-proven',
      reason: expect.stringContaining('facility-fault would look the same'),
    });
  });

  it.each(['timed out for slow reply', 'timed out for sent delay', 'failed due to network error'])(
    'is neither its servers nor links of the job where the network to them is slow: %s',
    (said) => {
      const { last } = diagnoseWorld(slowLustre('fs.lustre.network-slow', said));
      const causes = last.verdict?.kind === 'attributed' ? last.verdict.causes.map(({ category }) => category) : [];
      expect(causes.filter((category) => category !== 'facility-fault')).toEqual([]);
    },
  );
});
