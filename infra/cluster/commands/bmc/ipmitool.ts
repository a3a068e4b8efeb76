import { factAt } from '../../state/facts/fact-at.ts';
import { setFact } from '../../state/facts/set-fact.ts';
import { fanModules, fanSpeed } from '../../physics/airflow.ts';
import { isBraked, lostSupplies } from '../../physics/fixed-cap.ts';
import type { WorldNode } from '../../world.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from '../command.ts';
import { eventLine, eventLog } from './event-log.ts';
import { sensorsOf } from './sensors.ts';
import { nodeOfBmc } from './which-node.ts';

const linesMax = 2_000;

/** `ipmitool -I lanplus -H BMC -U USER -f FILE …` of ipmitool 1.8.18, on the management host. */
export const ipmitool: NodeCommand = {
  name: 'ipmitool',
  run(context, args) {
    const [i, lanplus, h, bmc = '', u, , f, , ...asked] = args;
    if (i !== '-I' || lanplus !== 'lanplus' || h !== '-H' || u !== '-U' || f !== '-f')
      return complained('No hostname specified!\n', 1);
    const node = nodeOfBmc(context, bmc);
    if (node === undefined)
      return complained(`Address lookup for ${bmc} failed\nError: Unable to establish IPMI v2 / RMCP+ session\n`, 1);
    const { timeline, nowMs } = context;
    const line = asked.join(' ');
    if (asked[0] === 'sel' && asked[1] === 'elist') return events(context, node, asked.slice(2));
    if (line === 'sdr elist full')
      return printed(
        sensorsOf(timeline, node, nowMs)
          .map(
            ({ name, entity, state, reading }, at) =>
              `${name.padEnd(16)} | ${(at + 1).toString(16).toUpperCase().padStart(2, '0')}h | ${state.padEnd(3)} | ${entity.padStart(4)} | ${reading}\n`,
          )
          .join(''),
      );
    if (line === 'chassis status') return printed(chassis(context, node));
    if (asked[0] === 'chassis' && asked[1] === 'power') return power(context, node, asked[2] ?? '');
    return complained(`Invalid command: ${line}\n`, 1);
  },
};

function events({ timeline, nowMs }: CommandContext, node: WorldNode, [last, count]: readonly string[]): CommandResult {
  const entries = eventLog(timeline, node, nowMs);
  const shown = last === 'last' ? entries.slice(-Math.min(linesMax, Number(count))) : entries;
  return printed(entries.length === 0 ? 'SEL has no entries\n' : shown.map(eventLine).join(''));
}

function isOn({ timeline, nowMs }: CommandContext, node: WorldNode): boolean {
  return factAt(timeline, { fact: 'host.power', place: node.name }, nowMs) === 'on';
}

function chassis(context: CommandContext, node: WorldNode): string {
  const { timeline, nowMs } = context;
  const { settings } = timeline.of(node).segmentAt(nowMs);
  const state = factAt(settings, { fact: 'host.power', place: node.name }, nowMs);
  const rows: readonly (readonly [string, string | boolean])[] = [
    ['System Power', state === 'on' ? 'on' : 'off'],
    ['Power Overload', isBraked(settings, node, nowMs)],
    ['Power Interlock', 'inactive'],
    ['Main Power Fault', state === 'tripped' || lostSupplies(settings, node.name, nowMs) > 0],
    ['Power Control Fault', false],
    ['Power Restore Policy', 'always-off'],
    ['Last Power Event', state === 'tripped' ? 'fault' : 'command'],
    ['Chassis Intrusion', 'inactive'],
    ['Front-Panel Lockout', 'inactive'],
    ['Drive Fault', false],
    ['Cooling/Fan Fault', fanModules.some((fan) => fanSpeed(settings, node.name, fan, nowMs) < 0.15)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(21)}: ${value}\n`).join('');
}

/** Power goes on after a cycle or an `on`; both take the machine through its firmware. */
function power(context: CommandContext, node: WorldNode, verb: string): CommandResult {
  const on = isOn(context, node);
  if (verb === 'status') return printed(`Chassis Power is ${on ? 'on' : 'off'}\n`);
  const names: Readonly<Record<string, string>> = { cycle: 'Cycle', on: 'Up/On', off: 'Down/Off' };
  const name = names[verb];
  if (name === undefined) return complained(`Invalid chassis power command: ${verb}\n`, 1);
  const failed = (why: string) => complained(`Set Chassis Power Control to ${name} failed: ${why}\n`, 1);
  if (!context.root) return failed('Insufficient privilege level');
  if (verb === 'cycle' && !on) return failed('Command not supported in present state');
  if (verb === 'off') {
    if (on) context.act([setFact('host.power', node.name, 'off')]);
  } else if (verb === 'cycle' || !on) context.act([{ kind: 'happen', event: 'power-cycle', place: node.name }]);
  return printed(`Chassis Power Control: ${name}\n`);
}
