import { Command } from 'commander';
import {
  appliesTo,
  codeKinds,
  type CatalogueEntry,
  type CodeKind,
  type GpuGeneration,
} from '../../kb/catalog/entry.ts';
import { processContext, type CliContext } from './context.ts';
import { CommandFailure, exitCodes, renderJson } from './output.ts';

// The product's GPU.
const gpuByDefault = 'a800';

/** `wardround explain …`: what a code means, whether it applies to a GPU, what its maker says to do. */
export function explainCommand({ terminal }: Pick<CliContext, 'terminal'> = processContext()): Command {
  return new Command('explain')
    .description('say what an Xid, SXid, DCGM, NCCL or InfiniBand code means and what to do')
    .argument('<kind>', `one of ${codeKinds.join(', ')}`)
    .argument('[code]', 'number or name; without one, all codes of the kind are listed')
    .option('--gpu <model>', 'GPU that the answer is for', gpuByDefault)
    .option('--line <text>', 'the log line: its registers and sub-codes are read (Xid 74, 144 to 150, 154)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ wardround explain xid 79
  $ wardround explain xid 144 --gpu b200
  $ wardround explain nccl ncclRemoteError --json
  $ wardround explain ib 12
  $ wardround explain sxid`,
    )
    .action(async (kind: string, code: string | undefined, options: Options) => {
      const known = pickKind(kind);
      const generation = await pickGpu(options.gpu);
      const { entriesOf } = await import('../../kb/catalog/catalogue.ts');
      if (code === undefined) {
        const all = entriesOf(known);
        if (options.json === true) terminal.out(renderJson(all.map((entry) => asJson(entry, generation))));
        else terminal.out(await (await import('./explain-text.ts')).listText(terminal, all, generation, options.gpu));
        return;
      }
      const entry = await pickEntry(known, code);
      const { decodeOf } = await import('./explain-decode.ts');
      const decode = decodeOf(entry, options.line);
      if (options.json === true)
        terminal.out(renderJson({ ...asJson(entry, generation), ...(decode === undefined ? {} : { decode }) }));
      else
        terminal.out((await import('./explain-text.ts')).entryText(terminal, entry, generation, options.gpu, decode));
    });
}

interface Options {
  readonly gpu: string;
  readonly line?: string;
  readonly json?: true;
}

/** Stable: fields are added, never renamed. */
function asJson(entry: CatalogueEntry, generation: GpuGeneration): object {
  const { kind, code, name, immediate, followUp, related, source, symbol, words, meaning } = entry;
  return {
    kind,
    code,
    name,
    applies: appliesTo(entry, generation),
    immediate,
    followUp,
    related,
    source,
    symbol,
    words,
    meaning,
  };
}

function pickKind(kind: string): CodeKind {
  const known = codeKinds.find((one) => one === kind.toLowerCase());
  if (known !== undefined) return known;
  throw usage(`there is no kind of code "${kind}"`, `known: ${codeKinds.join(', ')}`);
}

async function pickGpu(gpu: string): Promise<GpuGeneration> {
  const { generationOf, knownGpus } = await import('../../kb/catalog/gpu-generations.ts');
  const generation = generationOf(gpu);
  if (generation !== undefined) return generation;
  throw usage(`the catalogues say nothing of GPU "${gpu}"`, `known: ${knownGpus.join(', ')}`);
}

async function pickEntry(kind: CodeKind, code: string): Promise<CatalogueEntry> {
  const { findEntry, suggestionsFor } = await import('../../kb/catalog/catalogue.ts');
  const entry = findEntry(kind, code);
  if (entry !== undefined) return entry;
  const likely = suggestionsFor(kind, code).map(({ code: one, symbol }) =>
    one === symbol ? symbol : `${one} (${symbol})`,
  );
  throw usage(
    `there is no ${kind} code "${code}"`,
    likely.length === 0 ? `see them with \`wardround explain ${kind}\`` : `did you mean ${likely.join(', ')}?`,
  );
}

function usage(message: string, advice: string): CommandFailure {
  return new CommandFailure(message, advice, { exitCode: exitCodes.usage });
}
