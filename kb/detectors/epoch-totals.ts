import { lineDetector } from './line-patterns.ts';

const join = 'https://pytorch.org/docs/stable/distributed.algorithms.join.html';

/** What each rank tells at the beginning and at the end of an epoch: only a comparison of several makes use of it. */
export const epochTotals = lineDetector('epoch-totals', [
  {
    id: 'job.epoch.begun',
    summary: 'a rank says that it begins an epoch',
    role: 'context',
    weighs: {},
    source: join,
    literals: ['epoch'],
    pattern:
      /^[^\n]{0,120}?\b(?:[Tt]raining|[Ss]tart(?:ing|ed)?|[Bb]egin(?:ning|s)?) (?:of )?[Ee]poch[ :#=]{1,3}\d{1,6}\b/,
    sees: ['[1,0]<stdout>:Training epoch 0', 'rank 3: Starting epoch: 12'],
    ignores: ['epoch 12 took 3 s', 'Training epochs: 10'],
  },
  {
    id: 'data.batches.total-told',
    summary: 'a rank tells how many batches it has had',
    role: 'context',
    weighs: {},
    source: join,
    literals: ['batches', 'steps', 'iterations', 'samples'],
    pattern:
      /^(?![^\n]{0,300}\b(?:per|optimi[sz]ation|max|warmup|gradient)\b)[^\n]{0,200}?\b(?:[Tt]otal|[Nn]umber of|[Nn]um|[Ff]inished|[Pp]rocessed)[ _](?:train(?:ing)?[ _]|mini-?)?(?:batches|steps|iterations|samples)(?: (?:processed|done|seen))?\s?[:=]\s?(?<total>\d{1,12})\s*$/,
    sees: ['[1,1]<stdout>:Total batches: 488', 'processed samples = 31232'],
    ignores: ['  Total optimization steps = 500', 'batches: 12/488', 'batches done: 12/488'],
  },
]);
