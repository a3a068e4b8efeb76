import { lineDetector } from './line-patterns.ts';

const errors =
  'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/multiprocessing/errors/__init__.py';
const agent = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/agent/server/api.py';

/** Who failed, as torchrun's agent tells it: rank, host, exit code, restarts. Followers, all of them. */
export const torchElastic = lineDetector('torch-elastic', [
  {
    id: 'torch.elastic.failed-rank',
    summary: 'a rank in the summary of failed ranks',
    role: 'symptom',
    weighs: {},
    source: errors,
    literals: ['(local_rank: '],
    pattern: /(?:^|\s)rank\s{1,8}: (?<rank>\d{1,6}) \(local_rank: (?<localRank>\d{1,3})\)/,
    sees: ['  rank      : 3 (local_rank: 3)', '[node-03] 2026-11-21 03:12:59   rank      : 11 (local_rank: 3)'],
    ignores: ['rank: 3 (local_rank: 3) started'],
  },
  {
    id: 'torch.elastic.failed-host',
    summary: 'a host in the summary of failed ranks',
    role: 'symptom',
    weighs: {},
    source: errors,
    literals: ['host      : '],
    pattern: /(?:^|\s)host {6}: (?<node>[\w-]{1,63}(?:\.[\w-]{1,63}){0,6})\s*$/,
    sees: ['  host      : node-03'],
    ignores: ['  host      : one of node-03 and node-04'],
  },
  {
    id: 'torch.elastic.worker-failed',
    summary: 'the agent saw one of its workers end with an error',
    role: 'symptom',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/multiprocessing/api.py',
    literals: ['failed (exitcode: '],
    pattern: /failed \(exitcode: (?<exitCode>-?\d{1,4})\) local_rank: (?<localRank>\d{1,3}) \(pid: (?<pid>\d{1,9})\)/,
    sees: [
      'E1121 03:12:59.000000 4000 torch/distributed/elastic/multiprocessing/api.py:869] failed (exitcode: 1) local_rank: 0 (pid: 4242) of binary: /usr/bin/python3',
    ],
    ignores: ['exitcode: 0'],
  },
  {
    id: 'torch.elastic.aborted',
    summary: 'a rank aborted itself: the watchdog took it down, or an uncaught exception in C++',
    role: 'symptom',
    weighs: { 'framework-bug': 0.2, 'nccl-bug': 0.2 },
    source: errors,
    literals: ['signal 6 (sigabrt)', 'exitcode  : -6', 'return code = -6', 'sigabrt'],
    pattern: /Signal 6 \(SIGABRT\)|exitcode  : -6 |return code = -6\b|died with <Signals\.SIGABRT/,
    sees: ['  traceback : Signal 6 (SIGABRT) received by PID 4242', '  exitcode  : -6 (pid: 4242)'],
    ignores: ['  exitcode  : 1 (pid: 4242)'],
  },
  {
    id: 'torch.elastic.restart',
    summary: 'the agent starts its workers anew',
    role: 'symptom',
    weighs: {},
    source: agent,
    literals: ['attempts left; will restart'],
    pattern: /Worker group (?:FAILED|UNHEALTHY)\. (?<attemptsLeft>\d{1,4})\/\d{1,4} attempts left; will restart/,
    sees: ['[default] Worker group FAILED. 3/3 attempts left; will restart worker group'],
    ignores: ['[default] Worker group SUCCEEDED'],
  },
  {
    id: 'torch.elastic.agents-wait',
    summary: 'an agent whose workers ended waits for the other agents',
    role: 'symptom',
    weighs: {},
    source: agent,
    literals: [
      'local worker group finished (workerstate.failed',
      'error waiting on exit barrier',
      'local worker group finished (failed',
    ],
    pattern: /Local worker group finished \((?:WorkerState\.)?FAILED\)|Error waiting on exit barrier/,
    sees: ['ERROR:torch.distributed.elastic.agent.server.api:Error waiting on exit barrier. Elapsed: 300.1 seconds'],
    ignores: ['Local worker group finished (WorkerState.SUCCEEDED). Waiting 300 seconds for other agents to finish'],
  },
  {
    id: 'torch.elastic.timer-expired',
    summary: 'a worker that reported no progress in time was killed by its own launcher',
    role: 'symptom',
    weighs: { 'long-rank0-work-timeout': 0.8, 'dataloader-stall': 0.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/timer/file_based_local_timer.py',
    literals: ['expired timers: '],
    pattern: /Reaping worker_(?:pid|id)=\[(?<pid>\d{1,9})\]\. Expired timers: /,
    sees: ["Reaping worker_pid=[4242]. Expired timers: ['step#trainer.py#88']"],
    ignores: ['expired timers: none'],
  },
]);
