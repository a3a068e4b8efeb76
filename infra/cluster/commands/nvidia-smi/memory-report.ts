import type { RamHealth } from '../../physics/gpu-ram.ts';
import { readGpu } from '../../physics/reading.ts';
import type { ListedGpu } from './listed.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { reportHead, row } from './reports.ts';

/** `nvidia-smi -q -d ECC`, `-d ROW_REMAPPER` or both, as driver 550 prints them; null for other sections. */
export function memoryReport(
  context: CommandContext,
  gpus: readonly ListedGpu[],
  sections: readonly string[],
): CommandResult | null {
  if (sections.some((section) => section !== 'ECC' && section !== 'ROW_REMAPPER')) return null;
  const { node, timeline, nowMs } = context;
  const lines = [...reportHead(context)];
  for (const gpu of gpus) {
    const { memory } = readGpu(timeline, node, gpu, nowMs);
    lines.push(`GPU ${gpu.busId}`);
    if (sections.includes('ECC')) lines.push(...eccLines(memory));
    if (sections.includes('ROW_REMAPPER')) lines.push(...rowLines(memory));
    lines.push('');
  }
  return printed(lines.map((line) => `${line}\n`).join(''));
}

function eccLines(ram: RamHealth): readonly string[] {
  return [
    '    ECC Mode',
    row(8, 'Current', 'Enabled'),
    row(8, 'Pending', 'Enabled'),
    '    ECC Errors',
    '        Volatile',
    ...counts(ram.uncorrectableVolatile, ram.sramVolatile, 0),
    '        Aggregate',
    ...counts(ram.uncorrectableAggregate, ram.sramAggregate, ram.correctedAggregate),
    row(12, 'SRAM Threshold Exceeded', ram.sramThreshold ? 'Yes' : 'No'),
    '        Aggregate Uncorrectable SRAM Sources',
    row(12, 'SRAM L2', String(ram.sramAggregate)),
    ...['SRAM SM', 'SRAM Microcontroller', 'SRAM PCIE', 'SRAM Other'].map((name) => row(12, name, '0')),
  ];
}

function counts(dramUncorrectable: number, sramUncorrectable: number, dramCorrected: number): readonly string[] {
  return [
    row(12, 'SRAM Correctable', '0'),
    row(12, 'SRAM Uncorrectable Parity', String(sramUncorrectable)),
    row(12, 'SRAM Uncorrectable SEC-DED', '0'),
    row(12, 'DRAM Correctable', String(dramCorrected)),
    row(12, 'DRAM Uncorrectable', String(dramUncorrectable)),
  ];
}

function rowLines({ rowsRemapped, remapPending, remapFailed, banks }: RamHealth): readonly string[] {
  const bank = (level: string, count: number) => row(12, level, `${count} bank(s)`);
  return [
    '    Remapped Rows',
    row(8, 'Correctable Error', '0'),
    row(8, 'Uncorrectable Error', String(rowsRemapped)),
    row(8, 'Pending', remapPending ? 'Yes' : 'No'),
    row(8, 'Remapping Failure Occurred', remapFailed ? 'Yes' : 'No'),
    '        Bank Remap Availability Histogram',
    bank('Max', banks.max),
    bank('High', banks.high),
    bank('Partial', 0),
    bank('Low', 0),
    bank('None', banks.none),
  ];
}
