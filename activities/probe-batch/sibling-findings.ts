import { siblingOutliers, type Outlier } from '../../kb/probes/siblings.ts';
import { oddWords, type OddWord } from '../../kb/probes/word-siblings.ts';
import type { FindingKind } from '../../kb/schemas/finding-kind.ts';
import type { Probe, SiblingRule } from '../../kb/schemas/probe.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { Figure, Judged, Word } from './judge.ts';
import { toFinding } from './to-finding.ts';

/** Adds what only the comparison of all readings of a probe shows: the one that its siblings do not agree with. */
export function withSiblings(judged: readonly Judged[], probeOf: (id: string) => Probe | undefined): readonly Judged[] {
  const byProbe = Map.groupBy(judged, ({ entry }) => entry.probeId);
  const found = [...byProbe].flatMap(([probeId, readings]) => {
    const probe = probeOf(probeId);
    return probe === undefined ? [] : compare(probe, readings);
  });
  const additions = Map.groupBy(found, ({ probeId, finding }) => `${probeId}|${finding.node}`);
  return judged.map((one) => {
    const added = additions.get(`${one.entry.probeId}|${one.entry.node}`) ?? [];
    return withFindings(
      one,
      added.map(({ finding }) => finding),
    );
  });
}

interface Found {
  readonly probeId: string;
  readonly finding: Finding;
}

function compare(probe: Probe, readings: readonly Judged[]): readonly Found[] {
  return [...compareFigures(probe, readings), ...compareWords(probe, readings)];
}

/** Figures of one name are siblings, over all nodes and like devices of the batch. */
function compareFigures(probe: Probe, readings: readonly Judged[]): readonly Found[] {
  const figures = Map.groupBy(
    readings.flatMap((one) => one.figures),
    ({ name }) => name,
  );
  return (probe.siblings?.rules ?? []).flatMap((rule) =>
    [...Map.groupBy(figures.get(rule.name) ?? [], ({ like = '' }) => like).values()].flatMap((alike) =>
      siblingOutliers(alike, rule).map((outlier) => ({ probeId: probe.id, finding: describe(probe, rule, outlier) })),
    ),
  );
}

/** All that a place differs in is one finding of each kind. */
function compareWords(probe: Probe, readings: readonly Judged[]): readonly Found[] {
  const own = probe.siblings?.kind;
  if (own === undefined || probe.siblings?.words === undefined) return [];
  const nodes = readings.flatMap(({ entry, words }) => (entry.read ? [{ node: entry.node, words }] : []));
  const odd = oddWords(nodes).map((one) => ({
    ...one,
    kind: (one.word ?? one.example)?.kind ?? own,
  }));
  const places = Map.groupBy(odd, ({ node, word, kind }) => JSON.stringify([node, word?.device ?? null, kind.id]));
  return [...places.values()].flatMap((together) => {
    const [first] = together;
    const range = together.find(({ word }) => word !== null)?.word?.range ?? wholeAnswer(readings, first?.node);
    if (first === undefined || range === undefined) return [];
    return [{ probeId: probe.id, finding: describeWords(probe, first.kind, together, range) }];
  });
}

/** Where nothing of a node shows what it lacks, its whole answer does. */
function wholeAnswer(readings: readonly Judged[], node: string | undefined): Finding['range'] | undefined {
  const entry = readings.find((one) => one.entry.node === node)?.entry;
  const [command] = entry?.commands ?? [];
  if (entry === undefined || command === undefined) return undefined;
  return { evidenceId: (command.again ?? command).raw.id, source: `probe ${entry.probeId} on ${entry.node}` };
}

/** Differences that are told in words; of more, how many there are. */
const differencesShownMax = 4;

function describeWords(
  probe: Probe,
  kind: FindingKind,
  odd: readonly OddWord<Word>[],
  range: Finding['range'],
): Finding {
  const [first] = odd;
  const node = first?.node ?? '';
  const device = first?.word?.device;
  const told = odd
    .slice(0, differencesShownMax)
    .map(
      ({ name, word, usual, agreeing, siblings }) =>
        `${name} is ${shown(word?.value ?? null)}, on ${agreeing} of ${siblings} siblings ${shown(usual)}`,
    );
  const more = odd.length > told.length ? [`and ${odd.length - told.length} more`] : [];
  const seen = {
    kind: kind.id,
    ...(device === undefined ? {} : { device }),
    text: [...told, ...more].join('; '),
    values: {
      name: first?.name ?? '',
      value: shown(first?.word?.value ?? null),
      siblingsValue: shown(first?.usual ?? null),
      agreeing: first?.agreeing ?? 0,
      siblings: first?.siblings ?? 0,
      differences: odd.length,
    },
  };
  return toFinding(probe, node, seen, range);
}

const valueCharsMax = 60;

/** The end of a place tells more than its beginning. */
function shown(value: string | null): string {
  if (value === null) return 'not there';
  return value.length <= valueCharsMax ? value : `…${value.slice(-valueCharsMax)}`;
}

function describe(probe: Probe, rule: SiblingRule, { measured, median, siblings, spread }: Outlier<Figure>): Finding {
  const { node, device, value, unit, range } = measured;
  const where = device === undefined ? node : `${device.kind} ${device.index ?? device.name ?? ''} of ${node}`;
  const seen = {
    kind: (rule.kind ?? probe.siblings?.kind)?.id ?? '',
    ...(device === undefined ? {} : { device }),
    text: `${rule.name} of ${where} is ${short(value)} ${unit}, the median of it and ${siblings} siblings ${short(median)} ${unit}`,
    values: { name: rule.name, measured: value, median, siblings, spread, unit },
  };
  return toFinding(probe, node, seen, range);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/**
 * What the node said by itself stands: of a device of which it named the trouble, the comparison says nothing more, and
 * of one that it called well, it says that it is not. Of one kind at one place the first comparison is enough.
 */
function withFindings(judged: Judged, found: readonly Finding[]): Judged {
  const { entry } = judged;
  const own = entry.findings;
  const isTelling = ({ role }: Finding) => role === 'cause' || role === 'symptom';
  const added = found.filter(
    (finding, at) =>
      !own.some((one) => isTelling(one) && samePlace(one, finding)) &&
      !found.slice(0, at).some((one) => one.kind === finding.kind && samePlace(one, finding)),
  );
  if (added.length === 0) return judged;
  const telling = added.filter(isTelling);
  const stays = (one: Finding) =>
    one.role !== 'clean' || telling.every((finding) => one.device !== undefined && !samePlace(one, finding));
  return { ...judged, entry: { ...entry, findings: [...own.filter(stays), ...added] } };
}

function samePlace({ device: a }: Finding, { device: b }: Finding): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind !== b.kind) return false;
  return a.name === b.name || (a.index !== undefined && a.index === b.index);
}
