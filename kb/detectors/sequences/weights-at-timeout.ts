import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** A model that some ranks read faster than others: those that are done wait in a collective until they give up. */
export const weightsAtTimeout: SequenceDetector<WeightsAndTimeout> = {
  id: 'weights-at-timeout',
  kinds: [
    {
      id: 'serving.weights.awaited-at-timeout',
      summary: 'collectives timed out when weights were being read, before the engine went on behind that',
      role: 'cause',
      weighs: { 'long-rank0-work-timeout': 3, 'shared-fs-problem': 1.4 },
      source: 'https://github.com/sgl-project/sglang/issues/3368',
    },
  ],
  listens: ['serving.weights.told', 'serving.start.past-weights', 'torch.nccl.watchdog-timeout'],
  follow() {
    let told: LinePlace | null = null;
    let wentOn = false;
    let timedOut = false;
    return {
      note(line, { kind, values }) {
        if (kind === 'serving.weights.told') told ??= placeOfLine(line);
        else if (kind === 'serving.start.past-weights') wentOn = true;
        else timedOut ||= (numberIn(values, 'seq') ?? 0) <= sequenceMax;
      },
      summary: () => (told === null && !wentOn && !timedOut ? null : { told, wentOn, timedOut }),
    };
  },
  conclude(sources) {
    const summaries = sources.map(({ summary }) => summary);
    const told = summaries.flatMap((one) => one.told ?? [])[0];
    if (told === undefined || summaries.some(({ wentOn }) => wentOn)) return [];
    return summaries.some(({ timedOut }) => timedOut)
      ? [sequenceFinding('serving.weights.awaited-at-timeout', 'cause', told)]
      : [];
  },
};

interface WeightsAndTimeout {
  readonly told: LinePlace | null;
  readonly wentOn: boolean;
  readonly timedOut: boolean;
}

// Engines exchange little before the weights are there: a rank that has done more collectives has served already.
const sequenceMax = 50;
