import { describe, expect, it } from 'vitest';
import { groundClaims, groundVerdict, type Ground } from '../../../kb/reasoning/grounding.ts';
import type { Claim } from '../../../workflows/domain/finding.ts';
import { finding, lostGpu } from './small-knowledge.ts';

const seen = finding(lostGpu, {
  range: { evidenceId: 'ev_log', source: 'a.log', line: 4, byteStart: 100, byteEnd: 160 },
});
const ground: Ground = { findings: new Map([[seen.id, seen]]), evidence: new Map([['ev_graph', 500]]) };
const good: Claim = { text: 'a GPU was lost', findingIds: [seen.id], ranges: [seen.range] };

describe('grounding', () => {
  it('keeps a claim whose finding and range exist', () => {
    expect(groundClaims([good], ground)).toEqual({ kept: [good], struck: [] });
  });

  it.each<[string, Claim]>([
    ['a finding that does not exist', { ...good, findingIds: ['f_invented'] }],
    ['nothing at all', { text: 'trust me', findingIds: [], ranges: [] }],
    ['bytes outside the finding', { ...good, ranges: [{ ...seen.range, byteEnd: 900 }] }],
    [
      'evidence that was never read',
      { ...good, ranges: [{ evidenceId: 'ev_other', source: 'b', byteStart: 0, byteEnd: 1 }] },
    ],
    [
      'bytes past the end of evidence',
      { ...good, ranges: [{ evidenceId: 'ev_graph', source: 'c', byteStart: 490, byteEnd: 501 }] },
    ],
  ])('strikes a claim that cites %s', (_what, claim) => {
    const { kept, struck } = groundClaims([claim], ground);
    expect(kept).toEqual([]);
    expect(struck[0]?.reason).toMatch(/cites/);
  });

  it('lets no cause be attributed on struck claims alone', () => {
    const verdict = groundVerdict(
      {
        kind: 'attributed',
        disputed: false,
        causes: [
          { category: 'gpu-fell-off-bus', probability: 0.9, because: [{ ...good, findingIds: ['f_invented'] }] },
        ],
      },
      ground,
    );
    expect(verdict.kept.kind).toBe('not-proven');
    expect(verdict.struck).toHaveLength(1);
  });
});
