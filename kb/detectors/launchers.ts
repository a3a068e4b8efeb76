import { lineDetector } from './line-patterns.ts';

/** Ranks, world sizes and GPU masks that make no sense. */
export const launchers = lineDetector('launchers', [
  {
    id: 'launcher.tasks.mismatch',
    summary: 'devices and nodes of the program differ from the tasks that the scheduler started',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 6, 'user-code-error': 0.6 },
    source:
      'https://github.com/Lightning-AI/pytorch-lightning/blob/master/src/lightning/fabric/plugins/environments/slurm.py',
    literals: ['in lightning, but the number of', '--ntasks-per-node='],
    pattern:
      /in Lightning, but the number of (?:tasks per node|nodes) configured in SLURM|`--ntasks-per-node=\d{1,4}`[^\n]{0,40}does not match/,
    sees: [
      'ValueError: You set `devices=8` in Lightning, but the number of tasks per node configured in SLURM `--ntasks-per-node=1` does not match. HINT: Set `devices=1`.',
      'ValueError: You set `num_nodes=2` in Lightning, but the number of nodes configured in SLURM `--nodes=1` does not match. HINT: Set `num_nodes=1`.',
    ],
    ignores: ['#SBATCH --ntasks-per-node=8'],
  },
  {
    id: 'launcher.gpus.too-few',
    summary: 'the job asks for more GPUs than it was given',
    role: 'cause',
    weighs: {
      'launcher-rank-misconfig': 5,
      'user-code-error': 1,
      'container-toolkit-misconfig': 0.6,
      'gpu-fell-off-bus': 0.6,
    },
    source:
      'https://github.com/Lightning-AI/pytorch-lightning/blob/master/src/lightning/fabric/utilities/device_parser.py',
    literals: ['you requested gpu: [', 'nproc_per_node', 'but only', 'but there', 'machine only has'],
    pattern:
      /You requested gpu: \[|nproc_per_node[^\n]{0,60}(?:greater|exceeds|more than)|\b(?:[Rr]equested|[Rr]equires?|asked for)\b[^\n]{0,40}(?:more )?GPUs?\b[^\n]{0,60}(?:but (?:only|there)|machine only has)/,
    sees: [
      'lightning.fabric.utilities.exceptions.MisconfigurationException: You requested gpu: [0, 1, 2, 3]',
      'Requested 8 GPUs but only 4 are available',
    ],
    ignores: ['requested 8 GPUs, 8 available'],
  },
  {
    id: 'launcher.ranks.wrong',
    summary: 'rank, world size or process count of the launch make no sense',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5, 'user-code-error': 1 },
    source: 'https://pytorch.org/docs/stable/elastic/run.html',
    literals: [
      'world_size',
      'world size',
      'local_rank',

      'invalid rank',
      "keyerror: 'rank'",
      "keyerror: 'master_addr'",
      'asked for',
      'you requested',
      '--ntasks',
    ],
    pattern:
      /(?:KeyError: ')(?:RANK|WORLD_SIZE|LOCAL_RANK|MASTER_ADDR)'|[Ii]nvalid (?:local[_ ])?rank\b|[Ww][Oo][Rr][Ll][Dd][_ ][Ss][Ii][Zz][Ee](?! ?[(=]?\d{1,6}\)? (?:is not|must be|should be) divisible)[^\n]{0,60}(?:is not divisible|must be divisible|does(?: no|n')t match|mismatch|is less than|not equal)|local[_ ]rank[^\n]{0,60}(?:out of range|exceeds|>= |greater than|must be less than|invalid)|(?:asked for|you requested)[^\n]{0,40}GPUs?[^\n]{0,60}(?:available|visible)|--ntasks[^\n]{0,60}(?:does not match|mismatch)/,
    sees: ["KeyError: 'LOCAL_RANK'", 'AssertionError: world size is less than tensor_model_parallel_size (8)'],
    ignores: [
      'WORLD_SIZE=16',
      'world_size: 16',
      'AssertionError: world size (12) is not divisible by tensor_model_parallel_size (8)',
      'ValueError: Error initializing torch.distributed using env:// rendezvous: environment variable RANK expected, but not set',
    ],
  },
]);
