import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const nvidiaSmi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const torchMemory = 'https://pytorch.org/docs/stable/notes/cuda.html';
const torchFaq = 'https://pytorch.org/docs/stable/notes/faq.html';

const process =
  '(?:process(?:es)?|jobs?|python3?|training|runs?|containers?|notebooks?|kernels?|jupyter|xorg|vllm|server|program|task)';

const outOfMemory =
  '\\b(?:ooms?|out[- ]of[- ](?:\\w+ )?memory|(?:fail\\w*|unable|can ?not|could not) to? ?allocate(?: \\w+)? memory)\\b';

/** Who holds the memory of the GPUs, and how much of it there is. */
export const gpuMemorySeen = noteDetector('notes-gpu-memory', [
  {
    id: 'seen.gpu.foreign-process',
    summary: 'another or leftover process was seen on a GPU',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4.6, 'gpu-oom': 0.3, 'launcher-rank-misconfig': 0.2 },
    source: nvidiaSmi,
    pattern: any(
      near(
        `\\b(?:other|another|foreign|unknown|unrelated|old|older|left-?over|stale|zombie|orphan(?:ed)?|defunct|previous|crashed|dead|earlier|killed|hung|second|some(?:body|one) else['’]?s?|a colleague['’]?s?|another user['’]?s?)\\s(?:user['’]?s? )?(?:\\w+ ){0,2}?${process}\\b`,
        '\\b(?:gpus?(?: ?\\d{1,2})?|nvidia-smi|cards?|gpu memory|device memory|vram)\\b',
        80,
      ),
      /\bnvidia-smi\b.{0,40}?\b(?:two|2|several|three|3) (?:python )?processes (?:on|for) (?:the same |one |gpu)/,
      /\b(?:some(?:one|body) else|another user|other users?|a colleague)\b.{0,40}?\b(?:uses?|using|is on|shares?|occup\w+|runs? on|has taken)\b.{0,30}?\b(?:gpus?|cards?|same (?:gpu|card))\b/,
      /\b(?:fuser|lsof)\b.{0,60}?\/dev\/nvidia[\w*]{0,5}.{0,60}?\b(?:pids?|process(?:es)?)\b/,
    ),
    check: (said, sentence) =>
      !/\bto run\b/i.test(said) &&
      !/\bother (?:gpus|jobs? (?:run|are) fine)/i.test(said) &&
      !/\b(?:our|my) own\b/i.test(sentence),
    sees: [
      'nvidia-smi shows another process on GPU 2',
      'a leftover python process from the previous run still holds GPU 0',
      "someone else's job was running on the same GPUs",
      'zombie processes keep the memory of the cards',
      'another user is using GPU 5',
      'fuser -v /dev/nvidia* lists python processes',
    ],
    ignores: [
      'you cannot use the previous quickstart to run on these GPUs',
      'a second process on the GPU is our own loader',
      'no other process on the GPUs',
      'the GPU process of rank 3 died',
      'nothing else runs on the GPUs',
    ],
  },
  {
    id: 'seen.gpu.process-undead',
    summary: 'a process ended in part only and still holds a GPU',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4, 'gpu-driver-bug': 0.3 },
    source: nvidiaSmi,
    pattern: any(
      near(
        `\\b${process}\\b`,
        '\\b(?:zombies?|defunct|orphan(?:ed|s)?|(?:cannot|can ?not|could not|can.t) be killed|(?:is|are) still (?:alive|running|there))\\b',
        40,
      ),
    ),
    check: (_said, sentence) =>
      /\b(?:gpus?|gpu memory|cuda|vram|cards?|nvidia-smi|device memory)\b/i.test(sentence) &&
      !/\b(?:container|pod|storage|nfs|d state|uninterruptible)\b/i.test(sentence),
    saysNot: true,
    sees: [
      'the training process became a zombie and keeps its GPU memory',
      'after the crash the worker program is still running and nvidia-smi shows memory in use',
      'the python3 of yesterday is defunct and its GPU memory is not freed',
    ],
    ignores: ['the zombie process table is empty', 'the process exited and the GPU is free'],
  },
  {
    id: 'seen.gpu.memory-held',
    summary: 'GPU memory was in use before the job, or with no process of its own',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 4.2, 'gpu-driver-bug': 0.4 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\b(?:memory|mib|gib|gb|vram)\\b',
        '\\b(?:already (?:in use|used|allocated|taken|occupied)|(?:used|allocated|in use|occupied|taken|held) (?:already |even )?(?:before|although no|though no|,? ?but (?:with |shows |lists |there is )?no(?:body| process|ne)|with no|without (?:a |any )?process|while no)|before (?:the |our |my )?(?:job|run|training|start)|not (?:freed|released|given back) (?:after|by|when)|not been (?:freed|released|given back)|(?:still|stays?|remains?|kept) (?:in use|held|allocated|occupied|taken|full)|(?:is|was) never (?:freed|released))',
        60,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      /\b(?:gpu|nvidia-smi|cuda|card|vram|device)\b/i.test(sentence) &&
      !/\b(?:host|shared|cpu|\/dev\/shm|system) memory/i.test(said) &&
      !/\b(?:epochs?|iterations?|steps?|empty_cache)\b/i.test(sentence),
    sees: [
      '30 GB of GPU 1 were in use before the job started',
      'GPU memory is already used although no process is shown',
      'the memory of gpu 4 was not released after the crash',
      'the program crashed, and the memory of device 0 has not been released',
      'nvidia-smi: 20 GiB still in use',
      'nvidia-smi shows the memory as occupied but no process',
      'the process is gone from nvidia-smi, yet the memory stays taken',
    ],
    ignores: [
      'host memory in use before the job: 20 GB',
      'the memory was free before the start',
      'GPU memory is not freed between epochs',
    ],
  },
  {
    id: 'seen.gpu.shared-gpus',
    summary: 'two jobs were given the same GPUs',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 3, 'scheduler-action': 0.2, 'gpu-oom': 0.6, 'launcher-rank-misconfig': 0.6 },
    source: 'https://slurm.schedmd.com/gres.html',
    pattern: near(
      '\\b(?:two|2|three|several|both) (?:\\w+ )?(?:jobs|trainings|runs|containers|pods|experiments)\\b',
      '\\b(?:same gpus?|one gpu|share (?:the |a |one )?(?:gpus?|cards?)|on the gpu)\\b',
    ),
    sees: ['two jobs were on the same GPUs', 'both trainings share the cards'],
    ignores: ['two jobs on different GPUs', 'no two jobs share a GPU'],
  },
  {
    id: 'seen.node.two-jobs',
    summary: 'more than one job was on the node',
    role: 'context',
    weighs: {
      'foreign-gpu-process': 1.2,
      'host-oom': 0.7,
      'cpu-affinity-misconfig': 0.6,
      'dataloader-stall': 0.4,
      'gpu-oom': 0.3,
      'disk-full': 0.3,
      'rendezvous-resolution': 0.4,
    },
    source: 'https://slurm.schedmd.com/cons_tres_share.html',
    pattern: any(
      near(
        '\\b(?:two|2|three|several|other|another|more than one|a second|multiple) (?:\\w+ )?(?:jobs?|trainings?|runs|users)\\b',
        '\\b(?:same )?(?:node|host|server|machine)(?:-?\\w+)?\\b',
        50,
      ),
      /\bnode (?:is|was) shared\b|\bshared node\b/,
    ),
    check: (_said, sentence) => !/\busers?\b.{0,40}?\b(?:can|works?|see)\b/i.test(sentence),
    sees: [
      'two jobs on the node',
      'another job was running on the same machine',
      'the node is shared with other users',
    ],
    ignores: ['the job runs on two nodes', 'no other job on the node'],
  },
  {
    id: 'seen.gpu.memory-grows',
    summary: 'GPU memory grows from step to step',
    role: 'cause',
    weighs: { 'gpu-oom': 3.2, 'user-code-error': 0.8, 'framework-bug': 0.6 },
    source: torchFaq,
    pattern: near(
      '\\b(?:gpu|cuda|device|video|vram|allocated) ?(?:memory|mem|usage)?\\b',
      '\\b(?:grows?|growing|increas(?:es|ed|ing)|creeps?|climbs?|climbing|leaks?|leaking|rises?|rising)\\b.{0,30}?(?:\\b(?:every|each|per|with|over|slowly|steadily|until|from|step|iteration|epoch|time|constantly|continu\\w+|memory)\\b|$)',
      40,
    ),
    check: (said, sentence) =>
      /\bmem|vram|leak/i.test(sentence) && !/\b(?:host|cpu|rss|ram|utili[sz]ation|temperature|clock)\b/i.test(said),
    sees: [
      'GPU memory grows with every step',
      'allocated CUDA memory keeps increasing each iteration',
      'GPU memory leaks',
    ],
    ignores: ['host memory grows', 'GPU utilization increases over time'],
  },
  {
    id: 'seen.gpu.oom-with-size',
    summary: 'the job runs out of GPU memory with larger batches, sequences or models only',
    role: 'cause',
    weighs: { 'gpu-oom': 4.5 },
    source: torchFaq,
    pattern: any(
      near(
        '\\b(?:oom|ooms|out of (?:gpu )?memory|cuda memory error)\\b',
        '\\b(?:larger|bigger|longer|long|large|big|high(?:er)?|batch(?: ?size)?|sequences?|seq(?:uence)? len\\w*|context|resolution|images?|micro-?batch)\\b',
        60,
      ),
    ),
    check: (_said, sentence) => !/\b(?:host|cpu|oom-?kill)/i.test(sentence),
    sees: [
      'OOM only with long sequences',
      'runs out of memory when the batch size is larger than 8',
      'out of GPU memory with higher resolution',
    ],
    ignores: ['no OOM even with large batches', 'host out of memory with large batches'],
  },
  {
    id: 'seen.gpu.oom-on-one-node',
    summary: 'GPU memory runs out on one node or GPU only, for the same job',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 2.6, 'launcher-rank-misconfig': 0.6, 'gpu-oom': -0.5 },
    source: nvidiaSmi,
    pattern: near(
      outOfMemory,
      '\\b(?:works?|runs?|fine|ok|not|never|no such)\\b.{0,20}?\\b(?:other|another|others|second|remaining|different|rest of the) (?:nodes?|hosts?|machines?|gpus?|cards?|devices?|servers?)\\b',
      90,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:host|cpu|oom-?kill)/i.test(sentence),
    sees: [
      'each job on node-19 ends failing to allocate memory on the GPU, the same job works on other nodes',
      'CUDA out of memory on GPU 0 while it runs fine on another GPU',
    ],
    ignores: ['OOM on all GPUs', 'host out of memory, other nodes are fine'],
  },
  {
    id: 'seen.gpu.oom-told',
    summary: 'the job is said to run out of GPU memory',
    role: 'symptom',
    weighs: { 'gpu-oom': 1.2, 'foreign-gpu-process': 1.2 },
    source: torchMemory,
    pattern: near(outOfMemory, '\\b(?:gpu|cuda|cudaMalloc|vram|device|nccl)\\b', 50),
    check: (_said, sentence) => !/\b(?:host|cpu|oom-?kill)/i.test(sentence),
    sees: [
      'ends with a GPU out-of-memory error from cudaMalloc',
      'a CUDA error about failing to allocate memory at the start',
    ],
    ignores: ['out of memory on the host although the GPU is free', 'GPU memory is half used'],
  },
  {
    id: 'seen.gpu.memory-full',
    summary: 'GPU memory is nearly full',
    role: 'context',
    weighs: { 'gpu-oom': 1.2 },
    source: nvidiaSmi,
    pattern: any(
      near(
        '\\b(?:gpu|nvidia-smi|cuda|device|vram|hbm) ?(?:memory|mem|ram)?\\b',
        '\\b(?:(?:almost|nearly|close to|completely) (?:full|exhausted|the limit)|9[5-9](?:\\.\\d)? ?%|100 ?% (?:of (?:the )?memory|memory|full)|7[89](?:\\.\\d)? ?(?:GB|GiB|of 80)|8[01]\\d{3} ?MiB|full)',
        50,
      ),
    ),
    check: (said, sentence) =>
      /\bmem|vram|hbm|MiB|GiB|GB\b/i.test(sentence) && !/\b(?:disk|host|df|utili[sz]ation|util|shm)\b/i.test(said),
    sees: ['GPU memory is nearly full', 'nvidia-smi shows 79 GB of 80 GB memory used', 'GPU memory at 98 %'],
    ignores: ['GPU memory is half used', 'disk full', 'GPU utilization 98 %'],
  },
  {
    id: 'seen.gpu.memory-fragmented',
    summary: 'much GPU memory is reserved and not allocated',
    role: 'cause',
    weighs: { 'gpu-oom': 2.6 },
    source: torchMemory,
    pattern: near('\\breserved\\b', '\\b(?:allocated|fragment\\w*|unallocated)\\b', 60),
    check: (_said, sentence) => /\bmem|GiB|GB|MiB|fragment/i.test(sentence),
    sees: [
      'reserved memory is much larger than allocated memory',
      'memory fragmentation: 20 GiB reserved but unallocated',
    ],
    ignores: ['the node is reserved for us'],
  },
  {
    id: 'seen.gpu.memory-free',
    summary: 'the GPUs were empty before the job',
    role: 'context',
    weighs: { 'foreign-gpu-process': -1.4 },
    source: nvidiaSmi,
    saysNot: true,
    pattern: any(
      /\b(?:no|without) (?:other |foreign |leftover |old |stale )(?:process(?:es)?|jobs?|users?)\b.{0,40}?\b(?:gpus?|nvidia-smi|cards?|node)\b/,
      near(
        '\\b(?:gpus?|cards?|gpu memory|memory of the gpus)\\b',
        '\\b(?:empty|free|unused|idle|clean|0 ?MiB) (?:before|at (?:the )?start|beforehand|when the job)',
        40,
      ),
      /\bnothing else (?:runs?|running|was running|is) (?:there )?on (?:the |these )?(?:gpus?|nodes?|cards?)\b|\b(?:exclusive|dedicated) (?:node|access to the node)\b/,
    ),
    sees: [
      'the node was exclusive: dedicated access to the node',
      'the GPUs were empty before the start',
      'nothing else runs on the GPUs',
    ],
    ignores: ['another process on the GPU', 'no process of ours survived'],
  },
]);
