import type { LogLine } from '../../schemas/detector.ts';

// sees: node-03:4242:4300 [3] NCCL INFO …  (host, process, thread, device)
const heading = /(?:^|[\s|])(?<host>[A-Za-z][\w.-]{0,62}):(?<pid>\d{1,9}):\d{1,9} \[(?<device>-?\d{1,3})\] NCCL /;

/**
 * Which of a job's processes has written the line: its rank, else host and device as NCCL heads its lines; `null` where
 * nothing tells. The process that comes after it, when the job begins anew, has the same slot and another `pid`.
 */
export function processOf({ rank, text }: Pick<LogLine, 'rank' | 'text'>): {
  readonly slot: string | null;
  readonly pid: string | null;
} {
  const found = text.includes('] NCCL ') ? heading.exec(text)?.groups : undefined;
  const pid = found?.['pid'] ?? null;
  if (rank !== undefined) return { slot: `rank ${rank}`, pid };
  return { slot: found === undefined ? null : `${found['host']} [${found['device']}]`, pid };
}
