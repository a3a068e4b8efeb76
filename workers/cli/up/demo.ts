import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ActiveFaultView, ControlClient } from '../../../infra/cluster/control-client.ts';
import { decisionTemplate } from '../../../workflows/domain/current-details.ts';
import { closingText } from '../../../workflows/domain/closing.ts';
import type { RankedCause } from '../../../workflows/domain/finding.ts';
import type { IncidentView } from '../../../workflows/domain/incident-view.ts';
import type { Proposal } from '../../../workflows/domain/proposal.ts';
import type { Servers } from '../../../infra/stack/servers.ts';
import { alertToVerdictMs, renderChart } from '../chart.ts';
import { shortIncidentId } from '../../incident-start.ts';
import { paint, type Terminal } from '../output.ts';
import { ticking } from '../ticking.ts';
import { followIncident, type Narration } from './follow.ts';

export interface DemoContext {
  readonly terminal: Terminal;
  readonly client: Client;
  readonly control: ControlClient;
  readonly cluster: string;
  readonly temporal: Servers['temporal'];
  /** What goes before a command in a second terminal, so that it finds this stack. */
  readonly commandPrefix: string;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly asExpected: boolean;
  readonly seed: number;
  readonly fault: { readonly id: string; readonly node: string; readonly gpu: number | null };
  readonly workflowId: string;
  readonly verdict: string | null;
  readonly causes: readonly {
    readonly category: string;
    readonly node?: string;
    readonly gpu?: number;
    readonly probability: number;
  }[];
  readonly closing: IncidentView['closing'];
  readonly alertToVerdictMs: number | null;
  readonly clusterHealthy: boolean;
  /** What was not as expected, in words. */
  readonly differences: readonly string[];
}

const pollMs = 250;
const healthyMsMax = 60_000;
const alertMsMax = 180_000;
/** Full speed within the healthy spread of a run. */
const healthySpeed = 0.9;

