import { escapeMarkdown } from './current-details.ts';
import type { OpenWarning, PastWarning, WatchedSpeed, WatchSettings, WatchState } from './perf-watch.ts';

interface Watched {
  readonly cluster: string;
  readonly job: string;
  readonly settings: WatchSettings;
  readonly state: WatchState;
  readonly ended: string | null;
}

/** For lists: search attribute `Phase`. */
export function watchPhase({ state, ended }: Pick<Watched, 'state' | 'ended'>): string {
  if (ended !== null) return 'ended';
  if (state.paused !== null) return 'paused';
  return state.warning === null ? 'watching' : 'warning';
}

/** What the Web UI shows of a watch. */
export function renderWatchDetails(watched: Watched): string {
  const { cluster, job, settings, state } = watched;
  const every = settings.intervalMs / 1000;
  return [
    `## ${escapeMarkdown(job)} on ${escapeMarkdown(cluster)}`,
    headline(watched),
    ...(state.speed === null ? [] : [speedTable(state.speed)]),
    ...(state.warning === null ? [] : [openSection(state.warning)]),
    ...(state.past.length === 0 ? [] : [pastSection(state.past)]),
    ...(state.degraded.length === 0
      ? []
      : [`### Not as it should be\n\n${state.degraded.map((text) => `- ${escapeMarkdown(text)}`).join('\n')}`]),
    `${state.looks} looks, one every ${every} s of cluster time; ${Number(settings.falseAlarmsPerDay.toPrecision(2))} false alarms a day over all jobs of the cluster are allowed for.`,
  ].join('\n\n');
}

function headline({ state, ended }: Watched): string {
  if (ended !== null) return `**Ended:** ${escapeMarkdown(ended)}`;
  if (state.paused !== null)
    return `**Paused** by ${escapeMarkdown(state.paused.by)}: ${escapeMarkdown(state.paused.reason)}. Signal \`resumeWatch\` lets it look again.`;
  if (state.verdict === null) return 'Nothing was seen yet.';
  return `**Now:** ${state.verdict}${state.lastLookAtMs === null ? '' : `, seen at ${clusterTime(state.lastLookAtMs)}`}`;
}

function speedTable(speed: WatchedSpeed): string {
  const rows = [
    ['step, s', speed.stepSeconds, speed.predictedStepSeconds, speed.baselineStepSeconds],
    ['tokens/s', speed.tokensPerSecond, speed.predictedTokensPerSecond, null],
    ['power, W a GPU', speed.powerWattsPerGpu, speed.predictedPowerWattsPerGpu, null],
  ] as const;
  return [
    '| | measured | predicted | own baseline |',
    '| --- | --- | --- | --- |',
    ...rows.map(([name, ...cells]) => `| ${name} | ${cells.map(cell).join(' | ')} |`),
  ].join('\n');
}

function cell(value: number | null): string {
  if (value === null) return '-';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function openSection({ suspicion, startsAtMs, backSinceMs, resolvedAtMs, told, trouble }: OpenWarning): string {
  const heard =
    told === null
      ? 'The API has not taken it yet.'
      : `Told to the API${told.incidents.length === 0 ? '' : `: ${told.incidents.map((id) => `\`${escapeMarkdown(id)}\``).join(', ')}`}.`;
  const back =
    resolvedAtMs !== null
      ? ' It is over; the API hears of that next.'
      : backSinceMs !== null
        ? ` Fast again since ${clusterTime(backSinceMs)}.`
        : '';
  const why = trouble === undefined ? '' : `\n\n${escapeMarkdown(trouble)}`;
  return `### Warning since ${clusterTime(startsAtMs)}\n\n${escapeMarkdown(suspicion.summary)}\n\n${heard}${back}${why}`;
}

function pastSection(past: readonly PastWarning[]): string {
  const rows = past.map(
    ({ suspicion, startsAtMs, resolvedAtMs, incidents }) =>
      `- ${clusterTime(startsAtMs)} to ${clusterTime(resolvedAtMs)}: ${escapeMarkdown(suspicion.summary)}${incidents.length === 0 ? '' : ` (${incidents.map(escapeMarkdown).join(', ')})`}`,
  );
  return `### Warnings that are over\n\n${rows.join('\n')}`;
}

function clusterTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
