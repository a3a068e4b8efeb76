import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CommandFailure, paint, renderJson } from '../output.ts';
import { openBase } from './open-base.ts';

/** `wardround kb index`: the vectors in Chroma, brought in step with the records. */
export function indexCommand(context: CliContext): Command {
  return new Command('index')
    .description('bring the vector index in step with the records; may be stopped and started again at any time')
    .option('--rebuild', 'delete the collection first, whoever made it')
    .option('--status', 'only say how far it is')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ wardround kb index\n  $ wardround kb index --status --json\n  $ wardround kb index --rebuild',
    )
    .action(async ({ rebuild, status, json }: { rebuild?: true; status?: true; json?: true }) => {
      const { terminal, nowMs } = context;
      const { opened, vectors, siteLeftOut, notices } = await openBase(context);
      if (vectors.kind === 'absent')
        throw new CommandFailure(vectors.why, 'is `wardround up` running? Otherwise set WARDROUND_CHROMA_URL');
      // In step with what can be read would be: without what the site has learned.
      if (siteLeftOut !== null && status !== true)
        throw new CommandFailure(siteLeftOut, 'run it again when the store answers; the index stays as it is');
      for (const notice of notices) terminal.err(paint(terminal, 'yellow', notice));
      const { index } = vectors;
      if (status !== true) {
        const startedMs = nowMs();
        if (rebuild === true) await index.drop();
        const progress = (done: number, of: number): void =>
          terminal.transient?.(of === 0 ? '' : `embedding: ${done} of ${of} records, ${seconds(nowMs() - startedMs)}`);
        const { added, removed, kept } = await index.sync(opened.recallables, { progress });
        terminal.transient?.('');
        const tookMs = nowMs() - startedMs;
        if (json === true) terminal.out(renderJson({ added, removed, kept, tookMs, notices }));
        else terminal.out(`${added} added, ${removed} removed, ${kept} were there already; ${seconds(tookMs)}`);
        return;
      }
      const state = await index.state(opened.recallables);
      if (json === true) terminal.out(renderJson({ ...state, notices }));
      else
        terminal.out(
          `${state.indexed} of ${state.wanted} in ${state.collection} (${state.modelId}, ${state.dimensions} dimensions)`,
        );
    });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
