import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shippedExamplesFile } from '../../activities/adapters/shipped-examples.ts';
import { exampleWordsText } from '../../workers/cli/bench/excerpts/write-words.ts';

/** `wardround bench excerpts --write-words` writes them anew. */
it('the words that recall learns causes from are those of the cases that were tuned on', async () => {
  expect(readFileSync(shippedExamplesFile, 'utf8')).toBe(await exampleWordsText(import.meta.dirname));
}, 400_000);
