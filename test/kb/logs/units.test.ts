import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idleLinesMax,
  openUnitsMax,
  opensBlock,
  unitLinesMax,
  unitStarts,
  unitTracker,
  type UnitLine,
} from '../../../kb/logs/units.ts';
import type { UnitRef } from '../../../kb/schemas/detector.ts';

/** The unit of each line as `kind@first line`, or `-`. */
function unitsOf(lines: readonly string[], rank?: number): readonly string[] {
  const tracker = unitTracker();
  let at = 0;
  return lines.map((text, index) => {
    const line: UnitLine = { text, line: index + 1, byteStart: at, byteEnd: at + text.length };
    at += text.length + 1;
    return shown(tracker.next(rank === undefined ? line : { ...line, rank }));
  });
}

function shown(unit: UnitRef | null): string {
  return unit === null ? '-' : `${unit.kind}@${unit.line}`;
}

/** What differs from the mark given with each line; the mark `.` repeats the one above. */
function wrongMarks(marked: readonly (readonly [string, string])[]): readonly string[] {
  const marks: string[] = [];
  for (const [mark] of marked) marks.push(mark === '.' ? (marks.at(-1) ?? '-') : mark);
  const found = unitsOf(marked.map(([, line]) => line));
  return marked.flatMap(([, line], index) =>
    found[index] === marks[index] ? [] : [`${found[index] ?? ''}, not ${marks[index] ?? ''}: ${line}`],
  );
}

const header = 'Traceback (most recent call last):';
const frames = ['  File "/opt/train.py", line 10, in <module>', '    main()', '    ^^^^^^'];

