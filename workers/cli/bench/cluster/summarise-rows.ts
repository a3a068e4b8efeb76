import { mean, quantileSorted } from 'simple-statistics';
import { wilson, type Share } from '../excerpts/score.ts';
import { outcomes, type Outcome } from './judge-verdict.ts';
import type { CaseRow } from './run-case.ts';
import { faultKinds, type FaultKind } from './truth.ts';

/** How the cases of one kind or category came out. */
export interface Tally {
  readonly name: string;
  readonly cases: number;
  readonly right: Share;
  /** A cause, node or device that is not the true one was named. */
  readonly wrong: Share;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Of the cases that came to rounds. */
  readonly probesMean: number | null;
}

export interface Aim {
  readonly text: string;
  readonly met: boolean;
}

export interface Summary {
  readonly cases: number;
  readonly kinds: readonly Tally[];
  readonly categories: readonly Tally[];
  readonly probesMean: number | null;
  readonly probesMax: number;
  readonly loadProbes: number;
  readonly roundsMean: number | null;
  readonly cpuSecondsMedian: number | null;
  readonly alertToVerdictSecondsMedian: number | null;
  /** Incidents that the product's own watch opened, and those that a person asked for. */
  readonly byWatch: number;
  readonly byHand: number;
  /** Not proven at first, and looked at again when time may have told: those that came out right are among the right ones. */
  readonly lookedAgain: Share;
  readonly aims: readonly Aim[];
  /** With what the incidents of the site's later alerts added; nothing is repaired in between. */
  readonly withLater: { readonly faults: Share; readonly duals: Share; readonly wrong: Share };
  /** With what shows after the repair of the one of two faults that was named first. */
  readonly withRepair: WithRepair;
  readonly notRight: readonly CaseRow[];
}

/** Of duals; `tried` are those of which one fault was named and mended. */
interface WithRepair {
  readonly tried: number;
  readonly duals: Share;
  /** Those too that the incidents of later alerts found, for such alerts come while the repair is waited for. */
  readonly withLater: Share;
  readonly wrong: Share;
}

export function summarise(rows: readonly CaseRow[]): Summary {
  const real = rows.filter(({ kind }) => kind === 'fault');
  const byCategory = Map.groupBy(real, ({ categories }) => categories[0] ?? 'none');
  const reasoned = rows.filter(({ rounds }) => rounds > 0);
  return {
    cases: rows.length,
    kinds: faultKinds.flatMap((kind) => tallies(kind, ofKind(rows, kind))),
    categories: [...byCategory].flatMap(([name, some]) => tallies(name, some)).toSorted(byName),
    probesMean: probesMean(reasoned),
    probesMax: Math.max(0, ...reasoned.map(({ probes }) => probes.length)),
    loadProbes: rows.reduce((sum, { loadProbes }) => sum + loadProbes.length, 0),
    roundsMean: reasoned.length === 0 ? null : mean(reasoned.map(({ rounds }) => rounds)),
    cpuSecondsMedian: median(rows.map(({ cpuSeconds }) => cpuSeconds)),
    alertToVerdictSecondsMedian: median(
      rows.flatMap(({ alertToVerdictSeconds }) => (alertToVerdictSeconds === null ? [] : alertToVerdictSeconds)),
    ),
    byWatch: rows.filter(({ openedBy }) => openedBy === 'watch').length,
    byHand: rows.filter(({ openedBy }) => openedBy === 'hand').length,
    lookedAgain: shareOf(
      rows.filter(({ looks, kind }) => looks > 1 && (kind === 'fault' || kind === 'dual')),
      ['right'],
    ),
    aims: aimsOf(rows),
    withLater: withLater(rows),
    withRepair: withRepair(ofKind(rows, 'dual')),
    notRight: rows.filter(({ outcome }) => outcome !== 'right'),
  };
}

function withLater(rows: readonly CaseRow[]): Summary['withLater'] {
  const ended = rows.map((row) => ({ ...row, outcome: row.later?.outcome ?? row.outcome }));
  const faults = ofKind(ended, 'fault');
  const duals = ofKind(ended, 'dual');
  return {
    faults: shareOf(faults, ['right']),
    duals: shareOf(duals, ['right']),
    wrong: shareOf([...faults, ...duals], wrongOutcomes),
  };
}

function withRepair(duals: readonly CaseRow[]): WithRepair {
  const repaired = duals.map((row) => ({ ...row, outcome: row.afterRepair?.outcome ?? row.outcome }));
  // Whoever says something wrong is not right for what another incident says.
  const either = repaired.map((row) => ({
    ...row,
    outcome: row.outcome === 'half' ? (row.later?.outcome ?? row.outcome) : row.outcome,
  }));
  return {
    tried: duals.filter(({ afterRepair }) => afterRepair !== null).length,
    duals: shareOf(repaired, ['right']),
    withLater: shareOf(either, ['right']),
    wrong: shareOf(repaired, wrongOutcomes),
  };
}

