/** Parts of the diagnosis of logs that can be left out, to see what they bring. */
export const ablations = ['no-recall', 'no-critique', 'no-notes', 'no-detectors', 'keywords'] as const;
export type Ablation = (typeof ablations)[number];

export const ablationTexts: Readonly<Record<Ablation, string>> = {
  'no-recall': 'no record is recalled',
  'no-critique': 'nothing speaks against a cause, and none explains another away',
  'no-notes': 'what people say that they saw beside the log is not read',
  'no-detectors': 'likeness to records alone: no line is read for what it says',
  keywords: 'the category that most lines name, no reasoning',
};
