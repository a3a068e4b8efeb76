import { asName, asPort, isHost, isUser, shown } from './names.ts';
import type { GatheredHost } from './draft.ts';

/** What the SSH arguments of an Ansible host say of the way to it. */
export interface AnsibleWay {
  /** The hosts on the way, the nearest one first. */
  readonly jumps: readonly GatheredHost[];
  readonly port?: number;
  readonly user?: string;
  readonly remarks: readonly string[];
}

/**
 * Reads `ansible_ssh_common_args` and its like: `-J a,b`, `-o ProxyJump=user@host:port`, and the older
 * `-o ProxyCommand="ssh -W %h:%p -q user@host"`. Nothing of it is ever run.
 * https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ssh_connection.html, man ssh_config
 */
export function readSshArgs(args: string): AnsibleWay {
  const words = splitWords(args);
  if (words === null) return { jumps: [], remarks: [`SSH arguments with an open quote: "${shown(args)}"`] };
  const remarks: string[] = [];
  let found: { jumps?: readonly GatheredHost[]; port?: number; user?: string } = {};
  const jumpTo = (list: string) => {
    if (list === 'none') return;
    const jumps = jumpHosts(list);
    if (jumps === null) remarks.push(`a jump host that can not be told: "${shown(list)}"`);
    else found = { ...found, jumps };
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const [option, value, takesNext] = optionOf(word, words[at + 1] ?? '');
    if (takesNext) at += 1;
    const [key, setting] = option === 'o' ? splitSetting(value) : [option ?? '', value];
    switch (key.toLowerCase()) {
      case 'j':
      case 'proxyjump':
        jumpTo(setting);
        break;
      case 'proxycommand':
        jumpTo(throughCommand(setting) ?? setting);
        break;
      case 'port':
      case 'p': {
        const port = asPort(setting);
        if (port !== null) found = { ...found, port };
        break;
      }
      case 'user':
      case 'l':
        if (isUser(setting)) found = { ...found, user: setting };
        break;
      case 'stricthostkeychecking':
      case 'userknownhostsfile':
        if (!/^(yes|ask|accept-new)$/.test(setting) || key.toLowerCase() === 'userknownhostsfile')
          remarks.push(`${key}=${shown(setting, 30)} is not taken over: host keys are always verified`);
        break;
      case 'controlmaster':
      case 'controlpersist':
      case 'controlpath':
      case 'serveraliveinterval':
      case 'serveralivecountmax':
      case 'connecttimeout':
        break;
      default:
        remarks.push(`SSH argument ${shown(word, 20)} is not taken over`);
    }
  }
  const { jumps = [], port, user } = found;
  return { jumps, ...(port === undefined ? {} : { port }), ...(user === undefined ? {} : { user }), remarks };
}

/** `[user@]host[:port]`, `ssh://user@host:port`, several with commas between them. */
function jumpHosts(list: string): readonly GatheredHost[] | null {
  const hosts: GatheredHost[] = [];
  for (const one of list.split(',')) {
    const match = /^(?:ssh:\/\/)?(?:([^@]{1,32})@)?(\[[0-9a-fA-F:.]+\]|[^:@[\]]{1,253})(?::(\d{1,5}))?$/.exec(
      one.trim(),
    );
    const [, user, bracketed = '', portText] = match ?? [];
    const host = bracketed.replaceAll(/[[\]]/g, '');
    const name = asName(host.replaceAll(':', '-'));
    const port = portText === undefined ? undefined : asPort(portText);
    if (match === null || name === null || !isHost(host) || port === null || (user !== undefined && !isUser(user)))
      return null;
    const previous = hosts.at(-1)?.name;
    hosts.push({
      name,
      ssh: {
        host,
        ...(port === undefined ? {} : { port }),
        ...(user === undefined ? {} : { user }),
        ...(previous === undefined ? {} : { jump: previous }),
      },
    });
  }
  return hosts.length === 0 ? null : hosts;
}

/** The one command that is a jump in other words: `ssh … -W %h:%p … [user@]host`. */
function throughCommand(command: string): string | null {
  const words = splitWords(command);
  if (words === null || words[0] !== 'ssh' || !/-W ?\[?%h\]?:%p/.test(command)) return null;
  let port = '';
  let user = '';
  let host = '';
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const [option, value, takesNext] = optionOf(word, words[at + 1] ?? '');
    if (takesNext) at += 1;
    if (option === 'p') port = value;
    else if (option === 'l') user = value;
    else if (option === null) host = word;
  }
  if (host === '') return null;
  return `${user === '' || host.includes('@') ? '' : `${user}@`}${host}${port === '' || /:\d+$/.test(host) ? '' : `:${port}`}`;
}

// Options of ssh that take an argument: man ssh.
const withArgument = 'BbcDEeFIiJLlmOoPpRSWwQ';

/** Option letter (`null`: no option), its value, and whether that was the next word. */
function optionOf(word: string, next: string): readonly [string | null, string, boolean] {
  if (!word.startsWith('-') || word.length < 2) return [null, word, false];
  const letter = word.charAt(1);
  if (!withArgument.includes(letter)) return [letter, '', false];
  return word.length > 2 ? [letter, word.slice(2), false] : [letter, next, true];
}

function splitSetting(text: string): readonly [string, string] {
  const match = /^([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/s.exec(text.trim());
  return [match?.[1] ?? text, (match?.[2] ?? '').replaceAll(/^"|"$/g, '')];
}

/** Words as a shell would split them, as far as quotes go; `null` where a quote is left open. */
function splitWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (const character of text) {
    if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (quote !== null) return null;
  return word === null ? words : [...words, word];
}
