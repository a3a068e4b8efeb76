import { noteDetector } from './note-patterns.ts';
import { any, hangs, inOrder, near } from './words.ts';

const flightRecorder = 'https://pytorch.org/tutorials/prototype/flight_recorder_tutorial.html';
const ddp = 'https://pytorch.org/docs/stable/notes/ddp.html';

const collective =
  '\\b(?:all[_-]?reduce|all[_-]?gather\\w*|reduce[_-]?scatter\\w*|broadcast|barrier|all[_-]?to[_-]?all\\w*|collectives?|send|recv|isend|irecv|gather|reduce)\\b';

/** How the job behaves: what hangs where, what is slow, what comes out wrong. */
export const jobShapeSeen = noteDetector('notes-job-shape', [
  {
    id: 'seen.ranks.other-collective',
    summary: 'ranks were seen in different collectives, or with different shapes',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.8, 'uneven-data': 0.6, 'framework-bug': 0.4 },
    source: flightRecorder,
    pattern: any(
      near(
        `\\brank[ _=]?\\d{1,5}\\b.{0,30}?${collective}`,
        `\\b(?:rank[ _=]?\\d{1,5}|others?|rest)\\b.{0,30}?${collective}`,
        50,
      ),
      near(
        '\\b(?:ranks?|processes|workers)\\b',
        '\\b(?:different|other|mismatch\\w*|not the same|another|diverg\\w*|out of (?:order|sync|step))\\b.{0,25}?\\b(?:collectives?|shapes?|sizes?|order|sequence(?: numbers?)?|operations?|ops?|tensors?|code paths?|branch(?:es)?|paths?|numel|parameters|stacks?)\\b',
        50,
      ),
      inOrder(
        '\\b(?:keys?|metrics?|names|calls|branch(?:es)?|conditions?|code paths?|shapes?|order|parameters|layers|modules|experts?|graph|losses)\\b',
        '\\b(?:differs?|diverges?|depends?|var(?:y|ies)|(?:is|are) not the same|(?:is|are) different)\\b.{0,12}?\\b(?:between|across|among|per|on|by|from)\\b.{0,15}?\\b(?:ranks?|process(?:es)?|workers|gpus)\\b',
        30,
      ),
      /\b(?:tensors?|names?|collectives?|ops?|operations?|shapes?|keys?)\b.{0,40}?\bon (?:one|some|rank \d{1,5})(?: (?:ranks?|process|worker))?\b.{0,80}?\bon (?:another|others?|the others?|rank \d{1,5})\b/,
      /\bon (?:one|some) (?:ranks?|process|worker)\b.{0,20}?\b(?:tensors?|names|collectives?|shapes?|keys)\b.{0,60}?\bon (?:another|others?|the others?)\b/,
      /\bflight recorder\b.{0,80}?\b(?:mismatch|differ|missing rank|not joined|did not (?:join|enter))/,
    ),
    saysNot: true,
    check: (said, sentence) => {
      const found = [
        ...said
          .toLowerCase()
          .replaceAll('_', '')
          .replaceAll('-', '')
          .matchAll(/allreduce|allgather|reducescatter|broadcast|barrier|alltoall|send|recv/g),
      ].map(([one]) => one);
      return (
        (new Set(found).size > 1 ||
          /differ|\bon (?:one|some)\b|mismatch|not the same|diverg|depend|var(?:y|ies)|out of|another|missing|joined|enter/i.test(
            said,
          )) &&
        !/\bdata ?loader|\bdataset|\bbatch sizes? differ|\bno mismatch/i.test(sentence)
      );
    },
    sees: [
      'rank 0 is in all_gather, rank 1 in all_reduce',
      'the ranks enter different collectives',
      'sequence numbers of the ranks are not the same: different sequence numbers on ranks',
      'ranks call all_reduce with different shapes',
      'flight recorder shows a mismatch between ranks',
      'log_dict is called with keys that differ between the ranks',
      'on one rank the tensors are called model_1, on another model',
      'which experts are used depends on the rank: the branches differ between the processes',
    ],
    ignores: ['all ranks are in all_reduce', 'py-spy: rank 5 is in dataloader, the others in all_reduce'],
  },
  {
    id: 'seen.rank.skips-collective',
    summary: 'a rank was seen not to enter a collective, or to leave early',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.2, 'uneven-data': 1.2, 'user-code-error': 0.4, 'long-rank0-work-timeout': 0.2 },
    source: flightRecorder,
    pattern: any(
      near(
        '\\b(?:rank[ _=]?(?<rank>\\d{1,5})|one rank|some ranks?|a rank|only (?:some|one|\\d+) (?:of the )?ranks?|master|main process)\\b',
        `\\b(?:skips?|skipped|never (?:enters?|calls?|reaches)|does not (?:enter|call|reach|take part|participate)|did not (?:enter|call|reach|take part|participate|join (?:the )?(?:collective|all_?reduce|barrier))|missing (?:from|in)|returns? early|returned early|leaves? (?:the loop )?(?:early|before)|left the loop|exits? early|exited early|not enter\\w*)\\b`,
        40,
      ),
      near(
        '\\b(?:only|just)\\b.{0,15}?\\b(?:rank ?0|some ranks|one rank|rank \\d+|main process)\\b',
        `\\b(?:calls?|enters?|runs?|executes?|joins?)\\b.{0,25}?${collective}`,
        40,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:rendezvous|join the (?:job|group)|never starts?)\b/i.test(sentence),
    sees: [
      'rank 3 never enters the barrier',
      'some ranks skip the all_reduce',
      'rank 1 left the loop early',
      'only rank 0 calls barrier',
    ],
    ignores: ['no rank skips a step', 'all ranks enter the barrier'],
  },
  {
    id: 'seen.model.data-dependent',
    summary: 'the work of a rank depends on its data: parts of the model are left out on some ranks',
    role: 'cause',
    weighs: { 'collective-mismatch': 3.4, 'uneven-data': 0.9 },
    source: ddp,
    pattern: any(
      near(
        '\\b(?:some|certain|a few|individual|one)\\b (?:of the )?(?:ranks?|batch(?:es)?|samples?|gpus?|micro-?batch(?:es)?)',
        '\\b(?:text[- ]only|without images?|no images?|text alone|unused|do(?:es)? not use|not used|left out|no experts?|no tokens|empty expert|skip the (?:encoder|vision|branch|expert|loss)|conditional|another branch|other branch)\\b',
        60,
      ),
      near(
        '\\b(?:text[- ]only|text alone|image[- ]text|with images?|multi-?modal|mixed (?:modal\\w*|data))\\b',
        '\\b(?:samples?|batch(?:es)?|data(?:set)?|mix)\\b.{0,40}?\\b(?:and|or|with|both|mixed)\\b',
        40,
      ),
      inOrder(
        '\\b(?:samples?|examples?|episodes?|turns?|rows|batch(?:es)?|conversations?|documents?)\\b.{0,15}?\\b(?:with|have|has|hold|contain|carry|include)\\b.{0,15}?\\b(?:images?|screenshots?|pictures?|photos|videos?|audio|speech|frames)\\b',
        '\\b(?:(?:some|few|others?|rest|part|many|most|one)\\b.{0,25}?\\b(?:without|none|no (?:image|screenshot|picture|photo|video|audio|speech|frame)s?|(?:have|has|had|do|does) (?:none|not|no)|only text|text[- ]only))',
        40,
      ),
      near(
        '\\b(?:expert|moe|router|vision (?:part|tower|encoder)|adapter|branch|parameters?|layers?|modules?|head)\\b',
        '\\b(?:(?:is|are|was|were) (?:not used|unused|skipped) (?:on|by|in|for) (?:some|certain|one|a few)|unused on (?:some|one)|receives? no (?:tokens?|gradients?)|gets? no (?:tokens?|gradients?)|no tokens)\\b',
        50,
      ),
    ),
    saysNot: true,
    sees: [
      'two ranks; the data mix holds samples with images and samples of text alone',
      'some batches have no images, so the vision tower is unused',
      'an expert receives no tokens on some ranks',
      'parameters are unused on some ranks',
      'most samples with pictures, a few of them without',
      'some rows have audio and others have none',
    ],
    ignores: ['all batches have images', 'the data set has text'],
  },
  {
    id: 'seen.ranks.all-in-collective',
    summary: 'all ranks, or all but one, wait in a collective',
    role: 'symptom',
    weighs: {
      'collective-mismatch': 0.4,
      'nccl-bug': 0.6,
      'rdma-link-fault': 0.6,
      'acs-iommu-p2p-broken': 0.4,
      'nvlink-fabric-error': 0.3,
      'uneven-data': 0.2,
    },
    source: flightRecorder,
    pattern: near(
      '\\b(?:all|every|others|the other|other|remaining|the rest|both)\\b(?: of the)? ?(?:ranks?|gpus?|processes|workers|ones)?',
      `\\b(?:in|inside|at|wait\\w*(?: in| for| at)?|stuck in|blocked in)\\b.{0,15}?${collective}`,
      40,
    ),
    sees: ['py-spy shows all ranks in all_reduce', 'the others wait in all_gather', 'every rank is stuck in a barrier'],
    ignores: ['all_reduce takes 3 ms'],
  },
  {
    id: 'seen.hang.at-start',
    summary: 'it hangs before the first step',
    role: 'symptom',
    weighs: {
      'rendezvous-resolution': 0.9,
      'socket-interface-mismatch': 0.9,
      'firewall-blocked': 0.8,
      'acs-iommu-p2p-broken': 0.7,
      'launcher-rank-misconfig': 0.5,
      'roce-gid-misconfig': 0.4,
      'nccl-env-misconfig': 0.4,
      'shared-fs-problem': 0.2,
      'gpu-ecc-uncorrectable': -0.5,
      'uneven-data': -0.9,
      'loss-nan-numerics': -0.5,
    },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
    pattern: near(
      `${hangs}|\\btimes? out\\b|\\btimeouts?\\b|\\bnothing happens\\b`,
      '\\b(?:init_process_group|at (?:the )?(?:start(?:-?up)?|init\\w*|beginning)|during (?:start(?:-?up)?|init\\w*)|before the first (?:step|iteration|batch)|first (?:collective|all_?reduce|barrier|iteration|step)|initiali[sz]\\w+|while connecting|right after (?:the )?(?:start|launch)|nccl init|communicator creation|ncclcomminit\\w*|when (?:it |training |the job )?starts)\\b',
      60,
    ),
    sees: [
      'hangs in init_process_group',
      'it is stuck at the first all_reduce',
      'the job hangs at startup',
      'training freezes during NCCL initialization',
    ],
    ignores: ['starts fine', 'hangs after 20 minutes'],
  },
  {
    id: 'seen.hang.timeout-round',
    summary: 'it ends after exactly the time of a timeout',
    role: 'context',
    weighs: { 'long-rank0-work-timeout': 0.8, 'collective-mismatch': 0.3, 'uneven-data': 0.3 },
    source: 'https://pytorch.org/docs/stable/distributed.html',
    pattern: near(
      '\\b(?:always |exactly |each time )?after (?:exactly |about )?(?:10|ten|30|thirty) ?min\\w*|\\bafter (?:exactly |about )?half an hour\\b|\\b(?:1800|600) ?s(?:econds?)?\\b',
      '\\b(?:fails?|killed|dies|timeout|times? out|ends|abort\\w*|crash\\w*|watchdog|exactly|always)\\b',
      40,
    ),
    sees: ['it always fails after 30 minutes', 'after exactly 10 minutes the watchdog aborts'],
    ignores: ['hangs after 20 minutes without any output'],
  },
  {
    id: 'seen.hang.silent',
    summary: 'it hangs without any message',
    role: 'symptom',
    weighs: {
      'acs-iommu-p2p-broken': 0.3,
      'collective-mismatch': 0.3,
      'nccl-bug': 0.3,
      'dataloader-stall': 0.3,
      'uneven-data': 0.2,
      'rdma-link-fault': 0.2,
      'long-rank0-work-timeout': 0.2,
      'user-code-error': -0.8,
      'gpu-oom': -0.8,
    },
    source: 'https://github.com/stas00/ml-engineering',
    pattern: any(
      near(
        hangs,
        '\\b(?:without|no|prints nothing|nothing more|silent\\w*|no longer|not a single|forever|at 0 ?%)\\b.{0,25}?\\b(?:output|error|message|log|progress|more|line|trace|warning)?',
        50,
      ),
      /\bstays? at 0 ?%|\bprints? nothing (?:more|else|after)\b|\bno (?:more |further )?output\b/,
      new RegExp(hangs),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:not|never|no longer|without) (?:hang|hung|stuck|freez\w*|stall)|\w{1,5}n['’]t (?:hang|freeze|stall)|\bno (?:hang|stall|freeze|deadlock)s?\b|\bnvidia-smi|\b(?:nfs|lustre|ls) hangs|\bblocked by (?:the )?(?:fire|ipt|security)|\bports?\b/i.test(
        sentence,
      ),
    sees: [
      'hangs after 20 minutes without any output',
      'the run is stuck and prints nothing more',
      'training freezes',
      'every later run stays at 0 % and prints nothing more',
    ],
    ignores: ['it does not hang', 'no hang with one GPU', 'nvidia-smi hangs'],
  },
]);
