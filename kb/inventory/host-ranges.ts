/*
 * Short forms for many hosts. Slurm: `node-[01-08,12],gpu3`. Ansible: `node[01:10]`, `rack[a:c]`, with a step
 * `[1:9:2]`.
 * https://slurm.schedmd.com/scontrol.html (show hostnames),
 * https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html#adding-ranges-of-hosts
 */

/** Names of a Slurm host list in its order; `null` where it is none, or names more than `max`. */
export function expandHostlist(list: string, max: number): readonly string[] | null {
  const pieces = list.match(/(?:[^,[\]]|\[[^[\]]*\])+/g) ?? [];
  if (pieces.join(',') !== list) return null;
  return expandAll(pieces, slurmAlternatives, max);
}

/** Names of one Ansible host pattern; `null` where it is none, or names more than `max`. */
export function expandHostPattern(pattern: string, max: number): readonly string[] | null {
  return expandAll([pattern], ansibleAlternatives, max);
}

function expandAll(
  pieces: readonly string[],
  alternatives: (inner: string, max: number) => readonly string[] | null,
  max: number,
): readonly string[] | null {
  const names: string[] = [];
  for (const piece of pieces) {
    let begun: readonly string[] = [''];
    for (const part of piece.match(/[^[\]]+|\[[^[\]]*\]/g) ?? []) {
      const ends = part.startsWith('[') ? alternatives(part.slice(1, -1), max) : [part];
      if (ends === null || begun.length * ends.length > max) return null;
      begun = begun.flatMap((start) => ends.map((end) => start + end));
    }
    if (/[[\]]/.test(begun[0] ?? '[') || names.length + begun.length > max) return null;
    names.push(...begun);
  }
  return names;
}

function slurmAlternatives(inner: string, max: number): readonly string[] | null {
  const all: string[] = [];
  for (const range of inner.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range);
    if (match === null) return null;
    const [, from = '', to = from] = match;
    const numbers = counted(Number(from), Number(to), 1, from.length, max - all.length);
    if (numbers === null) return null;
    all.push(...numbers);
  }
  return all;
}

function ansibleAlternatives(inner: string, max: number): readonly string[] | null {
  const numbers = /^(\d{1,9}):(\d{1,9})(?::(\d{1,4}))?$/.exec(inner);
  if (numbers !== null) {
    const [, from = '', to = '', step = '1'] = numbers;
    // Ansible pads only where the first number is written with zeros.
    return counted(Number(from), Number(to), Number(step), from.startsWith('0') ? from.length : 1, max);
  }
  const letters = /^([A-Za-z]):([A-Za-z])(?::(\d{1,2}))?$/.exec(inner);
  if (letters === null) return null;
  const [, from = '', to = '', step = '1'] = letters;
  const codes = counted(from.charCodeAt(0), to.charCodeAt(0), Number(step), 1, max);
  return codes?.map((code) => String.fromCharCode(Number(code))) ?? null;
}

function counted(from: number, to: number, step: number, width: number, max: number): readonly string[] | null {
  if (to < from || step < 1 || (to - from) / step + 1 > max) return null;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) =>
    String(from + at * step).padStart(width, '0'),
  );
}
