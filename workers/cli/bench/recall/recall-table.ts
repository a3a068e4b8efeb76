import { renderTable, type Terminal } from '../../output.ts';
import type { Measures } from './measures.ts';
import type { RecallBench } from './run-recall.ts';

export async function renderRecallBench(terminal: Terminal, bench: RecallBench): Promise<string> {
  const quality = await renderTable(
    terminal,
    ['EMBEDDER', 'ASKED WITH', 'CASES', 'SEARCH', 'RECORD @1', '@3', '@5', 'MRR', 'CAUSE @1', '@3', '@5', 'MRR'],
    bench.quality.map(({ embedder, asked, cases, search, record, category }) => [
      embedder,
      asked,
      String(cases),
      search,
      ...shares(record),
      ...shares(category),
    ]),
  );
  const scale = await renderTable(
    terminal,
    ['ENTRIES', 'INDEXED/S', 'WORD INDEX', 'QUERY P50', 'P95', 'EMBED', 'DENSE', 'WORDS'],
    bench.scale.map(({ entries, indexedPerSecond, wordIndexMs, queryMs, parts }) => [
      String(entries),
      indexedPerSecond.toFixed(0),
      `${(wordIndexMs / 1_000).toFixed(1)} s`,
      ms(queryMs.p50),
      ms(queryMs.p95),
      ms(parts.embedMs),
      ms(parts.denseMs),
      ms(parts.wordsMs),
    ]),
  );
  const embedding = bench.embedding.map(
    ({ embedder, textsPerSecond }) => `${embedder}: ${textsPerSecond.toFixed(0)} texts a second`,
  );
  return [
    `${bench.cases} cases of ${bench.records} entries; RECORD: the record itself is found; CAUSE: with it taken out, one of its category is`,
    quality,
    ...embedding,
    ...(bench.scale.length === 0 ? [] : [scale]),
    ...bench.notices,
  ].join('\n');
}

function shares({ at1, at3, at5, mrr }: Measures): readonly string[] {
  return [at1, at3, at5].map((share) => `${(share * 100).toFixed(0)} %`).concat(mrr.toFixed(2));
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
