import { unitState } from '../physics/driver-state.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';
import { ended, restarted } from './host/unit-effects.ts';

interface Unit {
  readonly description: string;
}

/** Units that are enabled. */
const units: Readonly<Record<string, Unit>> = {
  'nvidia-fabricmanager': { description: 'NVIDIA fabric manager service' },
  'nvidia-persistenced': { description: 'NVIDIA Persistence Daemon' },
  'nvidia-dcgm': { description: 'NVIDIA DCGM service' },
  slurmd: { description: 'Slurm node daemon' },
  sshd: { description: 'OpenBSD Secure Shell server' },
  chronyd: { description: 'chrony, an NTP client/server' },
  opensmd: { description: 'Manage OpenSM' },
  munge: { description: 'MUNGE authentication service' },
  docker: { description: 'Docker Application Container Engine' },
  containerd: { description: 'containerd container runtime' },
  irqbalance: { description: 'irqbalance daemon' },
  openibd: { description: 'openibd - configure Mellanox devices' },
};

/** `systemctl is-active UNIT…`, `list-units … --state=failed`, and with root `start`, `stop`, `restart` of one unit. */
export const systemctl: NodeCommand = {
  name: 'systemctl',
  run(context, args) {
    const [verb = '', ...rest] = args;
    switch (verb) {
      case 'is-active':
        return isActive(context, rest);
      case 'list-units':
        return rest.includes('--state=failed') ? failedUnits(context) : complained('Access denied\n', 1);
      case 'start':
      case 'stop':
      case 'restart':
        return changed(context, verb, rest);
      default:
        return complained('Access denied\n', 1);
    }
  },
};

/** Exit 0 when at least one is active, otherwise 3. */
function isActive(context: CommandContext, asked: readonly string[]): CommandResult {
  if (asked.length === 0) return complained('Too few arguments.\n', 1);
  const states = asked.map((unit) => stateOf(context, nameOf(unit)));
  return printed(states.map((state) => `${state}\n`).join(''), states.includes('active') ? 0 : 3);
}

function failedUnits(context: CommandContext): CommandResult {
  return printed(
    Object.entries(units)
      .filter(([unit]) => stateOf(context, unit) === 'failed')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([unit, { description }]) => `${unit}.service loaded failed failed ${description}\n`)
      .join(''),
  );
}

function changed(context: CommandContext, verb: 'start' | 'stop' | 'restart', asked: readonly string[]): CommandResult {
  const [named = '', ...more] = asked;
  const unit = nameOf(named);
  if (named === '' || more.length > 0) return complained('Too few arguments.\n', 1);
  if (!context.root)
    return complained(
      `Failed to ${verb} ${unit}.service: Access denied\nSee system logs and 'systemctl status ${unit}.service' for details.\n`,
      4,
    );
  if (units[unit] === undefined)
    return complained(`Failed to ${verb} ${unit}.service: Unit ${unit}.service not found.\n`, 5);
  const { node } = context;
  if (verb === 'stop') {
    context.act([
      { kind: 'fact', fact: 'host.service', place: node.name, key: unit, value: 'inactive' },
      ...ended(context, unit),
    ]);
    return printed('');
  }
  if (verb === 'start' && stateOf(context, unit) === 'active') return printed('');
  context.act([
    { kind: 'happen', event: 'service-restart', place: node.name, key: unit },
    ...ended(context, unit),
    ...restarted(context, unit),
  ]);
  const failed = stateOf(context, unit) === 'failed';
  return failed
    ? complained(
        `Job for ${unit}.service failed because the control process exited with error code.\nSee "systemctl status ${unit}.service" and "journalctl -xeu ${unit}.service" for details.\n`,
        1,
      )
    : printed('');
}

function stateOf({ timeline, node, nowMs }: CommandContext, unit: string): string {
  return units[unit] === undefined ? 'inactive' : unitState(timeline.segmentAt(nowMs).settings, node.name, unit, nowMs);
}

function nameOf(unit: string): string {
  return unit.replace(/\.service$/, '');
}
