import MiniSearch from 'minisearch';
import { categories } from '../../workflows/domain/categories.ts';
import { readCorrection } from '../../workflows/domain/people.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { tellIncident, tellingId } from './incident-tell.ts';
import { CommandFailure, exitCodes, plain, type Terminal } from './output.ts';

export interface CorrectOptions {
  readonly category: string;
  readonly node?: string;
  /** GPU index on the node. */
  readonly gpu?: number;
  readonly reason: string;
  readonly by: string;
  readonly json: boolean;
}

/** Tells an incident which cause a person knows to be the right one. */
export async function correctVerdict(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'tell'>,
  workflowId: string,
  { category, node, gpu, reason, by, json }: CorrectOptions,
  nowMs: number,
): Promise<void> {
  checkCategory(category);
  const cause = { category, ...(node === undefined ? {} : { node }), ...(gpu === undefined ? {} : { gpu }) };
  const payload = { by, correctionId: tellingId('correct', [by, cause, reason], nowMs), ...cause, reason };
  const place = [node, gpu === undefined ? undefined : `gpu ${gpu}`].filter((part) => part !== undefined).join(' ');
  await tellIncident(terminal, desk, workflowId, {
    message: 'correctVerdict',
    payload,
    read: readCorrection(payload, nowMs),
    said: `Verdict corrected by ${by}: ${category}${place === '' ? '' : ` on ${place}`}.`,
    next: 'An open proposal is withdrawn, and the incident looks for a plan for this cause; nothing runs without an approval. A repair under way is not stopped by it: `wardround stop` does that.',
    json,
  });
}

const known: readonly string[] = [...categories, 'unlisted'];
const suggestionsMax = 5;

function checkCategory(category: string): void {
  if (known.includes(category)) return;
  const near = suggestions(category);
  throw new CommandFailure(
    `there is no category "${plain(category)}"`,
    near.length === 0
      ? `one of ${known.join(', ')}`
      : `did you mean ${near.join(' or ')}? \`unlisted\` is for what the taxonomy does not have`,
    { exitCode: exitCodes.usage },
  );
}

/** Those that share a word with what was typed, or nearly so; the nearest first. */
function suggestions(typed: string): readonly string[] {
  const index = new MiniSearch<{ id: string }>({ fields: ['id'] });
  index.addAll(known.map((id) => ({ id })));
  const found = index.search(typed, { prefix: true, fuzzy: 0.34 });
  return found.slice(0, suggestionsMax).map(({ id }) => String(id));
}
