/** Errors, percent of the measured step time. */
export interface PublishedBar {
  readonly n: number;
  readonly meanAbsolute: number;
  readonly medianAbsolute: number;
  readonly within10: number;
  readonly note: string;
}

/**
 * Calculon (Isaev et al., SC 2023, https://doi.org/10.1145/3581784.3607102) at caa4b11 on rows of the published runs,
 * measured on 20 November 2026 with its own `a100_80g` system untouched but for the bandwidth between nodes, set for
 * each source. `--calculon` measures again.
 */
export const calculonBar: Readonly<Record<string, PublishedBar>> = {
  'vtrain-multi': {
    n: 103,
    meanAbsolute: 11.1,
    medianAbsolute: 7.1,
    within10: 58,
    note: 'six rows with tensor parallel 16 refused',
  },
  'bloom-prequel': { n: 122, meanAbsolute: 28.6, medianAbsolute: 26.5, within10: 0, note: 'always too fast' },
  'vtrain-single': { n: 1440, meanAbsolute: 38.9, medianAbsolute: 35.8, within10: 9, note: '' },
  mosaicml: {
    n: 139,
    meanAbsolute: 40.7,
    medianAbsolute: 16.4,
    within10: 35,
    note: 'A100 rows only; not like for like: Calculon has neither FSDP nor flash attention',
  },
  'korthikanti-t5': {
    n: 8,
    meanAbsolute: 3.7,
    medianAbsolute: 2.5,
    within10: 100,
    note: 'the table that Calculon was tuned on',
  },
  'megatron-2020': { n: 8, meanAbsolute: 14.5, medianAbsolute: 14.8, within10: 25, note: 'A100 rows only' },
  'mt-nlg': { n: 3, meanAbsolute: 29.7, medianAbsolute: 29.3, within10: 0, note: '' },
};
