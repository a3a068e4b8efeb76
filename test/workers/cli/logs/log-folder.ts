import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { logsCommand } from '../../../../workers/cli/logs.ts';
import type { Terminal } from '../../../../workers/cli/output.ts';
import { runProgram } from '../../../../workers/cli/program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder of logs, and `wardround logs …` over it as a person types it, without a process. */
export function logFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'wardround-cli-logs-'));
  const rulesFile = path.join(folder, 'site', 'rules.json');
  return {
    folder,
    rulesFile,
    put(name: string, content: string | Uint8Array): string {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    async logs(
      argv: readonly string[],
      options: { readonly stdin?: string; readonly onOut?: (text: string) => void } = {},
    ): Promise<Ran> {
      const out: string[] = [];
      const err: string[] = [];
      const terminal: Terminal = {
        out(text) {
          out.push(text);
          options.onOut?.(text);
        },
        err: (text) => void err.push(text),
        ask: () => Promise.resolve(''),
        colour: false,
        interactive: false,
      };
      let now = 0;
      const command = logsCommand({
        terminal,
        nowMs: () => (now += 1),
        rulesFile: async () => rulesFile,
        places: {
          s3: () => Promise.reject(new Error('no S3 here')),
          async *stdin() {
            yield new TextEncoder().encode(options.stdin ?? '');
          },
        },
      });
      process.exitCode = undefined;
      const code = await runProgram(['logs', ...argv], terminal, [
        { name: 'logs', summary: '', load: async () => command },
      ]);
      const ended = code ?? Number(process.exitCode ?? 0);
      process.exitCode = undefined;
      return { code: ended, out: out.join('\n'), err: err.join('\n') };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export const xid =
  'Nov 21 03:12:59 node-07 kernel: NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.';
export const routine = (step: number): string =>
  `[2026-11-21 03:12:59,000] INFO loaded shard part-${step}.tar in ${step}.25 s`;
export const many = (count: number): string =>
  Array.from({ length: count }, (_, step) => `${routine(step)}\n`).join('');
