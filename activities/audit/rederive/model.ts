import { probeById } from '../../../kb/probes/index.ts';
import { programOutcomeSchema, wasCutOff } from '../../../kb/reasoning/model/program-outcome.ts';
import type {
  AskModelInput,
  AskModelResult,
  RunWishedProgramInput,
  RunWishedProgramResult,
} from '../../../workflows/domain/model-data.ts';
import { readPrompts } from '../../adapters/prompt-files.ts';
import { createAskModel } from '../../ask-model.ts';
import { getJson } from '../../json-evidence.ts';
import { exchangeSchema, type Exchange } from '../../model/exchange.ts';
import { PortError, UnansweredError, type ModelClient } from '../../ports.ts';
import { createRunWishedProgram } from '../../run-wished-program.ts';
import type { RecordedWorld } from './world.ts';

/**
 * Asks the recorded question again, of a model that answers as it did: the question is made anew from the recorded
 * evidence, the answers are read and held against it anew. Where nothing was asked, nothing follows.
 */
export async function deriveAskModel(
  world: RecordedWorld,
  input: AskModelInput,
  recorded: AskModelResult,
): Promise<AskModelResult> {
  if (recorded.exchange === null) return recorded;
  const exchange = await getJson(world.evidence, recorded.exchange, exchangeSchema);
  const prompts = await readPrompts();
  if (prompts.sha256 !== exchange.prompt.sha256)
    throw new PortError('not-found', `the prompt ${exchange.prompt.id} of that time is not here`);
  return createAskModel({
    client: recordedClient(exchange),
    answers: { find: async () => null, remember: async () => {} },
    evidence: world.evidence,
    logs: world.logs,
    knowledge: world.knowledge,
    probe: probeById,
    prompts,
    recalled: async () => exchange.recalled,
    prices: exchange.prices,
    clock: { nowMs: () => 0 },
    queue: (_turn, _signal, work) => work(),
    timeoutMs: 1,
    ...(exchange.spentBefore === undefined ? {} : { spentBefore: exchange.spentBefore }),
  })(input);
}

/** The recorded program over the recorded results, in the same sandbox. */
export async function deriveWishedProgram(
  { evidence }: RecordedWorld,
  input: RunWishedProgramInput,
  recorded: RunWishedProgramResult,
): Promise<RunWishedProgramResult> {
  const outcome = await getJson(evidence, recorded.analysis, programOutcomeSchema);
  return wasCutOff(outcome) ? recorded : createRunWishedProgram({ evidence })(input);
}

/** In the recorded order. What was not answered then is not answered now. */
function recordedClient({ model, host, replies, unanswered = [] }: Exchange): ModelClient {
  const left = [...replies];
  return {
    model,
    host,
    async ask({ seed, messages }) {
      const [next] = left;
      // A question and its case are two messages; a repair has the answer and its flaw as well.
      const repairs = messages.length > 2;
      if (next === undefined || next.seed !== seed || next.repairs !== repairs) {
        const why = 'no such answer is recorded';
        const isAsked = unanswered.some((one) => one.seed === seed && one.repairs === repairs);
        throw isAsked ? new UnansweredError('unreachable', why) : new PortError('unreachable', why);
      }
      left.shift();
      return next;
    },
    models: async () => [model],
  };
}
