import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';

/**
 * The command could not begin: its tool is not installed, or the node does not let this key or user run it. No reading
 * and no evidence for or against anything, so it is an error of the reading and never a kind of finding.
 */
export class ToolMissingError extends ProbeParseError {}

/**
 * How a tool that is missing reads, for every probe: the first thing that `parse` asks. `tool` is the program's name
 * without `sudo -n`; `requiredLines` asks it already.
 */
export function requireTool(output: ProbeOutput, tool: string): void {
  if (output.exitCode === 0) return;
  const { exitCode, stderr } = output;
  if (exitCode === refusedExit && refusedPattern.test(stderr))
    throw new ToolMissingError(`${tool} is not on the node's allow-list`);
  if (sudoPattern.test(stderr)) throw new ToolMissingError(`${tool} is not permitted through sudo on the node`);
  const missing = notFoundPatterns.map((pattern) => pattern.exec(stderr)?.[1]).find((name) => name !== undefined);
  if (missing === undefined && exitCode !== notFoundExit) return;
  throw new ToolMissingError(`${missing ?? tool} is not installed on the node`);
}

// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
const notFoundExit = 127;
const notFoundPatterns = [
  // bash: line 1: nvme: command not found · dash: 1: exec: nvme: not found · sudo: nvme: command not found (exit 1)
  /^\S+: (?:line )?(?:\d+: )?(?:exec: )?([\w.+-]+): (?:command )?not found$/m,
  // timeout: failed to run command 'nvme': No such file or directory · with the quotes of the language of the node
  /^(?:timeout|env|nice): (?:failed to run command )?\W{1,3}([\w.+-]+)\W{1,3}: No such file or directory$/m,
  // busybox: timeout: can't execute 'nvme': No such file or directory
  /^(?:timeout|env|nice): can't execute '([\w.+-]+)': No such file or directory$/m,
];
// What infra/gate/wardround-probe.sh answers to a request that is not on its list.
const refusedExit = 126;
const refusedPattern = /^wardround-probe: refused: /m;
// sudo 1.8 and 1.9 without a rule for this command.
const sudoPattern =
  /^(?:sudo: (?:a password is required|a terminal is required|no tty present)|Sorry, user .* is not allowed to execute|.* is not (?:allowed to run sudo|in the sudoers file))/m;
