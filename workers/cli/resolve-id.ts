import { shortIncidentId } from '../incident-start.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { CommandFailure, exitCodes, plain } from './output.ts';

/** Incidents looked through for a beginning of an id; the newest. */
export const searchedMax = 2_000;
const candidatesShownMax = 10;

/** The workflow id for what a person typed: a whole id with or without `incident/`, its hash, or a unique beginning. */
export async function resolveIncidentId(desk: Pick<IncidentDesk, 'list'>, given: string): Promise<string> {
  const typed = given.trim();
  if (/^(incident\/)?[a-z0-9.-]+\/[0-9a-f]{16}$/.test(typed)) return `incident/${shortIncidentId(typed)}`;
  const { rows, truncated } = await desk.list({ idStart: 'incident/' }, searchedMax);
  const ids = [...new Set(rows.map((row) => row.workflowId))];
  const matching = matchingIds(typed, ids);
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  // What was merged into an incident is closed; people mean the one that goes on.
  const open = matching.filter((id) => rows.some((row) => row.workflowId === id && row.closedAtMs === null));
  const [goesOn] = open;
  if (goesOn !== undefined && open.length === 1) return goesOn;
  throw matching.length === 0 ? notFound(typed, ids.length, truncated) : ambiguous(typed, matching);
}

/** Which of `ids` begin like `typed`, in any of the forms that people use. A whole hash wins over beginnings. */
export function matchingIds(typed: string, ids: readonly string[]): readonly string[] {
  if (typed === '' || typed === 'incident/') return [];
  const whole = ids.filter((id) => id.endsWith(`/${typed}`));
  if (whole.length > 0) return whole;
  return ids.filter((id) => [id, shortIncidentId(id), hashOf(id)].some((form) => form.startsWith(typed)));
}

function hashOf(workflowId: string): string {
  return workflowId.slice(workflowId.lastIndexOf('/') + 1);
}

function notFound(typed: string, searched: number, truncated: boolean): CommandFailure {
  const where = truncated ? ` among the newest ${searched}` : '';
  return searched === 0
    ? new CommandFailure('there are no incidents', 'give the whole id if it was started a moment ago')
    : new CommandFailure(
        `no incident${where} has an id that begins with "${plain(typed)}"`,
        'see them with `wardround incident list --all`; give the whole id if it was started a moment ago',
      );
}

function ambiguous(typed: string, matching: readonly string[]): CommandFailure {
  const shown = matching.slice(0, candidatesShownMax).map((id) => `  ${shortIncidentId(id)}`);
  const more = matching.length > shown.length ? [`  and ${matching.length - shown.length} more`] : [];
  return new CommandFailure(
    [`"${plain(typed)}" could be any of ${matching.length} incidents:`, ...shown, ...more].join('\n'),
    'give more of the id',
    { exitCode: exitCodes.usage },
  );
}
