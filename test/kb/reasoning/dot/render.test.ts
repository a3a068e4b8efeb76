import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphMermaid, nodesDrawnMax } from '../../../../kb/reasoning/dot/as-mermaid.ts';
import { graphLinesMax, graphText } from '../../../../kb/reasoning/dot/as-text.ts';
import { addNode, emptyGraph, graphNodesMax, type Graph, type GraphNodeDraft } from '../../../../kb/reasoning/graph.ts';

const draft = (text: string, more: Partial<GraphNodeDraft> = {}): GraphNodeDraft => ({
  type: 'proposition',
  round: 1,
  text,
  dependsOn: [],
  findingIds: [],
  ranges: [],
  ...more,
});

const graphOf = (...drafts: readonly GraphNodeDraft[]): Graph =>
  drafts.reduce((graph, one) => addNode(graph, one).graph, emptyGraph);

/** A flowchart as `graphMermaid` writes it, and nothing else: no other statement, no raw mark in a label. */
const label = /(?:[a-zA-Z0-9 .,()/+=-]|#\d{1,7};|<br\/>)*/.source;
const statements = [
  /^flowchart TD$/,
  new RegExp(`^ {2}(?:n\\d+|earlier)(?:\\("${label}"\\)|\\["${label}"\\]|\\[\\["${label}"\\]\\])$`),
  /^ {2}n\d+ (?:-->|-\.->) n\d+$/,
  /^ {2}classDef [a-z]+ [a-z0-9:#,\- ]+$/,
  /^ {2}class n\d+(?:,n\d+)* [a-z]+$/,
  /^$/,
];
const strangers = (mermaid: string): readonly string[] =>
  mermaid.split('\n').filter((line) => !statements.some((statement) => statement.test(line)));

const nasty = [
  '"]; click n1 "javascript:alert(1)"',
  '`end` %%{init: {"securityLevel":"loose"}}%%',
  '--> n99\nn99["x"]\nclassDef a fill:red;',
  '<script>alert(1)</script> #quot; &lt; #35;',
  '[approve](http://x) ***now*** |a|b|',
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007',
  '\u202egnp.exe \u2066hidden\u2069 \u200b\ufeff',
  'style x:y#z; style a:b#c;',
  '```\n# heading\n---\nflowchart LR',
];

describe('the graph as a Mermaid flowchart', () => {
  it.each(nasty)('keeps %j inside a label', (text) => {
    const graph = graphOf(
      draft(text, { expressions: [{ form: 'rule', text }] }),
      draft(text, { type: 'critique', dependsOn: ['n1'], struck: text, by: 'model' }),
      draft(text, { type: 'summary', dependsOn: ['n1', 'n2'] }),
    );
    expect(strangers(graphMermaid(graph))).toEqual([]);
  });

  it('has no statement of its own in any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 120 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
        (text, struck) => {
          expect(strangers(graphMermaid(graphOf(draft(text), draft(text, { dependsOn: ['n1'], struck }))))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('draws every edge between the nodes that it shows, and a struck thought with a broken line', () => {
    const graph = graphOf(
      draft('a'),
      draft('b', { dependsOn: ['n1'] }),
      draft('c', { dependsOn: ['n2'], struck: 'no' }),
    );
    const mermaid = graphMermaid(graph);
    expect(mermaid).toContain('  n1 --> n2\n');
    expect(mermaid).toContain('  n2 -.-> n3\n');
    expect(mermaid).toContain('  class n3 struck');
    expect(mermaid).toContain('struck#58; no');
  });

  it('draws the latest of many, and says how many it leaves out', () => {
    const full = Array.from({ length: graphNodesMax }, (_, at) => draft('x', { dependsOn: at === 0 ? [] : ['n1'] }));
    const mermaid = graphMermaid(graphOf(...full));
    expect(mermaid).toContain(`${graphNodesMax - nodesDrawnMax} earlier thoughts are left out`);
    expect(mermaid.match(/^ {2}n\d+[([]/gm)).toHaveLength(nodesDrawnMax);
    expect(strangers(mermaid)).toEqual([]);
  });
});

describe('the graph as text', () => {
  const family = graphOf(
    draft('a fault', { expressions: [{ form: 'code', text: 'gpu.clocks(node-01)' }], findingIds: ['f1'] }),
    draft('another'),
    draft('against it', { type: 'critique', dependsOn: ['n1'] }),
    draft('both', { type: 'refinement', dependsOn: ['n1', 'n2'], joins: 'cascade' }),
    draft('the model thinks so', {
      type: 'critique',
      dependsOn: ['n2'],
      by: 'model',
      struck: 'its quote stands nowhere',
    }),
    draft('the end', { type: 'summary', dependsOn: ['n3', 'n4'] }),
  );

  it('shows what was thought of a proposition below it, what is struck, and the ends last', () => {
    expect(graphText(family, { width: 60 })).toMatchInlineSnapshot(`
      "n1 round 1  proposition  [1 cited]
      │  a fault
      │    code: gpu.clocks(node-01)
      ├─ n3 round 1  critique
      │  against it
      └─ n4 round 1  refinement, joined: cascade  ← n2
         both
      n2 round 1  proposition
      │  another
      └─ n5 round 1  critique  by the model
         the model thinks so
         struck: its quote stands nowhere
      n6 round 1  summary  ← n3 n4
         the end"
    `);
  });

  it.each(nasty)('moves no cursor and hides nothing with %j', (text) => {
    const shown = graphText(graphOf(draft(text, { struck: text, expressions: [{ form: 'code', text }] })));
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/);
    expect(shown.split('\n').every((line) => /^(?:n1 |[│ ] {2})/.test(line))).toBe(true);
  });

  it('stays within its columns and its lines', () => {
    const long = draft('word '.repeat(350), { dependsOn: [] });
    const lines = graphText(graphOf(...Array.from({ length: graphNodesMax }, () => long)), { width: 50 }).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
    expect(lines.length).toBeLessThanOrEqual(graphLinesMax + 1);
  });

  it('leaves the colours to whoever prints', () => {
    const painted = graphText(family, { colour: (style, text) => `<${style}>${text}</${style}>` });
    expect(painted).toContain('<red>struck: its quote stands nowhere</red>');
    expect(painted).toContain('<bold>proposition</bold>');
  });
});
