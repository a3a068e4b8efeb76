import { findNode } from '../world.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';
import { changeJobQueue, update } from './slurm/change.ts';
import { reboot } from './slurm/reboot.ts';
import { configText } from './slurm/show-config.ts';
import { aboutJob, aboutNode, eachJob } from './slurm/jobs.ts';
import { jobRecord } from './slurm/show-job.ts';
import { nodeRecord } from './slurm/show-node.ts';
import { reservationRecords } from './slurm/show-reservation.ts';

/** `scontrol [-o] show node|job|reservation`, and what an administrator changes with it. */
export const scontrol: NodeCommand = {
  name: 'scontrol',
  run(context, args) {
    const oneLine = args.includes('-o') || args.includes('--oneliner');
    const [verb = '', ...rest] = args.filter((arg) => arg !== '-o' && arg !== '--oneliner');
    switch (verb) {
      case 'show':
        return show(context, rest, oneLine);
      case 'update':
        return update(context, rest);
      case 'requeue':
      case 'requeuehold':
      case 'release':
        return rest.length === 1
          ? changeJobQueue(context, verb, rest[0] ?? '')
          : complained(`too ${rest.length === 0 ? 'few' : 'many'} arguments for keyword:${verb}\n`, 1);
      case 'reboot':
        return reboot(context, rest);
      default:
        return complained(`invalid keyword: ${verb}\n`, 1);
    }
  },
};

function show(context: CommandContext, [kind, name]: readonly string[], oneLine: boolean): CommandResult {
  switch (kind) {
    case 'node':
    case 'nodes': {
      if (name === undefined)
        return printed(context.world.nodes.map((node) => nodeRecord(aboutNode(context, node), node, oneLine)).join(''));
      const node = findNode(context.world, name);
      return node === undefined
        ? printed(`Node ${name} not found\n`, 1)
        : printed(nodeRecord(aboutNode(context, node), node, oneLine));
    }
    case 'job':
    case 'jobs': {
      const asked =
        name === undefined ? eachJob(context) : [aboutJob(context, name)].filter((one) => one !== undefined);
      return asked.length > 0 || name === undefined
        ? printed(asked.map((one) => jobRecord(one, oneLine)).join(''))
        : complained('slurm_load_jobs error: Invalid job id specified\n', 1);
    }
    case 'config':
      return printed(configText(context));
    case 'reservation':
    case 'reservations':
      return printed(reservationRecords(context, oneLine));
    default:
      return complained(`invalid entity:${kind ?? ''} for keyword:show \n`, 1);
  }
}
