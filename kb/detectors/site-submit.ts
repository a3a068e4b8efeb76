import { lineDetector } from './line-patterns.ts';

/** Submit commands that refuse a request in the words of a site's own plugin, or of an older release. */
export const siteSubmit = lineDetector('site-submit', [
  {
    id: 'scheduler.submit.refused',
    summary: 'the submit command refuses an option or a request of the job script',
    role: 'cause',
    weighs: { 'user-code-error': 5, 'launcher-rank-misconfig': 0.8 },
    source: 'https://slurm.schedmd.com/job_submit_plugins.html',
    literals: ['sbatch: ', 'srun: ', 'salloc: ', 'qsub: ', 'bsub: '],
    pattern:
      /\b(?:sbatch|srun|salloc|qsub|bsub): (?:error: |fatal: |ERROR: )?(?:unrecognized option|invalid option|[^\n]{0,160}\b(?:no longer (?:acceptable|supported|accepted)|mutually exclusive|please (?:switch|use|specify|request)|you may not submit|must (?:specify|request) )|Cannot find GPU specification|Illegal attribute or resource value)/,
    sees: [
      "sbatch: unrecognized option '--gpus-per-node=8'",
      'sbatch: error: Parameter --gres=gpu:1 no longer acceptable, please switch to --gpus=1',
      'srun: fatal: SLURM_MEM_PER_CPU, SLURM_MEM_PER_GPU, and SLURM_MEM_PER_NODE are mutually exclusive.',
      'sbatch: error: Cannot find GPU specification, you may not submit a job not requesting GPUs in a GPU partition',
    ],
    ignores: ['sbatch: Submitted batch job 4242', 'srun: error: node-00: task 3: Exited with exit code 1'],
  },
]);
