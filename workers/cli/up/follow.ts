import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { causeName } from '../../../workflows/domain/current-details.ts';
import { phases, type IncidentView } from '../../../workflows/domain/incident-view.ts';
import { placeName } from '../../../workflows/domain/place-name.ts';
import type { Proposal } from '../../../workflows/domain/proposal.ts';
import { paint, plain, type Terminal } from '../output.ts';
import { speedLines } from '../../../workflows/domain/speed-lines.ts';

export interface Narration {
  readonly terminal: Pick<Terminal, 'colour'>;
  say(text: string): void;
  /** The phase that the incident is in now. */
  onPhase(phase: string): void;
  /** Called once for each proposal that waits for a decision. */
  proposed(proposal: Proposal): Promise<void>;
  /** Called when the incident waits for what people have to do outside the program. */
  handedOver(task: NonNullable<IncidentView['handOver']>): void;
}

const pollMs = 300;
const queryMsMax = 10_000;

/** Tells what happens in an incident as it happens; ends with its final chart. */
export async function followIncident(
  client: Client,
  workflowId: string,
  signal: AbortSignal,
  narration: Narration,
): Promise<IncidentView> {
  const handle = client.workflow.getHandle(workflowId);
  let told: IncidentView | null = null;
  let asked = 0;
  let handedOver = false;
  for (;;) {
    signal.throwIfAborted();
    const { status } = await handle.describe();
    const view: IncidentView | null =
      status.name === 'RUNNING' ? await viewOrNull(client, workflowId) : ((await handle.result()) as IncidentView); // the workflow's own type
    if (view !== null) {
      for (const line of news(narration.terminal, told, view)) narration.say(line);
      told = view;
      narration.onPhase(view.phase);
      const { proposal, status: approval } = view.approval;
      if (proposal !== null && proposal.number > asked && approval.kind === 'waiting') {
        asked = proposal.number;
        await narration.proposed(proposal);
      }
      const waits = view.phase === 'awaiting-people' && view.handOver !== null;
      if (waits && !handedOver && view.handOver !== null) narration.handedOver(view.handOver);
      handedOver = waits;
      if (status.name !== 'RUNNING') return view;
    }
    await pause(pollMs, undefined, { signal });
  }
}

/** `null` while no worker answers: the incident is safe, only its picture is missing. */
async function viewOrNull(client: Client, workflowId: string): Promise<IncidentView | null> {
  try {
    return await client.withDeadline(Date.now() + queryMsMax, () =>
      client.workflow.getHandle(workflowId).query<IncidentView>('incidentView'),
    );
  } catch {
    return null; // a worker that was killed is started again; describe() tells when the incident has ended
  }
}

function news(terminal: Pick<Terminal, 'colour'>, before: IncidentView | null, now: IncidentView): string[] {
  const since = (atMs: number) => `${((atMs - now.openedAtMs) / 1000).toFixed(1)} s`.padStart(8);
  const entered = now.phaseTimes.slice(before?.phaseTimes.length ?? 0).map(({ phase, atMs }) => ({
    phase,
    line: `${paint(terminal, 'dim', since(atMs))}  ${paint(terminal, 'bold', phase)}`,
  }));
  const upToReasoning = entered.filter(({ phase }) => phases.indexOf(phase) <= phases.indexOf('reasoning'));
  const lines = upToReasoning.map(({ line }) => line);
  if ((before?.scan ?? null) === null && now.scan !== null)
    lines.push(
      `          ${now.scan.count} findings in ${now.logs?.objects ?? 0} log windows and ${now.metrics?.series ?? 0} series`,
    );
  if ((before?.performance ?? null) === null && now.performance !== null) {
    const compared = speedLines(now.performance);
    lines.push(
      ...(compared.length === 0 ? [now.performance.summary] : compared).map((line) => `          ${plain(line)}`),
    );
  }
  lines.push(...reasoningLines(now).slice(before === null ? 0 : reasoningLines(before).length));
  lines.push(...entered.filter((each) => !upToReasoning.includes(each)).map(({ line }) => line));
  for (const line of now.degraded.slice(before?.degraded.length ?? 0))
    lines.push(`          ${paint(terminal, 'yellow', plain(line))}`);
  for (const refusal of now.approval.refusals.slice(before?.approval.refusals.length ?? 0))
    lines.push(`          ${paint(terminal, 'yellow', plain(`refused ${refusal.what}: ${refusal.reason}`))}`);
  const { proposal } = now.approval;
  if ((before?.approval.proposal ?? null) === null && proposal !== null)
    lines.push(`          proposal ${proposal.number}: ${plain(proposal.summary)}`);
  return lines;
}

/** Rounds and the probe batches that they asked for, in the order in which they happened. */
function reasoningLines({ rounds, probeBatches }: IncidentView): readonly string[] {
  const batches = [...probeBatches];
  return rounds.flatMap(({ round, hypotheses: [best] }) => {
    const found = best === undefined ? 'no hypothesis' : `${causeName(best)} ${(best.probability * 100).toFixed(1)} %`;
    const asked = batches[0]?.batch.startsWith(`round${round}-`) === true ? batches.splice(0, 1) : [];
    return [
      `          round ${round}: ${found}`,
      ...asked.flatMap(({ batch, result }) => [
        `          probes ${batch}: ${result.ran} ran, ${result.notClean} not clean`,
        ...result.notable.map((seen) => `            ${plain(`${seen.probeId}: ${seen.kind} on ${placeName(seen)}`)}`),
      ]),
    ];
  });
}
