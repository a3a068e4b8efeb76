import type { Match } from '../../schemas/detector.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** One process at work for all the time that the others waited: its bar stands where their time-out does, or it says so. */
export const barAtTimeout: SequenceDetector<BarAndTimeouts> = {
  id: 'bar-at-timeout',
  kinds: [
    {
      id: 'rank0.work.outlasts-timeout',
      summary: 'a process was at work alone for as long as the others waited in a collective, until they gave up',
      role: 'cause',
      weighs: { 'long-rank0-work-timeout': 4.6, 'collective-mismatch': 0.6, 'dataloader-stall': 0.4 },
      source: 'https://github.com/huggingface/accelerate/issues/314',
    },
    {
      id: 'rank0.work.first-rank-awaited',
      summary: 'the last that was told before collectives timed out is that one rank prepares something for all',
      role: 'cause',
      weighs: { 'long-rank0-work-timeout': 3.4 },
      source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/gpt_dataset.py',
    },
    {
      id: 'rank0.work.unfinished-at-timeout',
      summary: 'data were still being prepared, for most of the time-out already, right before collectives timed out',
      role: 'cause',
      weighs: { 'long-rank0-work-timeout': 3.4, 'collective-mismatch': 0.4, 'dataloader-stall': 0.4 },
      source: 'https://github.com/IGNF/myria3d/issues/123',
    },
  ],
  listens: [
    'rank0.work.took',
    'rank0.work.by-first-rank',
    'job.progress.step',
    'job.progress.bar',
    'rank0.work.bar',
    'torch.nccl.watchdog-timeout',
    'torch.rendezvous.store-timeout',
    'torch.store.wait-timed-out',
    'torch.store.barrier-crowded',
    'gloo.operation.timed-out',
  ],
  follow() {
    const bars: Bar[] = [];
    const remember = (bar: Bar): void => {
      bars.push(bar);
      if (bars.length > barsMax) bars.shift();
    };
    const limits = new Set<number>();
    let begun: LinePlace | null = null;
    let awaited: LinePlace | null = null;
    let lastBar: LastBar | null = null;
    let unfinished: LinePlace | null = null;
    return {
      note(line, { kind, values }) {
        if (kind === 'job.progress.step') {
          begun = null;
          return;
        }
        if (kind === 'rank0.work.by-first-rank') {
          begun = placeOfLine(line);
          return;
        }
        if (kind === 'rank0.work.took') {
          const seconds = secondsOf(values);
          if (seconds >= limitMinS) remember({ elapsedS: seconds, done: '', place: placeOfLine(line) });
          return;
        }
        if (kind === 'job.progress.bar' || kind === 'rank0.work.bar') {
          const bar = barOf(line.text);
          if (bar === null) return;
          remember({ ...bar, place: placeOfLine(line) });
          lastBar = ofPreparation.test(line.text) ? { ...bar, place: placeOfLine(line), line: line.line } : null;
          return;
        }
        awaited ??= begun;
        const limit = limitOf(line.text);
        if (limit !== null && limits.size === 0 && lastBar !== null && line.line - lastBar.line <= lastBarLinesMax) {
          const { elapsedS, place } = lastBar;
          const isNear = limit >= limitMinS && elapsedS >= shareUnfinishedMin * limit && elapsedS <= limit + lateMaxS;
          if (isNear) unfinished = { ...place, values: { elapsedS, timeoutS: limit } };
        }
        if (limit !== null && limit >= limitMinS && limits.size < limitsMax) limits.add(limit);
      },
      summary: () =>
        bars.length === 0 && limits.size === 0 && awaited === null
          ? null
          : { bars: [...bars], limits: [...limits], awaited, unfinished },
    };
  },
  conclude(sources) {
    const limits = new Set(sources.flatMap(({ summary }) => summary.limits));
    for (const { summary } of sources)
      for (const [at, bar] of summary.bars.entries()) {
        // Work that was measured when it was done may have gone on after the others gave up.
        const lateS = bar.done === '' ? Number.POSITIVE_INFINITY : lateMaxS;
        const limit = [...limits].find((one) => bar.elapsedS >= shareMin * one && bar.elapsedS <= one + lateS);
        // A bar that is drawn once more when its process ends stands still: it shows no work.
        const still =
          bar.done !== '' &&
          summary.bars.slice(0, at).some(({ done, elapsedS }) => done === bar.done && elapsedS < bar.elapsedS);
        if (limit === undefined || still) continue;
        const place = { ...bar.place, values: { elapsedS: bar.elapsedS, timeoutS: limit } };
        return [sequenceFinding('rank0.work.outlasts-timeout', 'cause', place)];
      }
    const unfinished = sources.flatMap(({ summary }) => summary.unfinished ?? [])[0];
    if (unfinished !== undefined) return [sequenceFinding('rank0.work.unfinished-at-timeout', 'cause', unfinished)];
    const awaited = sources.flatMap(({ summary }) => summary.awaited ?? [])[0];
    return awaited === undefined ? [] : [sequenceFinding('rank0.work.first-rank-awaited', 'cause', awaited)];
  },
};

