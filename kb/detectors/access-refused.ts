import { lineDetector } from './line-patterns.ts';

/** Rights that a user lacks, where the words are not those of the file system alone. */
export const accessRefused = lineDetector('access-refused', [
  {
    id: 'slurm.working-directory.denied',
    summary: 'the user of a job may not enter its working directory',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.8, 'shared-fs-problem': 1 },
    source: 'https://github.com/SchedMD/slurm/blob/master/src/slurmd/slurmstepd/task.c',
    literals: ["couldn't chdir to"],
    pattern: /couldn't chdir to [`'"‘][^`'"’\n]{1,240}[`'"’]: Permission denied/,
    sees: ["slurmstepd: error: couldn't chdir to `/data/job': Permission denied: going to /tmp instead"],
    ignores: ["slurmstepd: error: couldn't chdir to `/data/job': No such file or directory: going to /tmp instead"],
  },
  {
    id: 'gpu.counters.denied',
    summary: "the user may not read the GPU's performance counters",
    role: 'cause',
    weighs: { 'permission-misconfig': 5 },
    source:
      'https://developer.nvidia.com/nvidia-development-tools-solutions-err_nvgpuctrperm-permission-issue-performance-counters',
    literals: ['err_nvgpuctrperm', 'cupti_error_insufficient_privileges'],
    pattern: /ERR_NVGPUCTRPERM|CUPTI_ERROR_INSUFFICIENT_PRIVILEGES/,
    sees: [
      '==ERROR== ERR_NVGPUCTRPERM - The user does not have permission to access NVIDIA GPU Performance Counters on the target device 0.',
      'CUPTI_ERROR_INSUFFICIENT_PRIVILEGES',
    ],
    ignores: ['GPU performance counters are on'],
  },
  {
    id: 'cluster.login.refused',
    summary: 'the cluster does not know the user, or has forgotten the login',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.4 },
    source: 'https://kubernetes.io/docs/reference/access-authn-authz/authentication/',
    literals: ['you must be logged in to the server', 'unauthorized)'],
    pattern: /You must be logged in to the server|\(Unauthorized\)\s{0,4}$/,
    sees: ['error: You must be logged in to the server (Unauthorized)'],
    ignores: ['logged in to the server'],
  },
]);
