import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type {
  AskModelInput,
  AskModelResult,
  ModelBudget,
  RunWishedProgramInput,
  RunWishedProgramResult,
} from '../../workflows/domain/model-data.ts';
import type { ProposeInput, RoundInput } from '../../workflows/domain/phase-data.ts';
import { openWorld, type IncidentWorld, until } from '../support/incident-world.ts';
import { aRef, scriptedActivities } from '../support/scripted-activities.ts';

let world: IncidentWorld;
let stopWorkers = async () => {};
let asked: AskModelInput[] = [];
let ran: RunWishedProgramInput[] = [];
let rounds: RoundInput[] = [];

beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => stopWorkers());
afterAll(() => world.close());

const budget: ModelBudget = { tokensMax: 50_000, secondsMax: 20, costMax: null, answers: 1 };
const answered: AskModelResult = {
  exchange: aRef('model-exchange'),
  model: 'scripted',
  hypotheses: 0,
  standing: 0,
  struck: 0,
  probes: [],
  leading: null,
  agree: null,
  spent: { tokens: 1_000, seconds: 2, cost: 0 },
  degraded: null,
};
const result: RunWishedProgramResult = {
  analysis: aRef('analysis'),
  findings: aRef('findings'),
  found: 1,
  notable: [{ kind: 'analysis.outlier', node: 'node-07' }],
  refused: null,
};

let proposed: ProposeInput[] = [];

async function play(
  answer: AskModelResult,
  run: () => Promise<RunWishedProgramResult> = async () => result,
): Promise<IncidentView> {
  [asked, ran, rounds, proposed] = [[], [], [], []];
  const { activities } = scriptedActivities({ round: (input) => void rounds.push(input) });
  const propose = activities['proposePlan'];
  stopWorkers = await world.startWorkers({
    ...activities,
    proposePlan: async (input: never) => {
      proposed.push(input);
      return propose?.(input);
    },
    askModel: async (input: AskModelInput) => {
      asked.push(input);
      return answer;
    },
    runWishedProgram: async (input: RunWishedProgramInput) => {
      ran.push(input);
      return run();
    },
  });
  return until(await world.startIncident({ model: budget }), (view) => view.approval.status.kind === 'waiting');
}

describe('a program that an answer of the model wishes for', () => {
  it('is run over what was probed since, before the next question and before the last round', async () => {
    const view = await play({ ...answered, wishesProgram: true });
    expect(ran.map(({ exchange }) => exchange)).toEqual([answered.exchange, answered.exchange]);
    expect(ran[0]?.results.length).toBeGreaterThan(asked[0]?.probeResults.length ?? 0);
    const refs = { analysis: result.analysis, findings: result.findings };
    expect(asked.map(({ programs }) => programs)).toEqual([undefined, [refs]]);
    expect(rounds.map(({ round, programs = [] }) => [round, programs.length])).toEqual([
      [1, 0],
      [2, 0],
      [2, 0],
      [3, 2],
    ]);
    expect(view.programs).toMatchObject([
      { round: 1, found: 1 },
      { round: 2, found: 1 },
    ]);
  });

  it('is no finding: neither the rules nor a plan are given what it found', async () => {
    await play({ ...answered, wishesProgram: true });
    const { programs: _programs, ...last } = rounds.at(-1) ?? { programs: [] };
    await stopWorkers();
    const before = JSON.stringify([last, proposed]);
    await play(answered);
    const { programs: none, ...without } = rounds.at(-1) ?? { programs: [] };
    expect(none).toBeUndefined();
    expect(ran).toEqual([]);
    const findingsOf = (text: string) => JSON.parse(text) as [{ findings: unknown }, { findings: unknown }[]]; // our own
    const [round, plans] = findingsOf(before);
    const [roundWithout, plansWithout] = findingsOf(JSON.stringify([without, proposed]));
    expect(round.findings).toEqual(roundWithout.findings);
    expect(plans.map(({ findings }) => findings)).toEqual(plansWithout.map(({ findings }) => findings));
  });

  it('that cannot be run is gone on without, and said', async () => {
    const view = await play({ ...answered, wishesProgram: true }, () =>
      Promise.reject(ApplicationFailure.nonRetryable('the sandbox failed', 'Denied')),
    );
    expect(view.degraded).toEqual(['went on without a program of the model: Denied: the sandbox failed']);
    expect(view.programs).toBeUndefined();
    expect(view.verdict?.kind).toBe('attributed');
    expect(rounds.at(-1)?.degraded).toEqual(view.degraded);
  });
});
