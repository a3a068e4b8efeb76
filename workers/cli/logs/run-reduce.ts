import { jsonLine, paint, plain, renderTable, type ExitCode, type Style, type Terminal, exitCodes } from '../output.ts';
import type { KeptLine, ReducedEntry, ReductionSummary, RoutineLines } from '../../../kb/logs/reduce.ts';
import { scanPaths, type ScanContext } from './scan-paths.ts';
import { usableSiteRules } from './site-rules.ts';

interface ReduceOptions {
  readonly json: boolean;
  readonly templates: boolean;
  /** Learned rules for routine lines; `null`: without any. */
  readonly rulesFile: string | null;
}

export async function runLogsReduce(
  paths: readonly string[],
  options: ReduceOptions,
  context: ScanContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const startedMs = context.nowMs();
  let shown: string | null = null;
  const rules = options.rulesFile === null ? [] : usableSiteRules(options.rulesFile, terminal).used;
  const { sources, unread } = await scanPaths(paths, context, {
    filters: rules.map(({ pattern }) => pattern),
    onReduced({ name }, entries) {
      if (options.templates) return;
      if (options.json) {
        for (const entry of entries) terminal.out(jsonLine({ source: name, ...entry }));
        return;
      }
      if (shown !== name) terminal.out(paint(terminal, 'bold', `${shown === null ? '' : '\n'}${plain(name)}`));
      shown = name;
      for (const entry of entries) terminal.out(entryText(entry, terminal));
    },
    async onScanned({ name }, { reduction }) {
      if (options.templates) await printTemplates(name, reduction, options, terminal);
    },
  });
  const lines = sources.reduce((sum, { reduced }) => sum + (reduced?.lines ?? 0), 0);
  const kept = sources.reduce((sum, { reduced }) => sum + (reduced?.kept ?? 0), 0);
  const bytes = sources.reduce((sum, { facts }) => sum + facts.bytes, 0);
  const seconds = (context.nowMs() - startedMs) / 1000;
  const told = `${count(lines)} lines (${(bytes / 1e6).toFixed(1)} MB) to ${count(kept)} in ${seconds.toFixed(1)} s`;
  terminal.err(paint(terminal, 'dim', told));
  return unread.length > 0 ? exitCodes.failed : exitCodes.done;
}

function entryText(entry: ReducedEntry, terminal: Terminal): string {
  return entry.kind === 'line' ? lineTextOf(entry, terminal) : routineText(entry, terminal);
}

const styles: Readonly<Record<KeptLine['why'], Style>> = {
  fault: 'red',
  known: 'green',
  new: 'reset',
  unit: 'reset',
  near: 'dim',
  last: 'dim',
};

const numberChars = 8;

function lineTextOf({ line, text, why }: KeptLine, terminal: Terminal): string {
  return `${paint(terminal, 'dim', String(line).padStart(numberChars))}  ${paint(terminal, styles[why], plain(text))}`;
}

function routineText({ lines, repeats, templates }: RoutineLines, terminal: Terminal): string {
  const parts = templates.map(({ id, count: times }) => `#${id} ×${count(times)}`);
  const again = repeats > 0 ? `, ${count(repeats)} repeat a fault` : '';
  return paint(terminal, 'dim', `${'…'.padStart(numberChars)}  ${count(lines)} lines${again}  ${parts.join(' ')}`);
}

async function printTemplates(
  name: string,
  reduction: ReductionSummary | undefined,
  { json }: ReduceOptions,
  terminal: Terminal,
): Promise<void> {
  const templates = reduction?.templates ?? [];
  if (json) return terminal.out(jsonLine({ source: name, templates }));
  terminal.out(paint(terminal, 'bold', plain(name)));
  const rows = templates.map((one) => [
    `#${one.id}`,
    count(one.count),
    `${one.firstLine}–${one.lastLine}`,
    one.pattern,
  ]);
  terminal.out(await renderTable(terminal, ['id', 'lines', 'from–to', 'template'], rows));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
