import { ProbeParseError } from '../schemas/probe.ts';
import type { PathValue } from './path-values.ts';

/** One setting of a TOML file, with the tables that it stands in before its own name. */
export interface TomlSetting {
  readonly path: readonly string[];
  readonly value: string;
  readonly line: number;
}

/**
 * Tables and settings of a TOML file, without its blank lines. Of an array over several lines the first one is the
 * setting, and each further one is a setting of the same name.
 */
export function tomlSettings(lines: readonly PathValue[]): readonly TomlSetting[] {
  let table: readonly string[] = [];
  let last: readonly string[] | null = null;
  const settings: TomlSetting[] = [];
  for (const { value: text, line } of lines) {
    if (text === '' || text.startsWith('#')) continue;
    const head = headPattern.exec(text)?.[1];
    const entry = entryPattern.exec(text);
    if (head !== undefined) {
      table = namesIn(head);
      last = null;
      settings.push({ path: table, value: '', line });
    } else if (entry !== null) {
      const path = [...table, ...namesIn(entry[1] ?? '')];
      const value = plain(entry[2] ?? '');
      settings.push({ path, value, line });
      last = value.startsWith('[') && !value.includes(']') ? path : null;
    } else if (last !== null || /^["'\]]/.test(text)) {
      if (last !== null) settings.push({ path: last, value: plain(text), line });
      if (text.startsWith(']')) last = null;
    } else throw new ProbeParseError(`line ${line}: not a line of TOML`);
  }
  return settings;
}

const name = String.raw`(?:"[^"]{1,200}"|'[^']{1,200}'|[\w-]{1,200})`;
const names = String.raw`${name}(?:\s*\.\s*${name}){0,12}`;
// [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options] · [[stream_processors]]
const headPattern = new RegExp(String.raw`^\[{1,2}\s*(${names})\s*\]{1,2}(?:\s*#.*)?$`);
const entryPattern = new RegExp(String.raw`^(${names})\s*=\s*(.+)$`);

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(name, 'g'))].map(([one]) => one.replaceAll(/^["']|["']$/g, ''));
}

/** Without its quotes, and without a comment behind it. */
function plain(value: string): string {
  const quoted = /^(["'])(.*?)\1/.exec(value);
  return (quoted === null ? value.replace(/\s+#.*$/, '') : (quoted[2] ?? '')).slice(0, 300);
}