interface BarAndTimeouts {
  /** The last ones. */
  readonly bars: readonly Bar[];
  /** For how long collectives waited, in seconds. */
  readonly limits: readonly number[];
  /** Work of one rank for all that was begun, with no step between it and the first time-out. */
  readonly awaited: LinePlace | null;
  /** The bar that stood right before the first time-out, where it had gone on for most of it. */
  readonly unfinished: LinePlace | null;
}

interface LastBar extends Bar {
  readonly line: number;
}

interface Bar {
  readonly elapsedS: number;
  /** As it is written; empty where only the time is told. */
  readonly done: string;
  readonly place: LinePlace;
}

const barsMax = 4;
const limitsMax = 8;
// Shorter ones are set for tests; a bar of any work comes near them.
const limitMinS = 120;
// The work may have begun a little before or after the waiting, and a bar is drawn once for each thing done.
const shareMin = 0.94;
const lateMaxS = 45;
// A log that leaves out lines, or work before this bar: the others began to wait earlier than the bar was begun.
const shareUnfinishedMin = 0.7;
const lastBarLinesMax = 3;

const ofTraining = /\bloss|\blr=|grad_norm|\bepochs?\b|\btrain(?:ing)?\b|\bsteps?\b|\biterations?\b/i;
const elapsed =
  /(\d[\d.]{0,14}[kMGT]?)(?:i?B)?(?:\/\d[\d.]{0,14}[kMGT]?i?B?)? ?(?:\w{1,12} )?\[(?:(\d{1,3}):)?(\d\d):(\d\d)(?:<|,)/;

const ofPreparation =
  /\b(?:Scanning|Generating|Preparing|Downloading|Loading|Caching|Indexing|Token|Process|Preprocess|Pack|Extract|Copy|Build|Sav|Convert|Validat|Evaluat)\w{0,12}/;

/** Null for a bar of training, and for one that has come to its end. */
function barOf(text: string): Omit<Bar, 'place'> | null {
  if ((ofTraining.test(text) && !ofPreparation.test(text)) || /\b100%\|/.test(text)) return null;
  const [, done = '', hours = '0', minutes = '0', seconds = '0'] = elapsed.exec(text) ?? [];
  return done === '' ? null : { done, elapsedS: 3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds) };
}

function secondsOf(values: Match['values']): number {
  const unit = String(values?.['unit'] ?? '').toLowerCase();
  return (numberIn(values, 'took') ?? 0) * (unit.startsWith('h') ? 3_600 : unit.startsWith('min') ? 60 : 1);
}

const limitPattern =
  /Timeout\(ms\)=(\d{4,9})|[Tt]imed out (?:waiting|after) (\d{4,9}) ?ms|timeout=(\d{1,3}):(\d\d):(\d\d)/;

function limitOf(text: string): number | null {
  const found = limitPattern.exec(text);
  if (found === null) return null;
  const [, ms = found[2], , hours = '0', minutes = '0', seconds = '0'] = found;
  return ms === undefined ? 3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds) : Number(ms) / 1_000;
}
