import { integer } from '../noise.ts';
import {
  agentPid,
  rankIn,
  trainerPid,
  type Attempt,
  type DyingRank,
  type OtherRank,
  type RankDeath,
  type RankHang,
} from '../physics/job.ts';
import { laterWatchdogMs, watchdogSeconds, watchdogWords } from '../physics/watchdog.ts';
import type { AttemptLife } from '../physics/lives.ts';
import { connectMs } from '../physics/rails.ts';
import { iterationOf, lastStepAt, type Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';
import { torchStamp } from './launch.ts';
import type { LogLine } from './line.ts';
import { plainTime } from '../clock.ts';

// After the death of a rank. torchrun's agent looks after its workers ten times a second and gives the others time to
// end; neighbours notice when the socket closes; srun waits for all tasks of the step.
const agentNoticesMs = 900;
const neighboursNoticeMs = 1_600;
const agentGivesUpMs = 3_900;
const srunNoticesMs = 4_600;
const othersEndMs = 6_200;

/** What the processes of one GPU's slot print when their attempt ends. */
export function endingLines(timeline: Timeline, life: AttemptLife, node: WorldNode, gpu: number): readonly LogLine[] {
  const { world } = timeline;
  const { attempt, death, requeuedMs } = life;
  const rank = rankIn(attempt, world, node.index, gpu);
  if (rank === null) return [];
  if (death === null) return requeuedMs === null ? [] : requeueLines(timeline, attempt, node, gpu, rank, requeuedMs);
  if (death.ended !== undefined || death.notStarted === true)
    return slurmEnding(timeline, attempt, death, node, gpu, rank).filter(
      ({ atMs }) => requeuedMs === null || atMs < requeuedMs,
    );
  const silent = death.nodeGone === true && death.node === node.index;
  const other = death.others?.find((one) => one.node === node.index && one.gpu === gpu);
  const lines = [
    ...(death.node === node.index && death.gpu === gpu ? dyingLines(timeline, attempt, death) : []),
    ...(other === undefined ? [] : dyingLines(timeline, attempt, deathOf(death, other))),
    ...(isAlike(death, node) ? alikeLines(timeline, attempt, death, node, gpu) : []),
    ...(death.afterHang === undefined
      ? silent || other !== undefined || isAlike(death, node) || death.atMs < connectMs(attempt)
        ? []
        : neighbourLines(timeline, attempt, death, node, gpu, rank)
      : watchdogLines(timeline, attempt, death, death.afterHang, node, gpu, rank)),
    ...(gpu === 0 && !silent ? agentLines(timeline, attempt, firstOn(node, death), node) : []),
    ...(rank === 0 ? slurmLines(timeline, attempt, death, node) : []),
  ];
  // Who is sent back into the queue before the end says no more.
  return requeuedMs === null ? lines : lines.filter((line) => line.atMs < requeuedMs);
}

function dyingLines(timeline: Timeline, attempt: Attempt, death: RankDeath): readonly LogLine[] {
  return death.lastWords(whoDies(timeline, attempt, death)).map((text) => ({ atMs: death.atMs, text }));
}

/** That of another rank which met the same by itself. */
function deathOf(first: RankDeath, other: OtherRank): RankDeath {
  const { node, gpu, afterMs } = other;
  return { ...first, node, gpu, atMs: first.atMs + afterMs, lastWords: (who) => other.words(who) };
}

/** The death that the agent of a node learns of first: of several ranks that die by themselves its own. */
function firstOn(node: WorldNode, death: RankDeath): RankDeath {
  if (death.node === node.index) return death;
  const own = death.others?.filter((one) => one.dies && one.node === node.index) ?? [];
  const first = own.toSorted((a, b) => a.afterMs - b.afterMs)[0];
  return first === undefined ? death : deathOf(death, first);
}

/** Whether the other ranks of a node end as the first one did, and not because of it. */
function isAlike(death: RankDeath, node: WorldNode): boolean {
  return death.alike === 'job' || (death.alike === 'node' && death.node === node.index);
}

function alikeLines(
  timeline: Timeline,
  attempt: Attempt,
  death: RankDeath,
  node: WorldNode,
  gpu: number,
): readonly LogLine[] {
  if (death.node === node.index && death.gpu === gpu) return [];
  const late = 20 + integer(timeline.world.seed, 600, 'dies-alike', attempt.number, node.index, gpu);
  const who = whoDies(timeline, attempt, { ...death, node: node.index, gpu, atMs: death.atMs + late });
  return death.lastWords(who).map((text) => ({ atMs: who.atMs, text }));
}

function whoDies(timeline: Timeline, attempt: Attempt, death: RankDeath): DyingRank {
  const { world } = timeline;
  return {
    host: world.nodes[death.node]?.name ?? '',
    rank: rankIn(attempt, world, death.node, death.gpu) ?? 0,
    gpu: death.gpu,
    pid: trainerPid(attempt, world, death.node, death.gpu),
    iteration: Math.max(attempt.fromIteration, iterationOf(timeline, lastStepAt(timeline, death.atMs))),
    atMs: death.atMs,
  };
}

/** After the first watchdog the others follow within seconds; the rank that they wait for says nothing. */
function watchdogLines(
  timeline: Timeline,
  attempt: Attempt,
  death: RankDeath,
  hang: RankHang,
  node: WorldNode,
  gpu: number,
  rank: number,
): readonly LogLine[] {
  const isHung = hang.node === node.index && hang.gpu === gpu;
  const isFirst = death.node === node.index && death.gpu === gpu;
  if (isFirst || (isHung && hang.inCollective === undefined)) return [];
  const { world } = timeline;
  const atMs = death.atMs + laterWatchdogMs(world, attempt, hang, rank);
  const { iteration } = whoDies(timeline, attempt, death);
  const seconds = watchdogSeconds(hang, death);
  return watchdogWords(world, attempt, hang, { rank, atMs, iteration }, seconds).map((text) => ({ atMs, text }));
}

/** The ring neighbours of the dead rank see their connections close; their watchdogs tear them down. */
function neighbourLines(
  timeline: Timeline,
  attempt: Attempt,
  death: RankDeath,
  node: WorldNode,
  gpu: number,
  rank: number,
): readonly LogLine[] {
  const { world } = timeline;
  const places = attempt.nodes.length;
  const apart = Math.abs(attempt.nodes.indexOf(node.index) - attempt.nodes.indexOf(death.node));
  const neighbour = gpu === death.gpu && (apart === 1 || apart === places - 1) && apart !== 0;
  if (!neighbour) return [];
  const pid = trainerPid(attempt, world, node.index, gpu);
  const dead = world.nodes[death.node]?.name ?? '';
  const port = 33_000 + integer(world.seed, 20_000, 'nccl-port', attempt.number, rank);
  const peer = `${dead}<${port}>`;
  const atMs = death.atMs + neighboursNoticeMs + integer(world.seed, 500, 'peer-notices', attempt.number, rank);
  const nccl = `${node.name}:${pid}:${pid + 216} [${gpu}]`;
  const torch = `[rank${rank}]:[${torchStamp('E', atMs + 700)} ProcessGroupNCCL.cpp`;
  const failed = `NCCL error: remote process exited or there was a network error, NCCL version 2.22.3`;
  return [
    { atMs, text: `${nccl} misc/socket.cc:49 NCCL WARN socketProgress: Connection closed by remote peer ${peer}` },
    { atMs: atMs + 1, text: `${nccl} NCCL INFO misc/socket.cc:752 -> 6` },
    { atMs: atMs + 2, text: `${nccl} NCCL INFO transport/net_ib.cc:1147 -> 6` },
    { atMs: atMs + 3, text: `${nccl} NCCL INFO proxy.cc:1598 [Proxy Service] Device ${gpu} CPU core ${gpu * 12}` },
    {
      atMs: atMs + 700,
      text: `${torch}:1895] [PG ID 0 PG GUID 0(default_pg) Rank ${rank}] Process group watchdog thread terminated with exception: ${failed}`,
    },
    {
      atMs: atMs + 701,
      text: 'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.',
    },
    {
      atMs: atMs + 702,
      text: `Last error:\nsocketProgress: Connection closed by remote peer ${peer}`,
    },
  ].flatMap((line) => line.text.split('\n').map((text) => ({ atMs: line.atMs, text })));
}

/** torchrun's agent: on the dead rank's node it reports the failure, elsewhere it is told to stop. */
function agentLines(timeline: Timeline, attempt: Attempt, death: RankDeath, node: WorldNode): readonly LogLine[] {
  const same = isAlike(death, node);
  if (node.index !== death.node && !same) return stoppedAgent(timeline, attempt, node, death.atMs + othersEndMs);
  const { world } = timeline;
  // Of several that ended the first in the list is the one that torchrun names.
  const failed = node.index === death.node ? death : { ...death, node: node.index, gpu: 0 };
  const who = whoDies(timeline, attempt, failed);
  const agent = agentPid(attempt, world, node.index);
  const api = (level: 'W' | 'E', ms: number, line: number) =>
    `${torchStamp(level, ms)} ${agent} torch/distributed/elastic/multiprocessing/api.py:${line}]`;
  const noticedMs = death.atMs + agentNoticesMs;
  const endMs = death.atMs + agentGivesUpMs;
  const others = node.gpus.filter((gpu) => gpu.index !== failed.gpu);
  const report = [
    `${api('E', endMs, 869)} failed (exitcode: ${death.exitCode}) local_rank: ${who.gpu} (pid: ${who.pid}) of binary: /usr/bin/python3`,
    'Traceback (most recent call last):',
    ...frames.flatMap(([file, line, name, code]) => [
      `  File "/usr/local/lib/python3.10/dist-packages/torch/distributed/${file}", line ${line}, in ${name}`,
      `    ${code}`,
    ]),
    'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ',
    '='.repeat(60),
    'pretrain_gpt.py FAILED',
    '-'.repeat(60),
    'Failures:',
    ...(same
      ? others.flatMap(({ index }, at) => [
          `[${at + 1}]:`,
          ...failureOf(whoDies(timeline, attempt, { ...failed, gpu: index }), death.exitCode, noticedMs),
        ])
      : ['  <NO_OTHER_FAILURES>']),
    '-'.repeat(60),
    'Root Cause (first observed failure):',
    '[0]:',
    ...failureOf(who, death.exitCode, noticedMs),
    '='.repeat(60),
  ];
  return [
    ...(same ? [] : others).map((gpu) => ({
      atMs: noticedMs,
      text: `${api('W', noticedMs, 897)} Sending process ${trainerPid(attempt, world, node.index, gpu.index)} closing signal SIGTERM`,
    })),
    ...report.map((text) => ({ atMs: endMs, text })),
  ];
}

/** One entry of torchrun's report. */
function failureOf(who: DyingRank, exitCode: number, noticedMs: number): readonly string[] {
  return [
    `  time      : ${plainTime(noticedMs).replace(' ', '_')}`,
    `  host      : ${who.host}`,
    `  rank      : ${who.rank} (local_rank: ${who.gpu})`,
    `  exitcode  : ${exitCode} (pid: ${who.pid})`,
    '  error_file: <N/A>',
    `  traceback : ${tracebackOf(exitCode, who.pid)}`,
  ];
}

const frames: readonly (readonly [string, number, string, string])[] = [
  ['elastic/multiprocessing/errors/__init__.py', 355, 'wrapper', 'return f(*args, **kwargs)'],
  ['run.py', 919, 'main', 'run(args)'],
  ['run.py', 910, 'run', 'elastic_launch('],
  ['launcher/api.py', 138, '__call__', 'return launch_agent(self._config, self._entrypoint, list(args))'],
  ['launcher/api.py', 269, 'launch_agent', 'raise ChildFailedError('],
];

const signalNames: Readonly<Record<number, string>> = { 6: 'SIGABRT', 7: 'SIGBUS', 9: 'SIGKILL', 11: 'SIGSEGV' };

function tracebackOf(exitCode: number, pid: number): string {
  return exitCode < 0
    ? `Signal ${-exitCode} (${signalNames[-exitCode] ?? 'unknown'}) received by PID ${pid}`
    : 'To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html';
}

function stoppedAgent(timeline: Timeline, attempt: Attempt, node: WorldNode, atMs: number): readonly LogLine[] {
  const agent = agentPid(attempt, timeline.world, node.index);
  const server = `${torchStamp('W', atMs)} ${agent} torch/distributed/elastic/agent/server/api.py:704]`;
  return [
    { atMs, text: `${server} Received Signals.SIGTERM death signal, shutting down workers` },
    ...node.gpus.map((gpu) => ({
      atMs: atMs + 1,
      text: `${torchStamp('W', atMs)} ${agent} torch/distributed/elastic/multiprocessing/api.py:897] Sending process ${trainerPid(attempt, timeline.world, node.index, gpu.index)} closing signal SIGTERM`,
    })),
    {
      atMs: atMs + 2_500,
      text: `torch.distributed.elastic.multiprocessing.api.SignalException: Process ${agent} got signal: 15`,
    },
  ];
}

/** Slurm writes to the job's own output, which the first node's first rank shares. */
function slurmLines(timeline: Timeline, attempt: Attempt, death: RankDeath, batchHost: WorldNode): readonly LogLine[] {
  const { world } = timeline;
  const step = `${world.job.slurmId}.0`;
  const dead = world.nodes[death.node]?.name ?? '';
  const task = attempt.nodes.indexOf(death.node);
  const atMs = death.atMs + srunNoticesMs;
  const killed = death.slurmState === 'OUT_OF_MEMORY';
  if (death.nodeGone === true) return nodeFailLines(step, dead, batchHost, death);
  return [
    ...(killed
      ? [
          {
            atMs: atMs - 200,
            text: `slurmstepd: error: Detected 1 oom_kill event in StepId=${step}. Some of the step tasks have been OOM Killed.`,
          },
        ]
      : []),
    { atMs, text: `srun: error: ${dead}: task ${task}: ${killed ? 'Out Of Memory' : 'Exited with exit code 1'}` },
    { atMs: atMs + 10, text: `srun: Terminating StepId=${step}` },
    {
      atMs: death.atMs + othersEndMs,
      text: `slurmstepd: error: *** STEP ${step} ON ${batchHost.name} CANCELLED AT ${slurmTime(death.atMs + othersEndMs)} ***`,
    },
  ];
}

/** The scheduler ends all tasks at once, or they were never started on one node: no rank is at fault. */
function slurmEnding(
  timeline: Timeline,
  attempt: Attempt,
  death: RankDeath,
  node: WorldNode,
  gpu: number,
  rank: number,
): readonly LogLine[] {
  const { job, nodes } = timeline.world;
  const step = `${job.slurmId}.0`;
  const { atMs, notStarted } = death;
  const stopped =
    gpu === 0 && !(notStarted === true && node.index === death.node)
      ? stoppedAgent(timeline, attempt, node, atMs + 1_900)
      : [];
  if (rank !== 0) return stopped;
  if (notStarted === true)
    return [
      {
        atMs,
        text: `srun: error: Task launch for StepId=${step} failed on node ${nodes[death.node]?.name ?? ''}: Invalid job credential`,
      },
      { atMs: atMs + 1, text: 'srun: error: Application launch failed: Invalid job credential' },
      { atMs: atMs + 2, text: 'srun: Job step aborted: Waiting up to 32 seconds for job step to finish.' },
      ...stopped,
    ];
  const cancelled = `ON ${node.name} CANCELLED AT ${slurmTime(atMs)}${death.ended} ***`;
  return [
    { atMs, text: `slurmstepd: error: *** JOB ${job.slurmId} ${cancelled}` },
    { atMs: atMs + 2, text: 'srun: Job step aborted: Waiting up to 32 seconds for job step to finish.' },
    { atMs: atMs + 6, text: `slurmstepd: error: *** STEP ${step} ${cancelled}` },
    ...stopped,
  ];
}

/** slurmctld notices that a node answers no more and ends the step on the others. */
function nodeFailLines(step: string, dead: string, batchHost: WorldNode, death: RankDeath): readonly LogLine[] {
  if (batchHost.index === death.node) return [];
  const atMs = death.atMs + srunNoticesMs;
  const cancelled = `STEP ${step} ON ${batchHost.name} CANCELLED AT ${slurmTime(atMs)} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***`;
  return [
    { atMs, text: `slurmstepd: error: *** ${cancelled}` },
    { atMs: atMs + 10, text: `srun: error: Node failure on ${dead}` },
    { atMs: atMs + 20, text: 'srun: Job step aborted: Waiting up to 32 seconds for job step to finish.' },
  ];
}

function requeueLines(
  timeline: Timeline,
  attempt: Attempt,
  node: WorldNode,
  gpu: number,
  rank: number,
  atMs: number,
): readonly LogLine[] {
  const { slurmId } = timeline.world.job;
  const because = `ON ${node.name} CANCELLED AT ${slurmTime(atMs)} DUE TO JOB REQUEUE ***`;
  return [
    ...(rank === 0
      ? [
          { atMs: atMs + 5, text: `slurmstepd: error: *** JOB ${slurmId} ${because}` },
          { atMs: atMs + 6, text: `slurmstepd: error: *** STEP ${slurmId}.0 ${because}` },
        ]
      : []),
    ...(gpu === 0 ? stoppedAgent(timeline, attempt, node, atMs + 40) : []),
  ];
}

/** `2026-11-21T03:12:59`, as Slurm prints times. */
export function slurmTime(ms: number): string {
  return plainTime(ms).replace(' ', 'T');
}
