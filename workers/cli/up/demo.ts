import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ActiveFaultView, ControlClient } from '../../../infra/cluster/control-client.ts';
import { decisionTemplate } from '../../../workflows/domain/current-details.ts';
import { closingText } from '../../../workflows/domain/closing.ts';
import type { KnownCategory } from '../../../workflows/domain/categories.ts';
import type { RankedCause } from '../../../workflows/domain/finding.ts';
import type { IncidentView } from '../../../workflows/domain/incident-view.ts';
import type { Proposal } from '../../../workflows/domain/proposal.ts';
import type { Servers } from '../../../infra/stack/servers.ts';
import { alertToVerdictMs, renderChart } from '../chart.ts';
import { shortIncidentId } from '../../incident-start.ts';
import { paint, plain, type Terminal } from '../output.ts';
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
  readonly fault: {
    readonly id: string;
    readonly node: string;
    readonly gpu: number | null;
    readonly hca?: string;
  };
  readonly workflowId: string;
  readonly verdict: string | null;
  readonly causes: readonly {
    readonly category: string;
    readonly node?: string;
    readonly gpu?: number;
    readonly hca?: string;
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
    const url = workflowUrl(context, workflowId);
    terminal.out(`\nThe incident is ${paint(terminal, 'bold', workflowId)}\n  ${paint(terminal, 'cyan', url)}\n`);
    const view = await followToTheEnd(context, options.yes, workflowId, url);
    const listed = (await control.faults()).find(({ id }) => id === fault.id);
    const category = listed?.category ?? null;
    const end = expectedEnd(category, options.observeOnly);
    const clusterHealthy =
      end === 'observed' || end === 'no-fault'
        ? true
        : await ticking(
            terminal,
            () => 'waiting for the speed of the job',
            () => untilSpeed(control, signal, healthyMsMax),
          );
    terminal.out(`\n${renderChart(terminal, view)}\n`);
    const result = compare(view, { fault, category, end }, options.seed, clusterHealthy);
    terminal.out(outcome(terminal, result));
    return result;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Categories whose fault sits in a part: commands contain it, and people replace the part. */
const inParts: readonly KnownCategory[] = [
  'gpu-fell-off-bus',
  'gpu-ecc-uncorrectable',
  'nvlink-fabric-error',
  'host-hardware-fault',
  'rdma-link-fault',
];

function expectedEnd(category: string | null, observeOnly: boolean): Expectation['end'] {
  if (category === null) return 'no-fault';
  if (observeOnly) return 'observed';
  return inParts.some((part) => part === category) ? 'handed-over' : 'repaired';
}

/** An incident that is merged into another one goes on there. */
async function followToTheEnd(
  context: DemoContext,
  yes: boolean,
  workflowId: string,
  url: string,
): Promise<IncidentView> {
  const { client, terminal, signal } = context;
  let phase = 'waiting for a worker';
  const narration = narrator(context, yes, workflowId, url, (now) => (phase = now));
  const view = await ticking(
    terminal,
    () => phase,
    () => followIncident(client, workflowId, signal, narration),
  );
  if (view.closing?.kind !== 'merged') return view;
  const { into } = view.closing;
  terminal.out(`\nOne fault, one incident: this one is merged into ${paint(terminal, 'bold', into)}`);
  return followToTheEnd(context, yes, into, workflowUrl(context, into));
}

function workflowUrl({ temporal }: DemoContext, workflowId: string): string {
  return `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}`;
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
  const injected = await control.inject(fault, undefined, seed, { clear: true });
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

/** The job runs at the speed that the nodes in service allow; a contained fault may still be there. */
async function untilSpeed(control: ControlClient, signal: AbortSignal, msMax: number): Promise<boolean> {
  const untilMs = Date.now() + msMax;
  while (Date.now() < untilMs) {
    const { job } = await control.status();
    if ((job.relativeSpeed ?? 0) >= healthySpeed) return true;
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
    handedOver: ({ reason, detail }) =>
      terminal.out(whatPeopleDo(terminal, reason, detail, workflowId, `${commandPrefix}npx wardround`)),
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

function whatPeopleDo(
  terminal: Terminal,
  reason: string,
  detail: string,
  workflowId: string,
  wardround: string,
): string {
  const id = shortIncidentId(workflowId);
  return `
${paint(terminal, 'bold', `Now it is with people (${reason}):`)} ${plain(detail)}

  When it is done, tell it; it measures then, and believes nothing:
     ${wardround} incident done ${id} "what was done"
  If the cause is another one:
     ${wardround} incident correct ${id} --category CATEGORY --node NODE --reason "why"
  In this simulated cluster a part is replaced with \`${wardround} cluster heal FAULT\`.
`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '     ');
}

/** What was injected, and how the incident should end. */
interface Expectation {
  readonly fault: ActiveFaultView;
  readonly category: string | null;
  readonly end: 'repaired' | 'handed-over' | 'no-fault' | 'observed';
}

function compare(view: IncidentView, expected: Expectation, seed: number, clusterHealthy: boolean): DemoResult {
  const { fault } = expected;
  const causes = view.verdict?.kind === 'attributed' ? view.verdict.causes : [];
  const differences = [
    ...(expected.category === null ? [] : causeDifferences(causes, expected)),
    ...endDifferences(view.closing, expected.end),
    ...(clusterHealthy ? [] : ['the job does not run at the speed that the cluster allows']),
  ];
  return {
    asExpected: differences.length === 0,
    seed,
    fault: {
      id: fault.id,
      node: fault.node,
      gpu: fault.gpu,
      ...(fault.hca === undefined ? {} : { hca: fault.hca }),
    },
    workflowId: view.workflowId,
    verdict: view.verdict?.kind ?? null,
    causes: causes.map(({ category, node, device, probability }) => ({
      category,
      probability,
      ...(node === undefined ? {} : { node }),
      ...(device?.kind === 'gpu' && device.index !== undefined ? { gpu: device.index } : {}),
      ...(device?.kind === 'hca' && device.name !== undefined ? { hca: device.name } : {}),
    })),
    closing: view.closing,
    alertToVerdictMs: alertToVerdictMs(view),
    clusterHealthy,
    differences,
  };
}

function causeDifferences(causes: readonly RankedCause[], { fault, category }: Expectation): string[] {
  const [first, ...more] = causes;
  if (first === undefined) return ['no cause was attributed'];
  const hca = first.device?.kind === 'hca' ? first.device.name : undefined;
  return [
    ...(more.length === 0 ? [] : [`${more.length} more cause(s) were attributed`]),
    ...(first.category === category ? [] : [`the cause was ${category}, the verdict says ${first.category}`]),
    ...(first.node === fault.node
      ? []
      : [`the fault was on ${fault.node}, the verdict says ${first.node ?? 'no node'}`]),
    ...(fault.gpu === null || first.device?.index === fault.gpu
      ? []
      : [`the fault was on GPU ${fault.gpu}, the verdict says ${first.device?.index ?? 'no GPU'}`]),
    ...(fault.hca === undefined || hca === fault.hca
      ? []
      : [`the fault was on ${fault.hca}, the verdict says ${hca ?? 'no port'}`]),
  ];
}

/** A hand-over counts only as the one for a part that was contained before. */
function endDifferences(closing: IncidentView['closing'], end: Expectation['end']): string[] {
  if (closing === null) return ['the incident did not end'];
  const asWanted = closing.kind === end && (closing.kind !== 'handed-over' || closing.reason === 'hardware');
  return asWanted ? [] : [`the incident ended otherwise: ${closingText(closing)}`];
}

const foundText: Partial<Record<NonNullable<IncidentView['closing']>['kind'], string>> = {
  repaired: 'found, repaired and verified',
  'handed-over': 'found, contained and verified, and handed over for its part',
  'repaired-by-people': 'found, contained, and its part replaced and verified',
  'no-fault': 'seen to be none, and nothing was touched',
  observed: 'found, and only observed',
};

function outcome(terminal: Terminal, result: DemoResult): string {
  const { fault, closing } = result;
  const device = fault.gpu === null ? fault.hca : `GPU ${fault.gpu}`;
  const place = `${fault.node}${device === undefined ? '' : ` ${device}`}`;
  const injected = `${fault.id} was injected on ${place}`;
  if (result.asExpected)
    return paint(
      terminal,
      'green',
      `As expected: ${injected}; ${closing === null ? 'found' : (foundText[closing.kind] ?? 'found')}.`,
    );
  if (closing?.kind === 'rejected' || closing?.kind === 'expired')
    return paint(terminal, 'yellow', `Nothing was changed: ${closingText(closing)}. ${injected}, and is still there.`);
  return `${paint(terminal, 'red', `Not as expected (${injected}):`)}\n${result.differences.map((line) => `  - ${line}`).join('\n')}`;
}
