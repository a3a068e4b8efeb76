import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { probes } from '../../kb/probes/index.ts';
import { allowList } from './allow-list.ts';

/*
 * node infra/gate/generate-allow-list.ts [--check]
 *
 * Writes the commands of the declared probes into the forced command of the probe key; with --check it only says,
 * with exit code 1, whether they are there.
 */

const script = fileURLToPath(new URL('wardround-probe.sh', import.meta.url));

/** The script with these patterns between its marker lines. */
export function withAllowList(text: string, patterns: readonly string[]): string {
  const [before, rest] = parted(text, `\n${beginMarker}\n`);
  const [, after] = parted(rest, `${endMarker}\n`);
  return `${before}\n${beginMarker}\n${patterns.map((pattern) => `'${pattern}'\n`).join('')}${endMarker}\n${after}`;
}

const beginMarker = '# allow-list begin';
const endMarker = '# allow-list end';

function parted(text: string, marker: string): readonly [before: string, after: string] {
  const at = text.indexOf(marker);
  if (at === -1) throw new Error(`wardround-probe.sh has no line "${marker.trim()}"`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}

function main(words: readonly string[]): number {
  const before = readFileSync(script, 'utf8');
  const after = withAllowList(before, allowList(probes));
  if (before === after) return 0;
  if (words.includes('--check')) {
    process.stderr.write('wardround-probe.sh is out of date: run node infra/gate/generate-allow-list.ts\n');
    return 1;
  }
  writeFileSync(script, after);
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
