import { describe, expect, it } from 'vitest';
import type { FindingKind } from '../../../../../kb/schemas/finding-kind.ts';
import type { Finding } from '../../../../../workflows/domain/finding.ts';
import { keywordVerdict } from '../../../../../workers/cli/bench/cluster/keyword-verdict.ts';

const kind = (id: string, weighs: FindingKind['weighs']): FindingKind => ({
  id,
  weighs,
  summary: '',
  role: 'cause',
  source: '',
});
const kinds = new Map(
  [
    kind('a.disk', { 'disk-full': 3, 'host-oom': 1 }),
    kind('b.memory', { 'host-oom': 4 }),
    kind('c.clean', { 'disk-full': -4 }),
  ].map((one) => [one.id, one]),
);
const finding = (of: string, node: string, count: number): Finding => ({
  id: `${of} ${node}`,
  kind: of,
  role: 'cause',
  node,
  count,
  range: { evidenceId: 'ev_1', source: 'log' },
  text: '',
});

describe('a verdict by keywords', () => {
  it('is the category with most lines, on the node with most of them', () => {
    const findings = [
      finding('a.disk', 'node-01', 2),
      finding('a.disk', 'node-02', 3),
      finding('b.memory', 'node-03', 4),
    ];
    expect(keywordVerdict(findings, kinds)).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'disk-full', node: 'node-02' }],
    });
  });

  it('is not proven where no line names a cause', () => {
    expect(keywordVerdict([finding('c.clean', 'node-01', 9), finding('unheard', 'node-01', 1)], kinds).kind).toBe(
      'not-proven',
    );
  });
});
