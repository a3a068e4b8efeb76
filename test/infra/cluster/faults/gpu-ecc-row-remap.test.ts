import { afterEach, describe, expect, it } from 'vitest';
import { kernelLines } from '../../../../infra/cluster/logs/kernel.ts';
import { rankLines } from '../../../../infra/cluster/logs/rank.ts';
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

const broken = (seed: number) => {
  held = heldCluster({ seed });
  simulator = held.open();
  const { node, gpu } = simulator.inject('gpu-ecc-row-remap', { values: { againS: 120 } }).target;
  const found = findNode(simulator.world, node);
  const board = found?.gpus[gpu ?? -1];
  if (found === undefined || board === undefined || gpu === undefined) throw new Error('it strikes a GPU');
  return { node, gpu, found, board, labels: { Hostname: node, gpu: String(gpu) } };
};
const phase = () => simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind;
const requeue = () => simulator.act([{ kind: 'job-requeue', hold: false }]);

describe.each([1, 2, 3])('an uncorrectable error without a spare row, seed %i', (seed) => {
  it('ends the process on that GPU and with it the job, and says so in every place', () => {
    const { node, gpu, found, board, labels } = broken(seed);
    const fromMs = simulator.time.nowMs();
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels)).toBe(0);
    held.pass(minutes(2));
    expect(phase()).toBe('ended');
    const xids = kernelLines(simulator.timeline, found, fromMs, simulator.time.nowMs(), { boot: false })
      .filter((line) => line.text.startsWith('NVRM: Xid'))
      .map((line) => line.text);
    const bus = board.busId.slice(4, 12).toLowerCase().replace(/:$/, '');
    // Shapes: a report with driver 550.90.07 on an HGX A100 (dmesg of Xid 48, 63 and 94) and `ras_events.c` in
    // https://github.com/NVIDIA/open-gpu-kernel-modules for "All reserved rows for bank are remapped".
    expect(xids[0]).toMatch(
      new RegExp(
        `^NVRM: Xid \\(PCI:${bus.slice(0, 7)}:00\\): 48, pid='<unknown>', name=<unknown>, An uncorrectable double bit error \\(DBE\\) has been detected on GPU in the framebuffer at physAddr 0x[0-9a-f]+ partition \\d+, subpartition [01]\\.$`,
      ),
    );
    expect(xids[1]).toMatch(
      /: 64, .*Row Remapper Error: \(0x[0-9a-f]{16}\) - All reserved rows for bank are remapped$/,
    );
    expect(xids[2]).toMatch(
      new RegExp(`: 94, pid=${board.pid}, name=python3, Contained: SM \\(0x1\\)\\. RST: No, D-RST: No$`),
    );
    expect(xids).toHaveLength(3);
    const said = rankLines(simulator.timeline, found, gpu, fromMs, simulator.time.nowMs()).map((line) => line.text);
    expect(said.some((text) => text.endsWith('RuntimeError: CUDA error: uncorrectable ECC error encountered'))).toBe(
      true,
    );
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels)).toBe(94);
    expect(metricOf(simulator, 'DCGM_FI_DEV_ROW_REMAP_FAILURE', labels)).toBe(1);
    expect(metricOf(simulator, 'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', labels)).toBe(8);
    expect(metricOf(simulator, 'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', labels)).toBe(1);
    const other = { Hostname: node, gpu: String((gpu + 1) % 8) };
    expect(metricOf(simulator, 'DCGM_FI_DEV_ROW_REMAP_FAILURE', other)).toBe(0);
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', other)).toBe(0);
  });

  it('ends the job again after a while when it lands on the GPU again, and not when the node is drained', () => {
    const { node, labels } = broken(seed);
    held.pass(minutes(2));
    requeue();
    held.pass(minutes(2.5));
    expect(phase()).toBe('running');
    held.pass(minutes(5));
    expect(phase()).toBe('ended');
    expect(metricOf(simulator, 'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', labels)).toBe(2);
    simulator.act([{ kind: 'node-drain', node, reason: 'wardround' }]);
    requeue();
    held.pass(minutes(60));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBeCloseTo(8 * (4 / 3), 5);
    expect(simulator.activeFaults()).toHaveLength(1);
  });
});

