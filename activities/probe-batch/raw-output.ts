import type { ProbeOutput } from '../../kb/schemas/probe.ts';

/** Standard output comes first and unchanged, so that places in it are places in the evidence. */
export function rawBytes({ stdout, stderr, exitCode }: ProbeOutput): Uint8Array {
  const isPlain = exitCode === 0 && stderr === '' && !stdout.includes(mark);
  // Standard error can't be taken for the mark, so the last one is ours, whatever a node prints.
  const said = `\n${stderr}`.replaceAll(mark, `\n ${mark.trimStart()}`);
  const trailer = isPlain ? '' : `${mark}${exitCode ?? 'by a signal'}, standard error:${said}`;
  return new TextEncoder().encode(`${stdout}${trailer}`);
}

const mark = '\n--- exit ';
// As `rawBytes` writes it: the last one.
const trailer = /^([\s\S]*)\n--- exit (\d+|by a signal), standard error:\n([\s\S]*)$/;

/** What a command answered, from its evidence. `exitCode` is taken where the bytes do not say it. */
export function outputOf(raw: Uint8Array, exitCode: number | null): ProbeOutput {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw);
  const found = trailer.exec(text);
  if (found === null) return { stdout: text, stderr: '', exitCode: exitCode ?? 0 };
  const [, stdout = '', exit, stderr = ''] = found;
  return { stdout, stderr, exitCode: exit === 'by a signal' ? null : Number(exit) };
}
