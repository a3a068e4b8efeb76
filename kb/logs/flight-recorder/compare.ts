import type { Divergence, DivergenceKind, Moments, Sureness } from './divergence.ts';
import { groupName, presenceAt, type GroupView, type Launch } from './group-views.ts';
import { callOf, exchangeTotals, ownMisfit, sizesKey, sizesText, typesKey } from './op-rules.ts';
import { ranksNamed } from './ranks.ts';

/**
 * Walks the collectives of a group in their order and tells where its ranks part: differences of what has completed
 * all the same, and the first collective that has not completed, with which it ends.
 */
export function compareGroup(group: GroupView, moments: Moments): readonly Divergence[] {
  const seqs = [...new Set([...group.members.values()].flatMap(({ launches }) => [...launches.keys()]))];
  const found: Divergence[] = [];
  for (const seq of seqs.toSorted((a, b) => a - b)) {
    const step = stepAt(group, seq, moments);
    const differs = differenceAt(step);
    if (differs !== null) found.push(differs);
    const waits = waitAt(step);
    if (waits !== null) {
      // Ranks that are said to differ explain why the others wait.
      if (differs === null || waits.kind === 'rank-not-entered') found.push(waits);
      return found;
    }
    if (found.length >= differencesMax) return found;
  }
  return found;
}

// After a first difference more follow from it; a few show that it lasts.
const differencesMax = 3;

interface Step {
  readonly group: GroupView;
  readonly seq: number;
  readonly launches: readonly Launch[];
  readonly missing: readonly number[];
  readonly unknown: readonly number[];
  readonly moments: Moments;
}

function stepAt(group: GroupView, seq: number, moments: Moments): Step {
  const launches: Launch[] = [];
  const missing: number[] = [];
  const unknown: number[] = [];
  for (const rank of group.ranks.toSorted((a, b) => a - b)) {
    const member = group.members.get(rank);
    const presence = member === undefined ? ({ kind: 'unknown' } as const) : presenceAt(member, seq);
    if (presence.kind === 'entered') launches.push(presence.launch);
    if (presence.kind === 'not-entered') missing.push(rank);
    if (presence.kind === 'unknown') unknown.push(rank);
  }
  return { group, seq, launches, missing, unknown, moments };
}

function differenceAt(step: Step): Divergence | null {
  const { launches } = step;
  const calls = oddOnes(launches, callOf);
  if (calls !== null)
    return differs(
      step,
      'collective-differs',
      calls,
      `${callTexts(calls.odd)} where ${othersText(calls)} call ${calls.usual}`,
    );
  const sizes = oddOnes(launches, sizesKey);
  if (sizes !== null)
    return differs(
      step,
      'sizes-differ',
      sizes,
      `${sizeTexts(sizes.odd)} where ${othersText(sizes)} have ${sizesOfFirst(sizes.rest)}`,
    );
  const types = oddOnes(launches, typesKey);
  if (types !== null)
    return differs(
      step,
      'dtypes-differ',
      types,
      `${sizeTexts(types.odd)} where ${othersText(types)} have ${sizesOfFirst(types.rest)}`,
    );
  return misfitAt(step) ?? exchangeAt(step);
}

function misfitAt(step: Step): Divergence | null {
  if (step.group.isGuessed) return null;
  const misfits = step.launches.flatMap((launch) => {
    const text = ownMisfit(launch, step.group.ranks.length);
    return text === null ? [] : [{ launch, text }];
  });
  const first = misfits[0];
  if (first === undefined) return null;
  const odd = misfits.map(({ launch }) => launch);
  return divergence(
    step,
    'sizes-differ',
    odd,
    `sizes do not fit one another: ${ranksNamed(ranksOf(odd))} ${verb(odd, 'has', 'have')} ${first.text}`,
  );
}

/** Sizes of an all-to-all have been complete since version 2.4. */
function exchangeAt(step: Step): Divergence | null {
  const { launches, group } = step;
  if (launches.length < group.ranks.length || group.isGuessed) return null;
  if ([...group.members.values()].some(({ dump }) => !isAtLeast(dump.version, 2, 4))) return null;
  const totals = exchangeTotals(launches);
  if (totals === null || totals.sent === totals.received || totals.sent === 0 || totals.received === 0) return null;
  return divergence(
    step,
    'sizes-differ',
    launches,
    `the ranks send ${totals.sent} elements and expect ${totals.received}; which of them is wrong can't be told`,
  );
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [, had, hadMinor] = /^(\d{1,3})\.(\d{1,3})$/.exec(version) ?? [];
  if (had === undefined || hadMinor === undefined) return false;
  return Number(had) > major || (Number(had) === major && Number(hadMinor) >= minor);
}