describe('nvidia-smi', () => {
  it('shows the failed remapping as driver 550 prints it, and all zeros after the board was replaced', () => {
    const { node, gpu, labels } = broken(2);
    held.pass(minutes(2));
    // Layout: `nvidia-smi -q -d ECC,ROW_REMAPPER` of driver 550.90.07 in the same report, and of an A100-SXM4-80GB in
    // https://github.com/stas00/ml-engineering (compute/accelerator/nvidia/debug.md: 640 banks).
    const report = outputOn(simulator, node, `nvidia-smi -i ${gpu} -q -d ECC,ROW_REMAPPER`);
    expect(report).toContain(
      [
        '    Remapped Rows',
        '        Correctable Error                 : 0',
        '        Uncorrectable Error               : 8',
        '        Pending                           : No',
        '        Remapping Failure Occurred        : Yes',
        '        Bank Remap Availability Histogram',
        '            Max                           : 639 bank(s)',
        '            High                          : 0 bank(s)',
        '            Partial                       : 0 bank(s)',
        '            Low                           : 0 bank(s)',
        '            None                          : 1 bank(s)',
        '',
      ].join('\n'),
    );
    expect(report).toMatch(/^ {8}Volatile\n(?:.*\n){4} {12}DRAM Uncorrectable {12}: 1$/m);
    expect(report).toMatch(/^ {8}Aggregate\n(?:.*\n){4} {12}DRAM Uncorrectable {12}: 9$/m);
    const rows = `nvidia-smi -i ${gpu} --query-remapped-rows=remapped_rows.uncorrectable,remapped_rows.pending,remapped_rows.failure,remapped_rows.histogram.none --format=csv,noheader`;
    const errors = `nvidia-smi -i ${gpu} --query-gpu=ecc.errors.uncorrected.volatile.total,ecc.errors.uncorrected.aggregate.total --format=csv,noheader`;
    expect(outputOn(simulator, node, rows)).toBe('8, No, Yes, 1\n');
    expect(outputOn(simulator, node, errors)).toBe('1, 9\n');
    simulator.heal('gpu-ecc-row-remap');
    expect(metricOf(simulator, 'DCGM_FI_DEV_XID_ERRORS', labels)).toBe(0);
    expect(outputOn(simulator, node, rows)).toBe('0, No, No, 0\n');
    expect(outputOn(simulator, node, errors)).toBe('0, 0\n');
    expect(simulator.activeFaults()).toEqual([]);
    held.pass(minutes(30));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBe(8);
    expect(outputOn(simulator, node, 'dmesg --time-format iso --level warn')).toContain(': 64, ');
  });

  it('shows a healthy GPU with all banks whole', () => {
    held = heldCluster();
    simulator = held.open();
    const report = outputOn(simulator, 'node-01', 'nvidia-smi -i 0 -q -d ROW_REMAPPER');
    expect(report).toMatch(/^ {12}Max {27}: 640 bank\(s\)$/m);
    expect(report).not.toContain('ECC Errors');
    expect(() => outputOn(simulator, 'node-01', 'nvidia-smi -i 0 -q -d SUPPORTED_GPU_TARGET_TEMP')).toThrow(
      'Invalid combination',
    );
  });
});

describe('a restart of the simulator between the error and the repair', () => {
  it('changes nothing', () => {
    const { node, gpu } = broken(3);
    held.pass(minutes(2));
    const before = outputOn(simulator, node, `nvidia-smi -i ${gpu} -q -d ECC`);
    simulator.close();
    simulator = held.open();
    expect(outputOn(simulator, node, `nvidia-smi -i ${gpu} -q -d ECC`)).toBe(before);
    expect(phase()).toBe('ended');
  });
});
