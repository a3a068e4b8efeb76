import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { recalledFrom } from '../../activities/model/recalled.ts';
import { chunkMarkdown } from '../../kb/knowledge/chunk-markdown.ts';
import { controlPlaces } from '../../kb/knowledge/own-names.ts';
import { siteBase } from '../../kb/knowledge/site-base.ts';
import { remediations } from '../../kb/remediations/index.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import type { IncidentRecord } from '../../kb/schemas/record.ts';
import { recallable, threeIncidents } from '../support/recallables.ts';
import { aRecord, events, startMs } from '../support/site-events.ts';
import { recalledTexts, recordTexts } from './corpus/knowledge.ts';
import { expectInertText, harmless, traceOf } from './inert.ts';
import { expectInertPages } from './pages.ts';
import { caseOf, expectInertPrompt } from './prompts.ts';
import { tally } from './tally.ts';
import { decided, lostGpu, walk } from './ward.ts';

const logs = lostGpu('xxxxx');
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Words that an incident with a lost GPU asks for: so the record is found. */
const found = 'NVRM Xid 79 GPU has fallen off the bus, watchdog caught collective operation timeout.';

/** What a record's fields take of a case. */
const wordsMax = 250;

/** The text in every field that people fill. */
function recordWith(text: string): IncidentRecord {
  const words = `It is said of this fault: ${text.slice(0, wordsMax)}`;
  return aRecord({
    rawtext: `${found} ${words}`,
    function: words,
    result: `${found} ${words}`,
    notThisIf: [words],
    probes: [{ id: 'gpu.clocks', present: words, absent: words }],
    remedy: { remediations: [], action: words },
    confirmedBy: { who: 'operator', how: words },
  });
}

/** What a site knows that has taken the record and the runbook in. */
function knownWith(text: string): readonly Recallable[] {
  const { title, chunks } = chunkMarkdown('books/x.md', `# ${found}\n\n${found}\n\n${text}\n`, hash);
  const book = { ...events.imported('books/x.md', []), title, chunks: [...chunks] };
  const proposal = events.typed(recordWith(text));
  return [...threeIncidents, ...siteBase([proposal, events.accepted(proposal), book], startMs).recallables];
}

describe('a record or a runbook', () => {
  const counted = tally('record');

  describe.each(recordTexts.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
    counted.add(id);

    it('is recalled as likeness and nothing else', async () => {
      const walked = await walk({ logs, recallables: knownWith(text) });
      const usual = await walk({ logs, recallables: knownWith(harmless(text)) });
      expect(walked.view.recall?.references?.length).toBeGreaterThan(0);
      expect(decided(walked)).toEqual(decided(usual));
      expect(traceOf(walked.history)).toEqual([]);
      expectInertPages(walked.view, walked.graph);
      const recalled = await recalledFrom([recordWith(text)])([recordWith(text).id]);
      expect(recalled).toHaveLength(1);
      expectInertPrompt(caseOf(walked, { recalled }));
    });

    it('holds nothing hidden once it is kept', () => {
      const { title, chunks } = chunkMarkdown('books/x.md', `# ${text}\n\n${text}\n\n\`\`\`\n${text}\n\`\`\`\n`, hash);
      expectInertText(JSON.stringify([title, chunks]));
      // Whoever checks records is told of each.
      expect(controlPlaces(recordWith(text)).length > 0).toBe(isHiding(text.slice(0, wordsMax)));
    });

    it('names no remediation', () => {
      const proposal = events.typed({ ...aRecord(), remedy: { remediations: [text.slice(0, 80)], action: 'x' } });
      const known = new Set(remediations.map(({ id: one }) => one));
      expect(known.has(text)).toBe(false);
      expect(siteBase([proposal, events.accepted(proposal)], startMs).recallables).toEqual([]);
    });
  });
});

function isHiding(text: string): boolean {
  try {
    expectInertText(text.replaceAll(/[\t\n]/g, ' '));
    return false;
  } catch {
    return true;
  }
}

describe('what was recalled', () => {
  const counted = tally('recalled');

  describe.each(recalledTexts.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
    counted.add(id);

    it('decides nothing by its source, and is inert wherever it is shown', async () => {
      const known = (source: string) => [
        ...threeIncidents.map((entry) => ({ ...entry, source })),
        recallable('runbook-1', found, { kind: 'runbook', category: null, source }),
      ];
      const walked = await walk({ logs, recallables: known(text) });
      const usual = await walk({ logs, recallables: known(harmless(text)) });
      expect(walked.view.recall?.top.length).toBeGreaterThan(0);
      expect(decided(walked)).toEqual(decided(usual));
      expectInertPages(walked.view, walked.graph);
    });
  });
});
