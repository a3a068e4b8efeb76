import { describe, expect, it } from 'vitest';
import { chartDocuments } from '../../../activities/audit/chart-document.ts';
import { addNode, emptyGraph } from '../../../kb/reasoning/graph.ts';
import { renderChart } from '../../../workers/cli/chart.ts';
import { detailsCharsMax, renderDetails } from '../../../workflows/domain/current-details.ts';
import { newIncidentView, type IncidentView } from '../../../workflows/domain/incident-view.ts';
import type { Narrative } from '../../../workflows/domain/narrative.ts';

const fresh = newIncidentView({
  cluster: 'site-a',
  workflowId: 'incident/site-a/0123',
  runId: 'run-1',
  openedAtMs: 1,
  observeOnly: false,
  recurrenceOf: null,
});
const narrative: Narrative = {
  headline: 'A GPU runs below its normal speed (GPU 5 of server node-03; very likely, 93 %).',
  sections: [
    {
      topic: 'what',
      title: 'What happened',
      sentences: [
        { text: 'The job runs slower than it should.', expert: 'performance.job.slow', findingIds: [], ranges: [] },
      ],
    },
  ],
};
const told: IncidentView = { ...fresh, narrative };
const hostile: IncidentView = {
  ...fresh,
  narrative: {
    headline: '[approve](http://x) <img src=x>',
    sections: [
      {
        topic: 'what',
        title: '# now',
        sentences: [{ text: '\u001b[31m`x` <script>alert(1)</script>', findingIds: [], ranges: [] }],
      },
    ],
  },
};

describe('the narrative', () => {
  it('stands in the current details above the verdict, in the words of the terminal', () => {
    const details = renderDetails(told);
    expect(details).toContain('### In plain words');
    expect(details).toContain('- The job runs slower than it should.');
    expect(renderChart({ colour: false }, told)).toContain('    The job runs slower than it should.');
    expect(renderChart({ colour: false }, told)).toContain('performance.job.slow');
  });

  it('is absent where an older history has none', () => {
    expect(renderDetails(fresh)).not.toContain('plain words');
    expect(renderChart({ colour: false }, fresh)).not.toContain('plain words');
  });

  it('says when people have corrected what it tells', () => {
    const correction = {
      correctionId: 'c',
      by: 'Ada',
      category: 'disk-full' as const,
      reason: 'df',
      principal: null,
      atMs: 2,
    };
    const corrected = { ...told, corrections: [correction] };
    expect(renderDetails(corrected)).toContain('People have corrected this since.');
    expect(renderChart({ colour: false }, corrected)).toContain('People have corrected this since.');
  });

  it('is shown and never interpreted, whatever it holds', () => {
    const details = renderDetails(hostile);
    expect(details).toContain('\\[approve\\](http\\[:\\]//x) \\<img src=x\\>');
    expect(renderChart({ colour: false }, hostile)).not.toContain('\u001b');
    const { html } = chartDocuments(hostile);
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<img');
  });

  it('never hides what to decide', () => {
    const sentence = { text: 'x'.repeat(320), findingIds: [], ranges: [] };
    const section = { topic: 'what' as const, title: 'What', sentences: Array.from({ length: 200 }, () => sentence) };
    const long = { ...told, narrative: { ...narrative, sections: [section] } };
    expect(renderDetails(long).length).toBeLessThan(detailsCharsMax + 100);
    expect(renderDetails(long)).toContain('## waiting for the alert');
  });
});

describe('the archived chart', () => {
  const { graph } = addNode(emptyGraph, {
    type: 'proposition',
    round: 1,
    text: '``` <b>bold</b> "]\n# heading',
    dependsOn: [],
    findingIds: [],
    ranges: [],
  });

  it('has the graph as a flowchart where Markdown is read, and as a tree in the page', () => {
    const { markdown, html } = chartDocuments(told, graph);
    expect(markdown).toMatch(/### What was thought\n\n```mermaid\nflowchart TD\n {2}n1\("[^`\n]*"\)\n[^`]*```\n$/);
    expect(html).toContain('n1 round 1  proposition');
    expect(html).not.toContain('<b>');
    expect(html.match(/<pre>/g)).toHaveLength(1);
  });
});
