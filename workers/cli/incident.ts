import { Command, InvalidArgumentError, Option } from 'commander';
import { pickCluster, processContext, type CliContext } from './context.ts';
import type { IncidentDesk, IncidentFilter } from './incident-desk.ts';
import type { GraphForm } from './incident-graph.ts';
import type { DecisionKind } from '../../workflows/domain/approval.ts';

/** `wardround incident …`: start, look at and decide on incidents. */
export function incidentCommand(context: CliContext = processContext()): Command {
  return new Command('incident')
    .description('start, list, show, approve, reject, correct, annotate and cancel incidents')
    .addHelpText('after', idHelp)
    .addCommand(startCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(decideCommand(context, 'approve'))
    .addCommand(decideCommand(context, 'reject'))
    .addCommand(correctCommand(context))
    .addCommand(doneCommand(context))
    .addCommand(noteCommand(context))
    .addCommand(cancelCommand(context));
}

const idHelp = `
An ID is a whole id (site-a/0123456789abcdef, with or without incident/ before it),
its last part, or any beginning of either that fits one incident only.

Examples:
  $ wardround incident list --needs-human
  $ wardround incident show 0123
  $ wardround incident approve 0123 --digest 9f86d081884c --as "Ada Lovelace"`;

function startCommand(context: CliContext): Command {
  interface Options {
    cluster?: string;
    alert: string;
    severity: string;
    node?: string;
    job?: string;
    summary: string;
    body?: string;
    json?: true;
  }
  return new Command('start')
    .description('start an incident by hand, or from a saved Alertmanager body')
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--alert <name>', 'name of the alert', 'ReportedByHand')
    .option('--severity <word>', 'critical, error, warning or info', 'warning')
    .option('--node <name>', 'node that shows the trouble')
    .option('--job <name>', 'job that shows the trouble')
    .option('--summary <text>', 'what is wrong, in your words', 'reported by hand')
    .option('--body <file>', 'Alertmanager webhook body to take instead; - reads standard input')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ wardround incident start --node node-07 --summary "job pretrain is three times slower since noon"
  $ wardround incident start --body alerts.json --json`,
    )
    .action(async ({ body, cluster, alert, severity, node, job, summary, json }: Options) => {
      const { openIncidents } = await import('./incident-open.ts');
      const clusters = [...(await context.inventories()).keys()];
      const options = { clusters, json: json === true };
      const fault = () => ({
        cluster: pickCluster(cluster, clusters),
        alertname: alert,
        severity,
        summary,
        ...(node === undefined ? {} : { node }),
        ...(job === undefined ? {} : { job }),
      });
      const source =
        body === undefined ? ({ kind: 'reported', fault: fault() } as const) : ({ kind: 'body', file: body } as const);
      await context.withDesk((desk) => openIncidents(context.terminal, desk, source, options, context.nowMs()));
    });
}

const rowsShownMax = 10_000;

function listCommand(context: CliContext): Command {
  interface Options {
    all?: true;
    cluster?: string;
    phase?: string;
    severity?: string;
    verdict?: string;
    needsHuman?: true;
    max: number;
    json?: true;
  }
  return new Command('list')
    .description('list incidents, the newest first')
    .option('--all', 'closed ones as well')
    .option('--cluster <name>', 'of this cluster')
    .option('--phase <phase>', 'in this phase, for example awaiting-approval')
    .option('--severity <word>', 'with this severity of the alert')
    .addOption(new Option('--verdict <verdict>', 'with this verdict').choices(['attributed', 'no-fault', 'not-proven']))
    .option('--needs-human', 'that wait for a person')
    .option('--max <count>', `at most so many, up to ${rowsShownMax}`, wholeNumber(rowsShownMax), 50)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ wardround incident list --needs-human
  $ wardround incident list --all --cluster site-a --json`,
    )
    .action(async ({ all, cluster, phase, severity, verdict, needsHuman, max, json }: Options) => {
      const { listIncidents } = await import('./incident-list.ts');
      const filter: IncidentFilter = {
        // Somebody may have to look after an incident that is closed: it was handed over.
        ...(all === true || needsHuman === true || phase === 'closed' ? {} : { open: true }),
        ...(cluster === undefined ? {} : { cluster }),
        ...(phase === undefined ? {} : { phase }),
        ...(severity === undefined ? {} : { severity }),
        ...(verdict === undefined ? {} : { verdict }),
        ...(needsHuman === true ? { needsHuman } : {}),
      };
      const options = { filter, rowsMax: max, json: json === true };
      await context.withDesk((desk) => listIncidents(context.terminal, desk, options, context.nowMs()));
    });
}

