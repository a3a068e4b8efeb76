import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { deriveSeverity } from '../../../../activities/audit/rederive/severity.ts';
import type { RecordedWorld } from '../../../../activities/audit/rederive/world.ts';
import { createMeasureSeverity } from '../../../../activities/measure-severity.ts';
import { PortError, type MetricsSource } from '../../../../activities/ports.ts';
import type { SeverityInput, SeverityResult } from '../../../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../../../support/memory-stores.ts';
import { aProposal } from '../../../support/proposals.ts';
import { smallInventory } from '../../../support/small-inventory.ts';

const minute = 60_000;
const nowMs = 120 * minute;
const input: SeverityInput = {
  key: { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' },
  plan: {
    handlerId: 'h',
    job: 'pretrain',
    nodes: ['node-02'],
    alertAtMs: 100 * minute,
    fromMs: 70 * minute,
    toMs: 101 * minute,
    logs: [],
    metrics: [],
    firstProbes: [],
    knowledgeDigest: '',
    readyInMs: 0,
  },
  proposal: aProposal(),
  moment: 'after',
  probes: null,
};

/** A job of different steps of two seconds until `untilMs`; then its exporter repeats the last one. Alerts are refused. */
function stoppedAt(untilMs: number): MetricsSource {
  return {
    async range({ selector, fromMs, toMs, stepMs }) {
      if (selector !== 'training_step_seconds') throw new PortError('refused', 'no alerts here');
      const count = Math.floor((toMs - fromMs) / stepMs) + 1;
      const times = Array.from({ length: count }, (_one, step) => fromMs + step * stepMs);
      const points = times.map((ms) => [ms, 2 + (Math.min(ms, untilMs) % 97) / 1e4] as const);
      return [{ name: selector, labels: {}, points }];
    },
  };
}

it.each([
  ['a job that stopped', stoppedAt(nowMs - 5 * minute), { jobStopped: true, alertsUnread: true }],
  ['a job that goes on', stoppedAt(nowMs), { jobStopped: false, alertsUnread: true }],
  ['no metrics at all', null, {}],
])('what was measured of %s is derived again as it was recorded', async (_name, source, told) => {
  const evidence = memoryEvidence('logs');
  const inventories = new Map([['site-a', smallInventory()]]);
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(work);
  const measure = createMeasureSeverity({
    evidence,
    inventories,
    metrics: () => source,
    clock: { nowMs: () => nowMs },
  });
  const recorded: SeverityResult = await run(() => measure(input));
  expect(recorded.severity).toMatchObject(told);
  // Logs and knowledge are not asked for here.
  const world = { evidence, inventories } as unknown as RecordedWorld;
  const derived = await run(() => deriveSeverity(world, input, recorded));
  expect(derived.severity).toEqual(recorded.severity);
});
