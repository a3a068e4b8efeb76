import type { ProbeWish, RankedCause } from '../../../workflows/domain/finding.ts';
import type { NarrativeSentence } from '../../../workflows/domain/narrative.ts';
import { namePattern } from '../../../workflows/domain/ids.ts';
import { performanceCompare } from '../../performance/as-probe.ts';
import { nodeUnreachable } from '../../probes/node-unreachable.ts';
import { probeById } from '../../probes/index.ts';
import { causeText, isPlaced, placeOf } from '../places.ts';
import { categoryWords } from './category-words.ts';
import { say } from './say.ts';
import { citedBy, type Told } from './told.ts';
import { capital, isOfJob, likelihood, listed, percentText, placeWords } from './words.ts';

const candidatesShownMax = 5;
// A candidate that a hundred like it would prove wrong ninety-nine times is noise to a reader.
const candidateMin = 0.01;
const nodesShownMax = 4;

/** Of what is not proven: the candidates, what would decide between them, and why it could not be had. */
export function whatIsOpen(told: Told): readonly NarrativeSentence[] {
  const { verdict } = told.input;
  if (verdict.kind !== 'not-proven') return [];
  const candidates = verdict.candidates
    .filter(({ probability, category }) => probability >= candidateMin && category !== 'unlisted')
    .slice(0, candidatesShownMax);
  const deciding = verdict.decidingProbe ?? told.input.wanted?.[0];
  return [
    ...candidates.map((cause) =>
      say(
        `${percentText(cause.probability)} (${likelihood(cause.probability)}): ${categoryWords[cause.category].says}${whereText(cause)}.`,
        {
          findings: citedBy(told, cause.because),
          expert: [causeText(cause), cause.because[0]?.text].filter(Boolean).join(': '),
        },
      ),
    ),
    ...(deciding === undefined ? [say(undecidable(candidates[0], told))] : decisive(deciding, told)),
    ...decisiveLog(told),
  ];
}

function whereText(cause: RankedCause): string {
  if (isPlaced(placeOf(cause))) return `, ${placeWords(cause, cause.category)}`;
  return isOfJob(cause.category) ? '' : ' (the evidence does not say on which server)';
}

/** Nothing is left to be measured: because all was, or because the server that is suspected most says nothing. */
function undecidable(leader: RankedCause | undefined, told: Told): string {
  const node = leader?.node ?? '';
  if (!namePattern.test(node) || unreachableOf([node], told).length === 0)
    return 'No single measurement that Wardround knows would decide between them.';
  return `What would decide has to be read on ${node}, and nobody could log in to it: once somebody can, let it be diagnosed again.`;
}

function unreachableOf(nodes: readonly string[], { input: { findings } }: Told): readonly string[] {
  return nodes.filter((node) =>
    findings.some((finding) => finding.kind === nodeUnreachable.id && finding.node === node),
  );
}

function decisive(wish: ProbeWish, told: Told): readonly NarrativeSentence[] {
  const probe = wish.probeId === performanceCompare.id ? performanceCompare : probeById(wish.probeId);
  const nodes = wish.nodes.filter((node) => namePattern.test(node));
  const where = nodes.length === 0 ? '' : ` on ${nodesText(nodes)}`;
  const asks = probe === undefined ? '' : ` It asks: ${probe.question}`;
  return [
    say(`One measurement would tell them apart best: ${wish.probeId}${where}.${asks}`, {
      expert: `${wish.probeId}: ${wish.why}`,
    }),
    say(whyNotHad(wish, probe?.impact ?? 'light', told)),
  ];
}

/** Why what would decide is not there. */
function whyNotHad({ probeId, nodes }: ProbeWish, impact: 'passive' | 'light' | 'load', told: Told): string {
  const { probes = true, probesRun = [] } = told.input;
  if (!probes) return 'It was not made, because only logs were given and nothing could be measured.';
  const unreachable = unreachableOf(nodes, told);
  if (unreachable.length > 0)
    return `It could not be made: nobody could log in to ${nodesText(unreachable.filter((node) => namePattern.test(node)))}.`;
  if (impact === 'load')
    return 'It was not made, because it puts load on a server: it needs one that does no work, and a person has to free it first.';
  const asked = probesRun.filter((run) => run.probeId === probeId).flatMap((run) => run.nodes);
  if (
    nodes.some((node) => asked.includes(node)) ||
    (nodes.length === 0 && probesRun.some((run) => run.probeId === probeId))
  )
    return 'It was tried, and its answer could not be read or did not settle it.';
  return 'It was not made: the measurements that one incident may take were used up, or others promised to tell more.';
}

function nodesText(nodes: readonly string[]): string {
  if (nodes.length === 0) return 'its server';
  const shown = nodes.slice(0, nodesShownMax);
  return nodes.length > shown.length ? `${shown.join(', ')} and ${nodes.length - shown.length} more` : listed(shown);
}

const logs = {
  kernel: 'the kernel log of the server (dmesg), from before the trouble until after it',
  job: 'the whole log of every process of the job, from its first line to its end',
  scheduler: 'what the scheduler has noted of the job and the server',
  controller: "the event log of the server's management controller",
} as const;

/** The log that would show the leading candidate. */
function decisiveLog(told: Told): readonly NarrativeSentence[] {
  const { verdict } = told.input;
  const first = verdict.kind === 'not-proven' ? verdict.candidates[0] : undefined;
  const log = categoryWords[first?.category ?? 'unlisted'].log;
  return [say(`${capital(logs[log])} would show most; if it is at hand, hand it in as well.`)];
}
