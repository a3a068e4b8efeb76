import { addHosts, groupIn, type AnsibleGroup, type AnsibleGroups } from './ansible-model.ts';
import { SourceError, type SourceText } from './draft.ts';
import { shown } from './names.ts';

/**
 * Ansible's INI form: `[group]` with host lines, `[group:vars]`, `[group:children]`; comments begin with `#` or `;`.
 * https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ini_inventory.html
 */
export function groupsOfIni({ name: file, text }: SourceText): AnsibleGroups {
  const groups = new Map<string, AnsibleGroup>();
  let section = { group: 'ungrouped', kind: 'hosts' };
  for (const [at, raw] of text.split('\n').entries()) {
    const place = `${file}:${at + 1}`;
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const match = /^\[([^\]:\s]+)(?::(vars|children|hosts))?\]\s*(?:[#;].*)?$/.exec(line);
      if (match === null)
        throw new SourceError(place, `"${shown(line)}" is no section: [group], [group:vars] or [group:children]`);
      section = { group: match[1] ?? '', kind: match[2] ?? 'hosts' };
      groupIn(groups, section.group);
      continue;
    }
    const group = groupIn(groups, section.group);
    if (section.kind === 'children') group.children.add(withoutComment(line));
    else if (section.kind === 'vars') {
      const equals = line.indexOf('=');
      if (equals < 1) throw new SourceError(place, `"${shown(line)}" is no NAME=VALUE`);
      group.vars.set(line.slice(0, equals).trim(), unquoted(line.slice(equals + 1).trim()));
    } else addHostLine(group, line, place);
  }
  return groups;
}

/** `node[01:10] ansible_user=ops ansible_ssh_common_args='-J bastion'`; `host:2222` is a port. */
function addHostLine(group: AnsibleGroup, line: string, place: string): void {
  const words = wordsOf(line);
  if (words === null) throw new SourceError(place, 'a quote is left open');
  const [written = '', ...settings] = words;
  const vars = settings.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 1) throw new SourceError(place, `"${shown(word)}" is no NAME=VALUE`);
    return [word.slice(0, equals), word.slice(equals + 1)] as const;
  });
  // A colon within brackets belongs to a range, several of them to an IPv6 address.
  const port = /^([^:[\]]*(?:\[[^\]]*\][^:[\]]*)*):(\d{1,5})$/.exec(written);
  addHosts(
    group,
    port?.[1] ?? written,
    { ...(port === null ? {} : { ansible_port: port[2] }), ...Object.fromEntries(vars) },
    place,
  );
}

/** Words of a line up to a comment; quotes keep blanks together and go. */
function wordsOf(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (const character of line) {
    if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if ((character === '"' || character === "'") && (word === null || word.endsWith('='))) {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '#' && word === null) break;
    else word = (word ?? '') + character;
  }
  if (quote !== null) return null;
  return word === null ? words : [...words, word];
}

function withoutComment(line: string): string {
  return line.replace(/\s+#.*$/, '');
}

function unquoted(value: string): string {
  const match = /^(["'])(.*)\1$/s.exec(value);
  return match?.[2] ?? withoutComment(value);
}
