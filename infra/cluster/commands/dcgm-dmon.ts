import { a800 } from '../physics/a800.ts';
import { presenceOf } from '../physics/gpu-presence.ts';
import { readGpu, type GpuReading } from '../physics/reading.ts';
import type { CommandContext } from './command.ts';
import { complaint, out, wait, type Play } from './play.ts';

interface DmonField {
  readonly tag: string;
  readonly unit: string;
  value(reading: GpuReading): string;
}

/** Short names and units of `dcgm_fields.cpp`. */
const fields: Readonly<Record<string, DmonField>> = {
  '100': { tag: 'SMCLK', unit: '', value: (r) => String(r.smMhz) },
  '101': { tag: 'MMCLK', unit: '', value: () => String(a800.memoryMhz) },
  '140': { tag: 'MMTMP', unit: 'C', value: (r) => String(r.memoryTemperatureC) },
  '150': { tag: 'TMPTR', unit: 'C', value: (r) => String(r.temperatureC) },
  '155': { tag: 'POWER', unit: 'W', value: (r) => r.powerW.toFixed(3) },
  '203': { tag: 'GPUTL', unit: '', value: (r) => String(r.utilizationPercent) },
  '204': { tag: 'MCUTL', unit: '', value: (r) => String(r.memoryUtilizationPercent) },
  '1002': { tag: 'SMACT', unit: '', value: (r) => r.smActive.toFixed(3) },
  '1004': { tag: 'TENSO', unit: '', value: (r) => r.tensorActive.toFixed(3) },
  '1005': { tag: 'DRAMA', unit: '', value: (r) => r.dramActive.toFixed(3) },
};

const firstWidth = 10;
const width = 28;
const countMax = 3_600;

/** `dcgmi dmon -e FIELDS -c COUNT -d DELAY_MS`, as DCGM 3.3 prints it. */
export function* dmonPlay(context: CommandContext, args: readonly string[]): Play {
  const valueOf = (option: string) => args[args.indexOf(option) + 1] ?? '';
  const ids = valueOf('-e').split(',');
  const shown = ids.map((id) => fields[id]).filter((field) => field !== undefined);
  if (!args.includes('-e') || shown.length < ids.length) {
    yield complaint('Error: Unable to retrieve field information. Return: Bad parameter passed to function\n');
    return 255;
  }
  const count = args.includes('-c') ? Math.min(countMax, Number(valueOf('-c'))) : countMax;
  const delayMs = args.includes('-d') ? Number(valueOf('-d')) : 1_000;
  const line = (first: string, cells: readonly string[]) =>
    `${first.padEnd(firstWidth)}${cells.map((cell) => cell.padEnd(width)).join('')}\n`;
  yield out(
    line(
      '#Entity',
      shown.map(({ tag }) => tag),
    ) +
      line(
        'ID',
        shown.map(({ unit }) => unit),
      ),
  );
  const { timeline, node } = context;
  let { nowMs } = context;
  for (let at = 0; at < count; at += 1) {
    if (at > 0) nowMs = yield wait(delayMs);
    const { settings } = timeline.segmentAt(nowMs);
    let text = '';
    for (const gpu of node.gpus.toReversed()) {
      const presence = presenceOf(settings, node, gpu.index, nowMs);
      if (presence === 'absent') continue;
      const reading = readGpu(timeline, node, gpu, nowMs);
      text += line(
        `GPU ${gpu.index}`,
        shown.map((field) => (presence === 'lost' ? 'N/A' : field.value(reading))),
      );
    }
    yield out(text);
  }
  return 0;
}
