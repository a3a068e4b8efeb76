import { partsOf, type HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import { probeById } from '../../../../kb/probes/index.ts';
import { inventorySchema } from '../../../../kb/schemas/inventory.ts';
import type { Verdict } from '../../../../workflows/domain/finding.ts';
import type { Ablation } from './ablations.ts';
import { afterRepair, type AfterRepair } from './after-repair.ts';
import type { Opening } from './first-alert.ts';
import { causeText, judgeVerdict, type Judgement, type Outcome } from './judge-verdict.ts';
import { laterIncidents, type Later } from './later-incidents.ts';
import { lookUntilTimeTells, type Look } from './look-again.ts';
import { memoryEvidence } from './memory-evidence.ts';
import { productOf, type Shelf } from './product.ts';
import { simulatedSite } from './simulated-site.ts';
import { alertWaitMsMax, listedFaults, stageFault, type StagedCase } from './stage-fault.ts';
import { truthOf, type FaultKind, type ListedFault, type Struck, type Truth } from './truth.ts';
import { virtualProbeRunner, type Sent } from './virtual-probe-runner.ts';
import { virtualTime } from './virtual-time.ts';
import { workIncident, type Worked } from './work-incident.ts';

export interface BenchCase extends StagedCase {
  readonly ablations: readonly Ablation[];
}

/** What came of one case; times are seconds. */
export interface CaseRow {
  readonly fault: string;
  readonly kind: FaultKind;
  readonly categories: readonly string[];
  readonly seed: number;
  readonly nodes: number;
  readonly place: string;
  readonly outcome: Outcome;
  readonly detail: string;
  /** What the incidents of the site's later alerts added, where the first verdict lacked something; `null`: nothing came. */
  readonly later: Later | null;
  /** What showed after the repair of the one of two faults that the first verdict named; `null`: not tried. */
  readonly afterRepair: AfterRepair | null;
  readonly verdict: Verdict['kind'] | null;
  /** What was attributed, or the candidates, best first. */
  readonly said: readonly { readonly cause: string; readonly probability: number }[];
  readonly openedBy: Opening['openedBy'] | null;
  readonly alertname: string | null;
  /** From the onset of the fault to the alert. */
  readonly alertAfterSeconds: number | null;
  readonly handler: string | null;
  /** Runs of the incident: what time may tell is looked at again. */
  readonly looks: number;
  readonly rounds: number;
  /** Probes that the rounds asked for, each of one or more nodes; all come after round 1. */
  readonly probes: readonly string[];
  /** Those among them that need an idle device: asked for, and run by nobody here. */
  readonly loadProbes: readonly string[];
  /** Command lines that were sent to hosts. */
  readonly commands: number;
  readonly unread: number;
  readonly failures: readonly string[];
  readonly without: readonly string[];
  readonly kinds: readonly string[];
  readonly slowdownRatio: number | null;
  readonly leaderAfterRound1: string | null;
  /** Virtual, from the alert to the verdict. */
  readonly alertToVerdictSeconds: number | null;
  /** Of the whole process, simulator and its start-up included. */
  readonly cpuSeconds: number;
  /** Wall, in the simulator alone, for logs, metrics and commands. */
  readonly simulatorSeconds: number;
}

/** A cluster with one fault, from healthy hours to the verdict. The same case gives the same row, CPU time aside. */
export async function runCase(shelf: Shelf, one: BenchCase): Promise<CaseRow> {
  const startedCpu = process.cpuUsage();
  const all = listedFaults();
  const fault = all.find(({ id }) => id === one.fault);
  if (fault === undefined) throw new Error(`there is no fault ${one.fault}`);
  const { opening, ...prepared } = stageFault(fault, one);
  const { cluster, nodes } = prepared;
  const inventory = inventorySchema.parse(cluster.inventory);
  const truth = truthOf(fault, prepared.struck, inventory, all);
  const base = {
    fault: fault.id,
    kind: fault.kind,
    categories: fault.categories,
    seed: one.seed,
    nodes,
    place: placeText(prepared.struck),
    openedBy: opening?.openedBy ?? null,
    alertname: opening?.alertname ?? null,
    alertAfterSeconds:
      opening === null || opening.openedBy === 'hand' ? null : (cluster.nowMs() - prepared.onsetMs) / 1000,
  };
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage(startedCpu);
    return (user + system) / 1e6;
  };
  if (opening === null)
    return {
      ...base,
      ...notWorked,
      outcome: 'no-alert',
      detail: `nobody was told of it within ${alertWaitMsMax / 60_000} minutes`,
      cpuSeconds: cpuSeconds(),
    };

  const first = await diagnose(shelf, { cluster, opening }, one.ablations);
  const { key, worked } = first;
  const row = { ...judged(truth, worked), ...shownOf(worked), commands: first.commands };
  const lacks = (fault.kind === 'fault' || fault.kind === 'dual') && lacking.has(row.outcome);
  return {
    ...base,
    ...row,
    later: lacks ? await laterIncidents(first, { key, opening, verdict: worked.verdict }, truth) : null,
    afterRepair: fault.kind === 'dual' && row.outcome === 'half' ? await repairedCase(shelf, one, fault, truth) : null,
    alertToVerdictSeconds: first.alertToVerdictSeconds,
    cpuSeconds: cpuSeconds(),
    simulatorSeconds: first.simulatorSeconds(),
  };
}

