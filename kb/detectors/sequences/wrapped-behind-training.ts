import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const kind = 'torch.ddp.wrapped-behind-training';

/**
 * All collectives of a training worked, and the first of a model that is wrapped behind it does not: the ranks did not
 * come there together, or with the same model. At a start the same frame shows whatever keeps NCCL from coming up.
 */
export const wrappedBehindTraining: SequenceDetector<LinePlace> = {
  id: 'wrapped-behind-training',
  kinds: [
    {
      id: kind,
      summary:
        'behind a training that ran, ranks fail to agree on a model that is wrapped anew: they are not all there',
      role: 'cause',
      weighs: { 'collective-mismatch': 3, 'framework-bug': 0.8, 'uneven-data': 0.6, 'long-rank0-work-timeout': 0.6 },
      source: 'https://github.com/pytorch/pytorch/blob/main/torch/nn/parallel/distributed.py',
    },
  ],
  listens: ['job.training.done', 'traceback.frame.ddp-verifies'],
  follow() {
    let done = false;
    let failed: LinePlace | null = null;
    return {
      note(line, match) {
        if (match.kind === 'job.training.done') done = true;
        else if (done) failed ??= placeOfLine(line);
      },
      summary: () => failed,
    };
  },
  conclude(sources) {
    const place = sources[0]?.summary;
    return place === undefined ? [] : [sequenceFinding(kind, 'cause', place, sources.length)];
  },
};
