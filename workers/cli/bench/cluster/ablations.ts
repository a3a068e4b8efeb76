/** Parts of the diagnosis that can be left out, to see what they bring. */
export const ablations = ['no-recall', 'no-critique', 'no-probes', 'no-performance', 'keywords'] as const;
export type Ablation = (typeof ablations)[number];

export const ablationTexts: Readonly<Record<Ablation, string>> = {
  'no-recall': 'no record is recalled',
  'no-critique': 'nothing speaks against a cause, none explains another away, and no probe tries to refute the leader',
  'no-probes': 'no probe is run',
  'no-performance': 'speed is neither predicted nor compared',
  keywords: 'the category that most lines of the logs name, no reasoning, no probe',
};
