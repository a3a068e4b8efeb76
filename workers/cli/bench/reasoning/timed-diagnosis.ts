import { diagnosePath } from '../../diagnose.ts';
import { openRecallThread } from '../../diagnose-recall.ts';
import { jsonLine, processTerminal } from '../../output.ts';

/** A process of its own for `wardround bench reasoning`: one diagnosis, and what it took of this process and its threads. */
const [, , file = ''] = process.argv;
const before = process.cpuUsage();
const recaller = openRecallThread();
const terminal = processTerminal();
const { elapsedMs } = await diagnosePath(file, { terminal, nowMs: () => performance.now(), recaller });
const { user } = process.cpuUsage(before);
terminal.out(jsonLine({ elapsedMs, userMs: user / 1000 }));
await recaller.close();
