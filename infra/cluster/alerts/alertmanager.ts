import { join } from 'node:path';
import { wallDurationMs } from '../clock.ts';
import { pause } from '../pause.ts';
import { readJson, writeJson } from '../state/files.ts';
import type { Simulator } from '../state/simulator.ts';
import { deliver, enqueue, type AlertTarget } from './deliver.ts';
import { evaluateRules } from './evaluate.ts';
import { flushGroups } from './notify.ts';
import { evaluationMs } from './rules.ts';
import { alertStateSchema, type Alert, type AlertState } from './state.ts';

export interface AlertManager {
  alerts(): readonly Alert[];
  /** Evaluates everything up to the present. */
  evaluateDue(): void;
  /** Delivers what waits; throws at the first target that refuses. */
  deliverWaiting(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

export interface AlertManagerOptions {
  readonly simulator: Simulator;
  readonly stateDir: string;
  readonly targets: readonly AlertTarget[];
  readonly externalUrl: string;
  readonly onTrouble: (message: string) => void;
}

/** Evaluations that are caught up after a stop: two hours of cluster time. */
const catchUpMax = 1_440;
const pauseMsMin = 50;
const retryMsMin = 250;
const retryMsMax = 5_000;

export function createAlertManager(options: AlertManagerOptions): AlertManager {
  const { simulator, targets, externalUrl } = options;
  const { timeline, time } = simulator;
  const path = join(options.stateDir, 'alerts.json');
  let state: AlertState = readJson(path, alertStateSchema) ?? {
    evaluatedToMs: time.nowMs(),
    baselines: {},
    alerts: [],
    groups: [],
    outboxes: {},
  };
  let saved = '';
  const save = () => {
    const worthKeeping = JSON.stringify({ ...state, evaluatedToMs: Math.floor(state.evaluatedToMs / 60_000) });
    if (worthKeeping !== saved) writeJson(path, state);
    saved = worthKeeping;
  };

  /** The next evaluation; false when none is due. */
  const evaluateNext = (): boolean => {
    const nowMs = time.nowMs();
    const atMs = Math.max(state.evaluatedToMs, nowMs - catchUpMax * evaluationMs) + evaluationMs;
    if (atMs > nowMs) return false;
    const evaluated = evaluateRules(state, timeline, atMs);
    const flushed = flushGroups(evaluated, atMs, externalUrl);
    const outboxes = { ...flushed.state.outboxes };
    for (const delivery of flushed.deliveries)
      for (const { url } of targets) outboxes[url] = enqueue(outboxes[url] ?? [], delivery);
    state = { ...flushed.state, outboxes, evaluatedToMs: atMs };
    return true;
  };
  const evaluateDue = () => {
    while (evaluateNext());
    save();
  };

  const deliverTo = async (target: AlertTarget, signal: AbortSignal) => {
    for (let next = state.outboxes[target.url]?.[0]; next !== undefined; next = state.outboxes[target.url]?.[0]) {
      const delivery = next;
      await deliver(target, delivery, signal);
      const left = (state.outboxes[target.url] ?? []).filter((one) => one !== delivery);
      state = { ...state, outboxes: { ...state.outboxes, [target.url]: left } };
      save();
    }
  };

  const keepDelivering = async (target: AlertTarget, signal: AbortSignal) => {
    let retryMs = retryMsMin;
    while (!signal.aborted) {
      try {
        await deliverTo(target, signal);
        retryMs = retryMsMin;
        await pause(Math.max(pauseMsMin, wallDurationMs(time.map, evaluationMs)), signal);
      } catch (error) {
        if (signal.aborted) return;
        options.onTrouble(`alert to ${target.url}: ${String(error)}; next attempt in ${retryMs} ms`);
        await pause(retryMs, signal);
        retryMs = Math.min(retryMsMax, retryMs * 2);
      }
    }
  };
  const keepEvaluating = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      // After a stop there may be a thousand of them: half of the time is left to those who ask the cluster something.
      for (let begunMs = performance.now(); !signal.aborted && evaluateNext(); begunMs = performance.now())
        await pause(performance.now() - begunMs, signal);
      save();
      await pause(Math.max(pauseMsMin, wallDurationMs(time.map, evaluationMs)), signal);
    }
  };

  return {
    alerts: () => state.alerts,
    evaluateDue,
    async deliverWaiting(signal) {
      for (const target of targets) await deliverTo(target, signal);
    },
    async run(signal) {
      await Promise.all([keepEvaluating(signal), ...targets.map((target) => keepDelivering(target, signal))]);
    },
  };
}
