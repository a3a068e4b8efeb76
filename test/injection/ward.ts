import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Finding, Verdict } from '../../workflows/domain/finding.ts';
import type { AlertObservation } from '../../workflows/domain/alert.ts';
import type {
  IncidentKey,
  ProbeBatchResult,
  RecallResult,
  RoundInput,
  RoundResult,
  ScanResult,
} from '../../workflows/domain/phase-data.ts';
import type { Proposal } from '../../workflows/domain/proposal.ts';
import { noApproval, reduceApproval } from '../../workflows/domain/approval.ts';
import { newIncidentView, type IncidentView } from '../../workflows/domain/incident-view.ts';
import { logManifestSchema } from '../../activities/log-manifest.ts';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { getJson, putJson } from '../../activities/json-evidence.ts';
import { evidenceReader } from '../../activities/model/read-again.ts';
import { createPlanGathering } from '../../activities/plan-gathering.ts';
import type { ProbeRunner } from '../../activities/ports.ts';
import { createProposePlan } from '../../activities/propose-plan.ts';
import { createReasonRound } from '../../activities/reason-round.ts';
import { createRecallIncidents } from '../../activities/recall-incidents.ts';
import { recallLibrary } from '../../activities/recall-library.ts';
import { createRunProbeBatch } from '../../activities/run-probe-batch.ts';
import { foldReports, logScans } from '../../activities/scan-engine.ts';
import { createScanEvidence } from '../../activities/scan-evidence.ts';
import { quoteCommand } from '../../activities/adapters/ssh/quote.ts';
import { graphSchema, type Graph } from '../../kb/reasoning/graph.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import type { Passage } from '../../kb/reasoning/model/case.ts';
import type { Recallable } from '../../kb/retrieval/recallable.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { ProbeOutput } from '../../kb/schemas/probe.ts';
import { runActivity } from '../activities/run-activity.ts';
import { memoryEvidence, memoryLogs } from '../support/memory-stores.ts';
import { threeIncidents } from '../support/recallables.ts';
import { kernelKey, rankKey, smallInventory } from '../support/small-inventory.ts';

/** One incident from its alert to its proposal, by the activities that do it, with stores and nodes that are fakes. */
export interface World {
  /** Lines of one source each, in windows as shippers write them. */
  readonly logs: Readonly<Record<string, string>>;
  readonly alert?: AlertObservation;
  readonly inventory?: Inventory;
  readonly recallables?: readonly Recallable[];
  /** What a node answers to a command. */
  readonly answer?: (probeId: string, node: string) => ProbeOutput;
}

export interface Walked {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly passages: readonly Passage[];
  readonly graph: Graph;
  readonly view: IncidentView;
  /** Command lines as they go to nodes, in the order of their text. */
  readonly commands: readonly string[];
  readonly proposal: Proposal | null;
  /** All that went into activities and came out of them: what a history holds. */
  readonly history: string;
}

export const startMs = Date.UTC(2026, 10, 21, 3, 0, 0);
export const key: IncidentKey = { cluster: 'site-a', workflowId: 'incident/site-a/0011223344556677', runId: 'run-1' };
/** Batches of probes that are run for round 2 and for round 3. */
const batchesMax = { second: 1, third: 2 };

const iso = (ms: number) => new Date(ms).toISOString().replace('Z', '000+00:00');

/** A GPU is lost, the ranks wait for it; `inserted` stands in the log of rank 1, in the kernel's and before both. */
export function lostGpu(inserted: string): Readonly<Record<string, string>> {
  const kernel = (at: number, text: string) => `${iso(startMs + at)} node-01 kernel: ${text}`;
  return {
    [kernelKey('node-01', startMs + 60_000)]: [
      kernel(61_000, 'eth0: link up'),
      inserted,
      kernel(72_000, 'NVRM: Xid (PCI:0000:07:00): 79, pid=4711, GPU has fallen off the bus.'),
      inserted,
      '',
    ].join('\n'),
    [rankKey(1, startMs + 60_000)]: [
      `${iso(startMs + 60_500)} [INFO] iteration 100/ 1000 | elapsed time per iteration (ms): 1200.0 | lm loss: 2.1E+00`,
      inserted,
      '[rank1]:[E1121 03:01:30.000000000 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600047 milliseconds before timing out.',
      inserted,
      '',
    ].join('\n'),
  };
}

/** A job that makes its steps, and a line in it. */
export function allWell(inserted: string): Readonly<Record<string, string>> {
  const steps = (from: number) =>
    Array.from(
      { length: 5 },
      (_one, at) =>
        `${iso(startMs + from + 2_000 * at)} [INFO] iteration ${100 + at}/ 1000 | elapsed time per iteration (ms): 1200.0 | lm loss: 2.1E+00`,
    );
  return { [rankKey(0, startMs + 60_000)]: [...steps(61_000), inserted, ...steps(75_000), ''].join('\n') };
}

