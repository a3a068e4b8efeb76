import { a800 } from '../physics/a800.ts';
import { unitState } from '../physics/driver-state.ts';
import { presenceOf } from '../physics/gpu-presence.ts';
import { complained, printed, type CommandContext, type TimedCommand } from './command.ts';
import { diagLevels, diagPlay } from './dcgm-diag.ts';
import { dmonPlay } from './dcgm-dmon.ts';
import { healthReport } from './dcgm-health.ts';
import { atOnce, type Play } from './play.ts';

/** `dcgmi discovery -l`, `health -g 0 -c -j`, `diag -r LEVEL -j`, `dmon -e … -c … -d …`. */
export const dcgmi: TimedCommand = {
  name: 'dcgmi',
  play(context, args) {
    const { settings } = context.timeline.segmentAt(context.nowMs);
    if (unitState(settings, context.node.name, 'nvidia-dcgm', context.nowMs) !== 'active') return atOnce(noHostEngine);
    const [verb, ...rest] = args;
    const line = rest.join(' ');
    if (verb === 'discovery' && (line === '-l' || line === '--list')) return atOnce(printed(discovery(context)));
    if (verb === 'health' && line === '-g 0 -c -j') return atOnce(printed(healthReport(context)));
    if (verb === 'dmon') return dmonPlay(context, rest);
    return (verb === 'diag' ? diag(context, line) : null) ?? atOnce(notUnderstood);
  },
};

function diag(context: CommandContext, line: string): Play | null {
  const level = diagLevels.find((one) => line === `-r ${one} -j`);
  return level === undefined ? null : diagPlay(context, level);
}

const notUnderstood = complained('PARSE ERROR: Argument: (none)\n             Required argument missing\n', 1);
const noHostEngine = complained(
  'Error: unable to establish a connection to the specified host: localhost\nError: Unable to connect to host engine. Host engine connection invalid/disconnected.\n',
  255,
);

const rule = `+--------+${'-'.repeat(70)}+`;

function discovery({ node, timeline, nowMs }: CommandContext): string {
  const { settings } = timeline.segmentAt(nowMs);
  const gpus = node.gpus.filter((gpu) => presenceOf(settings, node, gpu.index, nowMs) !== 'absent');
  const lines = [
    `${gpus.length} GPU${gpus.length === 1 ? '' : 's'} found.`,
    rule,
    cells('GPU ID', 'Device Information'),
    rule,
  ];
  for (const [at, gpu] of gpus.entries())
    lines.push(
      cells(String(at), `Name: ${a800.model}`),
      cells('', `PCI Bus ID: ${gpu.busId}`),
      cells('', `Device UUID: ${gpu.uuid}`),
      rule,
    );
  lines.push('0 NvSwitches found.', '+-----------+', '| Switch ID |', '+-----------+', '+-----------+');
  return lines.map((line) => `${line}\n`).join('');
}

function cells(left: string, right: string): string {
  return `| ${left.padEnd(6)} | ${right.padEnd(68)} |`;
}
