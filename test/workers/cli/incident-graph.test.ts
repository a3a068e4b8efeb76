import { describe, expect, it } from 'vitest';
import { putJson } from '../../../activities/json-evidence.ts';
import { addNode, emptyGraph, type Graph } from '../../../kb/reasoning/graph.ts';
import { incidentCommand } from '../../../workers/cli/incident.ts';
import { readGraph, showGraph } from '../../../workers/cli/incident-graph.ts';
import type { IncidentView } from '../../../workflows/domain/incident-view.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { runCli } from '../support/cli-runs.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';
import { anIncidentRow, aWaitingView, rememberingDesk } from '../support/remembering-desk.ts';

const { graph }: { readonly graph: Graph } = addNode(emptyGraph, {
  type: 'proposition',
  round: 1,
  text: 'disk-full on node-02 at 90 %\u001b[31m "]; click n1 "x"',
  dependsOn: [],
  findingIds: [],
  ranges: [],
});

async function world(): Promise<{ readonly view: IncidentView; readonly evidence: ReturnType<typeof memoryEvidence> }> {
  const evidence = memoryEvidence();
  const graphRef = await putJson(evidence, 'graph', 'site-a', graph);
  const round = { graphRef, digest: '', knowledgeDigest: '', hypotheses: [], summary: 'Round 1', round: 1 as const };
  return { view: aWaitingView({ rounds: [round] }), evidence };
}

async function shown(form: 'text' | 'mermaid', json = false): Promise<string> {
  const { view, evidence } = await world();
  const terminal = recordingTerminal({});
  const { desk } = rememberingDesk([view]);
  await showGraph(terminal.terminal, desk, view.workflowId, { form, json }, (ref) => readGraph(evidence, ref));
  return terminal.stdout();
}

describe('incident show --graph', () => {
  it('prints the stored graph as a tree', async () => {
    const text = await shown('text');
    expect(text).toContain('n1 round 1  proposition');
    expect(text).toContain('disk-full on node-02 at 90 %');
    expect(text).not.toContain('\u001b');
  });

  it('prints it as a Mermaid flowchart in which no name is a statement', async () => {
    const text = await shown('mermaid');
    expect(text).toMatch(/^flowchart TD\n {2}n1\("/);
    expect(text).not.toContain('click n1 "');
  });

  it('prints it as it is stored with --json', async () => {
    expect(JSON.parse(await shown('text', true))).toEqual(graph);
  });

  it('says so where nothing was thought yet', async () => {
    const { desk } = rememberingDesk([aWaitingView()], [anIncidentRow()]);
    const { stderr, exitCode } = await runCli(incidentCommand, ['incident', 'show', '0011', '--graph'], { desk });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('has not thought yet');
  });

  it('knows no other form', async () => {
    const { stderr, exitCode } = await runCli(incidentCommand, ['incident', 'show', '0011', '--graph', 'svg']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('text, mermaid');
  });
});
