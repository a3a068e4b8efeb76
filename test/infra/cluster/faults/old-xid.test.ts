import { afterEach, describe, expect, it } from 'vitest';
import { kernelLines } from '../../../../infra/cluster/logs/kernel.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { metricOf, outputOn } from './on-node.ts';

let held: HeldCluster;
let simulator: Simulator;

afterEach(() => {
  simulator.close();
  held.remove();
});

const remembered = (seed: number) => {
  held = heldCluster({ seed });
  simulator = held.open();
  const { node, gpu } = simulator.inject('old-xid').target;
  return { node, labels: { Hostname: node, gpu: String(gpu) } };
};

describe.each([1, 2, 3])('an Xid of last week, seed %i', (seed) => {
  it('stands in the ring buffer with its old time, not in what is shipped, and on the gauge after the restart', () => {
    const { node, labels } = remembered(seed);
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels)).toBeUndefined();
    held.pass(minutes(1));
    const xid = metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels);
    expect([13, 31]).toContain(xid);
    // Shapes: `NVRM: Xid (PCI:0000:cb:00): 31, pid=626486, name=pt_main_thread, Ch 00000008, intr 00000000. MMU Fault: …`
    // and the three lines of Xid 13 in https://github.com/leptonai/gpud (components/accelerator/nvidia/query/xid).
    const lines = outputOn(simulator, node, 'dmesg --time-format iso --level emerg,alert,crit,err,warn')
      .split('\n')
      .filter((line) => line.includes('NVRM: Xid'));
    expect(lines).toHaveLength(xid === 31 ? 1 : 3);
    for (const line of lines) {
      expect(line).toMatch(
        /NVRM: Xid \(PCI:0000:[0-9a-f]{2}:00\): (31, pid=\d+, name=python, Ch |13, pid=\d+, name=python, Graphics )/,
      );
      const days = (simulator.time.nowMs() - Date.parse(line.slice(0, 26).replace(',', '.'))) / 86_400_000;
      expect(days).toBeGreaterThan(6.9);
      expect(days).toBeLessThan(7.2);
    }
    const found = findNode(simulator.world, node);
    if (found === undefined) throw new Error(`there is no ${node}`);
    const shipped = kernelLines(simulator.timeline, found, simulator.world.historyFromMs, simulator.time.nowMs(), {
      boot: false,
    });
    expect(shipped.some((line) => line.text.includes('Xid'))).toBe(false);
  });

  it('slows nothing down and breaks nothing', () => {
    remembered(seed);
    held.pass(minutes(30));
    expect(stepSeconds(simulator)).toBe(8);
    expect(simulator.timeline.segmentAt(simulator.time.nowMs()).phase).toMatchObject({ kind: 'running', stop: null });
  });
});

describe('an exporter that starts anew', () => {
  it('is silent for some scrapes, and its other gauges are as before', () => {
    const { labels } = remembered(1);
    const injectedMs = simulator.time.nowMs();
    held.pass(minutes(1));
    expect(metricOf(simulator, 'DCGM_FI_DEV_SM_CLOCK', labels, injectedMs - 5_000)).toBe(1410);
    expect(metricOf(simulator, 'DCGM_FI_DEV_SM_CLOCK', labels, injectedMs + 5_000)).toBeUndefined();
    expect(metricOf(simulator, 'DCGM_FI_DEV_SM_CLOCK', labels, injectedMs + 15_000)).toBe(1410);
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels, injectedMs - 5_000)).toBe(0);
  });

  it('forgets the Xid when the driver was loaded anew', () => {
    const { node, labels } = remembered(2);
    held.pass(minutes(1));
    simulator.heal('old-xid');
    held.pass(minutes(1));
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels)).toBe(0);
    expect(outputOn(simulator, node, 'dmesg -T')).not.toContain('Xid');
    expect(simulator.activeFaults()).toEqual([]);
  });
});

describe('dmesg -T', () => {
  it('prints the times that people read', () => {
    const { node } = remembered(1);
    expect(outputOn(simulator, node, 'dmesg -T')).toMatch(/^\[\w{3} Nov 14 \d\d:\d\d:\d\d 2026\] NVRM: Xid /m);
  });
});
