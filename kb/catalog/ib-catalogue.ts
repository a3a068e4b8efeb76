import { gpuGenerations, type CatalogueEntry } from './entry.ts';
import { ibCompletionTable, ibEventTable, ibSyndromeTable } from './ib-codes.ts';
import { parseTable, said } from './table.ts';

const verbs = 'https://github.com/linux-rdma/rdma-core/blob/master/libibverbs/verbs.h';
const mlx5 = 'https://github.com/linux-rdma/rdma-core/blob/master/providers/mlx5/mlx5dv.h';

/** Work-completion status codes (numbers), asynchronous events and mlx5's syndromes (names). */
export const ibCatalogue: readonly CatalogueEntry[] = [
  ...parseTable(ibCompletionTable, 7).map(([value = '', ...cells]) => entry(Number(value), cells, verbs)),
  ...parseTable(ibEventTable, 7).map(([, ...cells]) => entry(cells[0] ?? '', cells, verbs)),
  ...parseTable(ibSyndromeTable, 7).map(([, ...cells]) => entry(cells[0] ?? '', cells, mlx5)),
];

function entry(code: number | string, cells: readonly string[], source: string): CatalogueEntry {
  const [symbol = '', words = '', meaning = '', immediate = '', followUp = '', related = ''] = cells;
  return {
    kind: 'ib',
    code,
    name: symbol,
    symbol,
    words,
    meaning,
    // The network does not care which GPU is behind it.
    gpus: gpuGenerations,
    immediate: said(immediate),
    followUp: said(followUp),
    related: related === '' ? [] : related.split(', ').map((one) => (/^\d+$/.test(one) ? Number(one) : one)),
    source,
  };
}