/** The same case once more, up to the same verdict: what comes after goes another way there, and time only goes forward. */
async function repairedCase(shelf: Shelf, one: BenchCase, fault: ListedFault, truth: Truth): Promise<AfterRepair> {
  const { cluster, opening } = stageFault(fault, one);
  if (opening === null) throw new Error(`nobody was told of ${one.fault} the second time`);
  const again = await diagnose(shelf, { cluster, opening }, one.ablations);
  const { key, worked } = again;
  const ids = partsOf(fault.id);
  const parts = listedFaults().filter(({ id }) => ids.includes(id));
  return afterRepair(again, { key, opening, plan: worked.plan, verdict: worked.verdict }, truth, parts);
}

/** From the alert to the verdict, and the site as it is then. */
async function diagnose(
  shelf: Shelf,
  { cluster, opening }: { readonly cluster: HeadlessCluster; readonly opening: Opening },
  ablations: readonly Ablation[],
) {
  const inventory = inventorySchema.parse(cluster.inventory);
  const sent: Sent[] = [];
  const time = virtualTime(cluster.nowMs());
  const alertMs = time.nowMs();
  const site = simulatedSite(cluster, inventory, () => time.nowMs());
  const evidence = memoryEvidence();
  const product = productOf(shelf, {
    inventory,
    time,
    evidence,
    logs: site.logs,
    metrics: site.metrics,
    runner: virtualProbeRunner(site.ask, time, (command) => sent.push(command)),
    uncritical: ablations.includes('no-critique'),
  });
  const name = inventory.cluster;
  const key = { cluster: name, workflowId: `incident/${name}/bench`, runId: 'bench' };
  const leftOut = new Set(ablations);
  const run = (one: Look) => workIncident(product, { time, evidence }, one, leftOut);
  const look = (about: Omit<Look, 'later'>) => lookUntilTimeTells({ cluster, time, work: run }, about);
  const worked = await look({ key, alert: opening.alert });
  return {
    cluster,
    name,
    time,
    product,
    key,
    worked,
    look,
    work: async (incident: Omit<Look, 'later'>) => (await run(incident)).verdict,
    commands: sent.length,
    alertToVerdictSeconds: (time.nowMs() - alertMs) / 1000,
    simulatorSeconds: () => site.simulatorSeconds(),
  };
}

/** What a further incident may make good: nothing wrong was said. */
const lacking: ReadonlySet<Outcome> = new Set<Outcome>(['half', 'not-proven', 'no-fault']);

function judged(truth: Truth, { verdict }: Worked): Judgement & Pick<CaseRow, 'verdict' | 'said'> {
  const causes =
    verdict.kind === 'attributed' ? verdict.causes : verdict.kind === 'not-proven' ? verdict.candidates : [];
  return {
    ...judgeVerdict(truth, verdict),
    verdict: verdict.kind,
    said: causes.map((cause) => ({ cause: causeText(cause), probability: Math.round(cause.probability * 1e4) / 1e4 })),
  };
}

function shownOf(worked: Worked & Pick<CaseRow, 'looks'>) {
  const { handlerId, looks, rounds, batches, without, kinds, slowdownRatio, leaderAfterRound1 } = worked;
  const failures = batches.flatMap((batch) =>
    batch.failures.map(({ probeId, node, reason }) => `${probeId} on ${node}: ${reason}`),
  );
  const isLoad = (probeId: string) => probeById(probeId)?.impact === 'load';
  const probes = batches.flatMap((batch) => batch.probes);
  return {
    handler: handlerId,
    looks,
    rounds,
    probes,
    loadProbes: probes.filter(isLoad),
    unread: batches.reduce((sum, { unread }) => sum + unread, 0),
    failures,
    without,
    kinds,
    slowdownRatio,
    leaderAfterRound1,
  };
}

/** Of a case in which nothing was asked and nothing found. */
export const notWorked = {
  later: null,
  afterRepair: null,
  verdict: null,
  said: [],
  handler: null,
  looks: 0,
  rounds: 0,
  probes: [],
  loadProbes: [],
  commands: 0,
  unread: 0,
  failures: [],
  without: [],
  kinds: [],
  slowdownRatio: null,
  leaderAfterRound1: null,
  alertToVerdictSeconds: null,
  simulatorSeconds: 0,
} as const;

function placeText({ second, ...first }: Struck): string {
  const one = (at: Omit<Struck, 'second'>) => Object.values(at).join(' ');
  return second === undefined ? one(first) : `${one(first)} and ${one(second)}`;
}
