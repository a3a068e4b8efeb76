import { outsidersOf } from '../../physics/outsiders.ts';
import { residentsOf } from '../../physics/resident-processes.ts';
import type { Change } from '../../state/actions.ts';
import { clearFact, setFact } from '../../state/facts/set-fact.ts';
import { gpuPlace } from '../../state/place.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { processesOf, startTicksOf, unitOf, type Process } from '../host/process-list.ts';
import { noLock, notValid, refused } from './answer.ts';

/** Ends a process that is still the one that was meant, and belongs neither to the system nor to a job that runs. */
export function endProcess(context: CommandContext, pid: string, start: string): CommandResult {
  if (!/^[1-9][0-9]{0,6}$/.test(pid)) return notValid('the process id is not a number');
  if (!/^[1-9][0-9]{0,15}$/.test(start)) return notValid('the start time is not in clock ticks');
  if (!context.root) return noLock;
  const all = processesOf(context);
  const found = all.find((one) => one.pid === Number(pid));
  if (found === undefined || startTicksOf(context, found) !== Number(start))
    return printed(`process ${pid} is not there any more\n`);
  const reason = whyNot(found, all);
  if (reason !== null) return refused(reason);
  end(context, found);
  return printed(`process ${pid} has ended\n`);
}

function whyNot(found: Process, all: readonly Process[]): string | null {
  const { pid, comm } = found;
  if (pid === 1) return 'process 1 is the system itself';
  if (found.rss === 0) return `process ${pid} is a thread of the kernel`;
  if (ofTheSystem.test(comm)) return `process ${pid} (${comm}) belongs to the system`;
  // A process of the table has fewer forefathers than the table has processes.
  for (let one: Process | undefined = found, count = 0; one !== undefined && count < all.length; count += 1) {
    if (one.comm === 'slurmstepd') return `process ${pid} was started by slurmstepd, so its job runs`;
    const { ppid }: Process = one;
    one = all.find((other) => other.pid === ppid);
  }
  return null;
}

const ofTheSystem =
  /^(systemd.*|init|sshd.*|slurmd|slurmctld|slurmdbd|slurmstepd|munged|dbus-.*|agetty|login|chronyd|dockerd|containerd.*|runc|crio|kubelet|nv-fabricmanage|nvidia-persiste|nv-hostengine|dcgm.*|opensm|node_exporter|rsyslogd|auditd|cron|crond|polkitd|multipathd|udevd)$/;

/** What ends with it: the cause that it is, the service that it was, or what an SSH client started. */
function end(context: CommandContext, { pid, comm }: Process): void {
  const { node, timeline, nowMs, world, processes } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const changes = [
    ...residentsOf(world, settings, node, nowMs)
      .filter((one) => one.pid === pid)
      .flatMap(({ gpu }): readonly Change[] => {
        const place = gpuPlace(node, { index: gpu });
        return [clearFact('gpu.process', place), clearFact('gpu.process-mib', place)];
      }),
    ...outsidersOf(world, settings, node, nowMs)
      .filter((one) => one.pid === pid)
      .map(({ fact }) => clearFact(fact, node.name)),
  ];
  const started = processes?.on(node.name).find((one) => one.pid === pid);
  const unit = unitOf[comm];
  if (changes.length > 0) context.act(changes);
  else if (started !== undefined) processes?.end(started);
  else if (unit !== undefined) context.act([setFact('host.service', node.name, 'inactive', { key: unit })]);
}
