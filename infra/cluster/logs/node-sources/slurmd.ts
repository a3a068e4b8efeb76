import type { LogLine } from '../line.ts';
import { slurmStamp } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

/** slurmd and its step daemon about the attempts of the job on this node (messages of Slurm 23.11). */
export const slurmdLines: NodeSource = {
  log: 'slurmd',
  lines: (timeline, node, _fromMs, toMs) =>
    timeline
      .lives(toMs)
      .filter(({ attempt }) => attempt.nodes.includes(node.index))
      .flatMap(({ attempt, death, requeuedMs }): readonly LogLine[] => {
        const { slurmId, uid } = timeline.world.job;
        const say = (atMs: number, text: string) => ({ atMs, text: `${slurmStamp(atMs)} ${text}` });
        const begun = say(
          attempt.launchMs + 120,
          `launch task StepId=${slurmId}.0 request from UID:${uid} GID:10000 HOST:${timeline.world.nodes[attempt.nodes[0] ?? 0]?.managementIp ?? ''} PORT:${40_000 + (slurmId % 20_000)}`,
        );
        if (death?.nodeGone === true && death.node === node.index) return [begun];
        if (death !== null)
          return [
            begun,
            ...(death.slurmState === 'OUT_OF_MEMORY' && death.node === node.index
              ? [
                  say(
                    death.atMs + 4_400,
                    `[${slurmId}.0] error: Detected 1 oom_kill event in StepId=${slurmId}.0. Some of the step tasks have been OOM Killed.`,
                  ),
                ]
              : []),
            say(death.atMs + 8_900, `[${slurmId}.0] done with step`),
          ];
        return requeuedMs === null ? [begun] : [begun, say(requeuedMs + 3_000, `[${slurmId}.0] done with step`)];
      }),
};
