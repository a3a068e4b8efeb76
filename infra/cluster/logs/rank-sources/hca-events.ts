import { trainerPid } from '../../physics/job.ts';
import { connectMs } from '../../physics/rails.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { hcaPlace } from '../../state/place.ts';
import type { LogLine } from '../line.ts';
import type { RankSource } from './rank-source.ts';

/** What the verbs library calls the events (`ibv_event_type_str`), and how late they come. */
const events = {
  'ib.firmware': { text: 'local catastrophic error', afterMs: 7_300 },
  'ib.trained-anew': { text: 'port error', afterMs: 6 },
} as const;

/** NCCL in every process of a node reports what it is told about any of the HCAs that it opened. */
export const hcaEvents: RankSource = ({ timeline, life: { attempt, stoppedMs }, node, gpu, fromMs, toMs }) => {
  const pid = trainerPid(attempt, timeline.world, node.index, gpu);
  return (['ib.firmware', 'ib.trained-anew'] as const).flatMap((fact) => {
    const spans = factSpans(timeline, fact, fromMs, toMs);
    return node.hcas.flatMap((hca, index): readonly LogLine[] =>
      spans
        .filter(({ place }) => place === hcaPlace(node, hca))
        .flatMap((span) => {
          const { text, afterMs } = events[fact];
          const atMs = span.fromMs + afterMs + gpu;
          if (atMs < connectMs(attempt) || atMs >= stoppedMs) return [];
          const thread = `${node.name}:${pid}:${pid + 301 + index} [${gpu}]`;
          return [
            { atMs, text: '' },
            {
              atMs,
              text: `${thread} transport/net_ib.cc:150 NCCL WARN NET/IB : ${hca.name}:1 Got async event : ${text}`,
            },
          ];
        }),
    );
  });
};
