import {
  textCharsMax,
  type EarlyWarning,
  type OpenWarning,
  type PastWarning,
  type RaiseResult,
  type Stage,
  type WatchState,
} from './perf-watch.ts';

const pastMax = 5;
// What the API refuses for good (a wrong token) is tried again now and then: somebody may have mended it.
const refusedLooks = 20;
// As often as `wardround watch` repeats what goes on; the API knows it as the same.
const repeatLooks = 30;

/** What the API has to hear now; `null`: nothing. */
export function dueWarning(
  { looks, warning }: WatchState,
  place: { readonly cluster: string; readonly job: string },
): EarlyWarning | null {
  if (warning === null || looks < warning.notBeforeLook) return null;
  const { told, resolvedAtMs, startsAtMs, suspicion, why } = warning;
  const stage: Stage = resolvedAtMs === null ? 'firing' : 'resolved';
  if (told?.stage === stage && looks - told.atLook < repeatLooks) return null;
  const { cluster, job } = place;
  return { cluster, job, stage, startsAtMs, endsAtMs: resolvedAtMs, why, suspicion };
}

/** What the API said; a warning whose end it has heard is past. */
export function noteRaised(state: WatchState, raised: EarlyWarning, result: RaiseResult): WatchState {
  const { warning, looks } = state;
  if (warning === null) return state;
  if (result.kind === 'refused') {
    const next = { ...warning, notBeforeLook: looks + refusedLooks };
    return troubled(state, next, `the API does not take the warning: ${result.why}`);
  }
  const incidents = [...new Set([...(warning.told?.incidents ?? []), ...result.incidents])].slice(0, pastMax);
  const told = { stage: raised.stage, atLook: looks, incidents };
  const { trouble: _over, ...heard } = warning;
  if (raised.stage === 'firing') return { ...state, warning: { ...heard, told } };
  const { suspicion, startsAtMs, resolvedAtMs } = warning;
  const past: PastWarning = { suspicion, startsAtMs, resolvedAtMs: resolvedAtMs ?? startsAtMs, incidents };
  // What was read of power while the job was slow holds no more.
  return { ...state, warning: null, votes: [], gpusDueLook: looks, past: [past, ...state.past].slice(0, pastMax) };
}

/** The API is away: the same is tried at the next look. */
export function notRaised(state: WatchState, why: string): WatchState {
  const { warning } = state;
  return warning === null ? state : troubled(state, warning, `the warning is not told yet: ${why}; it is tried again`);
}

/** Stands with the warning until the API took it: the next look has other things to say. */
function troubled(state: WatchState, warning: OpenWarning, text: string): WatchState {
  return { ...state, warning: { ...warning, trouble: text.slice(0, textCharsMax) } };
}