export function alertOf(text = 'steps take three times as long', labels: Readonly<Record<string, string>> = {}) {
  const own = { alertname: 'TrainingJobHang', cluster: 'site-a', job: 'pretrain', ...labels };
  return {
    receivedAtMs: startMs + 90_000,
    status: 'firing',
    groupLabels: own,
    alerts: [{ fingerprint: 'f0', status: 'firing', startsAtMs: startMs + 90_000, labels: own, summary: text }],
    truncated: 0,
  } as const satisfies AlertObservation;
}

const clock = { nowMs: () => startMs + 3_600_000 };
const usual = smallInventory();
const notThere: ProbeOutput = { stdout: '', stderr: 'bash: line 1: tool: command not found', exitCode: 127 };

/** The whole incident; `history` and `commands` are written down on the way. */
export async function walk(world: World): Promise<Walked> {
  const { logs: files, alert = alertOf(), inventory = usual, recallables = threeIncidents } = world;
  const { evidence, inventories, planGathering, reasonRound } = staffOf(inventory);
  const logs = () => memoryLogs(files);
  const spoken: unknown[] = [];
  const commands: string[] = [];
  const recorded = async <I, O>(activity: (input: I) => Promise<O>, input: I, attempt = 1): Promise<O> => {
    const output = await runActivity(activity, input, attempt);
    spoken.push(input, output);
    return output;
  };
  const runner: ProbeRunner = {
    async run(host, argv, { about }) {
      commands.push(`${host.name}: ${quoteCommand(argv)}`);
      return world.answer?.(about?.probeId ?? '', about?.node ?? host.name) ?? notThere;
    },
  };

  const plan = await runActivity(planGathering, { key, alert });
  spoken.push(plan);
  const gathered = await recorded(createGatherLogs({ inventories, logs, evidence, clock }), { key, plan });
  const manifest = await getJson(evidence, gathered.manifest, logManifestSchema);
  const found = scanned(files, manifest.windows);
  const scan: ScanResult = {
    findings: await putJson(evidence, 'findings', key.cluster, found),
    count: found.length,
    kinds: countsOf(found),
    firstFaultKind: null,
  };
  spoken.push(scan);

  const recall: RecallResult = await recorded(
    createRecallIncidents({
      evidence,
      index: noIndex,
      library: recallLibrary(async () => recallables),
      inventories,
      kinds: knowledge.kinds,
    }),
    { key, findings: scan.findings, embedding: null },
  );

  const runProbeBatch = createRunProbeBatch({ runner, evidence, inventories, clock, pause: async () => {} });
  let findings: EvidenceRef[] = [scan.findings];
  let previousGraph: EvidenceRef | null = null;
  let probesRun: RoundInput['probesRun'] = [];
  const rounds: (RoundResult & { readonly round: 1 | 2 | 3 })[] = [];
  const batches: { readonly batch: string; readonly result: ProbeBatchResult }[] = [];
  const think = async (round: 1 | 2 | 3): Promise<RoundResult> => {
    const input: RoundInput = {
      key,
      plan,
      round,
      findings,
      recall: recall.recall,
      performance: null,
      previousGraph,
      probesRun,
    };
    const result = await recorded(reasonRound, input);
    previousGraph = result.graphRef;
    rounds.push({ ...result, round });
    return result;
  };
  const probe = async (batch: string, { wantedProbes }: RoundResult): Promise<void> => {
    const probes = wantedProbes.map(({ probeId, nodes }) => ({ probeId, nodes }));
    const result = await recorded(runProbeBatch, { key, batch, probes });
    probesRun = [...probesRun, ...probes];
    findings = [...findings, result.findings];
    batches.push({ batch, result });
  };

  await think(1);
  let second = await think(2);
  for (let batch = 1; batch <= batchesMax.second && second.wantedProbes.length > 0; batch += 1) {
    await probe(`round2-${batch}`, second);
    second = await think(2);
  }
  let third = await think(3);
  for (
    let batch = 1;
    batch <= batchesMax.third && third.verdict === null && third.wantedProbes.length > 0;
    batch += 1
  ) {
    await probe(`round3-${batch}`, third);
    third = await think(3);
  }
  const { verdict, narrative, graphRef } = third;
  if (verdict === null) throw new Error('the rounds came to no verdict');

  const proposed = await recorded(createProposePlan({ evidence, inventories }), {
    key,
    verdict,
    findings,
    number: 1,
    createdAtMs: startMs,
    approvalMs: 3_600_000,
  });
  const proposal = proposed.kind === 'proposal' ? proposed.proposal : null;
  const view: IncidentView = {
    ...newIncidentView({ ...key, openedAtMs: startMs, observeOnly: false, recurrenceOf: null }),
    alert,
    latestAlert: alert,
    phase: proposal === null ? 'awaiting-people' : 'awaiting-approval',
    job: plan.job,
    handlerId: plan.handlerId,
    logs: gathered,
    scan,
    recall,
    rounds,
    probeBatches: batches,
    verdict,
    verdictAtMs: startMs,
    ...(narrative === undefined ? {} : { narrative }),
    approval: proposal === null ? noApproval : reduceApproval(noApproval, { kind: 'proposed', proposal }),
    handOver: proposed.kind === 'none' ? { kind: 'handed-over', reason: 'no-remedy', detail: proposed.reason } : null,
  };
  const reader = await evidenceReader(
    { evidence, logs },
    { logs: gathered.manifest, probeResults: batches.map(({ result }) => result.results), documents: findings },
    new AbortController().signal,
  );
  return {
    verdict,
    findings: found,
    passages: await reader.passages(found),
    graph: await getJson(evidence, graphRef, graphSchema),
    view,
    commands: commands.toSorted(),
    proposal,
    history: JSON.stringify(spoken),
  };
}

