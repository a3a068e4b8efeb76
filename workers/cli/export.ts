import { Command } from 'commander';
import { processContext, type CliContext } from './context.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson } from './output.ts';
import { ticking } from './ticking.ts';

/** `wardround export ID`: one incident as one file that `wardround replay FILE` verifies on another machine. */
export function exportCommand(context: CliContext = processContext()): Command {
  interface Options {
    out?: string;
    run?: string;
    withoutLogs?: true;
    json?: true;
  }
  return new Command('export')
    .description('write one incident into a bundle that can be checked on another machine')
    .argument('<id>', 'incident')
    .option('--out <file>', 'where to (default: a name made of the id); .tar.gz compresses it')
    .option('--run <id>', 'an earlier run of it')
    .option('--without-logs', 'leave the raw log windows out; results that rest on them cannot be checked then')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe bundle holds the histories, the signed manifest, the evidence, the knowledge and the chart.\n\nExample:\n  $ wardround export site-a/0123456789abcdef --out incident.tar',
    )
    .action(async (id: string, { out, run, withoutLogs, json }: Options) => {
      const { gatherIncident } = await import('./replay/audit-sources.ts');
      const { writeBundleFile } = await import('./replay/bundle-file.ts');
      const { terminal } = context;
      const options = { withoutLogs: withoutLogs === true, ...(run === undefined ? {} : { runId: run }) };
      const gathered = await ticking(
        terminal,
        () => 'collecting the evidence',
        () => gatherIncident(context, id, options),
      );
      const { incident, signer } = gathered.manifest;
      const file = out ?? defaultName(incident, gathered.sealed);
      const { bytes } = await writeBundleFile(file, gathered.files).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new CommandFailure(`${file} cannot be written: ${why}`, 'name another file with --out', { cause });
      });
      const missing = gathered.trouble.map(({ place, text }) => ({ place: plain(place), text: plain(text) }));
      if (json === true)
        terminal.out(renderJson({ file, bytes, files: gathered.files.size, sealed: gathered.sealed, signer, missing }));
      else {
        terminal.out(`${file}: ${gathered.files.size} files, ${bytes} bytes`);
        terminal.out(
          gathered.sealed
            ? `Sealed by key ${signer ?? ''}.`
            : paint(
                terminal,
                'yellow',
                `UNSIGNED: ${incident.end === null ? 'the incident is still open' : 'it was not archived'}, so nobody vouches for this bundle.`,
              ),
        );
        for (const { place, text } of missing) terminal.err(`${paint(terminal, 'red', 'Missing:')} ${place}: ${text}`);
      }
      if (missing.length > 0) process.exitCode = exitCodes.failed;
    });
}

function defaultName(
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  sealed: boolean,
): string {
  const id = workflowId.replace(/^incident\//, '').replace(/[^A-Za-z0-9.-]+/g, '-');
  return `${id}-${runId.slice(0, 8)}${sealed ? '' : '-unsigned'}.tar`;
}
