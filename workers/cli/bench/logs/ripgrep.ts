import { writeFileSync } from 'node:fs';
import { detectors } from '../../../../kb/detectors/index.ts';
import { scanLiterals } from '../../../../kb/logs/source-scan.ts';
import type { Environment } from '../../../config.ts';
import { measureProcess, type ProcessMeasure } from './measure-process.ts';

/** ripgrep over the same bytes with the literals that our one pass looks for; `null` where it is not installed. */
export function measureRipgrep(
  paths: readonly string[],
  literalsFile: string,
  options: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<ProcessMeasure | null> {
  const literals = new Set([...detectors.flatMap((detector) => detector.literals), ...scanLiterals]);
  writeFileSync(literalsFile, `${[...literals].map((literal) => literal.toLowerCase()).join('\n')}\n`);
  const count = ['--count', '--ignore-case', '--fixed-strings', '--file', literalsFile];
  return measureProcess('rg', [...count, '--no-config', '--no-ignore', '--text', '--', ...paths], options);
}

export const ripgrepAdvice =
  'ripgrep is not installed: its package is called ripgrep on Debian, Fedora, Arch and in Homebrew';
