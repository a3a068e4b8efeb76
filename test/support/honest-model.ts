import { createHash } from 'node:crypto';
import { startScriptedModel, type AskedModel } from './scripted-model.ts';

/*
 * A model server in a process of its own, so that it can be killed: reads the case as a model would, and thinks of
 * locked clocks. Told `hang`, it begins an answer and does not end it. Tells of every question before it answers.
 */

export type HonestModelSays =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'asked'; readonly question: string };

let hangs = false;
process.on('message', (message) => {
  hangs = message === 'hang';
});

const { url } = await startScriptedModel((asked) => {
  tell({ kind: 'asked', question: hashOf(asked) });
  return hangs ? { kind: 'hangs' } : { kind: 'says', text: JSON.stringify(answerTo(asked)) };
});
tell({ kind: 'ready', url });

function tell(said: HonestModelSays): void {
  process.send?.(said);
}

function hashOf({ messages, seed }: AskedModel): string {
  return createHash('sha256')
    .update(JSON.stringify([messages, seed]))
    .digest('hex');
}

const findingPattern =
  /<finding id="(?<id>F\d+)" kind="[^"]*clock[^"]*" role="cause" node="(?<node>[^"]+)"(?: device="gpu (?<gpu>\d+)")?[^>]*>(?<text>[^<]{8,})<\/finding>/g;
const claimsMax = 4;
const quoteChars = 40;

/** Locked clocks where a finding speaks of clocks, with what it says as the quote; nothing where none does. */
function answerTo({ messages }: AskedModel): unknown {
  const prompt = messages.at(-1)?.content ?? '';
  const found = [...prompt.matchAll(findingPattern)].flatMap(({ groups }) => (groups === undefined ? [] : [groups]));
  const [first] = found;
  const measured = [...prompt.matchAll(/<reading probe="([^"]+)">/g)].map(([, probe]) => probe);
  const claims = found
    .filter(({ node }) => node === first?.['node'])
    .slice(0, claimsMax)
    .map(({ id, text = '' }) => ({
      tag: 'text',
      text: 'The clock is low.',
      cites: [{ id, quote: text.slice(0, quoteChars) }],
    }));
  return {
    hypotheses:
      first === undefined
        ? []
        : [
            {
              category: 'gpu-clock-throttle',
              node: first['node'],
              device: first['gpu'] === undefined ? null : { kind: 'gpu', index: Number(first['gpu']) },
              probability: 0.9,
              // One that nobody can prove: it has to be struck.
              claims: [
                ...claims,
                { tag: 'text', text: 'And the disk is full.', cites: [{ id: 'F1', quote: 'No space left on device' }] },
              ],
            },
          ],
    critiques: [],
    probes: [],
    predictSpeed: false,
    analysis:
      measured.length === 0 ? null : { program, probeIds: measured.slice(0, 8), why: 'how many results are here' },
  };
}

const program = `function analyse({ results }) {
  return [{ kind: 'analysis.normal', numbers: { results: results.length }, sentence: 'results: ' + results.length }];
}`;
