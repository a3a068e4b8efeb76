import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { pathValues, type PathValue } from './path-values.ts';

/** What a client keeps of one estimate; whole seconds, as Lustre counts them. */
export interface Estimate {
  /** What is in force: never below `at_min`, nor above `at_max`. */
  readonly current: number;
  readonly worst: number;
  readonly worstSecondsAgo: number;
  /** The largest that was measured in each quarter of `at_history`, the newest first, without those bounds; 0 where none was. */
  readonly bins: readonly number[];
}

/** A service of a server, by the portal that its requests go to. */
export interface ServiceEstimate extends Estimate {
  readonly portal: number;
}

/** One target (OST or MDT) that the node is a client of. */
export interface LustreTarget {
  /** Such as `scratch-OST0003`. */
  readonly name: string;
  readonly line: number;
  /** Since any reply of it, to a ping as well. */
  readonly repliedSecondsAgo: number;
  readonly network: Estimate;
  readonly services: readonly ServiceEstimate[];
}

/** Where the files are: in procfs up to 2.16, for everybody; in debugfs since, for root alone. */
export const timeoutsFolders: readonly string[] = ['/proc/fs/lustre', '/sys/kernel/debug/lustre'].flatMap((root) =>
  ['osc', 'mdc'].map((kind) => `${root}/${kind}`),
);

const targetsKeptMax = 4_096;

/** What lprocfs_timeouts_seq_show prints of every target, as `grep -rH .` shows it. */
export function lustreTargets(output: ProbeOutput): readonly LustreTarget[] {
  const lines = pathValues(output);
  const closed = /^grep: (?!.*: No such (?:file or directory|device)$).{1,160}$/m.exec(output.stderr);
  if (closed !== null) throw new ProbeParseError(`not all could be read: "${closed[0].slice(0, 120)}"`);
  const byPath = Map.groupBy(lines, ({ path }) => path);
  return [...byPath].slice(0, targetsKeptMax).map(([path, own]) => targetIn(path, own));
}

const pathPattern = /^\/[\w/]{1,40}\/(?:osc|mdc)\/([\w.-]{1,120}?)(?:-(?:osc|mdc)(?:-[\w-]{1,40})?)?\/timeouts$/;

// 2.10 and later; the manual still shows ages as releases before had them: 0d0h26m26s.
// last reply : 1795392028, 3s ago
// network    : cur   5  worst   5 (at 1795390000, 2031s ago)   1   1   1   1
// portal 28  : cur  33  worst  34 (at 1795390001, 2030s ago)  33  33  33   2
const replyPattern = /^last reply : (\d{1,15}), (-?\w{1,20}) ago$/;
const estimatePattern =
  /^(?:network {4}|portal (\d{1,3}) {1,4}): cur +(\d{1,10}) +worst +(\d{1,10}) \(at \d{1,15}, (-?\w{1,20}) ago\)((?: +\d{1,10}){4})$/;

function targetIn(path: string, lines: readonly PathValue[]): LustreTarget {
  const name = pathPattern.exec(path)?.[1];
  const [first, second, ...rest] = lines;
  const reply = replyPattern.exec(first?.value ?? '');
  if (name === undefined || first === undefined || second === undefined || reply === null)
    throw new ProbeParseError(`${path.slice(0, 120)}: not the timeouts of a Lustre target`);
  const { portal, ...network } = estimateIn(second);
  const services = rest.map((line) => {
    const service = estimateIn(line);
    if (service.portal === undefined) throw new ProbeParseError(`line ${line.line}: two networks of one target`);
    return { ...service, portal: service.portal };
  });
  if (portal !== undefined) throw new ProbeParseError(`line ${second.line}: a target without its network`);
  return { name, line: first.line, repliedSecondsAgo: ageIn(reply[2] ?? '', first.line), network, services };
}

function estimateIn({ value, line }: PathValue): Estimate & { readonly portal: number | undefined } {
  const fields = estimatePattern.exec(value);
  if (fields === null) throw new ProbeParseError(`line ${line}: not an estimate of Lustre's timeouts`);
  const [, portal, current, worst, ago = '', bins = ''] = fields;
  return {
    portal: portal === undefined ? undefined : Number(portal),
    current: Number(current),
    worst: Number(worst),
    worstSecondsAgo: ageIn(ago, line),
    bins: bins.trim().split(/ +/).map(Number),
  };
}

/** `1587s` or `0d0h26m27s`; a clock that was set back makes it negative. */
function ageIn(text: string, line: number): number {
  const fields = /^(-?)(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(\d{1,15})s$/.exec(text);
  if (fields === null) throw new ProbeParseError(`line ${line}: ${text} is no age`);
  const [, sign, days = 0, hours = 0, minutes = 0, seconds = 0] = fields;
  const age = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return sign === '-' ? 0 : age;
}
