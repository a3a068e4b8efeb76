import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { signsOfMended } from '../../../kb/reasoning/mended.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const repairMs = Date.UTC(2026, 10, 23, 5);
const minute = 60_000;
const cause = { node: 'node-07', category: 'rdma-link-fault', device: 'hca mlx5_2', atMs: repairMs };
const port = { node: 'node-07', device: { kind: 'hca', name: 'mlx5_2' } } as const;

function seen(kind: string, source: string, more: Partial<Finding>): Finding {
  const role = knowledge.kinds.get(kind)?.role;
  if (role === undefined) throw new Error(`no kind ${kind}`);
  return { id: `fi_${kind}_${source}`, kind, role, count: 1, range: { evidenceId: 'ev_1', source }, text: '', ...more };
}

const before = { atMs: repairMs - 5 * minute, lastMs: repairMs - minute };
const metricRose = seen('metric.ib.link-downed.rose', 'metrics', { ...port, ...before });
const undatedEvent = seen('nccl.ib.port-event', 'rank-48.log', { ...port });
const echo = seen('nccl.ib.flushed', 'rank-3.log', { node: 'node-01', ...before });

/** Of logs that were written in the ten minutes until `toMs`. */
function setAside(findings: readonly Finding[], toMs: number | null = repairMs - 2 * minute): number {
  const written = toMs === null ? undefined : { fromMs: toMs - 10 * minute, toMs };
  const mended = { causes: [cause], written: () => written };
  return signsOfMended(findings, knowledge.kinds, mended).size;
}

describe('signs of what a repair has mended', () => {
  it('are set aside where nothing speaks for it since, with what other nodes told of it', () => {
    expect(setAside([metricRose, undatedEvent, echo])).toBe(3);
  });

  it('all count once one is newer, or is measured now', () => {
    const again = { ...metricRose, lastMs: repairMs + minute };
    expect(setAside([again, undatedEvent, echo])).toBe(0);
    const measured = seen('nccl.ib.port-event', 'probe', { ...port });
    expect(setAside([metricRose, measured], null)).toBe(0);
  });

  it('are new where the log was written since, whatever zone their stamps are of', () => {
    const west = seen('nccl.ib.port-event', 'rank-48.log', { ...port, atMs: repairMs - 470 * minute });
    expect(setAside([metricRose, west], repairMs + 20 * minute)).toBe(0);
    expect(setAside([metricRose, west])).toBe(2);
  });

  it('are not those of another port, nor the causes of other nodes', () => {
    const otherPort = { ...metricRose, device: { kind: 'hca', name: 'mlx5_3' } } as const;
    const otherNode = { ...metricRose, node: 'node-08' };
    expect(setAside([otherPort, otherNode])).toBe(0);
  });

  it('do not hold what a metric rule dates by its beginning alone: that lasts', () => {
    const lasting: Finding = { ...metricRose };
    Reflect.deleteProperty(lasting, 'lastMs');
    expect(setAside([lasting, undatedEvent])).toBe(0);
  });

  it('hold counters, which say that something was and not when, and are no new sign', () => {
    const counter = seen('ib.counter.errors', 'probe ib.counters on node-07', { ...port });
    expect(setAside([metricRose, counter], null)).toBe(2);
  });
});
