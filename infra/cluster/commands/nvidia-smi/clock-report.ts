import { a800 } from '../../physics/a800.ts';
import { appClockMhz } from '../../physics/fixed-cap.ts';
import { readGpu } from '../../physics/reading.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import type { ListedGpu } from './listed.ts';
import { reportHead, row } from './reports.ts';

// `nvidia-smi -q -d CLOCK` of an A100 SXM4 80GB.
const videoMhz = { current: 1_275, max: 1_290 } as const;

/** `nvidia-smi -q -d CLOCK`, as driver 550 prints it. */
export function clockReport(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const { node, timeline, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const mhz = (name: string, value: number) => row(8, name, `${Math.round(value)} MHz`);
  const samples = (name: string) => [
    `    ${name} Clock Samples`,
    ...['Duration', 'Number of Samples', 'Max', 'Min', 'Avg'].map((one) => row(8, one, 'Not Found')),
  ];
  const lines = [...reportHead(context)];
  for (const gpu of gpus) {
    const { smMhz } = readGpu(timeline, node, gpu, nowMs);
    const appMhz = appClockMhz(settings, node, gpu.index, nowMs);
    lines.push(
      `GPU ${gpu.busId}`,
      '    Clocks',
      mhz('Graphics', smMhz),
      mhz('SM', smMhz),
      mhz('Memory', a800.memoryMhz),
      mhz('Video', videoMhz.current),
      '    Applications Clocks',
      mhz('Graphics', appMhz),
      mhz('Memory', a800.memoryMhz),
      '    Default Applications Clocks',
      mhz('Graphics', a800.smMhzMax),
      mhz('Memory', a800.memoryMhz),
      '    Deferred Clocks',
      row(8, 'Memory', 'N/A'),
      '    Max Clocks',
      mhz('Graphics', a800.smMhzMax),
      mhz('SM', a800.smMhzMax),
      mhz('Memory', a800.memoryMhz),
      mhz('Video', videoMhz.max),
      '    Max Customer Boost Clocks',
      mhz('Graphics', a800.smMhzMax),
      ...samples('SM'),
      ...samples('Memory'),
      '    Clock Policy',
      row(8, 'Auto Boost', 'N/A'),
      row(8, 'Auto Boost Default', 'N/A'),
      '',
    );
  }
  return printed(lines.map((line) => `${line}\n`).join(''));
}

/** `nvidia-smi -q -d PAGE_RETIREMENT`: boards of this generation remap rows instead. */
export function pageReport(context: CommandContext, gpus: readonly ListedGpu[]): CommandResult {
  const names = ['Single Bit ECC', 'Double Bit ECC', 'Pending Page Blacklist'];
  const lines = [
    ...reportHead(context),
    ...gpus.flatMap((gpu) => [
      `GPU ${gpu.busId}`,
      '    Retired Pages',
      ...names.map((name) => row(8, name, 'N/A')),
      '',
    ]),
  ];
  return printed(lines.map((line) => `${line}\n`).join(''));
}
