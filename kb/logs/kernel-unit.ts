import type { UnitGrammar } from './unit-grammars.ts';

/** An oops, a warning, a stall or a hung task with its registers and call trace. */
export function kernelGrammar(strangersMax: number): UnitGrammar {
  return {
    kind: 'kernel-trace',
    literals: [
      'call trace:',
      'cut here',
      'BUG: ',
      'oops: ',
      'general protection fault',
      'blocked for more than',
      'info: rcu',
      'kernel panic',
    ],
    starts: (body) => (startPattern.test(body) ? 'trace' : null),
    goesOn(body) {
      if (/^\s*---\[ end (?:trace|Kernel panic)/.test(body)) return 'over';
      return tracePattern.test(body) ? 'trace' : null;
    },
    strangersMax: () => strangersMax,
  };
}

/** The report of the OOM killer: who asked, memory by zone, the table of tasks, and the line that names the victim. */
export function oomGrammar(strangersMax: number): UnitGrammar {
  return {
    kind: 'kernel-trace',
    literals: ['invoked oom-killer'],
    starts: (body) => (/^\S.{0,60} invoked oom-killer: /.test(body) ? 'report' : null),
    goesOn(body) {
      if (/^(?:Memory cgroup out of memory|Out of memory)(?: \(.{1,80}\))?: Kill/.test(body)) return 'over';
      return oomPattern.test(body) || tracePattern.test(body) ? 'report' : null;
    },
    strangersMax: () => strangersMax,
  };
}

const startPattern =
  /^\s?(?:-{8,}\[ cut here \]-{8,}|(?:NMI )?(?:watchdog: )?BUG: |(?:[A-Za-z ]{0,20})?[Oo]ops: |general protection fault|INFO: task .{1,80} blocked for more than |(?:rcu: )?INFO: rcu\w{0,20} (?:self-)?detected (?:expedited )?stall|Kernel panic - not syncing|Call Trace:)/;

/** Lines as `arch/x86/kernel/dumpstack.c`, `kernel/panic.c` and `kernel/hung_task.c` print them. */
const tracePattern = new RegExp(
  String.raw`^\s*(?:${[
    // ? func+0x12/0x34 [module]
    String.raw`(?:\? )?[\w.$@-]{1,120}\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}`,
    String.raw`</?(?:TASK|IRQ|NMI|SOFTIRQ|#?[A-Z]{1,4})>`,
    'Call Trace:',
    String.raw`R(?:IP|SP|AX|BX|CX|DX|SI|DI|BP|0\d|1\d)\s?: `,
    'Code: |Modules linked in:|Hardware name:|Workqueue: |Stack:|Kernel Offset:|Sending NMI|NMI backtrace|---\\[ end ',
    String.raw`CPU: ?\d{1,5} `,
    String.raw`(?:FS|CS|CR2|DR0|DR3|PKRU|EIP|EFLAGS):\s`,
    String.raw`task:\S{1,64}\s`,
    String.raw`"echo 0 > /proc/sys/kernel/hung_task_timeout_secs"`,
    String.raw`(?:Not tainted|Tainted: )`,
    String.raw`WARNING: CPU: \d`,
    String.raw`#PF: |PGD |Oops: |SMP |PREEMPT `,
    String.raw`\((?:detected by|t=|ncsw)|\d{1,4}-(?:\.\.\.|\S{1,10}): \(|rcu: \s{0,8}`,
    String.raw`ret_from_fork|entry_SYSCALL|kernel BUG at `,
    String.raw`INFO: lockdep`,
  ].join('|')})`,
);

/** Lines as `mm/oom_kill.c`, `mm/show_mem.c` and `mm/memcontrol.c` print them. */
const oomPattern =
  /^\s*(?:Mem-Info:|active_anon:|active_file:|unevictable:|slab_reclaimable:|mapped:|kernel_misc|sec_pagetables|free:\d|Node \d|lowmem_reserve\[|\d{1,12} (?:total pagecache pages|pages )|Swap cache stats|Free swap|Total swap|Tasks state|\[\s{0,8}pid\s{0,4}\]|\[\s{0,10}\d{1,9}\]\s{1,8}\d|oom-kill:|memory: usage|memory\+swap: usage|swap: usage|kmem: usage|Memory cgroup stats|Task in \/|[a-z_]{3,40} \d{1,20}$|cpuset=)/;