/** Where ranks wait for one another; `null` where the collective is complete, or was when the dumps were taken. */
function waitAt(step: Step): Divergence | null {
  const { launches, missing, unknown } = step;
  const pending = launches.filter(({ state }) => state !== 'completed');
  if (pending.length === 0) return null;
  if (missing.length > 0) return absenceAt(step, pending);
  const started = launches.filter(({ state }) => state !== 'scheduled');
  const scheduled = launches.filter(({ state }) => state === 'scheduled');
  const completed = launches.filter(({ state }) => state === 'completed');
  // Without timing (TORCH_NCCL_ENABLE_TIMING) nothing is ever `started`; what is complete proves nothing of the others.
  if (scheduled.length > 0 && started.some(({ state }) => state === 'started'))
    return divergence(
      step,
      'rank-not-started',
      scheduled,
      `${ranksNamed(ranksOf(scheduled))} ${verb(scheduled, 'has', 'have')} queued it but not started it: what was queued on ${verb(scheduled, 'its GPU', 'their GPUs')} before is not finished; ${ranksNamed(ranksOf(started))} ${verb(started, 'is', 'are')} in it`,
    );
  if (completed.length > 0)
    return divergence(
      step,
      'rank-not-completed',
      pending,
      `${ranksNamed(ranksOf(pending))} ${verb(pending, 'has', 'have')} not completed it, ${ranksNamed(ranksOf(completed))} ${verb(completed, 'has', 'have')}`,
    );
  if (launches.length < 2 && unknown.length === 0) return null;
  const guess = unknown.length === 0 ? '' : `; of ${ranksNamed(unknown)} nothing is known`;
  return divergence(
    step,
    'collective-stuck',
    pending,
    `${ranksNamed(ranksOf(pending))} ${verb(pending, 'has', 'have')} entered it with the same sizes, and nobody has completed it${guess}`,
    unknown.length === 0 ? undefined : 'possible',
  );
}

function absenceAt(step: Step, pending: readonly Launch[]): Divergence | null {
  const { launches, missing, group } = step;
  const first = pending[0];
  if (first === undefined) return null;
  const entered = ranksOf(launches);
  const isMinority = launches.length < missing.length && group.ranks.length > 2;
  if (!isMinority) {
    const reason = `${ranksNamed(missing)} did not enter it; ${ranksNamed(entered)} ${verb(launches, 'waits', 'wait')} there`;
    return { ...divergence(step, 'rank-not-entered', pending, reason), ranks: missing, waiting: ranksOf(pending) };
  }
  const reason = `only ${ranksNamed(entered)} entered it, ${ranksNamed(missing)} did not`;
  return { ...divergence(step, 'minority-entered', pending, reason), ranks: entered, waiting: ranksOf(pending) };
}

interface OddOnes {
  /** What most ranks have; all of them are `odd` in a tie. */
  readonly usual: string;
  readonly odd: readonly Launch[];
  readonly rest: readonly Launch[];
}

/** The ranks that are fewer; `null` where all agree. In a tie nobody can say: those apart from the first are named. */
function oddOnes(launches: readonly Launch[], keyOf: (launch: Launch) => string): OddOnes | null {
  const classes = [...Map.groupBy(launches, keyOf)];
  if (classes.length < 2) return null;
  const [usual, rest] = classes.reduce((best, one) => (one[1].length > best[1].length ? one : best));
  return { usual, rest, odd: launches.filter((launch) => !rest.includes(launch)) };
}

function differs(step: Step, kind: DivergenceKind, { odd, rest }: OddOnes, what: string): Divergence {
  const tie = odd.length === rest.length ? "; which of them is wrong can't be told from the dumps" : '';
  const ahead = kind === 'collective-differs' ? leftOutText(step, odd, rest) : '';
  return divergence(step, kind, odd, `${what}${tie}${ahead}`);
}

/** A rank that left out a collective does what the others do next, one number early. */
function leftOutText({ group, seq }: Step, odd: readonly Launch[], rest: readonly Launch[]): string {
  const one = group.members.get(odd[0]?.rank ?? -1)?.launches;
  const other = group.members.get(rest[0]?.rank ?? -1)?.launches;
  if (one === undefined || other === undefined) return '';
  const shift = shifts.find((by) => isShifted(one, other, seq, by));
  const whom = `${ranksNamed(ranksOf(odd))} ${verb(odd, 'seems', 'seem')}`;
  if (shift !== undefined) return `; ${whom} to have left out ${collectives(shift)}`;
  const extra = shifts.find((by) => isShifted(other, one, seq, by));
  return extra === undefined ? '' : `; ${whom} to have made ${collectives(extra)} too many`;
}

