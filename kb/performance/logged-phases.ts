import { dataLoading } from '../detectors/data-loading.ts';
import { progress } from '../detectors/progress.ts';
import { trainingProgress } from '../detectors/training-progress.ts';
import { compileMatchers } from '../logs/matchers.ts';
import { openSourceScan, scanLiterals, type LogSource } from '../logs/source-scan.ts';
import type { LogLine, Match } from '../schemas/detector.ts';
import type { SequenceDetector } from '../schemas/sequence-detector.ts';
import type { Phase } from './detect/phases.ts';

/** What a rank wrote in one window. */
export type LoggedWindow = LogSource & { readonly bytes: Uint8Array };

/** Pauses for checkpoints and evaluations that one rank tells of, from its windows in the order of time. */
export function loggedPhases(windows: readonly LoggedWindow[]): readonly Phase[] {
  const moments = windows.flatMap((window) => momentsIn(window));
  const phases: Phase[] = [];
  let lastStepMs: number | null = null;
  let open: { readonly kind: Phase['kind']; readonly fromMs: number } | null = null;
  for (const { what, atMs } of moments) {
    switch (what) {
      case 'step':
        if (open !== null) phases.push({ ...open, toMs: atMs });
        open = null;
        lastStepMs = atMs;
        break;
      case 'saving':
      case 'evaluating':
        open ??= { kind: what === 'saving' ? 'checkpoint' : 'evaluation', fromMs: atMs };
        break;
      case 'saved':
      case 'evaluated':
        // Where only the end is told, the pause began after the last step.
        phases.push({
          ...(open ?? { kind: what === 'saved' ? 'checkpoint' : 'evaluation', fromMs: lastStepMs ?? atMs }),
          toMs: atMs,
        });
        open = null;
        break;
    }
  }
  if (open !== null) phases.push({ ...open, toMs: null });
  return phases.slice(-phasesMax);
}

// More pauses than in two days of one every six minutes.
const phasesMax = 500;

type Told = 'step' | 'saving' | 'saved' | 'evaluating' | 'evaluated';

interface Moment {
  readonly what: Told;
  readonly atMs: number;
  readonly line: number;
}

const matchers = compileMatchers([progress, trainingProgress, dataLoading], scanLiterals);

function momentsIn({ bytes, ...source }: LoggedWindow): readonly Moment[] {
  let kept: readonly Moment[] = [];
  const sequence = followMoments((moments) => (kept = moments));
  const scan = openSourceScan(source, matchers, [sequence]);
  scan.feed(bytes);
  scan.end();
  return kept;
}

// A window is some minutes; a rank that tells of more pauses than this is stuck.
const momentsMax = 2_000;

/** Of steps in a row only the first and the last: pauses lie between. */
function followMoments(keep: (moments: readonly Moment[]) => void): SequenceDetector<null> {
  return {
    id: 'pauses',
    kinds: [],
    listens: [...stepKinds, savingKind, savedKind, evaluatedKind],
    follow() {
      const moments: Moment[] = [];
      keep(moments);
      return {
        note(line, match) {
          if (line.atMs === undefined || moments.length >= momentsMax) return;
          const moment = { what: toldBy(line, match), atMs: line.atMs, line: line.line };
          const last = moments.at(-1);
          // The line that ends an evaluation has a loss, as that of a step does.
          const isTwice = last?.line === moment.line;
          if (isTwice && moment.what === 'step') return;
          if (isTwice || (moment.what === 'step' && isStep(last) && isStep(moments.at(-2)))) moments.pop();
          moments.push(moment);
        },
        summary: () => null,
      };
    },
    conclude: () => [],
  };
}

function isStep(moment: Moment | undefined): boolean {
  return moment?.what === 'step';
}

const stepKinds = ['job.progress.step', 'job.progress.throughput', 'job.progress.bar'];
const savingKind = 'rank0.saving-or-evaluating';
const savedKind = 'job.progress.checkpoint-saved';
const evaluatedKind = 'job.progress.evaluated';

function toldBy({ text }: LogLine, { kind }: Match): Told {
  if (kind === savedKind) return 'saved';
  if (kind === evaluatedKind) return 'evaluated';
  if (kind === savingKind) return /evaluat/i.test(text) ? 'evaluating' : 'saving';
  return 'step';
}