/** What a scan of these logs leaves in a history, by the activity with its threads. */
export async function scanOf(files: Readonly<Record<string, string>>): Promise<ScanResult> {
  const { evidence, inventories, planGathering } = staffOf(usual);
  const logs = () => memoryLogs(files);
  const plan = await runActivity(planGathering, { key, alert: alertOf() });
  const gathered = await runActivity(createGatherLogs({ inventories, logs, evidence, clock }), { key, plan });
  return runActivity(createScanEvidence({ logs, evidence }), { key, plan, logs: gathered, metrics: null });
}

/** What may not differ from an incident without the hostile text. */
export function decided({ verdict, commands, proposal, view }: Walked) {
  const causes = verdict.kind === 'attributed' ? verdict.causes : [];
  return {
    verdict: verdict.kind,
    causes: causes.map(({ category, node, device }) => ({ category, node, device })),
    commands,
    steps: (proposal?.steps ?? []).map(({ stepId, node, args }) => [stepId, node, ...args]),
    undo: (proposal?.undo ?? []).map(({ stepId, node, args }) => [stepId, node, ...args]),
    approval: { status: view.approval.status, approvals: view.approval.approvals },
  };
}

const scans = logScans();

/** As the threads of a scan do it, in this one. */
function scanned(
  files: Readonly<Record<string, string>>,
  windows: readonly {
    readonly ref: EvidenceRef;
    readonly source: string;
    readonly node?: string;
    readonly rank?: number;
    readonly toMs: number;
  }[],
): readonly Finding[] {
  const fold = foldReports();
  for (const { ref, source, node, rank, toMs } of windows) {
    const scan = scans.open({
      source,
      evidenceId: ref.id,
      referenceMs: toMs,
      ...(node === undefined ? {} : { node }),
      ...(rank === undefined ? {} : { rank }),
    });
    scan.feed(new TextEncoder().encode(files[ref.key] ?? ''));
    fold.add(scan.end());
  }
  return fold.findings();
}

function countsOf(findings: readonly Finding[]): ScanResult['kinds'] {
  return [...Map.groupBy(findings, ({ kind }) => kind)].map(([kind, group]) => ({ kind, count: group.length }));
}

const noIndex = {
  state: () => Promise.reject(new Error('never asked: the query has no embedding')),
  nearest: () => Promise.reject(new Error('never asked: the query has no embedding')),
  sync: () => Promise.reject(new Error('this index is only read')),
  drop: () => Promise.reject(new Error('this index is only read')),
};

interface Staff {
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly evidence: ReturnType<typeof memoryEvidence>;
  readonly planGathering: ReturnType<typeof createPlanGathering>;
  readonly reasonRound: ReturnType<typeof createReasonRound>;
}

/** What takes the digest of all that is known is made once: it is the same for every case. */
function staffOf(inventory: Inventory): Staff {
  const known = staffs.get(inventory);
  if (known !== undefined) return known;
  const inventories = new Map([[inventory.cluster, inventory]]);
  const evidence = memoryEvidence();
  const made = {
    inventories,
    evidence,
    planGathering: createPlanGathering({ inventories, knowledge, clock }),
    reasonRound: createReasonRound({ evidence, inventories, knowledge }),
  };
  staffs.set(inventory, made);
  return made;
}

const staffs = new Map<Inventory, Staff>();
