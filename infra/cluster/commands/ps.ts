import { processesOf, type Process } from './host/process-list.ts';
import { complained, printed, type NodeCommand } from './command.ts';

/** `ps -eo … ` of procps-ng 3.3.17, in the two forms that are asked for here. */
export const ps: NodeCommand = {
  name: 'ps',
  run(context, args) {
    const form = forms[args.join(' ')];
    if (form === undefined) return complained('error: unsupported option (BSD syntax)\n\nUsage:\n ps [options]\n', 1);
    const processes = processesOf(context);
    const sorted = form.byMemory
      ? processes.toSorted((a, b) => b.rss - a.rss)
      : processes.toSorted((a, b) => a.pid - b.pid);
    const rows = sorted.map((process) => {
      const elapsed = Math.max(0, Math.floor((context.nowMs - process.sinceMs) / 1000));
      return form.row(process, String(elapsed));
    });
    return printed(`${[form.head, ...rows].join('\n')}\n`);
  },
};

interface Form {
  readonly byMemory: boolean;
  readonly head: string;
  row(process: Process, elapsed: string): string;
}

const forms: Readonly<Record<string, Form>> = {
  '-eo pid,ppid,user,rss,etimes,comm --sort=-rss': {
    byMemory: true,
    head: '    PID    PPID USER       RSS ELAPSED COMMAND',
    row: ({ pid, ppid, user, rss, comm }, elapsed) =>
      `${String(pid).padStart(7)} ${String(ppid).padStart(7)} ${user.padEnd(8)} ${String(rss).padStart(5)} ${elapsed.padStart(7)} ${comm}`,
  },
  '-eo pid,ppid,stat,wchan:32,etimes,comm': {
    byMemory: false,
    head: `    PID    PPID STAT ${'WCHAN'.padEnd(32)} ELAPSED COMMAND`,
    row: ({ pid, ppid, stat, wchan, comm }, elapsed) =>
      `${String(pid).padStart(7)} ${String(ppid).padStart(7)} ${stat.padEnd(4)} ${wchan.padEnd(32)} ${elapsed.padStart(7)} ${comm}`,
  },
};
