import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { settle, type Attempt, type AttemptOutcome } from '../../../kb/reasoning/unread.ts';

const at = (outcome: AttemptOutcome, probeId: string, node = 'node-01'): Attempt => ({ probeId, node, outcome });
const asked = (probeId: string, nodes: readonly string[] = ['node-01']) => ({ probeId, nodes });
const ranOf = (batches: readonly (readonly Attempt[])[]) =>
  settle(
    batches.flatMap((batch) => batch.map(({ probeId, node }) => asked(probeId, [node]))),
    batches,
    knowledge.probes,
  ).probesRun.map(({ probeId, nodes }) => `${probeId}@${nodes.join(',')}`);
const silentAfter = (...batches: readonly (readonly Attempt[])[]) => [...settle([], batches, knowledge.probes).silent];

describe('a reading that was missed', () => {
  it.each(['missed', 'left-out', 'unreachable'] as const)('because it was %s may be asked for once more', (outcome) => {
    const first = [at(outcome, 'gpu.clocks'), at('read', 'ib.ports')];
    expect(ranOf([first])).toEqual(['ib.ports@node-01']);
    expect(ranOf([first, [at(outcome, 'gpu.clocks')]])).toContain('gpu.clocks@node-01');
  });

  it('is one reading when the second try is read', () => {
    expect(ranOf([[at('missed', 'gpu.clocks')], [at('read', 'gpu.clocks')]])).toEqual(['gpu.clocks@node-01']);
    expect(ranOf([[at('read', 'gpu.clocks')], [at('read', 'gpu.clocks')]])).toHaveLength(2);
  });

  it('is not asked for again where it answered and nobody could read that', () => {
    expect(ranOf([[at('unreadable', 'container.runtime')]])).toEqual(['container.runtime@node-01']);
  });

  it('is left where two others of its node were asked again in vain', () => {
    const smi = ['gpu.clocks', 'gpu.power', 'gpu.ecc', 'gpu.mig'];
    const look = smi.flatMap((id) => [at('missed', id), at('missed', id, 'node-02')]);
    const again = [at('missed', 'gpu.clocks'), at('missed', 'gpu.power')];
    expect(ranOf([look, again.slice(0, 1)])).not.toContain('gpu.mig@node-01');
    expect(ranOf([look, again])).toContain('gpu.mig@node-01');
    expect(ranOf([look, again])).not.toContain('gpu.mig@node-02');
  });

  it('about a node by the management host is told apart from those of the node', () => {
    const look = [at('missed', 'bmc.power'), at('missed', 'bmc.sensors'), at('missed', 'gpu.clocks')];
    const again = [at('missed', 'bmc.power'), at('missed', 'bmc.sensors')];
    expect(ranOf([look, again])).not.toContain('gpu.clocks@node-01');
  });

  it('counts as read where nobody kept what came of it, and so does what asks no node', () => {
    const probesRun = [asked('gpu.clocks'), asked('performance.compare', [])];
    expect(settle(probesRun, [], knowledge.probes).probesRun).toEqual(probesRun);
  });
});

describe('a node', () => {
  it('is silent while nothing of it can be read, and no longer once something was', () => {
    const down = [at('unreachable', 'gpu.clocks'), at('missed', 'gpu.power')];
    expect(silentAfter(down)).toEqual([['node-01', 1]]);
    expect(silentAfter(down, [at('read', 'ib.ports', 'node-02')])).toEqual([['node-01', 1]]);
    expect(silentAfter(down, [at('missed', 'kernel.version')])).toEqual([['node-01', 2]]);
    expect(silentAfter(down, [at('read', 'kernel.version')])).toEqual([]);
  });

  it('is silent without a word of why where many readings were missed, and not where a few were', () => {
    const denied = ['gpu.clocks', 'gpu.power', 'gpu.ecc'].map((id) => at('missed', id));
    expect(silentAfter(denied)).toEqual([['node-01', 1]]);
    expect(silentAfter(denied.slice(0, 2))).toEqual([]);
  });

  it('is not silent because nobody had the time to ask it, nor for what its controller does not say', () => {
    const ids = ['gpu.clocks', 'gpu.power', 'gpu.ecc'];
    expect(silentAfter(ids.map((id) => at('left-out', id)))).toEqual([]);
    expect(silentAfter(['bmc.power', 'bmc.sensors', 'bmc.event-log'].map((id) => at('missed', id)))).toEqual([]);
  });
});
