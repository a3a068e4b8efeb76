import {
  defineScalarTag,
  EVENT_ALIAS,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  load,
  mergeTag,
  parseEvents,
  YAML11_SCHEMA,
  YAMLException,
} from 'js-yaml';
import { PortError } from '../ports.ts';

/** Line, from 1, of a place in a text; of the nearest one above it where the place itself is not written. */
export type LineOf = (path: readonly PropertyKey[]) => number;

/** A value of a YAML or JSON text; throws a `malformed` PortError with file and line. */
export function parseYaml(file: string, text: string): unknown {
  return reading(file, () => load(text, { filename: file }));
}

/**
 * The same for Ansible's files, which are YAML 1.1 and know tags for secrets. A secret is never read: it becomes the
 * mark of a template, which nobody takes for a value.
 */
export function parseAnsibleYaml(file: string, text: string): unknown {
  return reading(file, () => load(text, { filename: file, schema: ansibleSchema }));
}

const ansibleSchema = YAML11_SCHEMA.withTags(
  mergeTag,
  ...['!vault', '!vault-encrypted', '!unsafe'].map((tag) =>
    defineScalarTag(tag, { resolve: (source) => (tag === '!unsafe' ? source : '{{ secret }}'), identify: () => false }),
  ),
);

function reading(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const at = cause.mark === undefined ? '' : `:${cause.mark.line + 1}`;
    throw new PortError('malformed', `${file}${at}: ${cause.reason}`, { cause });
  }
}

/** Where things stand in a YAML or JSON text. Works as far as the text can be parsed. */
export function placesIn(text: string): LineOf {
  const lines = new Map<string, number>();
  const lineAt = lineCounter(text);
  // Open collections: the key of the entry that comes next.
  const open: { readonly path: string; readonly mapping: boolean; key: string | null; at: number }[] = [];
  const begin = (): { readonly path: string; readonly isKey: boolean } => {
    const above = open.at(-1);
    if (above === undefined) return { path: '', isKey: false };
    if (!above.mapping) return { path: `${above.path}/${above.at++}`, isKey: false };
    if (above.key === null) return { path: above.path, isKey: true };
    const path = `${above.path}/${above.key}`;
    above.key = null;
    return { path, isKey: false };
  };
  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_POP) open.pop();
    else if (event.type === EVENT_MAPPING || event.type === EVENT_SEQUENCE) {
      const { path } = begin();
      if (!lines.has(path)) lines.set(path, lineAt(event.start));
      open.push({ path, mapping: event.type === EVENT_MAPPING, key: null, at: 0 });
    } else if (event.type === EVENT_SCALAR) {
      const { path, isKey } = begin();
      const above = open.at(-1);
      if (isKey && above !== undefined) {
        above.key = getScalarValue(text, event);
        lines.set(`${path}/${above.key}`, lineAt(event.valueStart));
      } else if (!lines.has(path)) lines.set(path, lineAt(event.valueStart));
    } else if (event.type === EVENT_ALIAS) begin();
  }
  return (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const line = lines.get(
        path
          .slice(0, length)
          .map((part) => `/${String(part)}`)
          .join(''),
      );
      if (line !== undefined) return line;
    }
    return 1;
  };
}

/** Lines of offsets that do not go back much: events come in the order of the text. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