function collectives(count: number): string {
  return `${count} ${count === 1 ? 'collective' : 'collectives'}`;
}

const shifts = [1, 2, 3, 4];

// Two in a row that agree may be chance in a loop of one operation; the call that differs has to be among them.
const shiftedMin = 2;

function isShifted(
  early: ReadonlyMap<number, Launch>,
  late: ReadonlyMap<number, Launch>,
  seq: number,
  by: number,
): boolean {
  let same = 0;
  for (let at = seq; at < seq + 16; at += 1) {
    const [a, b] = [early.get(at), late.get(at + by)];
    if (a === undefined || b === undefined) break;
    if (callOf(a) !== callOf(b) || sizesKey(a) !== sizesKey(b)) return false;
    same += 1;
  }
  return same >= shiftedMin;
}

function divergence(
  step: Step,
  kind: DivergenceKind,
  about: readonly Launch[],
  what: string,
  sure: Sureness = surenessOf(step, kind),
): Divergence {
  const { group, seq, launches, unknown, moments } = step;
  const cited = about[0] ?? launches[0];
  if (cited === undefined) throw new Error(`a divergence of ${group.key} at ${seq} without a launch`);
  const member = group.members.get(cited.rank);
  if (member === undefined) throw new Error(`rank ${cited.rank} launched in ${group.key} and is no member`);
  const waiting = launches.filter(({ state }) => state !== 'completed');
  const times = waiting.flatMap((launch) => createdMs(launch, moments) ?? []);
  const op = callOf(kind === 'collective-differs' ? (launches.find((one) => !about.includes(one)) ?? cited) : cited);
  return {
    kind,
    group: { key: group.key, name: group.name, desc: group.desc },
    seq,
    op,
    ranks: ranksOf(about),
    waiting: ranksOf(waiting.filter((launch) => !about.includes(launch))),
    unknown,
    sure,
    reason: `Group ${groupName(group)}, collective ${seq} (${op}): ${what}.`,
    sinceMs: times.length === 0 ? null : Math.min(...times),
    sizes: sizesText(cited),
    frame: cited.last.frame ?? cited.ops[0]?.frame ?? null,
    cites: { dump: member.dump, entry: cited.last },
  };
}

function surenessOf({ launches, moments, group, unknown, seq }: Step, kind: DivergenceKind): Sureness {
  const pending = launches.filter(({ state }) => state !== 'completed');
  const isDifference = kind.endsWith('differ') || kind.endsWith('differs');
  if (isDifference && pending.length > 0) return 'sure';
  if (isDifference) return 'likely';
  if (group.isGuessed || (kind === 'rank-not-completed' && unknown.length > 0)) return 'possible';
  const isOver = pending.some((launch) => {
    const { retired, timeoutMs } = launch.last;
    const waitedMs = (moments.latestMs ?? 0) - (createdMs(launch, moments) ?? Infinity);
    return retired || (timeoutMs !== null && waitedMs >= timeoutMs);
  });
  if (isOver) return 'sure';
  // Dumps are not taken at one moment: of the newest collective some may have seen the end already.
  const isNewest = pending.every(({ rank }) => group.members.get(rank)?.enteredTo === seq);
  return kind === 'rank-not-completed' && isNewest ? 'possible' : 'likely';
}

function createdMs({ rank, last }: Launch, { aheadMs }: Moments): number | null {
  return last.createdMs === null ? null : last.createdMs - (aheadMs.get(rank) ?? 0);
}

function callTexts(odd: readonly Launch[]): string {
  return [...Map.groupBy(odd, callOf)]
    .slice(0, classesShownMax)
    .map(([call, launches]) => `${ranksNamed(ranksOf(launches))} ${verb(launches, 'calls', 'call')} ${call}`)
    .join(', ');
}

function sizeTexts(odd: readonly Launch[]): string {
  return [...Map.groupBy(odd, sizesText)]
    .slice(0, classesShownMax)
    .map(([text, launches]) => `${ranksNamed(ranksOf(launches))} ${verb(launches, 'has', 'have')} ${text}`)
    .join(', ');
}

const classesShownMax = 4;

function othersText({ rest }: OddOnes): string {
  return ranksNamed(ranksOf(rest));
}

function sizesOfFirst(launches: readonly Launch[]): string {
  return launches[0] === undefined ? '' : sizesText(launches[0]);
}

function verb(launches: readonly Launch[], one: string, several: string): string {
  return launches.length === 1 ? one : several;
}

function ranksOf(launches: readonly Launch[]): readonly number[] {
  return launches.map(({ rank }) => rank);
}
