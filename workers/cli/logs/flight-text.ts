import type { FlightAnalysis, GroupReport, TracedDivergence } from '../../../kb/logs/flight-recorder/analyse.ts';
import { groupName, type MemberView } from '../../../kb/logs/flight-recorder/group-views.ts';
import { callOf, sizesText } from '../../../kb/logs/flight-recorder/op-rules.ts';
import { ranksNamed, ranksText } from '../../../kb/logs/flight-recorder/ranks.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { paint, plain, renderTable, type Cell, type Style, type Terminal } from '../output.ts';

/** For people: where it begins, then a table for each group that is not well. */
export async function flightText(
  analysis: FlightAnalysis,
  findings: readonly Finding[],
  { all }: { readonly all: boolean },
  terminal: Pick<Terminal, 'colour'>,
): Promise<string> {
  const { groups, dumps } = analysis;
  const shown = groups.filter(({ view, divergences }) => all || divergences.length > 0 || isWaiting(view.members));
  const parts = [headline(analysis, findings, terminal)];
  for (const group of shown.slice(0, groupsShownMax)) parts.push(await groupText(group, analysis, terminal));
  const rest = groups.length - Math.min(shown.length, groupsShownMax);
  const hidden = shown.length > groupsShownMax ? ', some of them not well (see --json)' : all ? '' : ', all complete';
  parts.push(
    paint(
      terminal,
      'dim',
      `${dumps.length} ${dumps.length === 1 ? 'dump' : 'dumps'} of ${dumps.length + analysis.withoutDump.length} ranks, ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}${rest > 0 ? ` (${rest} not shown${hidden})` : ''}`,
    ),
  );
  return parts.join('\n\n');
}

const groupsShownMax = 32;

function headline(
  { first, crossings, withoutDump, dumps, clocks }: FlightAnalysis,
  findings: readonly Finding[],
  terminal: Pick<Terminal, 'colour'>,
): string {
  const lines = crossings.map(({ reason }) => paint(terminal, 'red', plain(reason)));
  if (first !== null && crossings.length === 0) lines.push(...firstLines(first, terminal));
  if (withoutDump.length > 0)
    lines.push(
      paint(
        terminal,
        'yellow',
        `No dump of ${ranksNamed(withoutDump)}${withoutDump.length >= dumps.length ? '; without most of the dumps little can be told' : ''}.`,
      ),
    );
  for (const { rank, aheadMs } of clocks)
    lines.push(
      paint(
        terminal,
        'dim',
        `The clock of rank ${rank} is ${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead' : 'behind'}.`,
      ),
    );
  const isWell = findings.some(({ kind }) => kind === 'torch.flight.nothing-pending');
  if (isWell)
    lines.push(paint(terminal, 'green', 'All recorded collectives are complete, and the ranks agree on them.'));
  return lines.length === 0 ? 'The dumps show no divergence.' : lines.join('\n');
}

function firstLines(first: TracedDivergence, terminal: Pick<Terminal, 'colour'>): readonly string[] {
  const sure = { sure: '', likely: ' (likely)', possible: ' (possibly)' }[first.sure];
  return [
    paint(terminal, 'red', `${plain(first.reason)}${sure}`),
    ...(first.lastOfRank === '' ? [] : [`  ${plain(first.lastOfRank)}`]),
    ...(first.lastOfRank !== '' || first.frame === null ? [] : [`  in ${plain(first.frame)}`]),
  ];
}

async function groupText(
  { view, divergences }: GroupReport,
  { withoutDump }: FlightAnalysis,
  terminal: Pick<Terminal, 'colour'>,
): Promise<string> {
  const of = view.isGuessed ? `${ranksNamed(view.ranks)} seen` : ranksNamed(view.ranks);
  const title = `${paint(terminal, 'bold', `Group ${plain(groupName(view))}`)}  ${of}`;
  const focus = divergences.find(({ kind }) => !kind.startsWith('p2p'))?.seq ?? null;
  const odd = new Set(divergences.flatMap(({ ranks, follows }) => (follows === null ? ranks : [])));
  const rows = [
    ...Map.groupBy(
      [...view.members.values()].map((member) => rowOf(member, focus)),
      ({ key }) => key,
    ).values(),
  ]
    .toSorted((a, b) => (a[0]?.rank ?? 0) - (b[0]?.rank ?? 0))
    .slice(0, rowsMax)
    .map((same): readonly Cell[] => {
      const cells = same[0]?.cells ?? [];
      const ranks = ranksText(same.map(({ rank }) => rank));
      const isOdd = same.some(({ rank }) => odd.has(rank));
      return [isOdd ? { text: ranks, style: 'red' } : ranks, ...cells];
    });
  const without = view.ranks.filter((rank) => withoutDump.includes(rank));
  if (without.length > 0) rows.push([ranksText(without), '', '', { text: 'no dump', style: 'yellow' }, '', '']);
  const table = await renderTable(terminal, ['ranks', 'seq', 'operation', 'state', 'sizes', 'where'], rows);
  const reasons = divergences
    .slice(0, reasonsMax)
    .map(({ reason, follows }) =>
      paint(
        terminal,
        follows === null ? 'red' : 'dim',
        `${plain(reason)}${follows === null ? '' : ` It follows from group ${plain(follows)}.`}`,
      ),
    );
  return [title, table, ...reasons].join('\n');
}

const rowsMax = 64;
const reasonsMax = 16;

interface Row {
  readonly rank: number;
  /** Ranks with the same one share a line. */
  readonly key: string;
  readonly cells: readonly Cell[];
}

/** Where a rank stands at the sequence number that matters, else at its newest operation. */
function rowOf({ rank, launches, transfers, enteredTo }: MemberView, focus: number | null): Row {
  const launch = (focus === null ? undefined : launches.get(focus)) ?? [...launches.values()].at(-1);
  const transfer = transfers.find(({ state }) => state !== 'completed') ?? transfers.at(-1);
  if (launch !== undefined && (transfer === undefined || focus !== null)) {
    const isMissing = focus !== null && launch.seq < focus;
    const state = isMissing ? `did not enter ${focus}` : launch.state;
    const style: Style = isMissing ? 'red' : stateStyles[launch.state];
    return row(
      rank,
      String(launch.seq),
      callOf(launch),
      { text: state, style },
      sizesText(launch),
      launch.last.frame ?? '',
    );
  }
  if (transfer !== undefined) {
    const { entry, state } = transfer;
    const call = `${entry.op} ${entry.from}→${entry.to}`;
    const sizes = entry.shape.inputs.map((dims) => `[${dims.join('×')}]`).join(' ');
    return row(rank, `p2p ${entry.p2pSeq}`, call, { text: state, style: stateStyles[state] }, sizes, entry.frame ?? '');
  }
  return row(rank, enteredTo === null ? '?' : String(enteredTo), '', { text: 'no entry', style: 'dim' }, '', '');
}

const stateStyles: Readonly<Record<'scheduled' | 'started' | 'completed', Style>> = {
  scheduled: 'yellow',
  started: 'yellow',
  completed: 'green',
};

function row(
  rank: number,
  seq: string,
  call: string,
  state: { readonly text: string; readonly style: Style },
  sizes: string,
  where: string,
): Row {
  return { rank, key: [seq, call, state.text, sizes, where].join('\u0000'), cells: [seq, call, state, sizes, where] };
}

function isWaiting(members: ReadonlyMap<number, MemberView>): boolean {
  for (const { launches, transfers } of members.values()) {
    for (const { state } of launches.values()) if (state !== 'completed') return true;
    if (transfers.some(({ state }) => state !== 'completed')) return true;
  }
  return false;
}
