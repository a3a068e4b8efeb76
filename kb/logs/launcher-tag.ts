import { isHostName } from './origin.ts';

/** What a launcher says about a line in the tag that it puts before it. */
export interface LauncherTag {
  /** Where the program's own words begin. */
  readonly end: number;
  readonly rank?: number;
  /** The rank counts within its node: torchrun tags with the local rank. */
  readonly rankIsLocal?: true;
  readonly node?: string;
  readonly stream?: 'stdout' | 'stderr';
}

/** Labels that look like ordinary text in a single line: `3: …` of `srun --label`, `node-07: …` of pdsh and clush. */
export type LauncherLabel = 'srun' | 'pdsh';

/** Whether the first lines of a source carry such labels: nearly all do, or none. */
export function launcherLabel(firstLines: readonly string[]): LauncherLabel | null {
  const lines = firstLines.slice(0, labelLinesMax).filter((line) => line.trim() !== '');
  if (lines.length < labelLinesMin) return null;
  const share = (pattern: RegExp): number =>
    lines.filter((line) => matchAt(pattern, line) !== null).length / lines.length;
  if (share(srunPattern) >= labelShareMin) return 'srun';
  const hosts = lines.map((line) => matchAt(pdshPattern, line)?.[1]);
  const named = hosts.filter((host) => host !== undefined && isHostName(host) && /\d/.test(host));
  return named.length / lines.length >= labelShareMin ? 'pdsh' : null;
}

// Enough to tell a habit from a chance; a launcher's own messages (srun: …) stand between.
const labelLinesMin = 4;
const labelLinesMax = 256;
const labelShareMin = 0.9;

export function launcherTag(raw: string, first: number, label: LauncherLabel | undefined): LauncherTag | null {
  if (label === 'srun') return srunTag(raw);
  if (label === 'pdsh') return pdshTag(raw);
  if (first === openBracket) return bracketTag(raw);
  if (first === openParenthesis) return ending(rayPattern, raw);
  if (first < letterA || first > letterZ) return null;
  const bar = raw.indexOf('| ');
  return bar === -1 || bar > composeCharsMax ? null : ending(composePattern, raw);
}

const openBracket = 91;
const openParenthesis = 40;
const letterA = 97;
const letterZ = 122;

// srun pads to the width of the highest task: https://slurm.schedmd.com/srun.html#OPT_label
const srunPattern = /\s{0,5}(\d{1,6}): /y;
// https://github.com/chaos/pdsh: "%S: " with the host's name
const pdshPattern = /([A-Za-z0-9][\w.-]{0,62}): /y;
// [1,3]<stderr>:… (Open MPI 4), [prterun-node-07-4242@1,3]<stderr>: … (5), [3]<stdout>:… (Horovod)
const mpiPattern = /\[(?:prte[\w.-]{1,80}@)?(?:\d{1,6},)?(\d{1,6})\]<(stdout|stderr)>: ?/y;
// [default3]:… : torchrun's role and local rank. Other roles look like anybody's brackets.
const torchrunPattern = /\[(?:default|trainer)(\d{1,6})\]:/y;
// [3]:… (torchrun before 1.9's roles); alone on its line it is an item of a failure summary
const oldTorchrunPattern = /\[(\d{1,6})\]:(?=\s?\S)/y;
// [pod/trainer-0/trainer] … (kubectl logs --prefix)
const kubectlPattern = /\[pod\/[^\]\s]{1,200}\] /y;
// (RayTrainWorker pid=4242, ip=10.0.0.5) …, (raylet) …
const rayPattern = /\((?:(?:[\w.:<>()-]{1,80} )?pid=\d{1,9}|raylet|gcs_server|autoscaler)(?:, ip=[\w.:]{1,45})?\) /y;
// trainer-1  | … (docker compose)
const composeCharsMax = 96;
const composePattern = /[a-z0-9][\w.-]{0,62}-\d{1,4} {1,24}\| /y;

function bracketTag(raw: string): LauncherTag | null {
  const second = raw.charAt(1);
  if (second === 'd' || second === 't') return localTag(torchrunPattern, raw);
  if (second === 'p') return ending(kubectlPattern, raw) ?? mpiTag(raw);
  return second >= '0' && second <= '9' ? (localTag(oldTorchrunPattern, raw) ?? mpiTag(raw)) : null;
}

function localTag(pattern: RegExp, raw: string): LauncherTag | null {
  const found = matchAt(pattern, raw);
  return found === null ? null : { end: found[0].length, rank: Number(found[1]), rankIsLocal: true };
}

function mpiTag(raw: string): LauncherTag | null {
  const found = matchAt(mpiPattern, raw);
  if (found === null) return null;
  return { end: found[0].length, rank: Number(found[1]), stream: found[2] === 'stderr' ? 'stderr' : 'stdout' };
}

function srunTag(raw: string): LauncherTag | null {
  const found = matchAt(srunPattern, raw);
  return found === null ? null : { end: found[0].length, rank: Number(found[1]) };
}

function pdshTag(raw: string): LauncherTag | null {
  const found = matchAt(pdshPattern, raw);
  const node = found?.[1];
  // "pdsh@login: node-07: ssh exited …" and programs' own words are not names with a number.
  if (found === null || node === undefined || !isHostName(node) || !/\d/.test(node)) return null;
  return { end: found[0].length, node: node.toLowerCase() };
}

function ending(pattern: RegExp, raw: string): LauncherTag | null {
  const found = matchAt(pattern, raw);
  return found === null ? null : { end: found[0].length };
}

function matchAt(pattern: RegExp, text: string): RegExpExecArray | null {
  pattern.lastIndex = 0;
  return pattern.exec(text);
}
