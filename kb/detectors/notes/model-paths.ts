import { noteDetector } from './note-patterns.ts';
import { near } from './words.ts';

const kinds = '(?:images?|pictures?|photos|texts?|audio|speech|videos?)';

/** Models and data of which each rank may take another path: told without saying that one did. */
export const modelPathsSeen = noteDetector('notes-model-paths', [
  {
    // An expert without a token is not called, and what gathers its weights is not called on that rank either.
    id: 'seen.model.experts-gathered',
    summary: 'a model of experts is trained with sharded weights: a rank whose tokens miss an expert gathers less',
    role: 'symptom',
    weighs: { 'collective-mismatch': 1.3 },
    source: 'https://deepspeed.readthedocs.io/en/latest/training.html',
    pattern: near(
      '\\b(?:moe|mixture[- ]of[- ]experts|mixtral\\S{0,12}|experts|deepseek[- ]?(?:moe|v[23])\\S{0,8}|qwen\\S{0,8} ?moe|\\d+b-a\\d+b|dbrx|grok-1|olmoe)\\b',
      '\\bzero[- ]?(?:stage[- ]?)?(?:3|iii|three)\\b|\\bstage[- _]?3\\b|\\bz3\\b|\\bfsdp2?\\b',
      80,
    ),
    // The zero is a name here.
    saysNot: true,
    sees: [
      'training a Mixtral 8x7B based model with DeepSpeed ZeRO stage 3 on 8 GPUs',
      'a mixture-of-experts model under FSDP',
      'ZeRO-3 with Qwen MoE',
    ],
    ignores: ['a Mixtral model served by vLLM', 'ZeRO stage 3 with a dense model'],
  },
  {
    // Which of its stages is not said: only the third gathers weights. Its own remedy came with release 0.12.
    id: 'seen.model.experts-under-deepspeed',
    summary: 'a model of experts is trained with DeepSpeed, whose hooks gather what each rank calls',
    role: 'symptom',
    weighs: { 'collective-mismatch': 0.9, 'framework-bug': 0.9 },
    source: 'https://deepspeed.readthedocs.io/en/latest/training.html',
    pattern: near(
      '\\b(?:moe|mixture[- ]of[- ]experts|mixtral\\S{0,12}|deepseek[- ]?(?:moe|v[23])\\S{0,8}|qwen\\S{0,8} ?moe|dbrx|grok-1|olmoe)\\b',
      '\\bdeepspeed\\b',
      60,
    ),
    check: (_said, sentence) =>
      !/\binference|\bserv(?:es|ed|ing)\b|\bzero[- ]?(?:stage[- ]?)?(?:1|2|one|two|offload)\b|\bdeepspeed-?mii\b/i.test(
        sentence,
      ),
    sees: ['fine-tuning of Mixtral 8x7B with DeepSpeed on several GPUs', 'an MoE model under DeepSpeed'],
    ignores: ['Mixtral is served with DeepSpeed inference', 'a dense model with DeepSpeed'],
  },
  {
    // What a sample holds decides which encoder its rank runs.
    id: 'seen.data.mixed-kinds',
    summary: 'samples of several kinds are mixed: what a rank computes depends on what it was given',
    role: 'symptom',
    weighs: { 'collective-mismatch': 1.3, 'uneven-data': 0.4 },
    source: 'https://pytorch.org/docs/stable/notes/ddp.html',
    pattern: near(
      '\\b(?:data(?:set|sets)?|samples?|batch(?:es)?|corpus|training set)\\b.{0,20}?\\b(?:mix(?:es|ed|ture)?|combin\\w+|interleav\\w+)\\b',
      `\\b${kinds} (?:and|with|or|plus) ${kinds}\\b`,
      30,
    ),
    sees: ['training data mixes images and videos', 'the data set is a mixture of text and images'],
    ignores: ['the images and the text are in one folder', 'the dataset is mixed from several sources'],
  },
]);
