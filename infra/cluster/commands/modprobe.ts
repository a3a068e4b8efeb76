import { activeAttempt } from '../physics/job.ts';
import { moduleLoaded, unitState } from '../physics/driver-state.ts';
import { residentsOf } from '../physics/resident-processes.ts';
import { clearFact, setFact } from '../state/facts/set-fact.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';

/** NVIDIA's modules: those that use another one cannot stay without it. */
const users: Readonly<Record<string, readonly string[]>> = {
  nvidia: ['nvidia_uvm', 'nvidia_modeset', 'nvidia_peermem'],
  nvidia_uvm: [],
  nvidia_peermem: [],
};

/** Daemons that keep the driver open. */
const holders = ['nvidia-persistenced', 'nvidia-dcgm', 'nvidia-fabricmanager'] as const;

/** `modprobe MODULE` and `modprobe -r MODULE` of the modules that GPUs need. */
export const modprobe: NodeCommand = {
  name: 'modprobe',
  run(context, args) {
    const removes = args[0] === '-r';
    const named = args[removes ? 1 : 0] ?? '';
    const module = named.replaceAll('-', '_');
    if (users[module] === undefined || args.length !== (removes ? 2 : 1))
      return complained(`modprobe: FATAL: Module ${named} not found in directory /lib/modules/5.15.0-113-generic\n`, 1);
    if (!context.root)
      return complained(
        `modprobe: ERROR: could not ${removes ? 'remove' : 'insert'} '${module}': Operation not permitted\n`,
        1,
      );
    return removes ? unload(context, module) : load(context, module);
  },
};

function load(context: CommandContext, module: string): CommandResult {
  const { node, timeline, nowMs } = context;
  const { settings } = timeline.segmentAt(nowMs);
  if (moduleLoaded(settings, node.name, module, nowMs)) return printed('');
  // What a module needs is loaded with it; the driver that comes anew is the one on the disk.
  const driver = !moduleLoaded(settings, node.name, 'nvidia', nowMs);
  context.act([
    ...(driver ? [{ kind: 'happen', event: 'driver-reload', place: node.name } as const] : []),
    ...(driver ? [clearFact('host.module', node.name, 'nvidia')] : []),
    ...(driver && module === 'nvidia' ? [] : [clearFact('host.module', node.name, module)]),
  ]);
  return printed('');
}

function unload(context: CommandContext, module: string): CommandResult {
  const { node, timeline, nowMs, world, processes } = context;
  const { settings, phase } = timeline.segmentAt(nowMs);
  if (!moduleLoaded(settings, node.name, module, nowMs)) return printed('');
  const busy =
    activeAttempt(phase)?.nodes.includes(node.index) === true ||
    residentsOf(world, settings, node, nowMs).length > 0 ||
    (processes?.on(node.name) ?? []).some((one) => one.gpus.length > 0) ||
    (module === 'nvidia' && holders.some((unit) => unitState(settings, node.name, unit, nowMs) === 'active'));
  if (busy) return complained(`modprobe: FATAL: Module ${module} is in use.\n`, 1);
  // Modules that use it go with it when nobody uses them.
  context.act(
    [module, ...(users[module] ?? [])].map((one) => setFact('host.module', node.name, 'missing', { key: one })),
  );
  return printed('');
}
