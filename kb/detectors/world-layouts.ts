import { lineDetector } from './line-patterns.ts';

const layout = { 'launcher-rank-misconfig': 4.8, 'user-code-error': 1.8, 'framework-bug': 0.4 } as const;
const crowd = String.raw`(?:world[_ ]?size|(?:number of )?(?:processes|ranks|workers|tasks|GPUs|devices)|num_processes|nproc(?:_per_node)?)`;

const indivisible = String.raw`(?:is not|isn't|not|must be|should be) (?:evenly )?divisible by`;
// Two, four, or a multiple of eight, as its last three digits tell.
const wholeMachines = String.raw`2|4|8|(?:\d{0,3}[02468])?(?:16|24|32|40|48|56|64|72|80|88|96)|\d{0,3}[02468](?:00|08)|\d{0,3}[13579](?:04|12|20|28|36|44|52|60|68|76|84|92)`;

/** Programs that find another number of processes or devices than their layout wants. */
export const worldLayouts = lineDetector('world-layouts', [
  {
    id: 'launcher.batch-equation',
    summary: 'the batch sizes of the configuration do not multiply to one another with this world size',
    role: 'cause',
    weighs: { 'user-code-error': 3, 'launcher-rank-misconfig': 2.8 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/config.py',
    literals: ['train_batch_size is not equal to'],
    pattern: /train_batch_size is not equal to micro_batch_per_gpu/,
    sees: [
      'AssertionError: Check batch related parameters. train_batch_size is not equal to micro_batch_per_gpu * gradient_acc_step * world_size 32 != 4 * 1 * 4',
    ],
    ignores: ['train_batch_size = 32'],
  },
  {
    // Each process takes itself for the whole job: nothing started it as one of many.
    id: 'launcher.world.alone',
    summary: 'a world of one process is to be divided among parallel groups',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5, 'user-code-error': 1.4 },
    source: 'https://github.com/NVIDIA-NeMo/Speech/issues/11480',
    literals: ['divisible by'],
    pattern: new RegExp(String.raw`\b[Ww]orld[_ ]?size:? ?[(=]?1\)? ${indivisible}`),
    sees: [
      'RuntimeError: world_size (1) is not divisible by 2',
      'ValueError: World size 1 must be divisible by the product of all parallel degrees',
    ],
    ignores: ['RuntimeError: world_size (16) is not divisible by 12'],
  },
  {
    // Whole machines, so the processes are there: the parallel sizes are those of a larger or of another job.
    id: 'launcher.world.indivisible',
    summary: 'the parallel sizes of the configuration do not divide the processes of whole machines',
    role: 'cause',
    weighs: { 'user-code-error': 4, 'launcher-rank-misconfig': 3.2, 'framework-bug': 1.2 },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/parallel_state.py',
    literals: ['divisible by'],
    pattern: new RegExp(String.raw`\b[Ww]orld[_ ]?size:? ?[(=]?(?:${wholeMachines})\)? ${indivisible}`),
    sees: [
      'RuntimeError: decoder world_size (4) is not divisible by expert_tensor_model_pipeline_parallel size (8)',
      'AssertionError: world size (128) is not divisible by tensor_model_parallel_size (48)',
      'World size 2 must be divisible by the product of all parallel degrees and data parallel shards.',
    ],
    ignores: ['world_size (16) / tensor parallel size (8)', 'AssertionError: world size (28) is not divisible by 8'],
  },
  {
    // No number of whole machines: some of the processes are missing, or too many were asked for on one.
    id: 'launcher.world.broken',
    summary: 'a number of processes that fills no whole machines does not divide into parallel groups',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5, 'user-code-error': 1.2 },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/parallel_state.py',
    literals: ['divisible by'],
    pattern: new RegExp(String.raw`\b[Ww]orld[_ ]?size:? ?[(=]?\d{1,6}\)? ${indivisible}`),
    sees: ['AssertionError: world size (12) is not divisible by tensor_model_parallel_size (8)'],
    ignores: ['AssertionError: 50257 is not divisible by 8'],
  },
  {
    id: 'launcher.world.other-than-wanted',
    summary: 'the program wants another number of processes or devices than were started',
    role: 'cause',
    weighs: layout,
    source: 'https://github.com/meta-llama/llama/blob/main/llama/generation.py',
    literals: ['world', 'rank', 'process', 'workers', 'gpu', 'device', 'tasks', 'nproc'],
    pattern: new RegExp(
      [
        String.raw`\bfor (?:MP|TP|PP|DP)=\d{1,5} but world size is \d`,
        String.raw`\b[Ee]xpected (?:a |the )?(?:world[_ ]?size|(?:number of )?(?:processes|ranks))\b[^\n]{0,30}\b(?:but|got|found|is|was)\b`,
        String.raw`\bExpected (?:one|1) (?:rank|process) per (?:GPU|device)`,
        String.raw`(?:Error|Exception): [^\n]{0,160}(?:!=|\bnot equal(?: to)?|\bdoes(?: not|n't) (?:match|equal)|\bdo not (?:match|equal)) ?(?:the )?(?:--)?\b(?:world[_ ]?size|WORLD_SIZE|nproc(?:_per_node)?|number of (?:GPUs|devices|processes|ranks))\b`,
        String.raw`(?:Error|Exception): [^\n]{0,60}\b\d{1,6} (?:processes|ranks|workers|tasks)\b[^\n]{0,30}\b(?:but )?only \d{1,6} (?:GPUs?|devices|slots)`,
        String.raw`number of required GPUs exceeds the total number of available GPUs`,
        String.raw`[Tt]otal available GPUs [\d.]{1,8} is less than total desired GPUs`,
        String.raw`You requested \d{1,4} GPUs but launched \d{1,6} slurm tasks`,
        String.raw`Unexpected process id \d{1,6} for num_processes`,
      ].join('|'),
    ),
    sees: [
      'AssertionError: Loading a checkpoint for MP=1 but world size is 4',
      'AssertionError: expected world size 16, got 8',
      'AssertionError: Invalid parallel dims: dp_replicate(1) * dp_shard(8) * cp(1) * tp(4) * pp(1) != WORLD_SIZE(8)',
      'ValueError: Tried to initialize with 8 processes but only 4 GPUs are available',
      'ValueError: The number of required GPUs exceeds the total number of available GPUs in the cluster.',
      'ValueError: Total available GPUs 4.0 is less than total desired GPUs 8',
      'UserWarning: You requested 2 GPUs but launched 1 slurm tasks.',
    ],
    ignores: ['world size is 4', 'ValueError: batch size does not match', 'expected 4 tensors, got 2'],
  },
  {
    id: 'launcher.rank.beyond-world',
    summary: 'a rank is as large as or larger than the number of processes or devices',
    role: 'cause',
    weighs: layout,
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/utils/data/distributed.py',
    literals: ['rank'],
    pattern: new RegExp(
      String.raw`(?:Error|Exception): (?![^\n]{0,120}(?:\bNeed rank|LoRA|\brank\(|\bmatrix\b|shape\b|group_sizes|\boffset\b))[^\n]{0,60}\b(?:local[_ ]?)?rank\b ?\(?#?\d{0,6}\)?,?[^\n]{0,40}(?:out of range|out of bounds|should be (?:smaller|less) than|should be in the interval|must be (?:smaller|less) than|is (?:larger|greater) than|>=)(?=[^\n]{0,80}(?:${crowd}|\d))`,
    ),
    sees: [
      'ValueError: local_rank 4 is out of range, only 4 devices',
      'AssertionError: local_rank (4) should be smaller than device count (4)',
      'ValueError: Invalid rank 8, rank should be in the interval [0, 7]',
    ],
    ignores: ['rank 3 out of 8', 'ValueError: the rank of the matrix is 4'],
  },
]);