function showCommand(context: CliContext): Command {
  interface Options {
    run?: string;
    graph?: true | GraphForm;
    json?: true;
  }
  return new Command('show')
    .description('show the chart of an incident, open or closed')
    .argument('<id>', 'incident')
    .option('--run <id>', 'an earlier run of it')
    .addOption(
      new Option(
        '--graph [form]',
        'what was thought instead of the chart, as a tree or as a Mermaid flowchart',
      ).choices(['text', 'mermaid']),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ wardround incident show site-a/0123456789abcdef --json
  $ wardround incident show 0123 --graph
  $ wardround incident show 0123 --graph mermaid > thoughts.mmd`,
    )
    .action(async (id: string, { run, graph, json }: Options) => {
      const options = { ...(run === undefined ? {} : { runId: run }), json: json === true };
      if (graph !== undefined) {
        const { showGraph, graphFromS3 } = await import('./incident-graph.ts');
        const asked = { ...options, form: graph === true ? ('text' as const) : graph };
        return withIncident(context, id, (desk, workflowId) =>
          showGraph(context.terminal, desk, workflowId, asked, graphFromS3(context)),
        );
      }
      const { showIncident } = await import('./incident-show.ts');
      await withIncident(context, id, (desk, workflowId) => showIncident(context.terminal, desk, workflowId, options));
    });
}

function decideCommand(context: CliContext, kind: DecisionKind): Command {
  interface Options {
    digest?: string;
    proposal?: number;
    as?: string;
    note?: string;
    comment?: string;
    reason?: string;
    yes?: true;
    json?: true;
  }
  const approve = kind === 'approve';
  return new Command(kind)
    .description(approve ? 'approve the open proposal of an incident' : 'reject the open proposal of an incident')
    .argument('<id>', 'incident')
    .option('--digest <hex>', 'digest of the proposal that you have read, or its first 12 digits or more')
    .option('--proposal <number>', 'its number', wholeNumber(Number.MAX_SAFE_INTEGER))
    .option('--as <name>', `your name (default: ${context.user})`)
    .option(approve ? '--comment <text>' : '--reason <text>', 'for the chart')
    .option('--yes', approve ? 'do not ask; needs --digest' : 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      approve
        ? '\nExamples:\n  $ wardround incident approve 0123\n  $ wardround incident approve 0123 --digest 9f86d081884c --as "Ada Lovelace" --yes'
        : '\nExample:\n  $ wardround incident reject 0123 --reason "the job ends in ten minutes"',
    )
    .action(async (id: string, options: Options) => {
      const { decideOnProposal } = await import('./incident-decide.ts');
      const { digest, proposal } = options;
      const decision = {
        kind,
        approver: options.as ?? context.user,
        note: (approve ? options.comment : options.reason) ?? '',
        yes: options.yes === true,
        json: options.json === true,
        ...(digest === undefined ? {} : { digest }),
        ...(proposal === undefined ? {} : { proposal }),
      };
      await withIncident(context, id, (desk, workflowId) =>
        decideOnProposal(context.terminal, desk, workflowId, decision, context.nowMs()),
      );
    });
}

function correctCommand(context: CliContext): Command {
  interface Options {
    category: string;
    node?: string;
    gpu?: number;
    reason: string;
    by?: string;
    json?: true;
  }
  return new Command('correct')
    .description('tell an open incident which cause is the right one')
    .argument('<id>', 'incident')
    .requiredOption('--category <name>', 'cause, such as disk-full; unlisted when there is no word for it')
    .option('--node <name>', 'node that has it')
    .option('--gpu <index>', 'GPU index on that node', gpuIndex)
    .requiredOption('--reason <text>', 'how you know')
    .option('--as, --by <name>', `your name (default: ${context.user})`)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ wardround incident correct 0123 --category disk-full --node node-03 --reason "df says 100 %"',
    )
    .action(async (id: string, { category, node, gpu, reason, by, json }: Options) => {
      const { correctVerdict } = await import('./incident-correct.ts');
      const options = {
        category,
        reason,
        by: by ?? context.user,
        json: json === true,
        ...(node === undefined ? {} : { node }),
        ...(gpu === undefined ? {} : { gpu }),
      };
      await withIncident(context, id, (desk, workflowId) =>
        correctVerdict(context.terminal, desk, workflowId, options, context.nowMs()),
      );
    });
}

function doneCommand(context: CliContext): Command {
  return new Command('done')
    .description('tell an incident what you did by hand, so that it measures again')
    .argument('<id>', 'incident')
    .argument('<what>', 'what was done')
    .option('--as, --by <name>', `your name (default: ${context.user})`)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ wardround incident done 0123 "replaced GPU 3"')
    .action(async (id: string, what: string, { by, json }: { by?: string; json?: true }) => {
      const { tellHumanAction } = await import('./incident-done.ts');
      const options = { what, by: by ?? context.user, json: json === true };
      await withIncident(context, id, (desk, workflowId) =>
        tellHumanAction(context.terminal, desk, workflowId, options, context.nowMs()),
      );
    });
}

function noteCommand(context: CliContext): Command {
  return new Command('note')
    .description('add a note to the chart of an open incident')
    .argument('<id>', 'incident')
    .argument('<text>', 'the note')
    .option('--as, --by <name>', `your name (default: ${context.user})`)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ wardround incident note 0123 "the vendor has a ticket for it"')
    .action(async (id: string, text: string, { by, json }: { by?: string; json?: true }) => {
      const { addNote } = await import('./incident-note.ts');
      const options = { text, by: by ?? context.user, json: json === true };
      await withIncident(context, id, (desk, workflowId) =>
        addNote(context.terminal, desk, workflowId, options, context.nowMs()),
      );
    });
}

function cancelCommand(context: CliContext): Command {
  return new Command('cancel')
    .description('cancel an open incident; a repair under way is undone first')
    .argument('<id>', 'incident')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  $ wardround incident cancel 0123 --yes')
    .action(async (id: string, { yes }: { yes?: true }) => {
      const { confirm } = await import('./confirm.ts');
      await withIncident(context, id, async (desk, workflowId) => {
        await confirm(context.terminal, `Cancel ${workflowId}?`, yes === true);
        await desk.cancel(workflowId);
        context.terminal.out(`Asked ${workflowId} to cancel; its chart will say what it was doing.`);
      });
    });
}

async function withIncident(
  context: CliContext,
  id: string,
  work: (desk: IncidentDesk, workflowId: string) => Promise<void>,
): Promise<void> {
  const { resolveIncidentId } = await import('./resolve-id.ts');
  await context.withDesk(async (desk) => work(desk, await resolveIncidentId(desk, id)));
}

/** Which indices a node can have is checked with the rest of the correction. */
function gpuIndex(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Give a GPU index such as 3.');
  return Number(text);
}

function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1 || value > max)
      throw new InvalidArgumentError(`Give a whole number from 1 to ${max}.`);
    return value;
  };
}