function ofKind(rows: readonly CaseRow[], kind: FaultKind): readonly CaseRow[] {
  return rows.filter((row) => row.kind === kind);
}

const wrongOutcomes: readonly Outcome[] = ['wrong-cause', 'wrong-node', 'wrong-device'];

function tallies(name: string, rows: readonly CaseRow[]): readonly Tally[] {
  if (rows.length === 0) return [];
  const count = (outcome: Outcome) => rows.filter((row) => row.outcome === outcome).length;
  return [
    {
      name,
      cases: rows.length,
      right: shareOf(rows, ['right']),
      wrong: shareOf(rows, wrongOutcomes),
      // Every outcome is there by the list that it is made from.
      counts: Object.fromEntries(outcomes.map((outcome) => [outcome, count(outcome)])) as Tally['counts'],
      probesMean: probesMean(rows.filter(({ rounds }) => rounds > 0)),
    },
  ];
}

function shareOf(rows: readonly CaseRow[], wanted: readonly Outcome[]): Share {
  const right = rows.filter(({ outcome }) => wanted.includes(outcome)).length;
  return { right, of: rows.length, ...wilson(right, rows.length) };
}

const wrongShareMax = 0.01;
const attributedShareMin = 0.95;
const dualsShareMin = 0.9;
const probesMeanMax = 3;

/** What the project wants of its diagnosis of the simulated cluster. Only aims that the rows can tell of are listed. */
function aimsOf(rows: readonly CaseRow[]): readonly Aim[] {
  const faults = ofKind(rows, 'fault');
  const duals = ofKind(rows, 'dual');
  const harmless = rows.filter(({ kind }) => kind === 'decoy' || kind === 'noisy');
  const twins = ofKind(rows, 'twin');
  const tools = ofKind(rows, 'tool');
  const causes = [...faults, ...duals];
  const reasoned = [...causes, ...twins].filter(({ rounds }) => rounds > 0);
  const attributed = (some: readonly CaseRow[]) => some.filter(({ verdict }) => verdict === 'attributed').length;
  const wrong = shareOf(causes, wrongOutcomes);
  const found = shareOf(duals, ['right']);
  const probes = probesMean(reasoned);
  const load = rows.reduce((sum, { loadProbes }) => sum + loadProbes.length, 0);
  const aims: (Aim & { readonly of: number })[] = [
    {
      of: causes.length,
      text: `wrong attributions ${shareText(wrong)}, ${percent(wrongShareMax)} or fewer`,
      met: wrong.right <= wrongShareMax * wrong.of,
    },
    {
      of: faults.length,
      text: `attributed ${attributed(faults)} of ${faults.length} faults (${percent(attributed(faults) / faults.length)}), ${percent(attributedShareMin)} or more`,
      met: attributed(faults) >= attributedShareMin * faults.length,
    },
    {
      of: duals.length,
      text: `both of two faults found ${shareText(found)}, ${percent(dualsShareMin)} or more`,
      met: found.right >= dualsShareMin * found.of,
    },
    {
      of: harmless.length,
      text: `decoys and noise attributed ${attributed(harmless)} of ${harmless.length}, none`,
      met: attributed(harmless) === 0,
    },
    {
      of: twins.length,
      text: `twins not proven ${shareText(shareOf(twins, ['right']))}, all`,
      met: twins.every(({ outcome }) => outcome === 'right'),
    },
    {
      of: tools.length,
      text: `troubles of the tools attributed ${attributed(tools)} of ${tools.length}, none`,
      met: attributed(tools) === 0,
    },
    {
      of: reasoned.length,
      text: `probes after round 1: ${probes?.toFixed(1) ?? 'none'} a fault, ${probesMeanMax} or fewer`,
      met: (probes ?? 0) <= probesMeanMax,
    },
    {
      of: rows.length,
      text: `probes that put load on a node ${load}, none where a passive one decides`,
      met: load === 0,
    },
  ];
  return aims.filter(({ of }) => of > 0).map(({ text, met }) => ({ text, met }));
}

function probesMean(rows: readonly CaseRow[]): number | null {
  return rows.length === 0 ? null : mean(rows.map(({ probes }) => probes.length));
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return quantileSorted(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

function byName(a: Tally, b: Tally): number {
  return a.name < b.name ? -1 : 1;
}

export function shareText({ right, of, low, high }: Share): string {
  if (of === 0) return 'none';
  return `${right} of ${of}, ${percent(right / of)} (${percent(low)} to ${percent(high)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}
