import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createProcessTable } from '../commands/processes.ts';
import { reachable } from '../metrics/reachable.ts';
import { sshState } from '../physics/tool-troubles.ts';
import { admission } from '../ssh/admission.ts';
import { readForcedCommand, type ForcedCommand } from '../ssh/forced-command.ts';
import { contextOn, findMachine, probePlay } from '../ssh/probe-play.ts';
import { SimulatorRefusal, type Simulator } from '../state/simulator.ts';
import type { WorldNode } from '../world.ts';
import type { MovingTime } from './moving-time.ts';
import { runningCommand, type CommandAnswer, type RunningCommand } from './running-command.ts';

export interface CommandRequest {
  /** A node, or the management host. */
  readonly node: string;
  readonly line: string;
  /** Its standard input is closed once all those without this are over: the waiting side of a measurement. */
  readonly endsWithOthers?: boolean;
}

export interface AskOptions {
  /** Cluster milliseconds that the asker waits for the end; without it, longer than any command may take. */
  readonly patienceMs?: number;
  /** Cluster milliseconds that the asker waits for the server's first word; 20,000 without it. */
  readonly connectMs?: number;
  /** Time goes on to the last answer, and what happens meanwhile shows; without it time stands still. */
  readonly passes?: boolean;
}

// `readyTimeout` of ssh2.
const connectMsUsual = 20_000;
/** The forced command lets none run for more than 999 s and the grace of SIGTERM. */
const patienceMsMax = 1_200_000;

/** What the SSH servers answer to the probe key. Commands that are asked together run side by side. */
export function probeCommands(simulator: Simulator, time: MovingTime) {
  const { timeline } = simulator;
  const processes = createProcessTable();

  return (requests: readonly CommandRequest[], options: AskOptions): readonly CommandAnswer[] => {
    const { patienceMs = patienceMsMax, connectMs = connectMsUsual, passes = false } = options;
    const cameMs = time.nowMs();
    const asked = requests.map((request): Asked => {
      const machine = findMachine(simulator.world, request.node);
      if (machine === undefined) throw new SimulatorRefusal(`there is no node ${request.node}`);
      const greeted = greeting(simulator, machine, cameMs, connectMs);
      if ('kind' in greeted) return { answer: greeted };
      const context = contextOn(machine, { timeline, nowMs: greeted.startMs, processes });
      const play = probePlay(forcedCommand(), request.line, context);
      return { request, machine, command: runningCommand(play, cameMs, greeted.startMs) };
    });
    const running = asked.filter((one) => 'command' in one);
    for (let open = running; open.length > 0; open = running.filter(isOpen)) {
      const next = earliest(open);
      const nowMs = Math.min(next.command.nextMs(), cameMs + patienceMs);
      if (passes && nowMs > time.nowMs()) time.passTo(nowMs);
      if (!reachable(timeline, next.machine, nowMs)) next.command.cutShort('disconnected', nowMs);
      else if (nowMs < next.command.nextMs()) next.command.cutShort('gave-up', nowMs);
      else next.command.advance();
      const left = running.filter(isOpen);
      if (left.every(({ request }) => request.endsWithOthers === true))
        for (const { command } of left) command.closeInput(nowMs);
    }
    if (passes)
      for (const { seconds } of answersOf(asked)) time.passTo(Math.max(time.nowMs(), cameMs + seconds * 1_000));
    return answersOf(asked);
  };
}

interface Running {
  readonly request: CommandRequest;
  readonly machine: WorldNode;
  readonly command: RunningCommand;
}

type Asked = Running | { readonly answer: CommandAnswer };

function isOpen({ command }: Running): boolean {
  return command.answer() === null;
}

/** The one that goes on first; the first one asked of several. */
function earliest(open: readonly Running[]): Running {
  return open.reduce((least, one) => (one.command.nextMs() < least.command.nextMs() ? one : least));
}

function answersOf(asked: readonly Asked[]): readonly CommandAnswer[] {
  return asked.map((one) => {
    const answer = 'answer' in one ? one.answer : one.command.answer();
    if (answer === null) throw new Error('a command is left without an answer');
    return answer;
  });
}

/** What meets a client on its way to a shell; the start of its command where it gets there. */
function greeting(
  simulator: Simulator,
  machine: WorldNode,
  cameMs: number,
  connectMs: number,
): CommandAnswer | { readonly startMs: number } {
  const { timeline } = simulator;
  const unreachable = (reason: (CommandAnswer & { kind: 'unreachable' })['reason'], ms: number): CommandAnswer => ({
    kind: 'unreachable',
    reason,
    seconds: ms / 1_000,
  });
  if (simulator.settings().unplugged.has(machine.name)) return unreachable('refused', 0);
  const { kind, bannerMs } = admission(timeline, machine, cameMs);
  if (kind === 'closes' || kind === 'resets') return unreachable(kind, 0);
  if (kind === 'silent' || bannerMs > connectMs) return unreachable('silent', connectMs);
  const startMs = cameMs + bannerMs;
  const rejects = sshState(timeline, machine, startMs).state === 'rejects-key';
  return rejects ? unreachable('rejects-key', bannerMs) : { startMs };
}

let read: ForcedCommand | null = null;

/** The script that holds the probe key to its list, read once. */
function forcedCommand(): ForcedCommand {
  read ??= readForcedCommand(
    readFileSync(fileURLToPath(new URL('../../gate/wardround-probe.sh', import.meta.url)), 'utf8'),
  );
  return read;
}