/** Healthy cluster, then the fault, then whatever the incident does; the answer is compared at the end. */
export async function runDemo(
  context: DemoContext,
  options: { readonly yes: boolean; readonly fault: string; readonly seed: number; readonly observeOnly: boolean },
): Promise<DemoResult | null> {
  const { terminal, control, signal } = context;
  try {
    const fault = await faultToFollow(context, options);
    const workflowId = await ticking(
      terminal,
      () => 'waiting for the alert of the cluster',
      () => untilIncident(context),
    );
    const url = `${context.temporal.uiUrl}/namespaces/${context.temporal.namespace}/workflows/${encodeURIComponent(workflowId)}`;
    terminal.out(`\nThe incident is ${paint(terminal, 'bold', workflowId)}\n  ${paint(terminal, 'cyan', url)}\n`);
    let phase = 'waiting for a worker';
    const narration = narrator(context, options.yes, workflowId, url, (now) => (phase = now));
    const view = await ticking(
      terminal,
      () => phase,
      () => followIncident(context.client, workflowId, signal, narration),
    );
    const clusterHealthy = await ticking(
      terminal,
      () => 'waiting for the speed of the job',
      () => untilSpeed(control, signal, healthyMsMax),
    );
    terminal.out(`\n${renderChart(terminal, view)}\n`);
    const category = (await control.faults()).find(({ id }) => id === fault.id)?.category ?? 'unknown';
    const end = options.observeOnly ? 'observed' : 'repaired';
    const result = compare(view, { fault, category, end }, options.seed, clusterHealthy);
    terminal.out(outcome(terminal, result));
    return result;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** A fault that an earlier start left behind is followed instead of a second one being made. */
async function faultToFollow(
  { terminal, control, signal }: DemoContext,
  { fault, seed }: { readonly fault: string; readonly seed: number },
): Promise<ActiveFaultView> {
  const before = await control.status();
  const left = before.faults[0];
  if (left !== undefined) {
    terminal.out(`The cluster still has the fault ${left.id} of an earlier start; its incident goes on.`);
    return left;
  }
  const healthy = await ticking(
    terminal,
    () => 'waiting for a healthy cluster',
    () => untilSpeed(control, signal, healthyMsMax),
  );
  if (!healthy) throw new Error('the simulated cluster did not become healthy');
  const { job, nodes, gpus } = await control.status();
  terminal.out(
    `The cluster is healthy: ${nodes} nodes, ${gpus} GPUs, job ${job.name} at iteration ${job.iteration}, ${(job.stepSeconds ?? 0).toFixed(1)} s a step.`,
  );
  const injected = await control.inject(fault, undefined, seed);
  terminal.out(
    `Injected ${paint(terminal, 'bold', fault)}, its place drawn by seed ${seed}. The incident is not told where.`,
  );
  return injected;
}

async function untilIncident({ client, cluster, signal }: DemoContext): Promise<string> {
  const untilMs = Date.now() + alertMsMax;
  const query = `WorkflowType = 'incident' AND Cluster = '${cluster}' AND ExecutionStatus = 'Running'`;
  while (Date.now() < untilMs) {
    for await (const run of client.workflow.list({ query, pageSize: 1 })) return run.workflowId;
    await pause(pollMs, undefined, { signal });
  }
  throw new Error(`no alert started an incident within ${alertMsMax / 1000} s`);
}

async function untilSpeed(control: ControlClient, signal: AbortSignal, msMax: number): Promise<boolean> {
  const untilMs = Date.now() + msMax;
  while (Date.now() < untilMs) {
    const { job, faults } = await control.status();
    if (faults.length === 0 && (job.relativeSpeed ?? 0) >= healthySpeed) return true;
    if (faults.length > 0) return false;
    await pause(pollMs, undefined, { signal });
  }
  return false;
}

function narrator(
  { terminal, client, commandPrefix }: DemoContext,
  yes: boolean,
  workflowId: string,
  url: string,
  onPhase: (phase: string) => void,
): Narration {
  return {
    onPhase,
    say: (text) => terminal.out(text),
    terminal,
    async proposed(proposal) {
      if (yes) {
        const decision = {
          ...(JSON.parse(decisionTemplate(proposal, 'approve')) as object), // our own template
          approver: 'demonstration (--yes)',
          comment: 'approved by the program',
        };
        await client.workflow.getHandle(workflowId).signal('approveProposal', decision);
        terminal.out(`  approved by the program through signal ${paint(terminal, 'bold', 'approveProposal')}`);
      } else terminal.out(whatToDo(terminal, proposal, workflowId, url, `${commandPrefix}npx wardround`));
    },
  };
}

function whatToDo(terminal: Terminal, proposal: Proposal, workflowId: string, url: string, wardround: string): string {
  return `
${paint(terminal, 'bold', 'Now it waits for you.')} Nothing happens on a node before somebody approves.

  1. Open ${paint(terminal, 'cyan', url)}
     Tab "User Metadata" shows what was found, what is proposed, and the input to send.
  2. More Actions → Send a Signal → approveProposal. Paste this, with your name; click beside the box, then Submit:

${indent(decisionTemplate(proposal, 'approve'))}

  Or in a second terminal:
     ${wardround} incident approve ${shortIncidentId(workflowId)} --digest ${proposal.digest}
  To reject it: signal rejectProposal, or \`${wardround} incident reject ${shortIncidentId(workflowId)}\`
`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '     ');
}

/** What was injected, and how the incident should end. */
interface Expectation {
  readonly fault: ActiveFaultView;
  readonly category: string;
  readonly end: 'repaired' | 'observed';
}

function compare(view: IncidentView, expected: Expectation, seed: number, clusterHealthy: boolean): DemoResult {
  const { fault } = expected;
  const causes = view.verdict?.kind === 'attributed' ? view.verdict.causes : [];
  const differences = [
    ...causeDifferences(causes[0], expected),
    ...(view.closing?.kind === expected.end ? [] : [`the incident ended as ${view.closing?.kind ?? 'nothing'}`]),
    ...(clusterHealthy || expected.end === 'observed' ? [] : ['the cluster is not healthy']),
  ];
  return {
    asExpected: differences.length === 0,
    seed,
    fault: { id: fault.id, node: fault.node, gpu: fault.gpu },
    workflowId: view.workflowId,
    verdict: view.verdict?.kind ?? null,
    causes: causes.map(({ category, node, device, probability }) => ({
      category,
      probability,
      ...(node === undefined ? {} : { node }),
      ...(device?.index === undefined ? {} : { gpu: device.index }),
    })),
    closing: view.closing,
    alertToVerdictMs: alertToVerdictMs(view),
    clusterHealthy,
    differences,
  };
}

function causeDifferences(first: RankedCause | undefined, { fault, category }: Expectation): string[] {
  if (first === undefined) return ['no cause was attributed'];
  return [
    ...(first.category === category ? [] : [`the cause was ${category}, the verdict says ${first.category}`]),
    ...(first.node === fault.node
      ? []
      : [`the fault was on ${fault.node}, the verdict says ${first.node ?? 'no node'}`]),
    ...(fault.gpu === null || first.device?.index === fault.gpu
      ? []
      : [`the fault was on GPU ${fault.gpu}, the verdict says ${first.device?.index ?? 'no GPU'}`]),
  ];
}

function outcome(terminal: Terminal, result: DemoResult): string {
  const { fault, closing } = result;
  const place = `${fault.node}${fault.gpu === null ? '' : ` GPU ${fault.gpu}`}`;
  const injected = `${fault.id} was injected on ${place}`;
  if (result.asExpected)
    return paint(
      terminal,
      'green',
      `As expected: ${injected}; found${closing?.kind === 'repaired' ? ', repaired and verified' : ', and only observed'}.`,
    );
  if (closing?.kind === 'rejected' || closing?.kind === 'expired')
    return paint(terminal, 'yellow', `Nothing was changed: ${closingText(closing)}. ${injected}, and is still there.`);
  return `${paint(terminal, 'red', `Not as expected (${injected}):`)}\n${result.differences.map((line) => `  - ${line}`).join('\n')}`;
}
