import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of the pace at which data arrive, and of data that do not fit the program. */
export const paceOfData = noteDetector('notes-pace-of-data', [
  {
    id: 'seen.data.comes-in-bursts',
    summary: 'batches come in bursts with pauses between them, or their loading time varies widely',
    role: 'cause',
    weighs: { 'dataloader-stall': 4.2, 'shared-fs-problem': 0.8 },
    source: 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html',
    pattern: any(
      /\b(?:batch(?:es)?|iterations?|steps?)\b.{0,40}\bthen\b.{0,12}\b(?:pause|break|wait|stall|gap)/,
      /\bdata[_ ]?(?:loading )?time\b.{0,60}\b(?:sometimes|fluctuates?|varies|spikes?|unstable|uneven)\b/,
      /\bdata ?loader\b.{0,40}\b(?:sometimes (?:fast|slow)|unstable|fluctuates?)/,
      /\b(?:pause|no (?:events?|progress|activity)|nothing happens|idle|wait(?:s|ing)?)\b.{0,80}\b(?:before|until|then)\b.{0,20}\b(?:first batch|batch 1)\b/,
      /\bdata ?load(?:er|ing)\b.{0,30}\b(?:very |really |extremely |so )?slow(?:ly)?\b/,
    ),
    sees: [
      'four batches run through quickly, then a long pause',
      'data_time is sometimes 0.01 s and sometimes 20 s',
      'there is a pause of ~90 s in each epoch before the first batch is processed',
      'the data loader is very slow',
      'the dataloader speed is unstable: the data loader fluctuates',
    ],
    ignores: ['the loss fluctuates', 'after ten batches the run stops'],
  },
  {
    id: 'seen.data.outside-range',
    summary: 'labels or token ids lie outside of what the model was made for',
    role: 'cause',
    weighs: { 'user-code-error': 4.6 },
    source: 'https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html',
    pattern:
      /\b(?:labels?|class(?:es)? (?:ids?|index\w{0,3})|token ids?|ids|ind(?:ex|ices)|positions?)\b.{0,30}\b(?:larger|greater|higher|bigger|exceeds?|beyond|outside|out of range|more) ?(?:than )?\b.{0,20}\b(?:num_classes|classes|vocab\w{0,7}|embedding\w{0,1}|max\w{0,30}|range)\b/,
    sees: [
      'a label was larger than num_classes',
      'the token ids exceed the vocabulary size',
      'positions beyond the embedding',
    ],
    ignores: ['the labels are balanced'],
  },
]);
