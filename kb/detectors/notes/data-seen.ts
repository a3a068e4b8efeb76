import { noteDetector } from './note-patterns.ts';
import { any, hangs, inOrder, near } from './words.ts';

const join = 'https://pytorch.org/docs/stable/distributed.algorithms.join.html';
const loaderHang = 'https://github.com/pytorch/pytorch/issues/87995';
const tuning = 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html';
const monitored = 'https://pytorch.org/docs/stable/distributed.html';
const lhotse = 'https://github.com/lhotse-speech/lhotse/pull/646';
const longWork =
  '(?:tokeni[sz]\\w+|pre-?process\\w*|downloads?|downloading|evaluat\\w*|validat\\w*|index(?:ing|es|ed)?|build(?:s|ing)?|cach(?:es|ing)|convert\\w*|compil\\w*|pack(?:s|ing)|sav(?:es|ing)|writ(?:es|ing)|upload\\w*|merg(?:es|ing)|comput(?:es|ing)|generat(?:es|ing)|sort(?:s|ing)|copy(?:ing)?|copies|unzip\\w*|unpack\\w*|load(?:s|ing) the|shuffl\\w+|scann?(?:s|ing)|hash\\w*|plot\\w*|log(?:s|ging) images|decompos\\w+|export\\w*|consolidat\\w*|mapping|filter(?:s|ing)|prepar\\w+|comput\\w+)';

