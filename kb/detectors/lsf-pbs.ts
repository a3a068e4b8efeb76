import { lineDetector } from './line-patterns.ts';

const lsf = 'https://www.ibm.com/docs/en/spectrum-lsf/10.1.0?topic=job-termination-reasons-displayed-by-bacct';
const mom = 'https://github.com/openpbs/openpbs/blob/master/src/resmom/mom_main.c';
const condor = 'https://htcondor.readthedocs.io/en/latest/codes-other-values/job-event-log-codes.html';

/** LSF, PBS, Grid Engine and HTCondor: why they ended or held a job. */
export const lsfPbs = lineDetector('lsf-pbs', [
  {
    id: 'batch.node.lost',
    summary: 'the batch system lost one of the nodes of a job',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.6, 'facility-fault': 0.8, 'host-oom': 0.5 },
    source: mom,
    literals: [
      'sister_eof',
      'requested job terminate',

      'job reconnection failed',
      'job disconnected, can not reconnect',
      'term_remove_hung_job',
      'requested job die',
    ],
    pattern:
      /received SISTER_EOF|node \d{1,5} \([\w.-]{1,63}\) requested job (?:terminate|die)|Job reconnection failed|Job disconnected, can not reconnect|TERM_REMOVE_HUNG_JOB/,
    sees: [
      "=>> PBS: job killed: node 3 (node-03) requested job terminate, 'EOF' (code 1099) - received SISTER_EOF attempting to communicate with sister MOM's",
      '024 (4242.000.000) 11/21 03:12:59 Job reconnection failed',
      '=>> PBS: job killed: node 1 (node-03) requested job die, code 15009',
    ],
    ignores: ['PBS: job running on node 3 (node-03)'],
  },
  {
    id: 'batch.cpu.overused',
    summary: 'the batch system ended a job that used more processors than it asked for',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 2.6, 'launcher-rank-misconfig': 1.8, 'scheduler-action': 2 },
    source: mom,
    literals: ['exceeded limit', 'term_cpulimit'],
    pattern: /job killed: (?:ncpus|cput|cpupercent) [\d.]{1,12} exceeded limit|TERM_CPULIMIT/,
    sees: [
      '=>> PBS: job killed: ncpus 37.1 exceeded limit 32 (sum)',
      'TERM_CPULIMIT: job killed after reaching LSF CPU usage limit.',
    ],
    ignores: ['ncpus 4.0 within limit'],
  },
  {
    id: 'batch.hard-limit.memory',
    summary: 'the batch system ended a job over its memory limit',
    role: 'cause',
    weighs: { 'host-oom': 6, 'scheduler-action': 0.5 },
    source: 'https://manpages.debian.org/gridengine-common/queue_conf.5.en.html',
    literals: ['exceeds job hard limit', 'exceeds job master hard limit', 'term_swap'],
    pattern: /exceeds job (?:master )?hard limit "h_(?:vmem|rss|data)"|TERM_SWAP/,
    sees: [
      'job 4242.1 exceeds job hard limit "h_vmem" of queue "gpu.q@node-03" (137438953472.00000 > limit:128849018880.00000) - sending SIGKILL',
    ],
    ignores: ['h_vmem=120G'],
  },
  {
    id: 'batch.hard-limit.time',
    summary: 'the batch system ended a job over its time limit',
    role: 'cause',
    weighs: { 'scheduler-action': 6.5 },
    source: 'https://manpages.debian.org/gridengine-common/queue_conf.5.en.html',
    literals: [
      'exceeds job master hard limit',
      'hard wallclock time',
      'exceeds job hard limit',
      'maxruntimeexceeded',
      'job attempt duration exceeded timeout',
      'resource allocation expired',
      'user-provided time limit for job execution',
      'application timed out, timeout',
    ],
    pattern:
      /exceeded hard wallclock time|exceeds job (?:master )?hard limit "h_rt"|MaxRuntimeExceeded|Job attempt duration exceeded timeout|resource allocation expired|user-provided time limit for job execution has been|APPLICATION TIMED OUT, TIMEOUT = \d/,
    sees: [
      'job 4242.1 exceeded hard wallclock time - initiate terminate method',
      'StatusReason: Job attempt duration exceeded timeout',
      'The user-provided time limit for job execution has been reached:',
    ],
    ignores: ['h_rt=24:00:00'],
  },
  {
    id: 'batch.job.ended-by-policy',
    summary: 'the batch system or its administrator removed, held or evicted a job',
    role: 'cause',
    weighs: { 'scheduler-action': 5.6 },
    source: lsf,
    literals: [
      'evaluated to true',
      'term_owner',
      'term_admin',
      'term_force_',
      'term_load',
      'term_window',
      'term_bucket_kill',
      'term_requeue_',
      'term_deadline',
      'job deleted at request of',
      'deleted as result of dependency',
      'execution aborted by operator',

      'aborted by the user',
      'job was evicted',
    ],
    pattern:
      /\bTERM_(?:OWNER|ADMIN|FORCE_(?:OWNER|ADMIN)|LOAD|WINDOW|BUCKET_KILL|REQUEUE_(?:OWNER|ADMIN|RC)|DEADLINE)\b|Job deleted at request of|Job deleted as result of dependency|execution aborted by operator|job attribute \w{1,30} expression [^\n]{0,80}evaluated to TRUE|Job was aborted by the user|^\d{3} \([\d.]{1,20}\) [^\n]{1,30} Job was evicted/,
    sees: [
      'TERM_OWNER: job killed by owner.',
      'Job deleted at request of user@node-00',
      '004 (4242.000.000) 11/21 03:12:59 Job was evicted.',
      "The job attribute PeriodicRemove expression 'RunTime > 86400' evaluated to TRUE",
    ],
    ignores: ['TERM=xterm-256color'],
  },
  {
    id: 'batch.request.refused',
    summary: 'the batch system refuses the request',
    role: 'cause',
    weighs: { 'user-code-error': 3.2, 'launcher-rank-misconfig': 1.4, 'permission-misconfig': 0.8 },
    source: 'https://github.com/openpbs/openpbs/blob/master/src/lib/Libifl/pbs_ifl_wrap.c',
    literals: [
      'qsub: ',
      'exceeds queue resource limits',

      'job not submitted',
    ],
    pattern:
      /qsub: (?:Job exceeds queue|Illegal attribute|Unknown (?:resource|queue)|Job rejected by all|Unauthorized Request)|qsub: (?:Job violates queue and\/or server resource limits|would exceed [^\n]{1,60} limit on|would exceed limit on resource)|\bbsub\b[^\n]{0,80}Job not submitted|Job exceeds queue resource limits/,
    sees: [
      'qsub: Illegal attribute or resource value Resource_List.ngpus',
      'qsub: Job exceeds queue resource limits MSG=cannot locate feasible nodes',
    ],
    ignores: ['qsub: waiting for job 4242.server to start'],
  },
  {
    id: 'batch.job.held',
    summary: 'the batch system holds a job',
    role: 'context',
    weighs: { 'scheduler-action': 1.2, 'shared-fs-problem': 0.4, 'permission-misconfig': 0.4 },
    source: condor,
    literals: ['job was held.'],
    pattern: /^\d{3} \([\d.]{1,20}\) [^\n]{1,30} Job was held\./,
    sees: ['012 (4242.000.000) 11/21 03:12:59 Job was held.'],
    ignores: ['Job was released.'],
  },
]);
