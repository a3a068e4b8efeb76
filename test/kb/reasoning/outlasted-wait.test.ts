import { describe, expect, it } from 'vitest';
import { outlastedWaits } from '../../../kb/reasoning/outlasted-wait.ts';
import { ofRanksSinceDead, timeMayTell } from '../../../kb/reasoning/time-tells.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const alertAtMs = 1_500;
const digest = 'a'.repeat(64);

function finding(kind: string, source: string, over: Partial<Finding> = {}): Finding {
  return {
    id: `${kind} ${source}`,
    kind,
    role: 'symptom',
    count: 1,
    range: { evidenceId: digest, source },
    text: kind,
    ...over,
  };
}

const away = finding('job.stack.rank0-elsewhere', 'probe job.stacks on node-01', { node: 'node-01' });
const waits = finding('job.stack.all-wait', 'probe job.stacks on node-02', { node: 'node-02' });
const gaveUp = finding('torch.nccl.watchdog-timeout', 'rank 9', { rank: 9, atMs: 2_000 });
const together = finding('job.stack.together', 'probe job.stacks on node-01', { node: 'node-01', role: 'clean' });

describe('rank 0 in work of its own', () => {
  it('is the reason of a time-out that came while the others waited for it', () => {
    const [derived, ...more] = outlastedWaits(
      [away, waits, gaveUp, { ...gaveUp, id: 'later', atMs: 3_000 }],
      alertAtMs,
    );
    expect(more).toEqual([]);
    expect(derived).toMatchObject({ role: 'cause', atMs: 2_000, range: { source: 'rank 9' } });
    expect(knowledge.kinds.get(derived?.kind ?? '')?.weighs).toMatchObject({ 'long-rank0-work-timeout': 2 });
  });

  it('is that of any evaluation as long as nobody gave up', () =>
    expect(outlastedWaits([away, waits], alertAtMs)).toEqual([]));

  it('is not the reason of a time-out that ended an attempt before', () =>
    expect(outlastedWaits([away, waits, { ...gaveUp, atMs: 1_000 }], alertAtMs)).toEqual([]));

  it('is not assumed behind a time-out of other reasons', () =>
    expect(outlastedWaits([waits, gaveUp], alertAtMs)).toEqual([]));
});

describe('time', () => {
  const observed = (...findings: readonly Finding[]) =>
    findings.flatMap(({ kind }) => {
      const known = knowledge.kinds.get(kind);
      return known === undefined ? [] : [{ kind: known, findings: findings.filter((one) => one.kind === kind) }];
    });

  it.each([
    ['may tell while ranks stand still', [waits], true],
    ['may tell while rank 0 is elsewhere', [away, waits], true],
    ['tells no more once one gave up', [away, waits, gaveUp], false],
    ['may tell of an attempt after one that gave up', [away, waits, { ...gaveUp, atMs: 1_000 }], true],
    ['tells nothing of ranks that work', [together], false],
    ['tells nothing of ranks that nobody saw', [], false],
  ])('%s', (_what, findings, expected) => expect(timeMayTell(observed(...findings), alertAtMs)).toBe(expected));

  it('leaves what live ranks showed, unless the same was read anew', () => {
    const none = finding('job.trainers.none', 'probe job.stacks on node-01', { node: 'node-01', role: 'context' });
    const gpu = finding('gpu.clock.below-siblings', 'probe gpu.clocks on node-01');
    const earlier = [away, waits, together, none, gaveUp, gpu];
    expect(ofRanksSinceDead(earlier, [])).toEqual([away, waits]);
    expect(ofRanksSinceDead(earlier, [none])).toEqual([away, waits]);
    expect(ofRanksSinceDead(earlier, [together])).toEqual([waits]);
  });
});
