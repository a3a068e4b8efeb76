import type { FindingKind } from '../../schemas/finding-kind.ts';

const source = 'what a program of a model computed: Wardround does not know whether the program is right';

function kind(id: string, summary: string): FindingKind {
  return { id, summary, role: 'context', weighs: {}, source };
}

/** All that an analysis may say. None weighs: what it shows has to be confirmed by a probe whose meaning is known. */
export const analysisKinds: readonly FindingKind[] = [
  kind('analysis.outlier', 'A program of the model found a figure far from its siblings'),
  kind('analysis.trend', 'A program of the model found a figure that rises or falls'),
  kind('analysis.change', 'A program of the model found the moment at which a figure changed'),
  kind('analysis.correlation', 'A program of the model found figures that move together'),
  kind('analysis.threshold', 'A program of the model found a figure past a limit that it chose'),
  kind('analysis.imbalance', 'A program of the model found shares that should be equal and are not'),
  kind('analysis.normal', 'A program of the model found nothing unusual'),
];