describe('Python tracebacks', () => {
  it('end with the line of the exception', () => {
    expect(
      wrongMarks([
        ['-', 'step 9'],
        ['python-traceback@2', header],
        ...frames.map((line) => ['.', line] as const),
        ['.', "KeyError: 'x'"],
        ['-', 'step 10'],
        ['-', ' iteration 10/ 20 | loss 1'],
      ]),
    ).toEqual([]);
  });

  it('take the messages of torch and NCCL whole', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', header],
        ...frames.map((line) => ['.', line] as const),
        ['.', 'torch.AcceleratorError: CUDA error: an illegal memory access was encountered'],
        ['.', 'CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below'],
        ['.', 'For debugging consider passing CUDA_LAUNCH_BLOCKING=1'],
        ['.', 'Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.'],
        ['-', 'node-03:4242:4250 [0] NCCL INFO x'],
        ['python-traceback@10', header],
        ['.', '  File "/opt/train.py", line 11, in f'],
        ['.', 'torch.distributed.DistBackendError: NCCL error in: ../x.cpp:1970, unhandled system error'],
        ['.', 'ncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error.'],
        ['.', 'Last error:'],
        ['.', 'socketStartConnect: Connect to 10.0.0.1<5000> failed : Software caused connection abort'],
        ['-', 'shutting down'],
      ]),
    ).toEqual([]);
  });

  it('join what is chained, carried in a message, or remote', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', header],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'ValueError: x'],
        ['.', 'During handling of the above exception, another exception occurred:'],
        ['.', header],
        ['.', '  File "a.py", line 2, in g'],
        ['.', 'RuntimeError: Caught RuntimeError in DataLoader worker process 0.'],
        ['.', 'Original Traceback (most recent call last):'],
        ['.', '  File "b.py", line 3, in h'],
        ['.', 'RuntimeError: y'],
        ['.', 'The above exception was the direct cause of the following exception:'],
        ['.', header],
        ['.', '  File "a.py", line 4, in i'],
        ['.', 'torch.multiprocessing.spawn.ProcessRaisedException: '],
        ['.', '-- Process 3 terminated with the following error:'],
        ['.', header],
        ['.', '  File "c.py", line 5, in j'],
        ['.', 'SystemExit: 1'],
        ['-', 'done'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['python-traceback@1', 'multiprocessing.pool.RemoteTraceback: '.replace(/.*/, header)],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'multiprocessing.pool.RemoteTraceback: '],
        ['.', '"""'],
        ['.', header],
        ['.', '  File "b.py", line 1, in g'],
        ['.', 'subprocess.SubprocessException: x'],
        ['.', '"""'],
        ['.', 'The above exception was the direct cause of the following exception:'],
        ['.', header],
        ['.', '  File "a.py", line 2, in h'],
        ['.', 'subprocess.SubprocessException: x'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
  });

  it('are separate if nothing joins them', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', header],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'ValueError: x'],
        ['python-traceback@4', header],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'ValueError: x'],
      ]),
    ).toEqual([]);
  });

  it('of ranks that share a file are told apart by their tags', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', `[rank0]: ${header}`],
        ['python-traceback@2', `[rank1]: ${header}`],
        ['python-traceback@1', '[rank0]:   File "a.py", line 1, in f'],
        ['-', 'step 10'],
        ['python-traceback@2', '[rank1]:   File "a.py", line 2, in f'],
        ['-', '[rank1]:[W1121 03:12:59.123456789 ProcessGroupNCCL.cpp:1250] x'],
        ['python-traceback@1', '[rank0]: RuntimeError: x'],
        ['-', '[rank0]: next'],
        ['python-traceback@2', '[rank1]: RuntimeError: y'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['python-traceback@1', ` 3: ${header}`],
        ['python-traceback@2', `10: ${header}`],
        ['python-traceback@1', ' 3:   File "a.py", line 1, in f'],
        ['python-traceback@2', '10: KeyError: 1'],
        ['python-traceback@1', ' 3: KeyError: 1'],
        ['-', ' 3: next'],
      ]),
    ).toEqual([]);
  });

  it('of ranks whose envelopes were opened are told apart by the rank', () => {
    const tracker = unitTracker();
    const next = (rank: number, text: string, line: number): string =>
      shown(tracker.next({ text, line, byteStart: line, byteEnd: line, rank }));
    expect(next(0, header, 1)).toBe('python-traceback@1');
    expect(next(1, header, 2)).toBe('python-traceback@2');
    expect(next(0, frames[0] ?? '', 3)).toBe('python-traceback@1');
    expect(next(1, 'ValueError: x', 4)).toBe('python-traceback@2');
    expect(next(0, 'ValueError: x', 5)).toBe('python-traceback@1');
    expect(tracker.isOpen()).toBe(true);
    expect([next(0, 'step', 6), next(1, 'step', 7)]).toEqual(['-', '-']);
    expect(tracker.isOpen()).toBe(false);
  });

  it('are found behind a log header and in the journal', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', `2026-11-21 03:12:59,123 ERROR train: failed ${header}`],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'ValueError: x'],
        ['-', '2026-11-21 03:12:59,124 INFO train: next'],
      ]),
    ).toEqual([]);
    const journal = 'Nov 21 03:12:59 node-07 python[4242]: ';
    expect(
      wrongMarks([
        ['python-traceback@1', journal + header],
        ['-', 'Nov 21 03:12:59 node-07 kernel: x'],
        ['python-traceback@1', `${journal}  File "a.py", line 1, in f`],
        ['.', `${journal}ValueError: x`],
        ['-', `${journal}next`],
      ]),
    ).toEqual([]);
  });

  it('are read behind quotes, indentation and tags of runners', () => {
    for (const lead of ['  ', '> ', '2023-04-29 06:01:12.977 [177/train/578 (pid 28936)] ']) {
      const bare = ['step', header, '  File "a.py", line 1, in f', '    fire.Fire(App)', 'OSError: x', 'next'];
      expect(unitsOf(bare.map((line) => lead + line))).toEqual([
        '-',
        ...Array.from({ length: 4 }, () => 'python-traceback@2'),
        '-',
      ]);
    }
  });

  it('go on in indented lines only where the message announces them', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', header],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'RuntimeError: Error(s) in loading state_dict for Net:'],
        ['.', '    size mismatch for a'],
        ['-', 'next'],
        ['python-traceback@6', header],
        ['.', '  File "a.py", line 1, in f'],
        ['.', 'OSError: [Errno 116] Stale file handle'],
        ['-', '      job id: 42'],
        ['-', '      exit status: 1'],
      ]),
    ).toEqual([]);
  });

  it('stay open over a few lines of others in between, not for ever', () => {
    expect(
      wrongMarks([
        ['python-traceback@1', header],
        ['.', '  File "a.py", line 1, in f'],
        ['-', 'node-03 is slow'],
        ['-', ' 45%|####    | 450/1000'],
        ['python-traceback@1', 'ValueError: x'],
      ]),
    ).toEqual([]);
    const late = unitsOf([header, ...Array.from({ length: 12 }, () => 'step'), 'ValueError: x']);
    expect(late.at(-1)).toBe('-');
  });

  it("in rich's boxes, exception groups and faulthandler's dumps are whole", () => {
    expect(
      wrongMarks([
        ['python-traceback@1', '╭───────────── Traceback (most recent call last) ──────────────╮'],
        ['.', '│ /opt/train.py:10 in <module>                                  │'],
        ['.', '│ ❱ 10 main()  # Traceback (most recent call last)              │'],
        ['.', '╰───────────────────────────────────────────────────────────────╯'],
        ['.', 'Unsupported: x'],
        ['.', 'During handling of the above exception, another exception occurred:'],
        ['.', '+------------- Traceback (most recent call last) --------------+'],
        ['.', '| /opt/train.py:10 in <module>                                  |'],
        ['.', '+---------------------------------------------------------------+'],
        ['.', 'RuntimeError: x'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['python-traceback@1', '  + Exception Group Traceback (most recent call last):'],
        ['.', '  |   File "a.py", line 1, in f'],
        ['.', '  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)'],
        ['.', '  +-+---------------- 1 ----------------'],
        ['.', '    | Traceback (most recent call last):'],
        ['.', '    |   File "a.py", line 2, in g'],
        ['.', '    | ValueError: x'],
        ['.', '    +------------------------------------'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['python-traceback@1', 'Fatal Python error: Segmentation fault'],
        ['.', 'Thread 0x00007f0a1b2c3d40 (most recent call first):'],
        ['.', '  File "/usr/lib/python3/threading.py", line 1, in wait'],
        ['.', 'Current thread 0x00007f0a1b2c3d41 (most recent call first):'],
        ['.', '  File "a.py", line 2 in g'],
        ['.', 'Extension modules: numpy.core._multiarray_umath (total: 1)'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
  });
});

describe('dumps of native code', () => {
  it("take c10's frames with the message above", () => {
    expect(
      wrongMarks([
        ['native-backtrace@1', "terminate called after throwing an instance of 'c10::DistBackendError'"],
        ['.', '  what():  [PG ID 0 Rank 3] Process group watchdog thread terminated with exception: x'],
        ['.', 'Exception raised from checkTimeout at ../torch/csrc/x.cpp:1 (most recent call first):'],
        ['.', 'frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x96 (0x7f in /opt/libc10.so)'],
        ['.', 'frame #1: <unknown function> + 0xd6df4 (0x7f in /lib/libstdc++.so.6)'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
  });

  it("take Open MPI's signal report to its end", () => {
    expect(
      wrongMarks([
        ['native-backtrace@1', '[node-07:04242] *** Process received signal ***'],
        ['.', '[node-07:04242] Signal: Segmentation fault (11)'],
        ['.', '[node-07:04242] [ 0] /lib/libc.so.6(+0x42520)[0x7f]'],
        ['.', '[node-07:04242] *** End of error message ***'],
        ['-', '[node-07:04242] next'],
      ]),
    ).toEqual([]);
  });

  it("keep NCCL's warning with the calls it came through, process by process", () => {
    const process = (pid: number): string => `node-03:${pid}:4300 [2]`;
    expect(
      wrongMarks([
        ['-', `${process(1)} NCCL INFO Channel 00/02 : 0 1`],
        ['nccl-dump@2', `${process(1)} misc/socket.cc:484 NCCL WARN socketStartConnect: Connect failed`],
        ['nccl-dump@3', `${process(2)} NCCL WARN Cuda failure 'out of memory'`],
        ['nccl-dump@2', `${process(1)} NCCL INFO misc/socket.cc:567 -> 2`],
        ['.', `${process(1)} NCCL INFO transport/net.cc:1 -> 2 [Async Thread]`],
        ['-', `${process(1)} NCCL INFO comm 0x1 rank 0 - Abort COMPLETE`],
        ['nccl-dump@3', `${process(2)} NCCL INFO init.cc:1 -> 1`],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['nccl-dump@1', `${process(1)} NCCL INFO === System : maxBw 24.0 totalBw 24.0 ===`],
        ['.', `${process(1)} NCCL INFO CPU/0 (1/1/2)`],
        ['.', `${process(1)} NCCL INFO ==========================================`],
        ['-', `${process(1)} NCCL INFO GPU/3B000 :GPU/3B000 (0/5000.0/LOC)`],
      ]),
    ).toEqual([]);
  });
});

describe('kernel reports', () => {
  it('run to the end of the trace', () => {
    const kernel = (text: string): string => `Nov 21 03:12:59 node-07 kernel: [ 1843.308145] ${text}`;
    expect(
      wrongMarks([
        ['kernel-trace@1', kernel('------------[ cut here ]------------')],
        ['.', kernel('WARNING: CPU: 3 PID: 4242 at mm/page_alloc.c:1 x+0x12/0x34')],
        ['.', kernel('Modules linked in: nvidia_uvm(PO) nvidia(PO)')],
        ['-', kernel('NVRM: Xid (PCI:0000:3b:00): 79, x')],
        ['kernel-trace@1', kernel('Call Trace:')],
        ['.', kernel(' <TASK>')],
        ['.', kernel(' ? __warn+0x81/0x130')],
        ['.', kernel('---[ end trace 0000000000000000 ]---')],
        ['-', kernel('x')],
      ]),
    ).toEqual([]);
  });

  it('of hung tasks and of the OOM killer are whole', () => {
    expect(
      wrongMarks([
        ['kernel-trace@1', '[ 1843.308145] INFO: task python:4242 blocked for more than 120 seconds.'],
        ['.', '[ 1843.308146]       Tainted: P           OE     5.15.0'],
        ['.', '[ 1843.308147] "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.'],
        ['.', '[ 1843.308148] task:python          state:D stack:    0 pid: 4242'],
        ['.', '[ 1843.308149] Call Trace:'],
        ['.', '[ 1843.308150]  __schedule+0x2cd/0x890'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['kernel-trace@1', '[ 1843.308145] python invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0'],
        ['.', '[ 1843.308146] CPU: 3 PID: 4242 Comm: python Tainted: P'],
        ['.', '[ 1843.308147] Mem-Info:'],
        ['.', '[ 1843.308148] active_anon:1 inactive_anon:2'],
        ['.', '[ 1843.308149] [   4242]  1000  4242   100   100   100        0             0 python'],
        ['.', '[ 1843.308150] Out of memory: Killed process 4242 (python) total-vm:1kB'],
        ['-', '[ 1843.308151] x'],
      ]),
    ).toEqual([]);
  });
});

describe('summaries and dumps of other runtimes', () => {
  it("take torchrun's failure summary between its borders, and no other block", () => {
    const border = '='.repeat(60);
    const dashes = '-'.repeat(60);
    expect(
      wrongMarks([
        ['-', border],
        ['-', 'Settings'],
        ['-', border],
        ['elastic-summary@3', 'train.py FAILED'],
        ['.', dashes],
        ['.', 'Root Cause (first observed failure):'],
        ['.', '[0]:'],
        ['.', '  time      : 2026-11-21_03:12:59'],
        ['.', '  host      : node-07'],
        ['.', border],
        ['-', 'next'],
      ]),
    ).toEqual([]);
  });

  it('take Java stacks and Go dumps', () => {
    expect(
      wrongMarks([
        ['-', 'java.lang.OutOfMemoryError: Java heap space'],
        ['java-stack@1', '\tat org.apache.spark.x.Y.z(Y.scala:12)'],
        ['.', 'Caused by: java.io.IOException: x'],
        ['.', '\t... 12 more'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['go-dump@1', 'panic: runtime error: invalid memory address or nil pointer dereference'],
        ['.', '[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]'],
        ['.', 'goroutine 1 [running]:'],
        ['.', 'main.main()'],
        ['.', '\t/app/main.go:12 +0x1d'],
        ['.', 'exit status 2'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
  });

  it('take a pretty-printed object to the brace that closes it', () => {
    expect(
      wrongMarks([
        ['-', '[2026-11-21 03:12:59,123] [INFO] [config.py:1003:print]   json = {'],
        ['json@1', '    "train_batch_size": 8, '],
        ['.', '    "zero": {'],
        ['.', '        "note": "a } in text",'],
        ['.', '        "sizes": [1, 2]'],
        ['.', '    }'],
        ['.', '}'],
        ['-', 'next'],
      ]),
    ).toEqual([]);
    expect(
      wrongMarks([
        ['-', 'int main() {'],
        ['-', '  return 0;'],
        ['-', '}'],
      ]),
    ).toEqual([]);
  });
});

describe('the tracker', () => {
  it('can be skipped for lines without a start while nothing is open', () => {
    const starts = [
      header,
      'Fatal Python error: x',
      'frame #0: x',
      'Call Trace:',
      'a invoked oom-killer: x',
      '='.repeat(60),
    ];
    for (const start of starts) {
      expect(unitStarts.some((literal) => start.toLowerCase().includes(literal.toLowerCase()))).toBe(true);
    }
    expect([opensBlock('{'), opensBlock('x = {'), opensBlock('x'), opensBlock('')]).toEqual([true, true, false, false]);
    const line = fc.oneof(fc.string(), fc.constantFrom(...starts, ...frames, 'panic: x', 'java.lang.Error: x', '{'));
    fc.assert(
      fc.property(line, (text) => {
        const tracker = unitTracker();
        tracker.next({ text, line: 1, byteStart: 0, byteEnd: text.length });
        const low = text.toLowerCase();
        const mayStart = opensBlock(text) || unitStarts.some((literal) => low.includes(literal.toLowerCase()));
        expect(!tracker.isOpen() || mayStart).toBe(true);
      }),
    );
  });

  it('reads a unit longer than any chunk to its end, the same however it is cut', () => {
    const recursion = Array.from({ length: 4_000 }, (_, index) => `  File "a.py", line ${index}, in f`);
    const lines = ['start', header, ...recursion, 'RecursionError: maximum recursion depth exceeded', 'next'];
    const text = `${lines.join('\n')}\n`;
    const inChunksOf = (size: number): readonly string[] => {
      const found: string[] = [];
      const tracker = unitTracker();
      let [held, line, start] = ['', 1, 0];
      for (let at = 0; at < text.length; at += size) {
        const parts = (held + text.slice(at, at + size)).split('\n');
        held = parts.pop() ?? '';
        for (const part of parts) {
          found.push(shown(tracker.next({ text: part, line, byteStart: start, byteEnd: start + part.length })));
          line += 1;
          start += part.length + 1;
        }
      }
      return found;
    };
    const whole = inChunksOf(text.length);
    expect(whole.at(-1)).toBe('-');
    expect(whole.slice(1, -1).every((mark) => mark === 'python-traceback@2')).toBe(true);
    expect(inChunksOf(777)).toEqual(whole);
    expect(inChunksOf(64)).toEqual(whole);
  });

  it('is bounded: lines of a unit, units open, silence', () => {
    const endless = unitsOf([
      header,
      ...Array.from({ length: unitLinesMax + 10 }, () => '  File "a.py", line 1, in f'),
    ]);
    expect(endless.filter((mark) => mark !== '-')).toHaveLength(unitLinesMax);

    const tracker = unitTracker();
    const next = (rank: number, text: string): UnitRef | null =>
      tracker.next({ text, rank, line: rank, byteStart: rank, byteEnd: rank });
    for (let rank = 0; rank <= openUnitsMax; rank += 1) next(rank, header);
    expect(next(0, '  File "a.py", line 1, in f')).toBeNull();
    expect(next(openUnitsMax, '  File "a.py", line 1, in f')).not.toBeNull();

    const silent = unitTracker();
    silent.next({ text: `[rank0]: ${header}`, line: 1, byteStart: 0, byteEnd: 1 });
    for (let line = 2; line < idleLinesMax + 10; line += 1)
      silent.next({ text: 'step', line, byteStart: line, byteEnd: line });
    expect(silent.isOpen()).toBe(false);
  });

  it('never throws or hangs, and every unit begins at or before its lines', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        header,
        ...frames,
        'ValueError: x',
        '{',
        '"a": 1',
        '}',
        '='.repeat(60),
        'x FAILED',
        'panic: x',
        '[rank3]: ',
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const marks = unitsOf(lines);
        marks.forEach((mark, index) => {
          expect(mark === '-' ? 0 : Number(mark.split('@')[1])).toBeLessThanOrEqual(index + 1);
        });
      }),
    );
    for (const part of ['  ', 'a.', '(', '"\\', 'main.f(', '[', '\t', 'Exception ', '=', '{'])
      expect(
        unitsOf([header, part.repeat(16_384), 'panic: x', part.repeat(16_384), '{', part.repeat(16_384)]),
      ).toHaveLength(6);
  });
});
