import type { LogDetector, LogLine, Match } from '../schemas/detector.ts';

/**
 * What a line of progress tells in numbers. Every part may be missing; a line about validation, about data being
 * prepared or about a single collective tells none of them, since its speed is not the job's.
 */
export interface ProgressValues {
  readonly step?: number;
  /** How many steps there will be. */
  readonly steps?: number;
  /** How long one step takes, in milliseconds, as the program itself measured it. */
  readonly stepMs?: number;
  /** Samples, tokens or steps a second, whichever the framework tells; comparable within one source only. */
  readonly perSecond?: number;
  /** Since the bar began, in seconds, whole ones. */
  readonly elapsedS?: number;
  /** Samples in one step; where it changes (a ramp-up), step times before and after are not comparable. */
  readonly batch?: number;
}

/** The same detector, whose matches carry what the line tells in numbers. */
export function withProgressValues<D extends LogDetector>(detector: D): D {
  const add = (match: Match | null, { text }: Pick<LogLine, 'text'>): Match | null => {
    if (match === null) return null;
    const values = readProgress(text);
    return Object.keys(values).length === 0 ? match : { ...match, values: { ...match.values, ...values } };
  };
  return {
    ...detector,
    match: (line: Pick<LogLine, 'text'>) => add(detector.match(line), line),
    ...(detector.parts === undefined
      ? {}
      : {
          parts: detector.parts.map((part) => ({
            ...part,
            match: (line: Pick<LogLine, 'text'>) => add(part.match(line), line),
          })),
        }),
  };
}

export function readProgress(line: string): ProgressValues {
  const text = line.length > readCharsMax ? line.slice(0, readCharsMax) : line;
  // Every bar has these two; to look for them is quicker than to try the pattern everywhere.
  const bar = text.includes(']') && text.includes('<') ? barPattern.exec(text) : null;
  if (bar !== null) return besidesBar.test(text.slice(0, bar.index)) ? {} : barValues(bar);
  if (besidesLine.test(text)) return {};
  const of = stepOfPattern.exec(text);
  const step = numberOf(of?.[1] ?? stepPattern.exec(text)?.[1]);
  const steps = numberOf(of?.[2]);
  const stepMs = stepMsOf(text);
  const perSecond = numberOf(ratePattern.exec(text)?.[1]);
  const batch = numberOf(batchPattern.exec(text)?.[1]);
  return {
    ...(step === undefined ? {} : { step }),
    ...(steps === undefined ? {} : { steps }),
    ...(stepMs === undefined || stepMs <= 0 ? {} : { stepMs }),
    ...(perSecond === undefined || perSecond <= 0 ? {} : { perSecond }),
    ...(batch === undefined ? {} : { batch }),
  };
}

// Lines of loggers that print every metric; what is read here stands in their first part.
const readCharsMax = 1_500;

//   5%|▌         | 50/1000 [01:02<19:41,  1.24s/it]  ·  12/100 [00:10<01:10, 1.25it/s, v_num=0]
const barPattern =
  /(?<![\d.])(\d{1,12})\/(\d{1,12}) \[(?:(\d{1,3}):)?(\d{1,2}):(\d\d)<[^,\]]{1,24}, {1,6}[\d.]{1,12} ?(?:it\/s|s\/it|steps\/s)/;

/** Bars of work beside the training steps. */
const besidesBar =
  /\b(?:valid\w{0,8}|eval\w{0,8}|val|test(?:ing)?|predict\w{0,4}|sanity|load(?:ing|ed)|map(?:ping)?|tokeniz\w{1,4}|download\w{0,4}|generat\w{1,4}|fetching|resolving|filter(?:ing)?|saving|preprocess\w{0,4}|extracting|collecting)\b/i;

/** Lines of an evaluation, and of DeepSpeed's communication logger. LitGPT prints `val: n/a` in every line. */
const besidesLine =
  /\bvalid(?:ation|ating)?\b|\beval(?:uation|uating)?\b|\bval\b(?!: n\/a)|\b(?:eval|val|valid|validation|test)[_/]|comm_op|msg size|algo throughput/i;

function barValues([, step, steps, hours, minutes, seconds]: RegExpExecArray): ProgressValues {
  return {
    step: Number(step),
    steps: Number(steps),
    elapsedS: 3600 * Number(hours ?? 0) + 60 * Number(minutes) + Number(seconds),
  };
}