/** What people see of data and of work that ranks do alone. */
export const dataSeen = noteDetector('notes-data', [
  {
    id: 'seen.data.uneven',
    summary: 'ranks get different numbers of batches or samples',
    role: 'cause',
    weighs: { 'uneven-data': 4.8, 'collective-mismatch': 0.6 },
    source: join,
    pattern: any(
      near(
        '\\b(?:ranks?(?: \\d+)?|processes|workers|gpus?|nodes?|replicas?)\\b',
        '\\b(?:different|uneven|unequal|fewer|more|less|varying|one (?:more|less|fewer)|not (?:the )?same|differing|extra|odd)\\b.{0,30}?\\b(?:batch(?:es)?|samples?|steps?|iterations?|examples?|files|shards?|items|utterances|data|length)\\b(?! (?:size|parallel))|\\b(?:\\d+|one|two|a) (?:batch(?:es)?|samples?|steps?|iterations?) (?:less|fewer|more|short)\\b',
        50,
      ),
      near(
        '\\b(?:number|count|amount|len(?:gth)?) of (?:the )?(?:batches|samples|steps|iterations|data ?loaders?)\\b|\\blen\\((?:data)?loader\\)',
        '\\b(?:differs?|different|uneven|unequal|not (?:the same|equal|divisible)|varies|varying)\\b',
        50,
      ),
      /\b(?:ranks?|workers?|nodes?|gpus?|process(?:es)?|one) with (?:the )?(?:most|more|fewer|fewest|least|less) (?:batches|samples|utterances|data|files|shards|examples|items|steps)\b/,
      /\b(?:files|shards|parts|splits|subsets|partitions) (?:\w+ ){0,4}?(?:of (?:very )?(?:different|unequal) (?:lengths?|sizes?)|(?:differ|vary) in (?:length|size|number))\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bmore data (?:is|was|will)|\bdata parallel|\bmore (?:gpu|memory)|\bthe same number|\bno uneven|\bmore steps\b/i.test(
        sentence,
      ),
    sees: [
      'rank 3 has fewer batches than the others',
      'ranks get a different number of samples',
      'len(dataloader) differs between the ranks',
      'one worker processes one more batch',
      'uneven shards: rank 7 gets less data',
      'the node with the most utterances hangs in the end',
      'each worker reads its own files and the files are of different length',
    ],
    ignores: ['all ranks have the same number of batches', 'more data is used than before'],
  },
  {
    id: 'seen.data.exhausted-elsewhere',
    summary: 'other ranks have come to the end of their data already',
    role: 'cause',
    weighs: { 'uneven-data': 3.4, 'collective-mismatch': 0.8 },
    source: join,
    pattern: inOrder(
      '\\b(?:some|other|others|one|a few|the rest|remaining|\\d+)\\b(?: of the)?(?: ranks?| nodes?| workers?| gpus?| process(?:es)?)?',
      '\\b(?:(?:has|have|had) (?:already )?(?:finished|exhausted|completed|consumed)|finish(?:es|ed)?|r[au]ns? out of|exhausts?|is (?:already )?done with|are (?:already )?done with) (?:(?:its|their|the|all|own|last|first|this|of) ){0,3}(?:epoch|data ?loaders?|loaders?|data|batches|samples|iterators?|shards?|dataset)\\b(?! (?:cent|base|trans|prep|loss|sheet))',
      30,
    ),
    check: (_said, sentence) => !/\bdata(?:set)? (?:pre|prep|down|conv)|\bepochs? in\b|\ball ranks\b/i.test(sentence),
    sees: [
      'the other nodes have finished their loader and left the loop',
      'some ranks run out of batches before the others',
      'one rank finishes the epoch earlier',
    ],
    ignores: [
      'all ranks have finished the epoch',
      'one epoch takes two hours',
      'one node is finished with the upgrade of the data centre',
    ],
  },
  {
    id: 'seen.data.last-batch',
    summary: 'the last batch is smaller, empty or missing on some ranks',
    role: 'cause',
    weighs: { 'uneven-data': 4, 'collective-mismatch': 1.2 },
    source: 'https://github.com/criteo/tf-yarn/pull/79',
    pattern: near(
      '\\b(?:last|final|tail|remaining|incomplete) (?:mini-?|micro-?)?batch(?:es)?\\b|\\bbatch of the (?:last|final) step\\b|\\bempty (?:micro-?|mini-?)?batch(?:es)?\\b',
      `\\b(?:small(?:er)?|empty|missing|short(?:er)?|incomplete|only on|fewer|different|uneven|not full|not dropped|partial|ranks?(?: \\d+)?)\\b|${hangs}`,
      50,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bsmall(?:er)? on (?:all|every|each) ranks?\b/i.test(sentence) &&
      !/\bnot (?:smaller|empty)|\bdropped\b(?<!not dropped)/i.test(sentence),
    sees: [
      'last batch smaller on rank 3',
      'the final batch is empty on some ranks',
      'hangs at the last batch',
      'rank 5 gets an empty batch',
    ],
    ignores: [
      'the last batch of the epoch is smaller on all ranks',
      'the last batch is dropped',
      'the last batch size that worked',
    ],
  },
  {
    id: 'seen.data.indivisible',
    summary: 'the data cannot be shared out evenly',
    role: 'cause',
    weighs: { 'uneven-data': 3 },
    source: join,
    pattern: near(
      "\\b(?:not|\\w{1,5}n['’]t|in)[- ]?divisible\\b|\\bno multiple\\b|\\bnot a multiple\\b",
      '\\b(?:data ?set|samples?|batch(?:es)?|world size|ranks?|gpus?|workers?|size|number)\\b',
      60,
    ),
    saysNot: true,
    sees: [
      'the dataset size is not divisible by the number of ranks',
      'number of samples is not a multiple of the world size',
    ],
    ignores: ['the number of samples is divisible by the world size'],
  },
  {
    id: 'seen.data.samples-dropped',
    summary: 'samples are missing or filtered out while loading',
    role: 'context',
    weighs: { 'uneven-data': 1.3, 'collective-mismatch': 0.4, 'user-code-error': 0.3, 'dataloader-stall': 0.1 },
    source: lhotse,
    pattern: near(
      '\\b(?:samples?|examples?|images?|files?|records|utterances|rows|data)\\b',
      '\\b(?:are |is )?(?:missing|skipped|filtered(?: out)?|dropped|too long|invalid|broken|corrupt|variable length|dynamic (?:batch|bucket)\\w*)\\b',
      30,
    ),
    check: (_said, sentence) => !/\bcheckpoint|\bckpt|\bpackets?\b|\bnode-|\bmounted/i.test(sentence),
    sees: [
      'the collate function is written to cope with samples that are missing',
      'too long samples are skipped',
      'broken images are dropped by the loader',
    ],
    ignores: ['no samples are missing', 'packets are dropped'],
  },
  {
    id: 'seen.hang.epoch-end',
    summary: 'it hangs or fails at the end of an epoch',
    role: 'symptom',
    weighs: {
      'uneven-data': 1.5,
      'long-rank0-work-timeout': 0.8,
      'collective-mismatch': 0.6,
      'checkpoint-corruption': 0.1,
    },
    source: join,
    pattern: near(
      `${hangs}|\\b(?:fails?|crash\\w*|timeouts?|times? out|happens|occurs|comes)\\b`,
      '\\b(?:end of (?:the |an |each |every |the first )?(?:\\w+ )?(?:epoch|dataset|loop|data)|last (?:few )?(?:step|iteration)s?(?: of (?:the |an |each )?epoch)?|between (?:two )?epochs|epoch (?:end|boundary)|after (?:the |an |each |every |one )?(?:\\w+ )?epoch)\\b',
      60,
    ),
    sees: [
      'it hangs at the end of the epoch',
      'the timeout always comes after the first epoch',
      'stuck at the last step of the epoch',
    ],
    ignores: ['an epoch takes one hour'],
  },
  {
    id: 'seen.rank.long-work',
    summary: 'one rank works alone while the others wait',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 4.2, 'dataloader-stall': 0.3, 'shared-fs-problem': 0.3 },
    source: monitored,
    pattern: any(
      near(
        '\\b(?:(?:global |local )?rank[ _=]?(?:0|zero)|the (?:first|main|master) (?:rank|process)|(?:only )?one rank|a single (?:rank|process)|only rank 0|main process|rank (?<rank>\\d{1,5}) (?:is|was) (?:still|busy)|rank0)\\b',
        `\\b${longWork}\\b|\\b(?:busy|longer|minutes|still working|alone)\\b`,
        50,
      ),
      near(
        `\\b${longWork}\\b`,
        '\\b(?:only |alone )?on (?:only )?(?:rank[ _=]?(?:0|zero)|the (?:first|main|master) (?:rank|process)|one rank)\\b',
        40,
      ),
    ),
    check: (_said, sentence) =>
      !/\b(?:rank[ _=]?0|main process|master process|first rank) (?:prints?|logs?|reports?|says|shows|hangs|crashed|died|waits?|is stuck)\b/i.test(
        sentence,
      ) &&
      !/\bout of memory|\boom\b|\bnan\b|\bon all ranks|\b(?:every|all|each) ranks? (?:blocked|stuck|hung|waiting)|\bone rank (?:logged|printed|reported|failed|died)/i.test(
        sentence,
      ),
    sees: [
      'rank 0 was tokenising',
      'evaluation runs only on rank 0',
      'the main process builds the index for 40 minutes',
      'rank 0 writes matrices to disk while the others wait',
      'preprocessing happens on the first rank',
    ],
    ignores: [
      'for ten minutes every rank blocked, then one rank logged this',
      'rank 0 hangs',
      'all ranks tokenise their own part',
      'rank 0 prints the loss',
    ],
  },
  {
    id: 'seen.fails.during-long-work',
    summary: 'it fails while data are prepared or the model is evaluated',
    role: 'symptom',
    weighs: { 'long-rank0-work-timeout': 1.5, 'dataloader-stall': 0.3, 'shared-fs-problem': 0.2 },
    source: 'https://github.com/speechbrain/speechbrain/issues/1766',
    pattern: inOrder(
      `\\b(?:happens?|occurs?|fails?|time-?outs?|times? out|crash\\w*|appears?|comes?|killed)\\b`,
      '\\b(?:during|while|in the middle of|at the (?:time|stage) of|when)\\b.{0,25}?\\b(?:pre-?processing|preparation|preparing|tokeni[sz]\\w+|evaluation|evaluating|validation|validating|generation|packing|index(?:ing)?|mapping the data|building the (?:index|cache)|converting)\\b',
      40,
    ),
    check: (_said, sentence) =>
      !/\bout of memory|\boom\b|\bnan\b|\bexception|\btraceback|\bdisk|\bspace/i.test(sentence),
    sees: [
      'happens during the preprocessing',
      'the timeout comes while the dataset is tokenized',
      'it fails during evaluation',
    ],
    ignores: ['out of memory happens during evaluation', 'evaluation runs every 100 steps'],
  },
  {
    id: 'seen.work.beyond-timeout',
    summary: 'work between two collectives takes longer than the timeout',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 3.4, 'dataloader-stall': 0.3 },
    source: monitored,
    pattern: any(
      near(
        `\\b${longWork}\\b|\\bwork\\b|\\bstep\\b|\\bthis\\b|\\bit\\b`,
        '\\b(?:takes?|took|lasts?|needs?|needed|grew|runs?) (?:\\w+ ){0,3}?(?:longer|more) than (?:the |our )?(?:\\w+ )?(?:time-?out|10 minutes|30 minutes|half an hour|an hour|1800 ?s)|\\b(?:past|beyond|exceeds?|exceeded) (?:the |our )?(?:\\w+ )?time-?out\\b',
        60,
      ),
      near(
        `\\b${longWork}\\b`,
        '\\b(?:takes?|took|lasts?) (?:about |over |up to |more than |almost )?(?:an hour|(?:1[0-9]|[2-9]\\d|\\d{3}) ?min\\w*|half an hour|(?:\\d+|several|two|three) hours?)\\b',
        40,
      ),
    ),
    sees: [
      'tokenising takes longer than the timeout',
      'evaluation took 45 minutes',
      'the merge lasts over an hour: writing takes 70 minutes',
    ],
    ignores: ['a step takes 2 seconds', 'training takes 3 days'],
  },
  {
    id: 'seen.loader.stuck',
    summary: 'a rank was seen inside the input pipeline while the others wait',
    role: 'cause',
    weighs: { 'dataloader-stall': 3.8, 'shared-fs-problem': 1, 'shm-too-small': 0.2, 'long-rank0-work-timeout': 0.3 },
    source: loaderHang,
    pattern: any(
      near(
        '\\b(?:py-?spy|gdb|stacks?|traces?|backtrace|debugger|main thread|rank[ _=]?(?<rank>\\d{1,5})|one rank|a rank|pstack|faulthandler)\\b',
        '\\b(?:in|inside|at|from|of|is|stuck|waits?|waiting|blocked)\\b.{0,20}?(?:\\bdata ?loader\\b|\\b_?next_data\\b|\\b_try_get_data\\b|\\bget_batch\\b|\\bworker (?:result )?queue\\b|\\bread\\(|\\bfetch\\w*\\b|\\btokenizer\\b|\\bdecode\\w*\\b|\\bqueue\\.(?:py|get)\\b|\\bget_item\\b|__getitem__|\\bnext\\(|\\bdataset\\b|\\biterator\\b|\\bdata loading\\b|\\binput pipeline\\b|\\bopen\\(|\\bimage\\.open\\b|\\bstreaming\\b)',
        60,
      ),
      near(
        '\\b(?:data ?loaders?|loader|loading) (?:workers?|process(?:es)?|threads?)\\b',
        '\\b(?:blocked|stuck|hung|hangs?|deadlock\\w{0,3}|sleeping|waiting|waits?)\\b.{0,15}?(?:\\bcv2\\b|\\bopencv\\b|\\bimdecode\\b|\\bimread\\b|\\bpil\\b|\\bfutex\\w*|\\ba? ?(?:mutex|lock)\\b|\\bread(?:ing)?\\b|\\bdecod\\w+|\\bopen\\()',
        40,
      ),
    ),
    sees: [
      'py-spy: rank 5 is in dataloader, the others wait in all_reduce',
      'the stack of rank 0 shows it waiting in _try_get_data',
      'rank 3 is stuck in __getitem__',
      'gdb on one rank: blocked in the data loader',
      'the validation DataLoader workers are blocked in cv2.imdecode',
      'a loader worker hangs on a futex',
    ],
    ignores: ['py-spy shows all ranks in all_reduce', 'the data loader is fine'],
  },
  {
    id: 'seen.loader.ok',
    summary: 'the input pipeline keeps up',
    role: 'context',
    weighs: { 'dataloader-stall': -1.4 },
    source: tuning,
    saysNot: true,
    pattern: near(
      '\\b(?:data ?loaders?|data loading|input pipeline|loader workers?|data time)\\b',
      '\\b(?:fast|fine|ok|keeps? up|not (?:the )?(?:bottleneck|slow|problem|cause)|negligible|(?:is |near |about |almost )(?:0|zero)\\b|healthy|normal)\\b',
      40,
    ),
    check: (_said, sentence) => !/\b(?:not|\w{1,5}n['’]t|cannot) (?:fast|fine|keep|ok)/i.test(sentence),
    sees: ['data loading is not the bottleneck', 'data time is near zero', 'the data loader keeps up'],
    ignores: ['the data loader is slow'],
  },
  {
    id: 'seen.loader.slow',
    summary: 'the input pipeline was seen to starve the GPUs',
    role: 'cause',
    weighs: { 'dataloader-stall': 4.4, 'shared-fs-problem': 0.8, 'cpu-affinity-misconfig': 0.6 },
    source: tuning,
    pattern: any(
      near(
        '\\b(?:data ?loaders?|data[- ]loading|data time|input pipeline|loading (?:the |of )?(?:data|images|batches)|reading (?:the )?data|loader workers?|augmentation\\w*|decoding|pre-?fetch\\w*|fetching (?:a |the )?batch(?:es)?)\\b',
        "\\b(?:slow\\w*|bottleneck|dominates?|most of the (?:step|time|iteration)|takes? (?:\\w+ ){0,3}?(?:[2-9]\\d ?(?:% (?:of|in)|percent)|\\d+ ?s(?:econds?)?\\b|most|longer|half|minutes)|starv\\w+|cannot keep up|can[’']t keep up|not keep up|waits?|stall\\w*|hangs?|stuck|pauses?|blocks?|too few workers|behind)\\b",
        50,
      ),
      /\bgpus? (?:wait|are waiting|starve|are starved|idle waiting|waits?) (?:for|of) (?:the )?(?:data|input|batch|batches|loader|dataloader)\b/,
      near(
        '\\b(?:garbage collect(?:or|ion)|python gc|\\bgc\\b|gil)\\b',
        '\\b(?:pauses?|stalls?|coincid\\w*|takes?|spikes?|contention|blocks?|slow)\\b',
        40,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bnot (?:the )?(?:slow|bottleneck|problem)|\bno (?:stall|bottleneck)/i.test(sentence),
    sees: [
      'data time dominates the step',
      'the GPUs wait for data',
      'loading a batch: data loading takes 20 seconds',
      'the pauses coincide with Python garbage collection: GC pauses',
      'the data loader cannot keep up',
    ],
    ignores: ['data loading is not the bottleneck', 'the data loader has 8 workers'],
  },
]);
