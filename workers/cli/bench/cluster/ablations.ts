/** Parts of the diagnosis that can be left out, to see what they bring. */
export const ablations = ['no-recall', 'no-probes', 'no-performance', 'keywords'] as const;
export type Ablation = (typeof ablations)[number];

/** Asked for, and not there: why. */
export const missingAblations: Readonly<Record<string, string>> = {
  'no-critique':
    'the critique of round 2 is written into the graph and moves no probability, so there is nothing to switch off in the rules reasoner',
};

export const ablationTexts: Readonly<Record<Ablation, string>> = {
  'no-recall': 'no record is recalled',
  'no-probes': 'no probe is run',
  'no-performance': 'speed is neither predicted nor compared',
  keywords: 'the category that most lines of the logs name, no reasoning, no probe',
};
