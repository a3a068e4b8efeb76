import { dcgm } from '../detectors/dcgm.ts';
import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';

/** The JSON of `dcgmi … -j`, and what the tool prints when it has none. */
export type DcgmAnswer =
  | { readonly kind: 'json'; readonly value: unknown }
  /** Its daemon does not run or can not be reached. */
  | { readonly kind: 'no-engine'; readonly said: string }
  | { readonly kind: 'refused'; readonly said: string };

const saidCharsMax = 200;

export function dcgmAnswer(output: ProbeOutput): DcgmAnswer {
  requireTool(output, 'dcgmi');
  const said = (/^Error:.*/im.exec(output.stdout)?.[0] ?? output.stderr.trim()).slice(0, saidCharsMax);
  const start = output.stdout.search(/^\s*\{/m);
  if (start === -1) {
    if (/unable to establish a connection|Unable to connect to host engine/i.test(said))
      return { kind: 'no-engine', said };
    if (/^Error:/i.test(said)) return { kind: 'refused', said };
    throw new ProbeParseError(`dcgmi ended with ${output.exitCode ?? 'no exit code'} and said "${said}"`);
  }
  if (output.exitCode === null) throw new ProbeParseError('dcgmi was ended before it had answered');
  try {
    return { kind: 'json', value: JSON.parse(output.stdout.slice(start)) };
  } catch {
    throw new ProbeParseError('not the JSON of dcgmi, or cut');
  }
}

const telling = new Set(dcgm.kinds.filter(({ role }) => role === 'cause' || role === 'symptom').map(({ id }) => id));

/** The kind that the detector of shipped logs gives to a message of DCGM; null for one that it does not know as a fault. */
export function kindOfMessage(text: string): string | null {
  const kind = dcgm.match({ text })?.kind;
  return kind !== undefined && telling.has(kind) ? kind : null;
}
