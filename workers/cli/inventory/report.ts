import { fingerprint } from '../../../activities/adapters/ssh/host-keys.ts';
import type { Change } from '../../../kb/inventory/changes.ts';
import type { Problem } from '../../../kb/inventory/check.ts';
import type { Draft, DraftHost, Note } from '../../../kb/inventory/draft.ts';
import type { KeysTaken } from '../../../kb/inventory/known-hosts.ts';
import { paint, plain, type Terminal } from '../output.ts';

export interface Report {
  readonly draft: Draft;
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
  readonly taken: KeysTaken['taken'];
  readonly changes: readonly Change[];
  readonly into: string | null;
  readonly diff: boolean;
}

/** What an import did and what a person has to know of it, for stderr. */
export function reportLines(
  terminal: Terminal,
  { draft, notes, problems, taken, changes, into, diff }: Report,
): readonly string[] {
  const gpus = draft.nodes.reduce((sum, node) => sum + node.gpus.length, 0);
  const ranks = draft.jobs.reduce((sum, job) => sum + job.ranks.length, 0);
  const counts = `${draft.cluster}: ${draft.nodes.length} nodes, ${gpus} GPUs, ${draft.jobs.length} jobs with ${ranks} ranks`;
  const outcome =
    into === null
      ? ''
      : changes.length === 0
        ? `; ${into} is up to date`
        : `; ${changes.length} changes ${diff ? 'would be' : 'were'} written to ${into}`;
  return [
    paint(terminal, 'bold', counts + outcome),
    ...noteLines(terminal, notes),
    ...takenLines(terminal, taken),
    ...missingLines(terminal, problems),
    ...keyAdvice(terminal, draft),
  ];
}

const titles: Readonly<Record<Note['kind'], string>> = {
  'left-out': 'Left out',
  'not-told': 'Not told',
  assumed: 'Assumed',
  conflict: 'Source and inventory differ',
  seen: 'Seen',
};
const kindsInOrder: readonly Note['kind'][] = ['conflict', 'left-out', 'not-told', 'assumed', 'seen'];

function noteLines(terminal: Terminal, notes: readonly Note[]): readonly string[] {
  return kindsInOrder.flatMap((kind) => {
    const some = notes.filter((note) => note.kind === kind);
    if (some.length === 0) return [];
    const grouped = [...Map.groupBy(some, ({ text }) => text)];
    return [
      paint(terminal, 'bold', titles[kind]),
      ...grouped.map(([text, same]) => `  ${abouts(same.map(({ about }) => about))}: ${plain(text)}`),
    ];
  });
}

const aboutsShownMax = 6;

function abouts(names: readonly string[]): string {
  const distinct = [...new Set(names)].map(plain);
  const more = distinct.length - aboutsShownMax;
  return distinct.slice(0, aboutsShownMax).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const keysShownMax = 40;

function takenLines(terminal: Terminal, taken: KeysTaken['taken']): readonly string[] {
  if (taken.length === 0) return [];
  return [
    paint(terminal, 'bold', 'Host keys taken, which you vouch for'),
    ...taken.slice(0, keysShownMax).map(({ host, key, place }) => {
      const [type = '', bytes = ''] = key.split(' ');
      return `  ${plain(host)}  ${fingerprint(Buffer.from(bytes, 'base64'))} (${type}, ${plain(place)})`;
    }),
    ...(taken.length > keysShownMax ? [`  and ${taken.length - keysShownMax} more (--json lists all)`] : []),
    `  Compare on each host's console: ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub`,
  ];
}

function missingLines(terminal: Terminal, problems: readonly Problem[]): readonly string[] {
  if (problems.length === 0) return [];
  const grouped = [
    ...Map.groupBy(problems, ({ severity, message }) => `${severity} ${message.replace(/^[^\s:]+: /, '')}`).values(),
  ];
  return [
    paint(terminal, 'bold', 'Still wrong or missing (wardround inventory check FILE shows each with its line)'),
    ...grouped.map((same) => {
      const [first] = same;
      const about = /^([^\s:]+): /.exec(first?.message ?? '')?.[1];
      const text = plain(first?.message.replace(/^[^\s:]+: /, '') ?? '');
      const names = same.flatMap(({ message }) => /^([^\s:]+): /.exec(message)?.[1] ?? []);
      return `  ${first?.severity ?? ''}: ${about === undefined ? text : `${text} (${abouts(names)})`}`;
    }),
  ];
}

/** How to get host keys, and that a scan alone proves nothing. */
function keyAdvice(terminal: Terminal, draft: Draft): readonly string[] {
  const without = [
    ...draft.nodes,
    ...draft.jumpHosts,
    ...(draft.management === undefined ? [] : [draft.management]),
  ].filter(({ ssh }) => ssh.hostKeys.length === 0);
  if (without.length === 0) return [];
  const direct = without.filter(({ ssh }) => ssh.jump === undefined);
  const behind = [...new Set(without.flatMap(({ ssh }) => ssh.jump ?? []))];
  return [
    paint(terminal, 'bold', 'Host keys: nothing talks to a host whose key is not listed, and no key is taken unseen'),
    ...[...Map.groupBy(direct, ({ ssh }) => ssh.port)].map(
      ([port, hosts]) =>
        `  1. ssh-keyscan -t ed25519${port === 22 ? '' : ` -p ${port}`} ${scanned(hosts)} >> scanned-keys`,
    ),
    ...behind.map(
      (jump) => `  1. on ${plain(jump)}, for the hosts behind it: ssh-keyscan -t ed25519 HOST … >> scanned-keys`,
    ),
    '  2. a scan shows who answers now, not who it is. Compare `ssh-keygen -lf scanned-keys` here with',
    "     `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on the console of each host (BMC, installer's log, image server)",
    '  3. wardround inventory import … --known-hosts scanned-keys (a known_hosts file that you trust does as well)',
  ];
}

function scanned(hosts: readonly DraftHost[]): string {
  const shown = hosts.slice(0, 20).map(({ ssh }) => plain(ssh.host));
  return shown.join(' ') + (hosts.length > shown.length ? ` … (${hosts.length} hosts)` : '');
}

export function changeLines(terminal: Terminal, changes: readonly Change[]): readonly string[] {
  return changes.map(({ place, before, after }) => {
    if (before === undefined) return paint(terminal, 'green', `+ ${plain(place)}: ${plain(after ?? '')}`);
    if (after === undefined) return paint(terminal, 'red', `- ${plain(place)}: ${plain(before)}`);
    return paint(terminal, 'yellow', `~ ${plain(place)}: ${plain(before)} -> ${plain(after)}`);
  });
}
