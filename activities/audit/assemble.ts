import { knowledgeSnapshot } from '../../kb/reasoning/knowledge-snapshot.ts';
import type { Knowledge } from '../../kb/reasoning/knowledge.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import { canonicalJson, jsonDigest } from '../json-evidence.ts';
import type { EvidenceStore } from '../ports.ts';
import { chartDocuments } from './chart-document.ts';
import { codeDigest, packageVersion } from './code-digest.ts';
import { evidenceClosure } from './evidence-closure.ts';
import type { ReadExecution } from './executions.ts';
import { endOf, resultOf } from './history.ts';
import { evidenceChain, historyEntry, manifestBytes, type CodeIdentity, type Manifest } from './manifest.ts';
import { latestGraph } from './latest-graph.ts';
import { auditReadme } from './readme.ts';
import { sha256Of } from './sha256.ts';

/** An execution with all that a later reader needs, described by its manifest. */
export interface Assembled {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  /** In the manifest's order. */
  readonly histories: readonly Uint8Array[];
  readonly documents: ReadonlyMap<string, Uint8Array>;
}

export interface AssemblePorts {
  readonly evidence: EvidenceStore;
  /** The bucket of evidence; raw logs have theirs in the inventory. */
  readonly evidenceBucket: string;
  readonly inventory: Inventory | null;
  readonly knowledge: Knowledge;
  readonly code: CodeIdentity;
}

/** The same executions and evidence give the same bytes, so that a repeat archives nothing new. */
export async function assemble(
  ports: AssemblePorts,
  executions: readonly ReadExecution[],
  incident: { readonly cluster: string; readonly workflowId: string; readonly runId: string },
  options: { readonly signer: string | null; readonly chart?: unknown; readonly signal?: AbortSignal },
): Promise<Assembled> {
  const main = executions[0];
  if (main === undefined) throw new Error('there is no execution to assemble');
  const { inventory, knowledge, code } = ports;
  const buckets = new Set([ports.evidenceBucket, ...(inventory === null ? [] : [inventory.logs.bucket])]);
  const histories = executions.map(({ history }) => history);
  const { evidence, unreadable } = await evidenceClosure(histories, ports.evidence, buckets, options.signal);
  const told = resultOf(main.history) ?? options.chart;
  const chart = chartDocuments(told, await latestGraph(told, evidence, ports.evidence, options.signal));
  const documents = new Map<string, Uint8Array>(
    Object.entries({
      'README.txt': auditReadme,
      'chart.md': chart.markdown,
      'chart.html': chart.html,
      ...(inventory === null ? {} : { 'inventory.json': canonicalJson(inventory) }),
      'knowledge.json': canonicalJson(knowledgeSnapshot(knowledge)),
    }).map(([name, text]) => [name, new TextEncoder().encode(text)]),
  );
  const manifest: Manifest = {
    version: 1,
    incident: { ...incident, end: endOf(main.history) },
    code,
    histories: executions.map((execution) => historyEntry(execution, execution.history, execution.bytes)),
    evidence: [...evidence],
    evidenceChain: evidenceChain(evidence),
    unreadable: [...unreadable],
    documents: [...documents].map(([name, bytes]) => ({ name, sha256: sha256Of(bytes), bytes: bytes.length })),
    signer: options.signer,
  };
  return {
    manifest,
    manifestBytes: manifestBytes(manifest),
    histories: executions.map(({ bytes }) => bytes),
    documents,
  };
}

/** What this process would derive results with. Reads all sources once: some 50 ms. */
export function codeIdentity(knowledge: Knowledge, workflowBundle: Uint8Array | null): CodeIdentity {
  return {
    package: packageVersion(),
    sources: codeDigest(),
    workflowBundle: workflowBundle === null ? null : sha256Of(workflowBundle),
    knowledge: jsonDigest(knowledgeSnapshot(knowledge)),
  };
}
