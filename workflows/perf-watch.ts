import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { earlyWarning, watching } from './activity-proxies.ts';
import { budgets } from './domain/budgets.ts';
import { dueWarning, noteRaised, notRaised } from './domain/early-warning.ts';
import {
  carriedWatch,
  defaultWatchSettings,
  endOfWatch,
  gpusAt,
  isGone,
  missLook,
  noteGone,
  noteLook,
  periodWallMs,
  readOrder,
  readSettings,
  timerWallMsMin,
  type Look,
  type LookInput,
  type RaiseResult,
  type WatchOrder,
  type WatchSettings,
  type WatchState,
} from './domain/perf-watch.ts';
import { renderWatchDetails, watchPhase } from './domain/perf-watch-details.ts';
import { searchAttributes } from './domain/search-attributes.ts';
import { rootMessage } from './failure-message.ts';
import {
  pauseWatch,
  perfWatchView,
  resumeWatch,
  setWatchSettings,
  setWatchSettingsUpdate,
  stopWatch,
} from './messages.ts';

const phaseKey = defineSearchAttributeKey('Phase', searchAttributes.Phase);

export interface PerfWatchInput {
  readonly cluster: string;
  readonly job: string;
  readonly settings: WatchSettings;
  readonly carried?: WatchState;
}

/** What a query answers, and the result of a watch that has ended. */
export interface PerfWatchView {
  readonly cluster: string;
  readonly job: string;
  readonly settings: WatchSettings;
  readonly state: WatchState;
  /** Why it has ended; `null` while it goes on. */
  readonly ended: string | null;
}

/**
 * Watches the speed of one job: looks, holds what it sees against the prediction, the job's own past and like ranks,
 * and tells the API before the job's people notice. Lives until it is stopped or the inventory has no such job.
 */
export async function perfWatch(input: PerfWatchInput): Promise<PerfWatchView> {
  const { cluster, job } = input;
  let state = carriedWatch(input.carried);
  let settings = readSettings(input.settings, defaultWatchSettings) ?? defaultWatchSettings;
  let ended: string | null = null;
  let shown: string | null = null;
  /** Wakes the watch from its pause. */
  let orders = 0;
  let restWallMs = 0;
  const view = (): PerfWatchView => ({ cluster, job, settings, state, ended });

  setHandler(perfWatchView, view, { description: 'What the watch sees, what it expects, and what it has warned of' });
  setHandler(pauseWatch, (payload) => order(() => (state = { ...state, paused: readOrder(payload) })), {
    description: 'Look no more until resumed: {"by": "<your name>", "reason": "<why>"}',
  });
  setHandler(resumeWatch, () => order(() => (state = { ...state, paused: null })), {
    description: 'Look again: {"by": "<your name>"}',
  });
  setHandler(stopWatch, (payload) => order(() => (ended ??= stoppedBy(readOrder(payload)))), {
    description: 'End this watch: {"by": "<your name>", "reason": "<why>"}',
  });
  setHandler(setWatchSettings, (payload) => order(() => changeSettings(payload)), {
    description: 'Change the settings: {"intervalMs": 30000, "falseAlarmsPerDay": 0.14}; intervals in cluster time',
  });
  setHandler(
    setWatchSettingsUpdate,
    (payload) => {
      order(() => changeSettings(payload));
      return settings;
    },
    { description: 'Change the settings; answers those that hold now', validator: refuseOtherSettings },
  );
  setDefaultSignalHandler((name) => order(() => log.warn('unknown signal ignored', { name: name.slice(0, 60) })));

  for (let looks = 0; ended === null; looks += 1) {
    show();
    await condition(() => ended !== null || state.paused === null || isTiring());
    if (ended !== null) break;
    if (state.paused !== null) await goOn();
    await look();
    await tell();
    show();
    if (ended !== null) break;
    if (workflowInfo().continueAsNewSuggested || looks + 1 >= budgets.watchLooksMax || isTiring()) await goOn();
    const heard = orders;
    const pauseMs = periodWallMs(state, settings);
    restWallMs = pauseMs < timerWallMsMin && state.hurried > 0 ? pauseMs : 0;
    if (restWallMs === 0) await condition(() => orders !== heard, pauseMs, { summary: 'until the next look' });
  }
  await takeBack(ended);
  show();
  await condition(allHandlersFinished);
  return view();

  async function look(): Promise<void> {
    const { history, layout, lastLookAtMs, votedStepMs } = state;
    const gpus = gpusAt(state);
    try {
      const asked: LookInput = {
        cluster,
        job,
        settings,
        history,
        layout,
        lastLookAtMs,
        votedStepMs,
        gpus,
        restWallMs,
        periodWallMs: periodWallMs(state, settings),
        expects: state.warning === null ? 'normal' : 'slow',
      };
      noted(await watching.watchPerformance(asked));
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      state = missLook(state, rootMessage(error));
    }
  }

  function noted(seen: Look): void {
    if (seen.kind === 'looked') {
      state = noteLook(state, seen);
      return;
    }
    state = noteGone(state, seen.why);
    if (isGone(state)) ended ??= seen.why;
  }

  /** One alert at a time; what the API does not take now is due again at the next look. */
  async function tell(): Promise<void> {
    const due = dueWarning(state, { cluster, job });
    if (due === null) return;
    let result: RaiseResult;
    try {
      // A cancelled watch still brings on its way what it had decided.
      result = await CancellationScope.nonCancellable(() => earlyWarning.raiseEarlyWarning(due));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      state = notRaised(state, rootMessage(error));
      return;
    }
    state = noteRaised(state, due, result);
    log.info(`early warning ${due.stage}`, { job, tier: due.suspicion.tier, result: result.kind });
  }

  /** Nobody would take the warning back later. */
  async function takeBack(why: string): Promise<void> {
    state = endOfWatch(state, why);
    for (let tries = 1; tries <= budgets.watchFarewellsMax; tries += 1) {
      show();
      await tell();
      if (dueWarning(state, { cluster, job }) === null) return;
      await sleep(budgets.watchFarewellPauseMs, { summary: 'until the API is asked again to take the warning back' });
    }
  }

  async function goOn(): Promise<never> {
    await condition(allHandlersFinished);
    return continueAsNew<typeof perfWatch>({ cluster, job, settings, carried: state });
  }

  function order(change: () => void): void {
    orders += 1;
    change();
  }

  function isTiring(): boolean {
    return orders >= budgets.watchMessagesMax;
  }

  function changeSettings(payload: unknown): void {
    const read = readSettings(payload, settings);
    if (read === null) log.warn('settings that are none were ignored');
    else settings = read;
  }

  function refuseOtherSettings(payload: unknown): void {
    if (readSettings(payload, settings) === null)
      throw new Error('not settings of a watch; see the bounds in its help');
  }

  function show(): void {
    setCurrentDetails(renderWatchDetails(view()));
    const now = watchPhase(view());
    if (now === shown) return;
    shown = now;
    upsertSearchAttributes([{ key: phaseKey, value: now }]);
  }
}

function stoppedBy({ by, reason }: WatchOrder): string {
  return `stopped by ${by}: ${reason}`;
}
