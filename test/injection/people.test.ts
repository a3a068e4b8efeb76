import { beforeAll, describe, expect, it } from 'vitest';
import { readCorrection, readHumanAction, readNote } from '../../workflows/domain/people.ts';
import { reduceApproval } from '../../workflows/domain/approval.ts';
import { renderDetails } from '../../workflows/domain/current-details.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { peopleTexts } from './corpus/knowledge.ts';
import { corpus } from './corpus/index.ts';
import { outlineOf } from './inert.ts';
import { expectInertNotification, expectInertPages } from './pages.ts';
import { tally } from './tally.ts';
import { lostGpu, walk, type Walked } from './ward.ts';

const counted = tally('people');
let plain: Walked;
beforeAll(async () => {
  plain = await walk({ logs: lostGpu('xxxxx') });
});

/** A chart with the words in all that people may send to an incident. */
function told(view: IncidentView, words: string): IncidentView {
  const note = readNote({ by: words, text: words }, 0);
  const fix = readCorrection({ by: words, correctionId: words, category: 'disk-full', reason: words }, 0);
  const action = readHumanAction({ by: words, actionId: words, what: words }, 0);
  const rejected = reduceApproval(view.approval, {
    kind: 'decided',
    decision: 'reject',
    payload: {
      decisionId: words,
      proposal: 1,
      digest: view.approval.proposal?.digest,
      approver: words,
      reason: words,
    },
    principal: words,
    atMs: 1,
  });
  return {
    ...view,
    notes: note.ok ? [note.value] : [],
    corrections: fix.ok ? [fix.value] : [],
    humanActions: action.ok ? [action.value] : [],
    approval: rejected,
    closing: { kind: 'rejected', proposal: 1, by: words, reason: words },
    recoveries: [{ atMs: 0, recovered: false, text: words }],
    notified: [{ kind: 'proposal-waits', atMs: 0, sent: [words], failed: 0 }],
  };
}

describe.each(peopleTexts.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
  counted.add(id);

  it('is inert wherever it is shown, and adds no section', () => {
    expectInertPages(told(plain.view, text), plain.graph);
    // What looks like the placeholder of a template is nobody's name, and is refused.
    const like = /^<.*>$/.test(text) ? '<xxxxx>' : 'xxxxx';
    const outline = (words: string) => outlineOf(renderDetails(told(plain.view, words)));
    expect(outline(text)).toEqual(outline(like));
  });

  it('names no node of a correction', () => {
    const sent = { by: 'ada', correctionId: 'c', category: 'disk-full', node: text, reason: 'x' };
    const read = readCorrection(sent, 0);
    expect(read.ok).toBe(text === 'approved');
  });

  it('is inert where people are told', () => {
    expect.hasAssertions();
    expectInertNotification(text);
  });
});

describe('text of any carrier', () => {
  const all = Object.values(corpus).flat();

  it.each(all.map((one) => [one.id, one] as const))('%s approves nothing', (_id, { text }) => {
    const { approval } = plain.view;
    expect(approval.status.kind).toBe('waiting');
    const digest = approval.proposal?.digest;
    const payloads: readonly unknown[] = [
      text,
      [text],
      parsed(text),
      { decisionId: text, proposal: text, digest: text, approver: text },
      { decisionId: text, proposal: 1, digest: text, approver: text, comment: text },
      { decisionId: text, proposal: 1, digest: `${digest}${text}`, approver: text },
      { decisionId: text, proposal: '1', digest, approver: text },
      { text, note: `${digest} ${text}`, proposal: 1 },
    ];
    for (const payload of payloads)
      for (const decision of ['approve', 'reject'] as const) {
        const after = reduceApproval(approval, { kind: 'decided', decision, payload, principal: null, atMs: 1 });
        expect([after.status, after.approvals]).toEqual([approval.status, approval.approvals]);
        expect(after.refused).toBe(approval.refused + 1);
        expectInertPages({ ...plain.view, approval: after }, null);
      }
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
