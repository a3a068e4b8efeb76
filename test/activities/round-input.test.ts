import { expect, it } from 'vitest';
import { roundInput } from '../../activities/round-input.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { smallInventory } from '../support/small-inventory.ts';

const small = smallInventory();
const [job] = small.jobs;
const [rank] = job?.ranks ?? [];
const read = { findings: [], recalled: [], previousGraph: null, evidence: new Map<string, number>() };

/** Nodes of what was mended, as an incident of the job hears of it whose alert named `nodes`. */
function hearsOf(nodes: readonly string[]): readonly string[] {
  const mended = [rank?.node ?? '', 'node-90'].map((node) => ({
    node,
    category: 'rdma-link-fault',
    device: null,
    atMs: 0,
  }));
  const plan = { job: job?.name ?? null, nodes, fromMs: 0, alertAtMs: 1, mended, logs: [], firstProbes: [] };
  const { window } = roundInput(read, { round: 1, plan, probesRun: [] }, small, knowledge);
  return window?.mendedBefore?.causes.map(({ node }) => node) ?? [];
}

it('hears of what was mended on nodes of its job and of its alert, not of other jobs elsewhere', () => {
  expect(hearsOf([])).toEqual([rank?.node]);
  expect(hearsOf(['node-90'])).toEqual([rank?.node, 'node-90']);
});
