/** A process that was started over SSH, as `ps` and `nvidia-smi` show it. */
export interface RunningProcess {
  readonly node: string;
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  readonly comm: string;
  /** What `nvidia-smi` calls it. */
  readonly path: string;
  /** Resident memory in KiB. */
  readonly rssKib: number;
  readonly sinceMs: number;
  /** GPUs with a context of it, and how much memory it holds on each, in MiB. */
  readonly gpus: readonly number[];
  readonly gpuMib: number;
  /** HCAs, mounts and other devices that it holds. */
  readonly holds: readonly string[];
}

export type NewProcess = Omit<RunningProcess, 'pid'>;

/**
 * What runs on the machines besides the job and the daemons: tools that SSH clients started. They end with their
 * channel, so that they are no part of the state that the action log makes.
 */
export interface ProcessTable {
  on(node: string): readonly RunningProcess[];
  all(): readonly RunningProcess[];
  start(process: NewProcess): RunningProcess;
  end(process: RunningProcess): void;
}

// Above the trainers' and their loader workers'; below pid_max of a large node, 4,194,304.
const firstPid = 3_100_000;
const pidsMax = 1_000_000;

export function createProcessTable(): ProcessTable {
  const byNode = new Map<string, readonly RunningProcess[]>();
  let started = 0;
  return {
    on: (node) => byNode.get(node) ?? [],
    all: () => [...byNode.values()].flat(),
    start(process) {
      const made = { ...process, pid: firstPid + (started % pidsMax) };
      started += 1;
      byNode.set(process.node, [...(byNode.get(process.node) ?? []), made]);
      return made;
    },
    end(process) {
      const left = (byNode.get(process.node) ?? []).filter((one) => one !== process);
      if (left.length > 0) byNode.set(process.node, left);
      else byNode.delete(process.node);
    },
  };
}
