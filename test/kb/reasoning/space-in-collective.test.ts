import { describe, expect, it } from 'vitest';
import { spaceInCollective } from '../../../kb/reasoning/space-in-collective.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const digest = 'a'.repeat(64);

function finding(kind: string, text: string): Finding {
  return { id: kind, kind, role: 'cause', count: 1, range: { evidenceId: digest, source: 'log.txt' }, text };
}

const cut = finding('traceback.cut.in-collective', 'torch.distributed.broadcast(seed, src=0)');
const told = finding('disk.full', "the error contains 'No space left on device'");

describe('an error for want of space that is told beside a log', () => {
  it('is of shared memory where the log ends in a collective', () =>
    expect(spaceInCollective([cut, told])).toMatchObject([{ kind: 'shm.no-space.at-collective', role: 'cause' }]));

  it('is of what it names otherwise', () => {
    expect(spaceInCollective([told])).toEqual([]);
    expect(spaceInCollective([cut])).toEqual([]);
    expect(spaceInCollective([cut, finding('disk.full', 'tee: train_log.txt: No space left on device')])).toEqual([]);
    expect(spaceInCollective([cut, finding('disk.full', "No space left on device: '/data/run/a'")])).toEqual([]);
  });
});