//  iteration     1203/  250000 (Megatron) · iteration: 10 / 1000 (nanotron) · [ 50/1000] (timm, torchvision)
//  Epoch(train) [1][  50/1000] (MMEngine) · iteration 10/999 (NeMo) · [step=100/739328] (OLMo)
//  'global_step/max_steps': '10/1000' (ms-swift) · epoch 001:  100 / 1000 loss= (fairseq)
const stepOfPattern =
  /(?:\b(?:iteration|iter|(?:global_?)?step|batch)s?\b["']?\s{0,3}[:=#]?\s{0,10}|\[\s{0,8}|max_steps["']: ["']|\bepoch \d{1,6}:\s{1,8})(\d{1,9})\s{0,3}\/\s{0,9}(\d{1,9})\b/i;

//  step: 10  loss: (torchtitan) · iter 83592: loss (nanoGPT) · step=510, skipped=8 (DeepSpeed) · global_step=3, Running…
//  completed step: 5, seconds: (MaxText) · step:10 - (verl) · num_updates=100 (fairseq) · | global_step: 10 | (NeMo)
//  iter: 19  total_loss: (detectron2) · step=10 loss= (InternEvo) · Step 1203 | loss (many)
const stepPattern =
  /(?<![\w.]|(?<!micro_step=\d{1,9})\/)(?:global[_ ]?step|num_updates|iteration|iter|step)["']?(?:\s{0,2}[:=#]\s{0,10}|\s{1,10})["']?(\d{1,9})\b(?!\.\d|\s?(?:ms|s|min)\b)/i;

function stepMsOf(text: string): number | undefined {
  const found = millisecondsPattern.exec(text);
  const ms = numberOf(found?.[1] ?? found?.[2]);
  if (ms !== undefined) return ms;
  const seconds = numberOf(secondsPattern.exec(text)?.[1]);
  return seconds === undefined ? undefined : 1000 * seconds;
}

//  elapsed time per iteration (ms): 4247.9 (Megatron) · time 123.45ms, time: 4401.19ms (nanoGPT) · iter time: 123.45 ms (LitGPT)
//  elapsed_time_per_iteration_ms: 1.2K (nanotron)
const millisecondsPattern =
  /(?:elapsed[_ ]time[_ ]per[_ ]iteration[_ ]\(?ms\)?\s{0,2}:\s{0,4}([\d.]{1,14}K?)\b|\b(?:iter |step )?time:?\s{1,3}([\d.]{1,14}) ?ms\b)/i;

//  completed step: 5, seconds: 2.345 (MaxText) · train_step_timing in s: 8.34 (NeMo) · timing_s/step:123.4 (verl)
//  time: 0.3000  data_time: (detectron2, MMEngine) · Time: 0.345s, (timm) · time: 0.34 data: (torchvision)
//  elapsed_time_per_step: 1.2 s …
const secondsPattern =
  /(?:\bcompleted step: \d{1,9}, seconds: |train_step_timing in s["']?\s{0,2}[:=]\s{0,4}|timing_s\/step:\s{0,3}|\b(?:last_)?time: {1,3}(?=[\d.]{1,14}(?:s,|\s{1,3}(?:\(|data(?:_time)?:|last_time:))))([\d.]{1,14})/i;

//  CurrSamplesPerSec=12.0 (DeepSpeed; the running average hides a change) · tps: 1,234 (torchtitan) · tgs (tokens/gpu/second)=1234.5
//  742.03/s (timm) · 12.3 samples/sec · samples per second: 12.3 (Megatron-DeepSpeed) · Tokens/s/device: 1234 (MaxText)
//  'train_speed(iter/s)': 0.123 (ms-swift) · ips: 123.4 (Paddle) · wps=1234 (fairseq) · tokens_per_sec: 123K (nanotron)
const ratePattern =
  /(?:\bCurrSamplesPerSec=|\btps: {1,3}|\btgs \(tokens\/gpu\/second\)=|\bsamples per second: {1,3}|\bTokens\/s\/device: |train_speed\(iter\/s\)["']?: ["']?|\bips: {1,3}|\bwps=|\btokens?_per_sec(?:ond)?["']?\s{0,2}[:=]\s{0,3})([\d.,]{1,16}[KM]?)\b/i;

const batchPattern = /\bglobal[_ ]batch[_ ]size["']?\s{0,2}[:=]\s{0,8}(\d{1,9})\b/i;

/** `1,234` and `1.2K` too; not a number: nothing. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const plain = Number(text);
  if (Number.isFinite(plain)) return plain;
  const scale = /K$/i.test(text) ? 1e3 : /M$/i.test(text) ? 1e6 : 1;
  const value = scale * Number(text.replaceAll(',', '').replace(/[KM]$/i, ''));
  return Number.isFinite(value) ? value : undefined;
}
